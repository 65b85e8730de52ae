"""How each cue is said, one rule per way; how the rules are found in a text is no business of this module."""

import re
from typing import Final

_NO: Final = r"(?:do not|don't|dont|never)"
_GO_BACK: Final = r"(?:go|going|come|coming) back\b(?! (?:on|with|to (?:me|us))\b)"
CALL_TO_ACTION: Final = 1
THREAT_TO_LEAVE: Final = 2
REPEATED: Final = 4
AUTO_REPLY: Final = 8
SETTLED: Final = 16
REQUEST_FOR_ACTION: Final = 32
LAW_OR_PRESS: Final = 64
NO_ANSWER: Final = 128

_REMEDY: Final = (
    r"(?:refund\w*|replace\w*|reimburse\w*|compensat\w*|credit(?:ed)?|fix|repair|resolve|sort|cancel|resend"
    r"|reset|unlock|restore"
    r"|reverse|correct|help|look into|investigate|escalate|respond|reply|answer|explain|contact|call (?:me|us)"
    r"|get back to|speak (?:to|with)|talk (?:to|with)|money back|return)"
)


class Rule:
    """One way to say a cue, and what the text must have before the pattern is worth its time.

    A need is any one of its words in lower case; `*` ends one that may go on, "0th" stands for every such number.
    """

    def __init__(self, cue: int, *needs: str, pattern: str) -> None:
        self.cue = cue
        self.needs = needs
        self.pattern = re.compile(pattern)


