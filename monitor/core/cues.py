"""What a text says beside the complaint: how loud, and who leaves, warns others, repeats or is content.

A pattern is searched for only where the text has words that it cannot do without; which of them a chunk of
text has is remembered, so that most texts cost one look-up per chunk.
"""

import re
from collections.abc import Sequence
from typing import Final

from monitor.core.cue_rules import (
    AUTO_REPLY,
    CALL_TO_ACTION,
    LAW_OR_PRESS,
    NO_ANSWER,
    REPEATED,
    REQUEST_FOR_ACTION,
    RULES,
    SETTLED,
    THREAT_TO_LEAVE,
    UNSETTLED,
)
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

_WORD: Final = re.compile(r"\w+")
_APOSTROPHE: Final = re.compile("[\u2018\u2019]")

# Hints are bits: one for a chunk in capitals, then one for each distinct thing that a rule needs.
_LOUD: Final = 1
_NEEDS: Final[dict[str, int]] = {
    need: 2 << number
    for number, need in enumerate(dict.fromkeys(need for rule in RULES for need in rule.needs))
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
_SHORTEST_STEM: Final = min(map(len, _STEMS))


def _index_lengths() -> dict[str, tuple[int, ...]]:
    """Give the lengths of the stems that begin as the shortest does."""
    index: dict[str, set[int]] = {}
    for stem in _STEMS:
        index.setdefault(stem[:_SHORTEST_STEM], set()).add(len(stem))
    return {begin: tuple(sorted(lengths)) for begin, lengths in index.items()}


_STEM_LENGTHS: Final = _index_lengths()


def _hint_word(word: str) -> int:
    hints = _WORDS.get(word, 0)
    if word[0].isdecimal() and word.endswith("th"):
        hints |= _WORDS["0th"]
    for length in _STEM_LENGTHS.get(word[:_SHORTEST_STEM], ()):
        hints |= _STEMS.get(word[:length], 0)
    return hints


def hint_chunk(chunk: str) -> int:
    """Give the hints of a chunk as written."""
    if chunk.lstrip("#").isdecimal():
        return 0
    hints = _LOUD if len(chunk) >= _CAPITAL_WORD_MIN_LETTERS and chunk.isupper() else 0
    lowered = chunk.lower()
    for word in (lowered,) if lowered.isalpha() else _WORD.findall(lowered):
        hints |= _hint_word(word)
    return hints


class _Hints(dict[str, int]):
    """The hints of each chunk as written, worked out at its first use; forgets all when full."""

    def __missing__(self, chunk: str) -> int:
        hints = hint_chunk(chunk)
        if len(chunk) <= _CHUNK_MAX_CHARACTERS:
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[chunk] = hints
        return hints


class _Candidates(dict[int, _Patterns]):
    """The cues and patterns whose needs are met by these hints together."""

    def __missing__(self, hints: int) -> _Patterns:
        patterns = tuple(
            [(rule.cue, rule.pattern) for rule in RULES if all(hints & _NEEDS[need] for need in rule.needs)]
        )
        if len(self) >= _CHUNKS_MAX:
            self.clear()
        self[hints] = patterns
        return patterns


_hints_of: Final = _Hints().__getitem__
_candidates_of: Final = _Candidates().__getitem__


def find_cues(text: str, sentiment: Sentiment, found: Sequence[int] | None = None) -> Cues:
    """Read the cues off one text of either direction; `found` are its chunks' hints, where the caller has them."""
    hints = loud = 0
    for hint in filter(None, map(_hints_of, text.split()) if found is None else found):
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
        call_to_action=said & CALL_TO_ACTION != 0,
        threat_to_leave=said & THREAT_TO_LEAVE != 0,
        repeated=said & REPEATED != 0,
        auto_reply=said & AUTO_REPLY != 0,
        settled=said & SETTLED != 0,
        request_for_action=said & REQUEST_FOR_ACTION != 0,
        law_or_press=said & LAW_OR_PRESS != 0,
        no_answer=said & NO_ANSWER != 0,
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
    if said & SETTLED and UNSETTLED.search(lowered):
        said -= SETTLED
    return said


def _measure_shouting(marks: int, loud: int) -> float:
    shouting = min(marks, _MARKS_FULL) / _MARKS_FULL
    capitals = min(loud, _CAPITAL_WORDS_FULL) / _CAPITAL_WORDS_FULL
    return _MARKS_SHARE * shouting + _CAPITALS_SHARE * capitals
