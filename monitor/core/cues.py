"""What a text says beside the complaint: how loud, and who leaves, warns others, repeats or is content.

A pattern is searched for only where the text has words that it cannot do without; which of them a chunk of
text has is remembered, so that most texts cost one look-up per chunk.
"""

import re
from typing import Final

from monitor.core.finding import Cues, Sentiment

#: Arousal is this blend of shouting marks, capitals and the intensity of the words; it sums to 1.
_MARKS_SHARE: Final = 0.35
_CAPITALS_SHARE: Final = 0.25
_INTENSITY_SHARE: Final = 0.40
_MARKS_FULL: Final = 3
_CAPITAL_WORDS_FULL: Final = 3
_CAPITAL_WORD_MIN_LETTERS: Final = 3

#: Distinct chunks of text whose hints are remembered, about 10 MB when full.
_CHUNKS_MAX: Final = 65_536
#: A longer chunk is hardly ever seen twice.
_CHUNK_MAX_CHARACTERS: Final = 40

_NO: Final = r"(?:do not|don't|dont|never)"
_GO_BACK: Final = r"(?:go|going|come|coming) back\b(?! (?:on|with|to (?:me|us))\b)"
_WORD: Final = re.compile(r"\w+")
_APOSTROPHE: Final = re.compile("[\u2018\u2019]")

_CALL_TO_ACTION: Final = 1
_THREAT_TO_LEAVE: Final = 2
_REPEATED: Final = 4
_AUTO_REPLY: Final = 8
_SETTLED: Final = 16


class _Rule:
    """One way to say a cue, and what the text must have before the pattern is worth its time.

    A need is any one of its words in lower case; `*` ends one that may go on, "0th" stands for every such number.
    """

    def __init__(self, cue: int, *needs: str, pattern: str) -> None:
        self.cue = cue
        self.needs = needs
        self.pattern = re.compile(pattern)


