"""Counts which of a book's phrases a text contains, label by label; the phrases themselves are data."""

import re
from collections.abc import Mapping
from typing import Final, Generic, TypeVar

_WORD: Final = re.compile(r"[\w']+")
#: As many words as "..." in a phrase may stand for.
_GAP: Final = r"(?:\W+[\w']+){0,3}?\W+"
#: Words whose phrases are remembered; more than a language's everyday words.
_WORDS_MAX: Final = 20_000

Label = TypeVar("Label", bound=str)

#: A label, its weight, and what must follow the phrase's first word.
_Rule = tuple[Label, float, re.Pattern[str] | None]


class PhraseBook(Generic[Label]):
    """Labels with their weighted phrases.

    A phrase is words in lower case; `*` ends a word that may go on, `...` stands for up to three words.
    """

    def __init__(self, labels: Mapping[Label, Mapping[str, float]]) -> None:
        self._words: dict[str, list[_Rule[Label]]] = {}
        self._stems: dict[str, list[_Rule[Label]]] = {}
        for label, phrases in labels.items():
            for phrase, weight in phrases.items():
                first, _, rest = phrase.partition(" ")
                rule = (label, weight, _compile_rest(rest))
                target = self._stems if first.endswith("*") else self._words
                target.setdefault(first.removesuffix("*"), []).append(rule)
        self._stem_lengths = tuple(sorted({len(stem) for stem in self._stems}))
        self._known: dict[str, tuple[_Rule[Label], ...]] = {}

    def weigh(self, text: str) -> dict[Label, float]:
        """Sum the weights of the phrases found, per label; a phrase that stands there twice counts once."""
        lowered = text.lower().replace("\u2019", "'")
        found: set[_Rule[Label]] = set()
        for match in _WORD.finditer(lowered):
            rules = self._known.get(match.group())
            if rules is None:
                rules = self._look_up(match.group())
            for rule in rules:
                if rule[2] is None or rule[2].match(lowered, match.end()):
                    found.add(rule)
        totals: dict[Label, float] = {}
        for label, weight, _ in found:
            totals[label] = totals.get(label, 0.0) + weight
        return totals

    def _look_up(self, word: str) -> tuple[_Rule[Label], ...]:
        rules = list(self._words.get(word, ()))
        for length in self._stem_lengths:
            if length > len(word):
                break
            rules.extend(self._stems.get(word[:length], ()))
        if len(self._known) >= _WORDS_MAX:
            self._known.clear()
        self._known[word] = tuple(rules)
        return self._known[word]


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
