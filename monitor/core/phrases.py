"""Counts which of a book's phrases a text contains, label by label; the phrases themselves are data."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Generic, TypeVar

_WORD: Final = re.compile(r"[\w']+")
#: As many words as "..." in a phrase may stand for.
_GAP: Final = r"(?:\W+[\w']+){0,3}?\W+"
#: Distinct chunks of text whose phrases are remembered.
_CHUNKS_MAX: Final = 32_768
#: A longer chunk is hardly ever seen twice.
_CHUNK_MAX_CHARACTERS: Final = 40

Label = TypeVar("Label", bound=str)


class Rule(Generic[Label]):
    """A label, its weight, and what must follow the phrase's first word."""

    __slots__ = ("label", "need", "rest", "weight")

    def __init__(self, label: Label, weight: float, rest: str) -> None:
        self.label = label
        self.weight = weight
        self.rest = _compile_rest(rest)
        #: Without its longest word, which is found sooner, the rest need not be looked for.
        self.need = max(
            (word.removesuffix("*") for word in rest.split() if word != "..."), key=len, default=""
        )


#: The phrases that a chunk opens: where in it their first word ends, and the rule.
_Opened = tuple[tuple[int, Rule[Label]], ...]


class PhraseBook(Generic[Label]):
    """Labels with their weighted phrases.

    A phrase is words in lower case; `*` ends a word that may go on, `...` stands for up to three words.
    """

    def __init__(self, labels: Mapping[Label, Mapping[str, float]]) -> None:
        words: dict[str, list[Rule[Label]]] = {}
        stems: dict[str, list[Rule[Label]]] = {}
        same: dict[tuple[Label, float, str], Rule[Label]] = {}
        for label, phrases in labels.items():
            for phrase, weight in phrases.items():
                first, _, rest = phrase.partition(" ")
                key = (label, weight, rest)
                # Phrases of one word count once per label and weight: "bill" and "invoice" are one reason.
                rule = same.setdefault(key, Rule(*key))
                target = stems if first.endswith("*") else words
                target.setdefault(first.removesuffix("*"), []).append(rule)
        self._openings_of = _Openings(words, stems).__getitem__

    def weigh(self, words: list[str]) -> dict[Label, float]:
        """Sum the weights of the phrases found, per label; a phrase that stands there twice counts once."""
        joined = " ".join(words)
        lowered = _lower(joined)
        if len(lowered) != len(joined):
            words = lowered.split(" ")
        found: list[Rule[Label]] = []
        # Found, or never to be: no rule searches a long text twice.
        settled: set[Rule[Label]] = set()
        position = 0
        for word, openings in zip(words, map(self._openings_of, words), strict=True):
            for end, rule in openings:
                if rule in settled:
                    continue
                if rule.need not in lowered:
                    settled.add(rule)
                elif rule.rest is None or rule.rest.match(lowered, position + end):
                    settled.add(rule)
                    found.append(rule)
            position += len(word) + 1
        totals: dict[Label, float] = {}
        for rule in found:
            totals[rule.label] = totals.get(rule.label, 0.0) + rule.weight
        return totals


class _Openings(dict[str, _Opened[Label]]):
    """The phrases that each chunk opens, as written, found at its first use; forgets all when full."""

    def __init__(
        self, words: Mapping[str, Sequence[Rule[Label]]], stems: Mapping[str, Sequence[Rule[Label]]]
    ) -> None:
        super().__init__()
        self._words = words
        self._stems = stems
        self._stem_lengths = sorted({len(stem) for stem in stems})

    def __missing__(self, chunk: str) -> _Opened[Label]:
        found: list[tuple[int, Rule[Label]]] = []
        for match in _WORD.finditer(_lower(chunk)):
            word, end = match.group(), match.end()
            found += [(end, rule) for rule in self._words.get(word, ())]
            for length in self._stem_lengths:
                if length > len(word):
                    break
                found += [(end, rule) for rule in self._stems.get(word[:length], ())]
        openings = tuple(found)
        if len(chunk) <= _CHUNK_MAX_CHARACTERS:
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[chunk] = openings
        return openings


def _lower(text: str) -> str:
    return text.lower().replace("\u2019", "'")


def _compile_rest(rest: str) -> re.Pattern[str] | None:
    if not rest:
        return None
    pattern = ""
    glue = r"\W+"
    for word in rest.split():
        if word == "...":
            glue = _GAP
            continue
        ending = r"[\w']*" if word.endswith("*") else r"(?![\w'])"
        pattern += glue + re.escape(word.removesuffix("*")) + ending
        glue = r"\W+"
    return re.compile(pattern)