_TABLE: Final = (
    _Rule(
        _CALL_TO_ACTION,
        "boycott* away steer beware spread share rt retweet warned elsewhere",
        pattern=r"\b(?:boycott|stay (?:well |far )?away from|steer clear|beware\b"
        r"|(?:spread the word|please (?:share|rt|retweet)|pls (?:share|rt)|(?:be|you have been) warned"
        r"|shop elsewhere)\b)|^stay away\b",
    ),
    _Rule(
        _CALL_TO_ACTION,
        "avoid",
        pattern=r"(?<!to )(?<!can't )\bavoid (?:this|these|them|at all|like the plague|using|buying|@"
        r"|the (?:place|company|shop|app))|(?:^|[.!?] ?)avoid\b",
    ),
    _Rule(
        _CALL_TO_ACTION,
        "everyone everybody people others friends",
        pattern=r"\b(?:(?:everyone|everybody|people) (?:should|must|needs? to|has to|have to) (?:know|avoid|see"
        r"|hear|be aware|stop)|warn(?:ing)? (?:to )?(?:others|everyone|people|your friends)\b)",
    ),
    _Rule(
        _CALL_TO_ACTION,
        "not don dont never",
        "buy use go waste recommend*",
        pattern=rf"(?:^|[.!?,] ?|please ){_NO} (?:ever )?(?:buy|waste your|go (?:there|here))\b"
        rf"|(?:^|[.!?,] ?|please )(?:do not|don't) use\b|please {_NO} (?:ever )?go\b"
        rf"|\b{_NO} (?:waste your (?:money|time)"
        r"|(?:ever )?recommend(?:ed|ing)? (?:\w+ ){0,4}to any(?:one|body))\b",
    ),
    _Rule(
        _CALL_TO_ACTION,
        "not don dont never",
        "order book shop use trust go deal",
        "avoid* boycott* beware* everyone people* spread* share* retweet* buy* warn* recommend* waste*",
        pattern=rf"(?:^|[.!?,] ?|please ){_NO} (?:ever )?(?:order|book|shop|use|trust|go|deal)\b",
    ),
    _Rule(
        _THREAT_TO_LEAVE,
        "leav* switch* cancel* moving close closing delete deleting deleted",
        pattern=r"\b(?:(?:i'm|im|i am|we are|we're|i'll be|will be|thinking (?:of|about)|considering|threatens? to"
        r"|ready to|going to|about to) (?:leav(?:e|ing) (?:you|them|for)|leave\b|switch(?:ing)?|cancel(?:l?ing)?"
        r"|moving to|clos(?:e|ing) my)"
        r"|threat\w* (?:to leave|to cancel|to switch)"
        r"|cancel(?:l?ing|l?ed)? (?:my|our|the) (?:account|subscription|contract|membership|policy"
        r"|service)\b"
        r"|(?:switch(?:ing|ed)? to|clos(?:e|ing) my account)\b"
        r"|(?:(?:please|pls|just) delete|i(?:'m| am) deleting|i(?:'ve| have)? (?:just )?deleted) my account\b)",
    ),
    _Rule(
        _THREAT_TO_LEAVE,
        "uninstall* done ex former elsewhere",
        pattern=r"\b(?:(?:(?:take|taking) my (?:money|custom)\b.*\belsewhere|uninstall(?:ing|ed)"
        r"|done with (?:you|this company|them|@)|(?:ex|former)[- ]customer)\b"
        r"|(?:go|going|shop|shopping) elsewhere\b)",
    ),
    _Rule(
        _THREAT_TO_LEAVE,
        "lost losing take taking",
        "customer* business* custom loyal* long*",
        pattern=r"\b(?:(?:take|taking) my business|los(?:t|ing) (?:a|my|me as a) (?:customer|business|custom)"
        r"|lost a (?:loyal|long))\b",
    ),
    _Rule(
        _THREAT_TO_LEAVE,
        "last",
        "time",
        pattern=r"\blast time (?:i|we)(?:'ll| will| ever)?\b",
    ),
    _Rule(
        _THREAT_TO_LEAVE,
        "not never won",
        "again with back",
        pattern=r"\b(?:never (?:\w+ ){0,3}(?:again|with (?:you|them) again)\b"
        r"|not (?:be |come |be coming )back\b|won't be back\b|(?:i|we) won't be going back\b"
        rf"|(?:will|i'll|we'll|i|we|i'm|i am|we're|we are) never (?:ever )?(?:be )?{_GO_BACK})",
    ),
    _Rule(
        _REPEATED,
        "times calls emails again twice repeatedly already keep still",
        pattern=r"\b(?:(?:how many|so many|several|multiple|many|three|four|five|\d+) (?:more )?(?:times|calls|emails)"
        r"|(?:called|calling|emailed|written|asked|contacted|messaged|told you|explained|complained"
        r"|reported)(?: \w+){0,3} (?:again|twice|times|repeatedly|already)"
        r"|already (?:told|called|emailed|wrote|written|sent|asked|explained|contacted|reported|tried)"
        r"|(?:calling|writing|asking|contacting|happened|happening|broken|down|cancelled|wrong|late"
        r"|delayed|failed|declined) (?:\w+ )?again"
        r"|keep (?:calling|asking|emailing|telling|writing|waiting|being passed)"
        r"|still (?:no|not|waiting|haven't|hasn't|nothing))\b",
    ),
    # These count only beside another word of time or number: "my 2nd attempt at a cake" tells no brand twice.
    _Rule(
        _REPEATED,
        "second third fourth fifth sixth 2nd 3rd 0th umpteenth nth messages mails kept",
        "time* again* twice already still another keep* several multiple* repeated* emails calls",
        pattern=r"\b(?:(?:second|third|fourth|fifth|sixth|2nd|3rd|\d+th|umpteenth|nth) (?:time|call|email|message"
        r"|ticket|attempt)"
        r"|(?:how many|so many|several|multiple|many|three|four|five|\d+) (?:more )?(?:messages|e-mails)"
        r"|kept (?:calling|asking|emailing|telling|writing|waiting|being passed))\b",
    ),
    _Rule(
        _AUTO_REPLY,
        "automat* received reply noreply office created opened logged higher volume",
        pattern=r"\b(?:(?:we(?:'ve| have)?|your (?:message|request|email|e-mail|enquiry|inquiry|ticket|case"
        r"|feedback)(?: has been| was)?) (?:successfully )?received\b"
        r"|(?:this is an )?automat(?:ed|ic) (?:reply|response|message|email|e-mail|acknowledge?ment)\b"
        r"|automatically generated\b"
        r"|(?:please )?do not reply to this\b|noreply\b|out of (?:the )?office\b"
        r"|ticket (?:number |no\.? )?(?:#?\w+ )?(?:has been|was) (?:created|opened|logged|received)\b"
        r"|(?:higher than (?:usual|normal)|(?:unusually )?high volume)\b)",
    ),
    _Rule(
        _AUTO_REPLY,
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
    _Rule(
        _SETTLED,
        "sorted* solved* resolved* fixed* works working worked arrived good refund mind nevermind normal running",
        pattern=r"\b(?:(?:thanks|thank you|cheers|great|ok|okay|all|now|it's|its|it is|that's|thats|is|been|got|was"
        r"|finally|has|have|you|they)(?:[,.! ]+\w+){0,3}?[,.! ]+(?:sorted|solved|resolved|fixed)\b"
        r"|(?:sorted|solved|resolved|fixed)(?: it| that| this)?(?: \w+)? ?(?:now|out|thanks|thank you"
        r"|,? thanks|,? thank you|$|[.!])"
        r"|(?:sorted|solved|resolved|fixed) (?:it|that|this|my|the|everything)\b"
        r"|(?:works|working|arrived) now\b|(?:that|it|this) worked\b|all good (?:now|thanks|thank)"
        r"|(?:got|received) my refund\b|refund received\b|finally arrived\b|never ?mind\b"
        r"|back to normal\b|up and running\b)",
    ),
)
#: What takes "sorted", "fixed" or "resolved" back.
_UNSETTLED: Final = re.compile(
    r"\b(?:not|never|n't|isn't|hasn't|wasn't|can't|haven't|won't|still|until|when|please|can you|want"
    r"|need|nobody|get|be|to be|why|how"
    r"|unresolved|if|should|could|would|will|must|needs?)\b(?: \w+){0,4} (?:sorted|solved|resolved|fixed"
    r"|worked|fix)\b"
)

# Hints are bits: one for a chunk in capitals, then one for each distinct thing that a rule needs.
_LOUD: Final = 1
_NEEDS: Final[dict[str, int]] = {
    need: 2 << number
    for number, need in enumerate(dict.fromkeys(need for rule in _TABLE for need in rule.needs))
}
_Patterns = tuple[tuple[int, re.Pattern[str]], ...]


def _index_needs(*, stems: bool) -> dict[str, int]:
    index: dict[str, int] = {}
    for need, bit in _NEEDS.items():
        for word in need.split():
            if word.endswith("*") == stems:
                index[word.removesuffix("*")] = index.get(word.removesuffix("*"), 0) | bit
    return index


_WORDS: Final = _index_needs(stems=False)
_STEMS: Final = _index_needs(stems=True)
_STEM_LENGTHS: Final = tuple(sorted({len(stem) for stem in _STEMS}))


def _hint_word(word: str) -> int:
    hints = _WORDS.get(word, 0)
    if word[0].isdecimal() and word.endswith("th"):
        hints |= _WORDS["0th"]
    for length in _STEM_LENGTHS:
        hints |= _STEMS.get(word[:length], 0)
    return hints


class _Hints(dict[str, int]):
    """The hints of each chunk as written, worked out at its first use; forgets all when full."""

    def __missing__(self, chunk: str) -> int:
        hints = _LOUD if len(chunk) >= _CAPITAL_WORD_MIN_LETTERS and chunk.isupper() else 0
        lowered = chunk.lower()
        for word in (lowered,) if lowered.isalpha() else _WORD.findall(lowered):
            hints |= _hint_word(word)
        if len(chunk) <= _CHUNK_MAX_CHARACTERS:
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[chunk] = hints
        return hints


class _Candidates(dict[int, _Patterns]):
    """The cues and patterns whose needs are met by these hints together."""

    def __missing__(self, hints: int) -> _Patterns:
        patterns = tuple(
            [(rule.cue, rule.pattern) for rule in _TABLE if all(hints & _NEEDS[need] for need in rule.needs)]
        )
        if len(self) >= _CHUNKS_MAX:
            self.clear()
        self[hints] = patterns
        return patterns


_hints_of: Final = _Hints().__getitem__
_candidates_of: Final = _Candidates().__getitem__


def find_cues(text: str, sentiment: Sentiment, words: list[str] | None = None) -> Cues:
    """Read the cues off one text of either direction; `words` is its split, where the caller has made it."""
    hints = loud = 0
    for hint in filter(None, map(_hints_of, text.split() if words is None else words)):
        hints |= hint
        loud += hint & _LOUD
    marks = text.count("!")
    arousal = _INTENSITY_SHARE * abs(sentiment.compound)
    if marks or loud:
        arousal = _measure_shouting(marks, loud) + arousal
    candidates = _candidates_of(hints)
    said = _find_said(_lower(text), candidates) if candidates else 0
    if not said:
        return Cues(arousal=arousal)
    return Cues(
        arousal=arousal,
        call_to_action=said & _CALL_TO_ACTION != 0,
        threat_to_leave=said & _THREAT_TO_LEAVE != 0,
        repeated=said & _REPEATED != 0,
        auto_reply=said & _AUTO_REPLY != 0,
        settled=said & _SETTLED != 0,
    )


def _lower(text: str) -> str:
    lowered = text.lower()
    return lowered if lowered.isascii() else _APOSTROPHE.sub("'", lowered)


def _find_said(lowered: str, candidates: _Patterns) -> int:
    """Return the bits of the cues whose patterns the text has."""
    said = 0
    for cue, pattern in candidates:
        if not said & cue and pattern.search(lowered):
            said |= cue
    if said & _SETTLED and _UNSETTLED.search(lowered):
        said -= _SETTLED
    return said


def _measure_shouting(marks: int, loud: int) -> float:
    shouting = min(marks, _MARKS_FULL) / _MARKS_FULL
    capitals = min(loud, _CAPITAL_WORDS_FULL) / _CAPITAL_WORDS_FULL
    return _MARKS_SHARE * shouting + _CAPITALS_SHARE * capitals