RULES: Final = (
    Rule(
        CALL_TO_ACTION,
        "boycott* away steer beware spread share rt retweet warned elsewhere",
        pattern=r"\b(?:boycott|stay (?:well |far )?away from|steer clear|beware\b"
        r"|(?:spread the word|please (?:share|rt|retweet)|pls (?:share|rt)|(?:be|you have been) warned"
        r"|shop elsewhere)\b)|^stay away\b",
    ),
    Rule(
        CALL_TO_ACTION,
        "avoid",
        pattern=r"(?<!to )(?<!can't )\bavoid (?:this|these|them|at all|like the plague|using|buying|@"
        r"|the (?:place|company|shop|app))|(?:^|[.!?] ?)avoid\b",
    ),
    Rule(
        CALL_TO_ACTION,
        "everyone everybody people others friends",
        pattern=r"\b(?:(?:everyone|everybody|people) (?:should|must|needs? to|has to|have to) (?:know|avoid|see"
        r"|hear|be aware|stop)|warn(?:ing)? (?:to )?(?:others|everyone|people|your friends)\b)",
    ),
    Rule(
        CALL_TO_ACTION,
        "not don dont never",
        "buy use go waste recommend*",
        pattern=rf"(?:^|[.!?,] ?|please ){_NO} (?:ever )?(?:buy|waste your|go (?:there|here))\b"
        rf"|(?:^|[.!?,] ?|please )(?:do not|don't) use\b|please {_NO} (?:ever )?go\b"
        rf"|\b{_NO} (?:waste your (?:money|time)"
        r"|(?:ever )?recommend(?:ed|ing)? (?:\w+ ){0,4}to any(?:one|body))\b",
    ),
    Rule(
        CALL_TO_ACTION,
        "not don dont never",
        "order book shop use trust go deal",
        "avoid* boycott* beware* everyone people* spread* share* retweet* buy* warn* recommend* waste*",
        pattern=rf"(?:^|[.!?,] ?|please ){_NO} (?:ever )?(?:order|book|shop|use|trust|go|deal)\b",
    ),
    Rule(
        THREAT_TO_LEAVE,
        "leav* switch* cancel* moving close closing",
        "m im am are re be thinking considering threat* ready going about",
        pattern=r"\b(?:(?:i'm|im|i am|we are|we're|i'll be|will be|thinking (?:of|about)|considering"
        r"|threatens? to"
        r"|ready to|going to|about to) (?:leav(?:e|ing) (?:you|them|for)|leave\b|switch(?:ing)?"
        r"|cancel(?:l?ing)?"
        r"|moving to|clos(?:e|ing) my)"
        r"|threat\w* (?:to leave|to cancel|to switch))",
    ),
    Rule(
        THREAT_TO_LEAVE,
        "switch* cancel* close closing delete deleting deleted",
        "account subscription contract membership policy service to",
        pattern=r"\b(?:cancel(?:l?ing|l?ed)? (?:my|our|the) (?:account|subscription|contract|membership|policy"
        r"|service)\b"
        r"|(?:switch(?:ing|ed)? to|clos(?:e|ing) my account)\b"
        r"|(?:(?:please|pls|just) delete|i(?:'m| am) deleting|i(?:'ve| have)? (?:just )?deleted) my account\b)",
    ),
    Rule(
        THREAT_TO_LEAVE,
        "uninstall* done ex former elsewhere",
        pattern=r"\b(?:(?:(?:take|taking) my (?:money|custom)\b.*\belsewhere|uninstall(?:ing|ed)"
        r"|done with (?:you|this company|them|@)|(?:ex|former)[- ]customer)\b"
        r"|(?:go|going|shop|shopping) elsewhere\b)",
    ),
    Rule(
        THREAT_TO_LEAVE,
        "lost losing take taking",
        "customer* business* custom loyal* long*",
        pattern=r"\b(?:(?:take|taking) my business|los(?:t|ing) (?:a|my|me as a) (?:customer|business|custom)"
        r"|lost a (?:loyal|long))\b",
    ),
    Rule(
        THREAT_TO_LEAVE,
        "last",
        "time",
        pattern=r"\blast time (?:i|we)(?:'ll| will| ever)?\b",
    ),
    Rule(
        THREAT_TO_LEAVE,
        "not never won",
        "again with back",
        pattern=r"\b(?:never (?:\w+ ){0,3}(?:again|with (?:you|them) again)\b"
        r"|not (?:be |come |be coming )back\b|won't be back\b|(?:i|we) won't be going back\b"
        rf"|(?:will|i'll|we'll|i|we|i'm|i am|we're|we are) never (?:ever )?(?:be )?{_GO_BACK})",
    ),
    Rule(
        REPEATED,
        "still",
        "no not waiting haven hasn nothing",
        pattern=r"\bstill (?:no|not|waiting|haven't|hasn't|nothing)\b",
    ),
    Rule(
        REPEATED,
        "times calls emails again twice repeatedly already keep",
        pattern=r"\b(?:(?:how many|so many|several|multiple|many|three|four|five|\d+) (?:more )?(?:times"
        r"|calls|emails)"
        r"|(?:called|calling|emailed|written|asked|contacted|messaged|told you|explained|complained"
        r"|reported)(?: \w+){0,3} (?:again|twice|times|repeatedly|already)"
        r"|already (?:told|called|emailed|wrote|written|sent|asked|explained|contacted|reported|tried)"
        r"|(?:calling|writing|asking|contacting|happened|happening|broken|down|cancelled|wrong|late"
        r"|delayed|failed|declined) (?:\w+ )?again"
        r"|keep (?:calling|asking|emailing|telling|writing|waiting|being passed))\b",
    ),
    Rule(
        REQUEST_FOR_ACTION,
        "please pls plz kindly can could would will want need demand expect request*",
        "refund* replace* reimburs* compensat* credit* fix repair resolve sort cancel resend reset unlock restore"
        " reverse correct help look investigate escalate respond reply answer explain contact call"
        " get speak talk money return",
        pattern=r"\b(?:please|pls|plz|kindly|(?:can|could|would|will) (?:you|someone|somebody|anyone"
        r"|i (?:please )?(?:get|have))"
        r"|(?:i|we)(?:'d| would) like|(?:i|we) (?:want|need|demand|expect|request))"
        rf",? (?:(?!if |when |not )[\w']+ ){{0,4}}{_REMEDY}\b",
    ),
    Rule(
        REQUEST_FOR_ACTION,
        "refund give fix sort send call get return replace cancel",
        "me us my our it this",
        pattern=r"(?:^|[.!?,;:] ?|\bjust |\bnow |@\w+ )(?:refund (?:me|us|my|our|it|this)|give (?:me"
        r"|us) (?:back )?(?:my|our) money"
        r"|give me a refund|fix (?:it|this|your|my)|sort (?:it|this)(?: out)?|send (?:me )?(?:a|my"
        r"|the) (?:replacement|refund|money)"
        r"|call (?:me|us) back|get back to (?:me|us)|return my (?:money|call|deposit)|replace (?:it|this|my)"
        r"|cancel my)\b",
    ),
    Rule(
        LAW_OR_PRESS,
        "lawyer* solicitor* attorney* court legal* sue suing lawsuit* claims action ombudsman regulator* trading"
        " bureau bbb ftc fcc cfpb ofcom ofgem fca consumer watchdog",
        pattern=r"\b(?:(?:my|our) (?:lawyers?|solicitors?|attorneys?)\b(?! friend)"
        r"|(?:speak(?:ing)?|spoke|talk(?:ing)?|hear|contact(?:ing|ed)?|call(?:ing)?|hir(?:e|ing)|involv(?:e"
        r"|ing)|get(?:ting)?|see(?:ing)?)"
        r" (?:to |from |with )?(?:a|my|our) (?:lawyer|solicitor|attorney)"
        r"|attorney general|(?:in|to) (?:small claims )?court\b|small claims|class[- ]action|lawsuit"
        r"|(?:legal|court) (?:action|proceedings|advice|steps)|legally responsible|take this legal"
        r"|(?:will|i'll|we'll|going to|gonna|could|should|might|to) sue|(?:i'm|we're|am|are) suing"
        r"|sue (?:you|them|this company)"
        r"|ombudsman|regulators?\b|trading standards|better business bureau|consumer (?:court|forum|affairs"
        r"|protection|rights)"
        r"|(?:the |to )(?:bbb|ftc|fcc|cfpb|ofcom|ofgem|fca|watchdog))\b",
    ),
    Rule(
        LAW_OR_PRESS,
        "press media news* bbc cnn journalist* reporter* police authorities",
        "go going tell* contact* call* email* writ* report* speak* talk* take taking inform* hear*",
        pattern=r"\b(?:(?:go|going|take (?:this|it)|taking (?:this|it)|report(?:ed|ing)? (?:this|it|you"
        r"|them)|speak(?:ing)?|talk(?:ing)?"
        r"|writ(?:e|ing)) to|tell(?:ing)?|contact(?:ing|ed)?|call(?:ing|ed)?|email(?:ing|ed)?|inform(?:ing"
        r"|ed)?) (?:the |a |my )?"
        r"(?:local |national )?(?:press|media|news(?:papers?)?|bbc|cnn|journalists?|reporters?|police"
        r"|authorities)\b",
    ),
    Rule(
        NO_ANSWER,
        "no nobody noone zero without never not yet haven hasn don doesn didn won havent hasnt dont doesnt didnt still"
        " any",
        "answer* repl* respon* back heard hear feedback acknowledge*",
        pattern=r"\b(?:(?:no|zero|without (?:an?|any)|not (?:an?|one|a single)|still waiting (?:for"
        r"|on) (?:an?|your|the|any)) (?:\w+ )?"
        r"(?:answers?|repl(?:y|ies)|responses?|call ?backs?|acknowledge?ment)\b(?! (?:needed|required"
        r"|necessary|expected))"
        r"|(?:nobody|no one|noone|no-one)(?: (?!else )\w+){0,2} (?:answer(?:s|ed|ing)?|repl(?:ies|ied|y"
        r"|ying)|respond(?:s|ed|ing)?"
        r"|(?:gets?|got|getting|called|calls?|come|came) back)\b(?! (?:as|so|faster|quicker|better))"
        r"|(?<!i )(?<!we )(?:never|\w+n't|\w+nt|not|refuse(?:s|d)? to|fail(?:s|ed)? to|yet to)(?: (?:even"
        r"|once|yet|ever|bothered to|bother to)){0,2}"
        r" (?:answer(?:s|ed|ing)?|repl(?:y|ies|ied|ying)|respond(?:s|ed|ing)?|(?:get|got|gotten|getting"
        r"|call(?:s|ed)?|come|came)"
        r" (?:me |us )?back)\b"
        r"|(?:never|not|\w+n't|\w+nt|yet to)(?: (?:even|yet|ever|once)){0,2} (?:hear|heard) (?:back"
        r"|anything|a (?:word|thing)|from (?:you|them|any))"
        r"|(?:never|not|\w+n't|\w+nt|yet to)(?: (?:even|yet|ever|once)){0,2} (?:got|gotten|get|had|have"
        r"|receive[d]?)"
        r" (?:an?|any|one|a single) (?:\w+ )?(?:answer|reply|response|call ?back))\b",
    ),
    Rule(
        NO_ANSWER,
        "ignor* unanswered silence hold",
        pattern=r"\b(?:(?:keep|kept|are|is|been|being|just|you|they|get|getting|was|were|am|i'm) ignor(?:ed"
        r"|ing|e)\b(?! (?:the (?:ad|spam)|that))"
        r"|ignor(?:ed|ing|es|e) (?:me|us|my|our|their customers|your customers|by)|unanswered|radio silence"
        r"|nothing but silence)\b",
    ),
    # These count only beside another word of time or number: "my 2nd attempt at a cake" tells no brand twice.
    Rule(
        REPEATED,
        "second third fourth fifth sixth 2nd 3rd 0th umpteenth nth messages mails kept",
        "time* again* twice already still another keep* several multiple* repeated* emails calls",
        pattern=r"\b(?:(?:second|third|fourth|fifth|sixth|2nd|3rd|\d+th|umpteenth|nth) (?:time|call|email"
        r"|message"
        r"|ticket|attempt)"
        r"|(?:how many|so many|several|multiple|many|three|four|five|\d+) (?:more )?(?:messages|e-mails)"
        r"|kept (?:calling|asking|emailing|telling|writing|waiting|being passed))\b",
    ),
    Rule(
        AUTO_REPLY,
        "automat* received reply noreply office created opened logged higher volume",
        pattern=r"\b(?:(?:we(?:'ve| have)?|your (?:message|request|email|e-mail|enquiry|inquiry|ticket|case"
        r"|feedback)(?: has been| was)?) (?:successfully )?received\b"
        r"|(?:this is an )?automat(?:ed|ic) (?:reply|response|message|email|e-mail|acknowledge?ment)\b"
        r"|automatically generated\b"
        r"|(?:please )?do not reply to this\b|noreply\b|out of (?:the )?office\b"
        r"|ticket (?:number |no\.? )?(?:#?\w+ )?(?:has been|was) (?:created|opened|logged|received)\b"
        r"|(?:higher than (?:usual|normal)|(?:unusually )?high volume)\b)",
    ),
    Rule(
        AUTO_REPLY,
        "agent* member* advisor* colleagues representative* we our",
        "will ll aim hours",
        "within shortly during soon hour* day*",
        pattern=r"\b(?:(?:one of our|an?) (?:agents?|team members?|advisors?|colleagues"
        r"|representatives?) will (?:be|get|contact|respond|reply)"
        r"(?: \w+){0,6} (?:shortly|soon|hours?|days?)\b"
        r"|we(?:'ll| will| aim to) (?:get back|respond|reply|be back)(?: \w+){0,4} (?:within|shortly"
        r"|during|as soon as)\b"
        r"|our (?:business|office|working|opening) hours are\b)",
    ),
    Rule(
        SETTLED,
        "sorted* solved* resolved* fixed*",
        pattern=r"\b(?:(?:thanks|thank you|cheers|great|ok|okay|all|now|it's|its|it is|that's|thats|is|been"
        r"|got|was"
        r"|finally|has|have|you|they)(?:[,.! ]+\w+){0,3}?[,.! ]+(?:sorted|solved|resolved|fixed)\b"
        r"|(?:sorted|solved|resolved|fixed)(?: it| that| this)?(?: \w+)? ?(?:now|out|thanks|thank you"
        r"|,? thanks|,? thank you|$|[.!])"
        r"|(?:sorted|solved|resolved|fixed) (?:it|that|this|my|the|everything)\b)",
    ),
    Rule(
        SETTLED,
        "works working worked arrived good refund mind nevermind normal running",
        "now that it this all finally got received never nevermind back up",
        pattern=r"\b(?:(?:works|working|arrived) now\b|(?:that|it|this) worked\b|all good (?:now|thanks|thank)"
        r"|(?:got|received) my refund\b|refund received\b|finally arrived\b|never ?mind\b"
        r"|back to normal\b|up and running\b)",
    ),
)
#: What takes "sorted", "fixed" or "resolved" back.
UNSETTLED: Final = re.compile(
    r"\b(?:not|never|n't|isn't|hasn't|wasn't|can't|haven't|won't|still|until|when|please|can you|want"
    r"|need|nobody|get|be|to be|why|how"
    r"|unresolved|if|should|could|would|will|must|needs?)\b(?: \w+){0,4} (?:sorted|solved|resolved|fixed"
    r"|worked|fix)\b"
)
