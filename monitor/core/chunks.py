"""What each chunk of text weighs by itself, found at its first use and remembered.

All weights are whole numbers, kept as floats: their sums are exact up to 2^53, farther than any record reaches, and
floats are what Python adds fastest, compiled or not.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from monitor.core.ngrams import (
    LETTERS_MAX,
    LETTERS_MIN,
    NEGATION_REACH,
    find_reach,
    fold_word,
    split_chunk,
)
from monitor.core.weights import Lanes, WordWeights

#: Distinct chunks of text that are remembered with their weights, about 30 MB when full, and distinct tokens.
CHUNKS_MAX: Final = 65_536
_TOKENS_MAX: Final = 65_536
#: A longer chunk is hardly ever seen twice, and neither is a longer number.
_CHUNK_MAX_CHARACTERS: Final = 40
_NUMBER_MAX_CHARACTERS: Final = 4

#: One of these after a word, or before it, is no token and makes none with the word.
_SILENT_AFTER: Final = frozenset(".,:;\"')*-")
_SILENT_BEFORE: Final = frozenset("#\"'(*-")

_ADDRESSES: Final = ("http://", "https://")

#: What something weighs in each of the lanes of `weights.Lanes`.
Sums = tuple[float, float, float, float]

#: How many tokens are denied after one that is no negator, by how many were before it.
_SCOPES_AFTER: Final[tuple[int, ...]] = (0, *range(NEGATION_REACH))

#: Where the tokens of a chunk begin and end in it, one after the other.
Spans = tuple[int, ...]
_SHORT_SPANS: Final[tuple[tuple[Spans, ...], ...]] = tuple(
    [tuple([(start, end) for end in range(_CHUNK_MAX_CHARACTERS + 1)]) for start in (0, 1)]
)


class Pair:
    """What two tokens weigh as neighbours, beside what each weighs by itself."""

    __slots__ = ("complaint", "negative", "opening", "positive")

    def __init__(self, sums: Sums) -> None:
        self.complaint, self.negative, self.positive, self.opening = sums


_NO_SECONDS: Final[dict[str, Pair]] = {}


class Chunk:
    """The tokens of a chunk summed up; all chunks with the same single token share one."""

    __slots__ = (
        "complaint",
        "count",
        "negative",
        "opener",
        "opening",
        "positive",
        "scope",
        "scopes",
        "seconds",
        "sums",
        "tokens",
    )

    def __init__(
        self,
        opener: str,
        seconds: dict[str, Pair],
        sums: tuple[Sums, ...],
        scopes: tuple[int, ...],
        tokens: tuple["Chunk", ...],
    ) -> None:
        #: The name of its first token; "" where that is the second of no pair.
        self.opener = opener
        #: What its last token weighs as a pair with the one that follows, by that one's name.
        self.seconds = seconds
        #: What it weighs, and how many tokens after it are denied, by how many were denied before it.
        self.sums = sums
        self.scopes = scopes
        self.complaint, self.negative, self.positive, self.opening = sums[0]
        self.scope = scopes[0]
        #: Its tokens, if there are several.
        self.tokens = tokens
        self.count = max(len(tokens), 1)


#: A chunk, None if it has no token, and where its tokens stand.
Layout = tuple[Chunk | None, Spans]


class Lexemes:
    """Weighs each token at its first use: a chunk of one token."""

    def __init__(self, weights: WordWeights) -> None:
        self._weights = weights
        self._letters = _sum_prefixes(weights.letters)
        self._capitals = fill(weights.capitals)
        self._calm: dict[str, Chunk] = {}
        self._loud: dict[str, Chunk] = {}
        #: What pairs weigh, by their first token and their second.
        self._pairs: dict[str, dict[str, Pair]] = {}
        # Each name as one object, which is found without a look into it.
        self._openers: dict[str, str] = {}
        for first, seconds in weights.pairs.items():
            self._pairs[first] = {
                self._openers.setdefault(second, second): Pair(fill(lanes))
                for second, lanes in seconds.items()
            }

    def weigh_word(self, written: str) -> Chunk:
        """Give the token of a word as written."""
        return self.weigh(
            fold_word(written), is_word=True, is_capitals=len(written) > 1 and written.isupper()
        )

    def weigh(self, name: str, *, is_word: bool, is_capitals: bool) -> Chunk:
        """Give the token of this name; no word has the name of another token."""
        known = self._loud if is_capitals else self._calm
        token = known.get(name)
        if token is None:
            if len(known) >= _TOKENS_MAX:
                known.clear()
            token = known[name] = self._make(name, is_word=is_word, is_capitals=is_capitals)
        return token

    def join(self, tokens: list[Chunk]) -> Chunk | None:
        """Sum up the tokens of one chunk for each state of negation that it may be entered in."""
        if not tokens:
            return None
        if len(tokens) == 1:
            return tokens[0]
        pairs = fill(())
        for one, other in pairwise(tokens):
            pair = one.seconds.get(other.opener)
            if pair is not None:
                pairs = add(pairs, (pair.complaint, pair.negative, pair.positive, pair.opening))
        is_deniable = False
        for token in tokens:
            is_deniable = is_deniable or token.sums[0] != token.sums[1]
        sums: list[Sums] = []
        scopes: list[int] = []
        for entered in range(NEGATION_REACH + 1):
            scope = entered
            total = pairs
            for token in tokens:
                if is_deniable or not entered:
                    total = add(total, token.sums[scope])
                scope = token.scopes[scope]
            if is_deniable or not entered:
                sums.append(total)
            scopes.append(scope)
        # Most tokens weigh the same denied or not; their sum is kept once.
        every = tuple(sums) if is_deniable else (sums[0],) * (NEGATION_REACH + 1)
        return Chunk(tokens[0].opener, tokens[-1].seconds, every, tuple(scopes), tuple(tokens))

    def _make(self, name: str, *, is_word: bool, is_capitals: bool) -> Chunk:
        weights = self._weights
        weight = self.weigh_letters(name) if is_word else fill(())
        lanes = weights.tokens.get(name)
        if lanes is not None:
            weight = add(weight, fill(lanes))
        if is_capitals:
            weight = add(weight, self._capitals)
        lanes = weights.negated.get(name) if is_word else None
        denied = weight if lanes is None else add(weight, fill(lanes))
        reach = find_reach(name)
        scopes = _SCOPES_AFTER if reach is None else (reach,) * (NEGATION_REACH + 1)
        sums = (weight, *(denied,) * NEGATION_REACH)
        return Chunk(self._openers.get(name, ""), self._pairs.get(name, _NO_SECONDS), sums, scopes, ())

    def weigh_letters(self, name: str) -> Sums:
        """Sum the weights of a word's letter n-grams: at each place of the longest known one and its prefixes."""
        letters = self._letters
        bordered = f" {name} "
        complaint = negative = positive = opening = 0.0
        for start in range(len(bordered) - LETTERS_MIN + 1):
            # All three lengths written out: a loop over them takes a quarter longer.
            weight = (
                letters.get(bordered[start : start + LETTERS_MAX])
                or letters.get(bordered[start : start + LETTERS_MAX - 1])
                or letters.get(bordered[start : start + LETTERS_MIN])
            )
            if weight is not None:
                # Taken apart at once: compiled, each look into it would unpack all of it.
                one, two, three, four = weight
                complaint += one
                negative += two
                positive += three
                opening += four
        return complaint, negative, positive, opening


