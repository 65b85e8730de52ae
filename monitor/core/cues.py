"""What a text says beside the complaint: how loud, and who leaves, warns others, repeats or is content.

A pattern is searched for only where the text has words that it cannot do without; which of them a chunk of
text has is remembered, so that most texts cost one look-up per chunk.
"""

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

#: Distinct chunks of text whose hints are remembered, about 10 MB when full.
_CHUNKS_MAX: Final = 65_536
#: A longer chunk is hardly ever seen twice.
_CHUNK_MAX_CHARACTERS: Final = 40

_NO: Final = r"(?:do not|don't|dont|never)"
_GO_BACK: Final = r"(?:go|going|come|coming) back\b(?! (?:on|with|to (?:me|us))\b)"
_APOSTROPHE: Final = re.compile("[\u2018\u2019]")

_CALL_TO_ACTION: Final = 1
_THREAT_TO_LEAVE: Final = 2
_REPEATED: Final = 4
_AUTO_REPLY: Final = 8
_SETTLED: Final = 16

# Each rule: its cue, what some chunk of the text must have before the pattern is worth its time (each of them,
# when there are several), and the pattern.
_TABLE: Final[tuple[tuple[int, tuple[str, ...], str], ...]] = (
    (
        _CALL_TO_ACTION,
        (r"\b(?:boycott|away\b|steer\b|beware\b|spread\b|share\b|rt\b|retweet\b|warned\b|elsewhere\b)",),
        r"\b(?:boycott|stay (?:well |far )?away from|steer clear|beware\b"
        r"|(?:spread the word|please (?:share|rt|retweet)|pls (?:share|rt)|(?:be|you have been) warned"
        r"|shop elsewhere)\b)|^stay away\b",
    ),
    (
        _CALL_TO_ACTION,
        (r"\bavoid\b",),
        r"(?<!to )(?<!can't )\bavoid (?:this|these|them|at all|like the plague|using|buying|@"
        r"|the (?:place|company|shop|app))"
        r"|(?:^|[.!?] ?)avoid\b",
    ),
    (
        _CALL_TO_ACTION,
        (r"\b(?:everyone|everybody|people|others|friends)\b",),
        r"\b(?:(?:everyone|everybody|people) (?:should|must|needs? to|has to|have to) (?:know|avoid|see"
        r"|hear|be aware|stop)|warn(?:ing)? (?:to )?(?:others|everyone|people|your friends)\b)",
    ),
    (
        _CALL_TO_ACTION,
        (r"\b(?:not|don't|dont|never)\b", r"\b(?:buy|use|go|waste|recommend)"),
        rf"(?:^|[.!?,] ?|please ){_NO} (?:ever )?(?:buy|waste your|go (?:there|here))\b"
        rf"|(?:^|[.!?,] ?|please )(?:do not|don't) use\b|please {_NO} (?:ever )?go\b"
        rf"|\b{_NO} (?:waste your (?:money|time)"
        r"|(?:ever )?recommend(?:ed|ing)? (?:\w+ ){0,4}to any(?:one|body))\b",
    ),
    (
        _CALL_TO_ACTION,
        (
            r"\b(?:not|don't|dont|never)\b",
            r"\b(?:order|book|shop|use|trust|go|deal)\b",
            r"avoid|boycott|beware|everyone|people|spread|share|retweet|buy|warn|recommend|waste",
        ),
        rf"(?:^|[.!?,] ?|please ){_NO} (?:ever )?(?:order|book|shop|use|trust|go|deal)\b",
    ),
    (
        _THREAT_TO_LEAVE,
        (r"\b(?:leav|switch|cancel|moving\b|clos(?:e|ing)\b|delet(?:e|ing|ed)\b)",),
        r"\b(?:(?:i'm|im|i am|we are|we're|i'll be|will be|thinking (?:of|about)|considering|threatens? to"
        r"|ready to|going to"
        r"|about to) (?:leav(?:e|ing) (?:you|them|for)|leave\b|switch(?:ing)?|cancel(?:l?ing)?|moving to"
        r"|clos(?:e|ing) my)"
        r"|threat\w* (?:to leave|to cancel|to switch)"
        r"|cancel(?:l?ing|l?ed)? (?:my|our|the) (?:account|subscription|contract|membership|policy"
        r"|service)\b"
        r"|(?:switch(?:ing|ed)? to|clos(?:e|ing) my account)\b"
        r"|(?:(?:please|pls|just) delete|i(?:'m| am) deleting|i(?:'ve| have)? (?:just )?deleted) my account\b)",
    ),
    (
        _THREAT_TO_LEAVE,
        (
            r"\b(?:uninstall"
            r"|(?:business|money|custom|lost|losing|done|ex|former|never|last|back|elsewhere)\b)",
        ),
        r"\b(?:(?:(?:take|taking) my (?:business|(?:money|custom)\b.*\belsewhere)"
        r"|los(?:t|ing) (?:a|my|me as a) (?:customer|business|custom)|lost a (?:loyal|long)"
        r"|uninstall(?:ing|ed)|done with (?:you|this company|them|@)|(?:ex|former)[- ]customer)\b"
        r"|never (?:\w+ ){0,3}(?:again|with (?:you|them) again)\b|last time (?:i|we)(?:'ll| will"
        r"| ever)?\b"
        r"|not (?:be |come |be coming )back\b|won't be back\b"
        rf"|(?:will|i'll|we'll|i|we|i'm|i am|we're|we are) never (?:ever )?(?:be )?{_GO_BACK}"
        r"|(?:go|going|shop|shopping) elsewhere\b)",
    ),
    (
        _REPEATED,
        (r"\b(?:times|calls|emails|again|twice|repeatedly|already|keep|still)\b",),
        r"\b(?:(?:how many|so many|several|multiple|many|three|four|five|\d+) (?:more )?(?:times|calls|emails)"
        r"|(?:called|calling|emailed|written|asked|contacted|messaged|told you|explained|complained"
        r"|reported)(?: \w+){0,3}"
        r" (?:again|twice|times|repeatedly|already)"
        r"|already (?:told|called|emailed|wrote|written|sent|asked|explained|contacted|reported|tried)"
        r"|(?:calling|writing|asking|contacting|happened|happening|broken|down|cancelled|wrong|late"
        r"|delayed|failed|declined) (?:\w+ )?again"
        r"|keep (?:calling|asking|emailing|telling|writing|waiting|being passed)"
        r"|still (?:no|not|waiting|haven't|hasn't|nothing))\b",
    ),
    # These count only beside another word of time or number: "my 2nd attempt at a cake" tells no brand twice.
    (
        _REPEATED,
        (
            r"\b(?:second|third|fourth|fifth|sixth|2nd|3rd|\d+th|umpteenth|nth|messages|mails|kept)\b",
            r"time|again|twice|already|still|another|keep|several|multiple|repeated|emails|calls",
        ),
        r"\b(?:(?:second|third|fourth|fifth|sixth|2nd|3rd|\d+th|umpteenth|nth) (?:time|call|email|message"
        r"|ticket|attempt)"
        r"|(?:how many|so many|several|multiple|many|three|four|five|\d+) (?:more )?(?:messages|e-mails)"
        r"|kept (?:calling|asking|emailing|telling|writing|waiting|being passed))\b",
    ),
    (
        _AUTO_REPLY,
        (
            r"\b(?:automat|(?:received|reply|noreply|office|created|opened|logged|agents?|members?|advisors?"
            r"|colleagues|representatives?|within|shortly|during|soon|higher|volume|hours)\b)",
        ),
        r"\b(?:(?:we(?:'ve| have)?|your (?:message|request|email|e-mail|enquiry|inquiry|ticket|case"
        r"|feedback)(?: has been| was)?)"
        r" (?:successfully )?received\b"
        r"|(?:this is an )?automat(?:ed|ic) (?:reply|response|message|email|e-mail|acknowledge?ment)\b"
        r"|automatically generated\b"
        r"|(?:please )?do not reply to this\b|noreply\b|out of (?:the )?office\b"
        r"|ticket (?:number |no\.? )?(?:#?\w+ )?(?:has been|was) (?:created|opened|logged|received)\b"
        r"|(?:one of our|an?) (?:agents?|team members?|advisors?|colleagues"
        r"|representatives?) will (?:be|get|contact|respond|reply)"
        r"(?: \w+){0,6} (?:shortly|soon|hours?|days?)\b"
        r"|we(?:'ll| will| aim to) (?:get back|respond|reply|be back)(?: \w+){0,4} (?:within|shortly"
        r"|during|as soon as)\b"
        r"|(?:higher than (?:usual|normal)|(?:unusually )?high volume)\b|our (?:business|office"
        r"|working|opening) hours are\b)",
    ),
    (
        _SETTLED,
        (
            r"\b(?:sorted|solved|resolved|fixed"
            r"|(?:works|working|worked|arrived|good|refund|mind|nevermind|normal|running)\b)",
        ),
        r"\b(?:(?:thanks|thank you|cheers|great|ok|okay|all|now|it's|its|it is|that's|thats|is|been|got|was"
        r"|finally|has|have|you|they)"
        r"(?:[,.! ]+\w+){0,3}?[,.! ]+(?:sorted|solved|resolved|fixed)\b"
        r"|(?:sorted|solved|resolved|fixed)(?: it| that| this)?(?: \w+)? ?(?:now|out|thanks|thank you"
        r"|,? thanks|,? thank you|$|[.!])"
        r"|(?:sorted|solved|resolved|fixed) (?:it|that|this|my|the|everything)\b"
        r"|(?:works|working|arrived) now\b|(?:that|it"
        r"|this) worked\b|all good (?:now|thanks|thank)"
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
    for number, need in enumerate(dict.fromkeys(need for _, needs, _ in _TABLE for need in needs))
}
_HINTS: Final = tuple((bit, re.compile(need)) for need, bit in _NEEDS.items())
_ANY_HINT: Final = re.compile("|".join(_NEEDS))
_RULES: Final = tuple(
    (cue, sum(_NEEDS[need] for need in needs), re.compile(pattern)) for cue, needs, pattern in _TABLE
)


class _Hints(dict[str, int]):
    """The hints of each chunk as written, worked out at its first use; forgets all when full."""

    def __missing__(self, chunk: str) -> int:
        hints = _LOUD if len(chunk) >= _CAPITAL_WORD_MIN_LETTERS and chunk.isupper() else 0
        lowered = _lower(chunk)
        if _ANY_HINT.search(lowered):
            hints += sum(bit for bit, need in _HINTS if need.search(lowered))
        if len(chunk) <= _CHUNK_MAX_CHARACTERS:
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[chunk] = hints
        return hints


_hints_of: Final = _Hints().__getitem__


def find_cues(text: str, sentiment: Sentiment) -> Cues:
    """Read the cues off one text; both directions, what a cue means for the direction is the caller's."""
    hints = loud = 0
    for hint in filter(None, map(_hints_of, text.split())):
        hints |= hint
        loud += hint & _LOUD
    arousal = _measure_arousal(text.count("!"), loud, sentiment.compound)
    if hints <= _LOUD:
        return Cues(arousal=arousal)
    said = _find_said(_lower(text), hints)
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


def _find_said(lowered: str, hints: int) -> int:
    """Return the bits of the cues whose patterns the text has."""
    said = 0
    for cue, needs, pattern in _RULES:
        if hints & needs == needs and not said & cue and pattern.search(lowered):
            said |= cue
    if said & _SETTLED and _UNSETTLED.search(lowered):
        said -= _SETTLED
    return said


def _measure_arousal(marks: int, loud: int, compound: float) -> float:
    shouting = min(marks, _MARKS_FULL) / _MARKS_FULL
    capitals = min(loud, _CAPITAL_WORDS_FULL) / _CAPITAL_WORDS_FULL
    return _MARKS_SHARE * shouting + _CAPITALS_SHARE * capitals + _INTENSITY_SHARE * abs(compound)
