"""What a text says beside the complaint: how loud, and who leaves, warns others, repeats or is content."""

import re
from typing import Final

from monitor.core.complaint import Cues
from monitor.core.sentiment import Sentiment

#: Arousal is this blend of shouting marks, capitals and the intensity of the words; it sums to 1.
_MARKS_SHARE: Final = 0.35
_CAPITALS_SHARE: Final = 0.25
_INTENSITY_SHARE: Final = 0.40
_MARKS_FULL: Final = 3
_CAPITAL_WORDS_FULL: Final = 3
_CAPITAL_WORD_MIN_LETTERS: Final = 3

_NO: Final = r"(?:do not|don't|dont|never)"
_APOSTROPHE: Final = re.compile("[\u2018\u2019]")

# Each cue: substrings of which one must be there before the pattern is worth its time, and the pattern.
_Cue = tuple[tuple[str, ...], re.Pattern[str]]

_CALL_TO_ACTION: Final[_Cue] = (
    (
        "avoid",
        "boycott",
        "stay away",
        "steer clear",
        "beware",
        "everyone",
        "people",
        "spread",
        "share",
        "retweet",
        "pls rt",
        "please rt",
        "buy",
        "not use",
        "n't use",
        "warn",
        "shop elsewhere",
        "recommend",
        "waste your",
    ),
    re.compile(
        r"\bboycott|\b(?:stay|keep) (?:well |far )?away from|^stay away\b|\bsteer clear|\bbeware\b"
        r"|(?<!to )(?<!can't )\bavoid (?:this|these|them|at all|like the plague|using|buying|@"
        r"|the (?:place|company|shop|app))"
        r"|(?:^|[.!?] ?)avoid\b"
        r"|\b(?:everyone|everybody|people) (?:should|must|needs? to|has to|have to) (?:know|avoid|see"
        r"|hear|be aware|stop)"
        r"|\b(?:spread the word|please (?:share|rt|retweet)|pls (?:share|rt)|(?:be|you have been) warned"
        r"|shop elsewhere)\b"
        rf"|(?:^|[.!?,] ?|please ){_NO} (?:ever )?(?:buy|order|book|shop|use|trust|go|waste your|deal)\b"
        rf"|\b{_NO} waste your (?:money|time)\b|\bwarn(?:ing)? (?:to )?(?:others|everyone|people"
        r"|your friends)\b"
    ),
)
_THREAT_TO_LEAVE: Final[_Cue] = (
    (
        "leav",
        "cancel",
        "switch",
        "never",
        "last time",
        "lost a",
        "lost my",
        "lost me",
        "losing",
        "elsewhere",
        "uninstall",
        "business",
        "closing my",
        "close my",
        "competitor",
        "done with",
        "not be back",
        "n't be back",
        "not come back",
        "not be coming back",
        "moving to",
        "ex-customer",
        "former customer",
        "goodbye",
    ),
    re.compile(
        r"\b(?:i'm|im|i am|we are|we're|i'll be|will be|thinking (?:of|about)|considering|threatens? to"
        r"|ready to|going to"
        r"|about to) (?:leav(?:e|ing) (?:you|them|for)|leave\b|switch(?:ing)?|cancel(?:l?ing)?|mov(?:e"
        r"|ing) to|clos(?:e|ing) my)"
        r"|\bthreat\w* (?:to leave|to cancel|to switch)"
        r"|\bcancel(?:l?ing|l?ed)? (?:my|our|the) (?:account|subscription|contract|membership|policy"
        r"|service)\b"
        r"|\b(?:switch(?:ing|ed)? to|clos(?:e|ing) my account|(?:take|taking) my (?:business|money"
        r"|custom)|los(?:t|ing) (?:a|my|me as a)"
        r" (?:customer|business|custom)|lost a (?:loyal|long)|uninstall(?:ing|ed)|done with (?:you"
        r"|this company|them|@)"
        r"|(?:ex|former)[- ]customer)\b"
        r"|\bnever (?:\w+ ){0,3}(?:again|with (?:you|them) again)\b|\blast time (?:i|we)(?:'ll| will"
        r"| ever)?\b"
        r"|\b(?:will not|won't|wont|not) (?:be |ever )*(?:coming |come |going |go )?back\b|\b(?:go|going"
        r"|shop|shopping) elsewhere\b"
    ),
)
_REPEATED: Final[_Cue] = (
    (
        "time",
        "again",
        "twice",
        "already",
        "still",
        "another",
        "keep",
        "yet to",
        "several",
        "multiple",
        "repeated",
        "emails",
        "calls",
    ),
    re.compile(
        r"\b(?:second|third|fourth|fifth|sixth|2nd|3rd|\d+th|umpteenth|nth) (?:time|call|email|message"
        r"|ticket|attempt)\b"
        r"|\b(?:how many|so many|several|multiple|many|three|four|five|\d+) (?:more )?(?:times|calls"
        r"|emails|messages|e-mails)\b"
        r"|\b(?:called|calling|emailed|written|asked|contacted|messaged|told you|explained|complained"
        r"|reported)(?: \w+){0,3}"
        r" (?:again|twice|times|repeatedly|already)\b"
        r"|\balready (?:told|called|emailed|wrote|written|sent|asked|explained|contacted|reported|tried)\b"
        r"|\b(?:calling|writing|asking|contacting|happened|happening|broken|down|cancelled|wrong|late"
        r"|delayed|failed|declined) (?:\w+ )?again\b"
        r"|\b(?:keep|kept) (?:calling|asking|emailing|telling|writing|waiting|being passed)\b"
        r"|\bstill (?:no|not|waiting|haven't|hasn't|nothing)\b"
    ),
)
_AUTO_REPLY: Final[_Cue] = (
    (
        "received",
        "automat",
        "do not reply",
        "not reply",
        "noreply",
        "ticket",
        "out of office",
        "business hours",
        "working hours",
        "shortly",
        "queue",
        "higher than",
        "high volume",
    ),
    re.compile(
        r"\b(?:we(?:'ve| have)?|your (?:message|request|email|e-mail|enquiry|inquiry|ticket|case"
        r"|feedback)(?: has been| was)?)"
        r" (?:successfully )?received\b"
        r"|\b(?:this is an )?automat(?:ed|ic) (?:reply|response|message|email|e-mail|acknowledge?ment)\b"
        r"|\bautomatically generated\b"
        r"|\b(?:please )?do not reply to this\b|\bnoreply\b|\bout of (?:the )?office\b"
        r"|\bticket (?:number |no\.? )?(?:#?\w+ )?(?:has been|was) (?:created|opened|logged|received)\b"
        r"|\b(?:one of our|an?) (?:agents?|team members?|advisors?|colleagues"
        r"|representatives?) will (?:be|get|contact|respond|reply)"
        r"(?: \w+){0,6} (?:shortly|soon|hours?|days?)\b"
        r"|\bwe(?:'ll| will| aim to) (?:get back|respond|reply|be back)(?: \w+){0,4} (?:within|shortly"
        r"|during|as soon as)\b"
        r"|\b(?:higher than (?:usual|normal)|(?:unusually )?high volume)\b|\bour (?:business|office"
        r"|working|opening) hours are\b"
    ),
)
_SETTLED: Final[_Cue] = (
    (
        "sorted",
        "solved",
        "resolved",
        "fixed",
        "works now",
        "working now",
        "worked",
        "all good",
        "arrived now",
        "has arrived",
        "finally arrived",
        "got my refund",
        "received my refund",
        "refund received",
        "no longer",
        "never mind",
        "nevermind",
        "back to normal",
        "problem gone",
        "up and running",
        "up again",
        "back up",
    ),
    re.compile(
        r"\b(?:thanks|thank you|cheers|great|ok|okay|all|now|it's|its|it is|that's|thats|is|been|got|was"
        r"|finally|has|have|you|they)"
        r"(?:[,.! ]+\w+){0,3}?[,.! ]+(?:sorted|solved|resolved|fixed)\b"
        r"|\b(?:sorted|solved|resolved|fixed)(?: it| that| this)?(?: \w+)? ?(?:now|out|thanks|thank you"
        r"|,? thanks|,? thank you|$|[.!])"
        r"|\b(?:sorted|solved|resolved|fixed) (?:it|that|this|my|the|everything)\b"
        r"|\b(?:works|working|arrived|fine|good) (?:fine |again |perfectly )?now\b|\b(?:that|it"
        r"|this) worked\b|\ball good (?:now|thanks|thank)"
        r"|\b(?:got|received) my refund\b|\brefund received\b|\bfinally arrived\b|\bnever ?mind\b"
        r"|\bback to normal\b|\bup and running\b"
    ),
)
#: What takes "sorted", "fixed" or "resolved" back.
_UNSETTLED: Final = re.compile(
    r"\b(?:not|never|n't|isn't|hasn't|wasn't|can't|haven't|won't|still|until|when|please|can you|want"
    r"|need|nobody|get|be|to be|why|how"
    r"|unresolved|if|should|could|would|will|must|needs?)\b(?: \w+){0,4} (?:sorted|solved|resolved|fixed"
    r"|worked|fix)\b"
)