class Layouts(dict[str, Layout]):
    """The layout of each chunk as written, found at its first use; forgets all when full."""

    def __init__(self, lexemes: Lexemes) -> None:
        super().__init__()
        self._lexemes = lexemes
        self._number = lexemes.weigh("0", is_word=False, is_capitals=False)

    def __missing__(self, written: str) -> Layout:
        layout = self.read(written)
        if not is_seldom(written):
            if len(self) >= CHUNKS_MAX:
                self.clear()
            self[written] = layout
        return layout

    def read(self, written: str) -> Layout:
        """Read a chunk, and remember nothing of it but its tokens."""
        length = len(written)
        lexemes = self._lexemes
        if written.isalpha():
            return lexemes.weigh_word(written), _span(0, length)
        if is_number(written):
            return self._number, _span(int(written[0] == "#"), length)
        if written.startswith(_ADDRESSES) and written.partition("://")[2]:
            return lexemes.weigh("<url>", is_word=False, is_capitals=False), _span(0, length)
        if written[-1] in _SILENT_AFTER and written[:-1].isalpha():
            return lexemes.weigh_word(written[:-1]), _span(0, length - 1)
        if written[0] in _SILENT_BEFORE and written[1:].isalpha():
            return lexemes.weigh_word(written[1:]), _span(1, length)
        spans: list[int] = []
        tokens: list[Chunk] = []
        for piece in split_chunk(written):
            tokens.append(lexemes.weigh(piece.name, is_word=piece.is_word, is_capitals=piece.is_capitals))
            spans += (piece.start, piece.end)
        return lexemes.join(tokens), tuple(spans)


def is_seldom(written: str) -> bool:
    """Tell a chunk that is hardly ever seen twice: a long one, a number of some order or ticket, or an address."""
    length = len(written)
    return (
        length > _CHUNK_MAX_CHARACTERS
        or (length > _NUMBER_MAX_CHARACTERS and is_number(written))
        or written.startswith(_ADDRESSES)
    )


def is_number(written: str) -> bool:
    """Tell whether a chunk is a number, if need be with the sign before it."""
    return written[-1].isdecimal() and written.removeprefix("#").isdecimal()


def fill(lanes: Lanes) -> Sums:
    """Add the zeros that are left out."""
    complaint, negative, positive, opening = (*lanes, 0, 0, 0, 0)[:4]
    return float(complaint), float(negative), float(positive), float(opening)


def add(one: Sums, other: Sums) -> Sums:
    """Add lane by lane."""
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


def _span(start: int, end: int) -> Spans:
    """Give the place of a chunk's only token; short ones share it."""
    return _SHORT_SPANS[start][end] if end <= _CHUNK_MAX_CHARACTERS else (start, end)


def _sum_prefixes(letters: Mapping[str, Lanes]) -> dict[str, Sums]:
    """Add to each n-gram the weights of the shorter ones that it begins with, so that one look-up finds them all."""
    known: dict[str, Sums] = {}
    nothing = fill(())
    # Equal weights as one object: the fewer there are, the more of them stay in the processor's cache.
    same: dict[Sums, Sums] = {}
    for gram in sorted(letters, key=len):
        prefix = gram[:-1]
        while len(prefix) >= LETTERS_MIN and prefix not in known:
            prefix = prefix[:-1]
        weight = add(fill(letters[gram]), known.get(prefix, nothing))
        known[gram] = same.setdefault(weight, weight)
    return known
