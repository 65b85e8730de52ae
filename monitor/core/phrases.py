"""Counts which of a book's phrases a text contains, label by label; the phrases themselves are data."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Generic, TypeVar

_WORD: Final = re.compile(r"[\w']+")
_LETTERS: Final = re.compile(r"\w+")
#: As many words as "..." in a phrase may stand for.
_GAP: Final = r"(?:\W+[\w']+){0,3}?\W+"
#: Distinct chunks of text whose phrases are remembered.
_CHUNKS_MAX: Final = 32_768
#: A longer chunk is hardly ever seen twice.
_CHUNK_MAX_CHARACTERS: Final = 40

#: The bit of a need that every text meets.
_NEEDS_NOTHING: Final = 1

Label = TypeVar("Label", bound=str)


class Rule(Generic[Label]):
    """A label, its weight, and what must follow the phrase's first word."""

    __slots__ = ("label", "need", "rest", "weight")

    def __init__(self, label: Label, weight: float, rest: str, need: int) -> None:
        self.label = label
        self.weight = weight
        self.rest = _compile_rest(rest)
        #: The bit of its longest word; a text without it need not be searched for the rest.
        self.need = need


class Opening(Generic[Label]):
    """The phrases that a chunk opens, and the words in it that phrases need."""

    __slots__ = ("has", "needs", "rules")

    def __init__(self, has: int, rules: Sequence[tuple[int, Rule[Label]]]) -> None:
        #: The bits of the needed words that it has.
        self.has = has
        #: Where in the chunk the first word of a phrase ends, and the rule.
        self.rules = tuple(rules)
        self.needs = 0
        for _, rule in rules:
            self.needs |= rule.need


class PhraseBook(Generic[Label]):
    """Labels with their weighted phrases.

    A phrase is words in lower case; `*` ends a word that may go on, `...` stands for up to three words.
    """

    def __init__(self, labels: Mapping[Label, Mapping[str, float]]) -> None:
        self._words: dict[str, list[Rule[Label]]] = {}
        self._stems: dict[str, list[Rule[Label]]] = {}
        #: The bits of needed words, by what each begins with.
        self._needed: dict[str, int] = {}
        self._needed_stems: dict[str, int] = {}
        same: dict[tuple[Label, float, str], Rule[Label]] = {}
        for label, phrases in labels.items():
            for phrase, weight in phrases.items():
                first, _, rest = phrase.partition(" ")
                key = (label, weight, rest)
                # Phrases of one word count once per label and weight: "bill" and "invoice" are one reason.
                rule = same.get(key)
                if rule is None:
                    rule = same[key] = Rule(label, weight, rest, self._need(rest))
                target = self._stems if first.endswith("*") else self._words
                target.setdefault(first.removesuffix("*"), []).append(rule)
        lengths = sorted({len(stem) for stem in (*self._stems, *self._needed_stems)})
        self._shortest = lengths[0] if lengths else 0
        #: The lengths of the stems that begin as the shortest does.
        self._lengths: dict[str, list[int]] = {}
        for length in lengths:
            for stem in {
                stem[: self._shortest] for stem in (*self._stems, *self._needed_stems) if len(stem) == length
            }:
                self._lengths.setdefault(stem, []).append(length)
        self._opening_of = _Openings(self).__getitem__

    def open(self, words: list[str]) -> list[Opening[Label] | None]:
        """Find what each chunk of a text opens."""
        return list(map(self._opening_of, words))

    def read(self, chunk: str) -> Opening[Label] | None:
        """Find what a chunk opens, and remember nothing of it; None for the many chunks that no phrase asks about."""
        lowered = _lower(chunk)
        rules: list[tuple[int, Rule[Label]]] = []
        # The words and numbers that most chunks are need not be searched for.
        word = lowered.removeprefix("#")
        if word.isalnum():
            has = self._read_word(word, len(lowered), rules)
        else:
            has = 0
            for match in _WORD.finditer(lowered):
                has |= self._read_word(match.group(), match.end(), rules)
        return Opening(has, rules) if has or rules else None

    def weigh(
        self, text: str, offsets: list[int], openings: list[Opening[Label] | None]
    ) -> dict[Label, float]:
        """Sum the weights of the phrases found, per label; a phrase that stands there twice counts once.

        `offsets` is where the chunks of the text begin, `openings` what they open.
        """
        has = _NEEDS_NOTHING
        for one in openings:
            if one is not None:
                has |= one.has
        totals: dict[Label, float] = {}
        found: set[Rule[Label]] = set()
        lowered = ""
        for number, one in enumerate(openings):
            if one is None or not one.rules or not one.needs & has:
                continue
            for end, rule in one.rules:
                if not rule.need & has or rule in found:
                    continue
                if rule.rest is not None:
                    if not lowered:
                        lowered, offsets = _lower_text(text, offsets)
                    if not rule.rest.match(lowered, offsets[number] + end):
                        continue
                found.add(rule)
                totals[rule.label] = totals.get(rule.label, 0.0) + rule.weight
        return totals

    def _need(self, rest: str) -> int:
        """Give the bit of the longest word of the rest of a phrase."""
        need = max([word for word in rest.split() if word != "..."], key=_measure, default="")
        # A phrase goes on after a character that is of no word.
        begin = _LETTERS.match(need)
        if begin is None:
            return _NEEDS_NOTHING
        is_stem = need == begin.group() + "*"
        needed = self._needed_stems if is_stem else self._needed
        return needed.setdefault(begin.group(), 2 << (len(self._needed) + len(self._needed_stems)))

    def _read_word(self, word: str, end: int, rules: list[tuple[int, Rule[Label]]]) -> int:
        """Add the rules that a word opens, and return the bits of the needed words that are in it."""
        if word in self._words:
            rules += [(end, rule) for rule in self._words[word]]
        has = self._needed.get(word, 0)
        for length in self._lengths.get(word[: self._shortest], ()):
            if length > len(word):
                break
            rules += [(end, rule) for rule in self._stems.get(word[:length], ())]
            has |= self._needed_stems.get(word[:length], 0)
        if "'" in word:
            for letters in _LETTERS.findall(word):
                has |= self._find_needed(letters)
        return has

    def _find_needed(self, letters: str) -> int:
        has = self._needed.get(letters, 0)
        for length in self._lengths.get(letters[: self._shortest], ()):
            has |= self._needed_stems.get(letters[:length], 0)
        return has


class _Openings(dict[str, Opening[Label] | None]):
    """What each chunk opens, as written, found at its first use; forgets all when full."""

    def __init__(self, book: PhraseBook[Label]) -> None:
        super().__init__()
        self._book = book

    def __missing__(self, chunk: str) -> Opening[Label] | None:
        opening = self._book.read(chunk)
        if len(chunk) <= _CHUNK_MAX_CHARACTERS:
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[chunk] = opening
        return opening


def _measure(word: str) -> int:
    return len(word.removesuffix("*"))


def _lower(text: str) -> str:
    return text.lower().replace("\u2019", "'")


def _lower_text(text: str, offsets: list[int]) -> tuple[str, list[int]]:
    """Lower a text, and find where its chunks then begin: a few letters become two."""
    lowered = _lower(text)
    if len(lowered) == len(text):
        return lowered, offsets
    return lowered, [len(_lower(text[:offset])) for offset in offsets]


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