def find_cues(text: str, sentiment: Sentiment) -> Cues:
    """Read the cues off one text; both directions, what a cue means for the direction is the caller's."""
    lowered = text.lower()
    if not lowered.isascii():
        lowered = _APOSTROPHE.sub("'", lowered)
    return Cues(
        arousal=_measure_arousal(text, sentiment),
        call_to_action=_says(lowered, _CALL_TO_ACTION),
        threat_to_leave=_says(lowered, _THREAT_TO_LEAVE),
        repeated=_says(lowered, _REPEATED),
        auto_reply=_says(lowered, _AUTO_REPLY),
        settled=_says(lowered, _SETTLED) and not _UNSETTLED.search(lowered),
    )


def _says(lowered: str, cue: _Cue) -> bool:
    stems, pattern = cue
    for stem in stems:
        if stem in lowered:
            return pattern.search(lowered) is not None
    return False


def _measure_arousal(text: str, sentiment: Sentiment) -> float:
    marks = min(text.count("!"), _MARKS_FULL) / _MARKS_FULL
    capitals = 0.0
    if not text.islower():
        loud = sum(len(word) >= _CAPITAL_WORD_MIN_LETTERS for word in text.split() if word.isupper())
        capitals = min(loud, _CAPITAL_WORDS_FULL) / _CAPITAL_WORDS_FULL
    intensity = abs(sentiment.compound)
    return _MARKS_SHARE * marks + _CAPITALS_SHARE * capitals + _INTENSITY_SHARE * intensity
