"""What each chunk of text weighs by itself, found at its first use and remembered; whole numbers throughout.

One whole number carries what a feature weighs in two lanes (`weights.Lanes`) side by side: one addition adds both, and
what it mostly holds fits a machine word.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from monitor.core.ngrams import (
    LETTERS_MAX,
    LETTERS_MIN,
    NEGATION_REACH,
    Piece,
    find_reach,
    fold_word,
    split_chunk,
)
from monitor.core.weights import Lanes, WordWeights

#: Distinct chunks of text that are remembered with their weights, about 30 MB when full, and distinct tokens.
CHUNKS_MAX: Final = 65_536
_TOKENS_MAX: Final = 65_536
#: A longer chunk is hardly ever seen twice.
_CHUNK_MAX_CHARACTERS: Final = 40

#: One of these after a word, or before it, is no token and makes none with the word.
_SILENT_AFTER: Final = frozenset(".,:;\"')*-")
_SILENT_BEFORE: Final = frozenset("#\"'(*-")

_ADDRESSES: Final = ("http://", "https://")

#: Wide enough that no text that fits a record fills a lane.
_LANE_BITS: Final = 40
_LANE_MASK: Final = (1 << _LANE_BITS) - 1
#: Added before a lane is read, so that a lower one below zero borrows nothing from the upper.
_LANE_HALF: Final = 1 << (_LANE_BITS - 1)
_LANES_IN_ONE: Final = 2

#: What the first two lanes weigh, and what the other two.
Packed = tuple[int, int]
NOTHING: Final[Packed] = (0, 0)
#: How many tokens are denied after one that is no negator, by how many were before it.
_SCOPES_AFTER: Final = (0, *range(NEGATION_REACH))


class Chunk:
    """The tokens of a chunk summed up; all chunks with the same single token share one."""

    __slots__ = ("closer", "count", "high", "highs", "low", "lows", "opener", "scope", "scopes")

    def __init__(
        self, count: int, opener: int, closer: int, sums: Sequence[Packed], scopes: Sequence[int]
    ) -> None:
        self.count = count
        #: Together the key of what the last token of one chunk and the first of the next weigh as a pair; 0 for a
        #: token that is the second, or the first, of no pair.
        self.opener = opener
        self.closer = closer
        #: What it weighs, and how many tokens after it are denied, by how many were denied before it.
        self.lows = tuple([low for low, _ in sums])
        self.highs = tuple([high for _, high in sums])
        self.scopes = tuple(scopes)
        self.low, self.high = sums[0]
        self.scope = scopes[0]


class Part:
    """A token, where it stands in its chunk, and what it weighs for a complaint where nothing denies it."""

    __slots__ = ("complaint", "end", "opening", "start", "token")

    def __init__(self, start: int, end: int, token: Chunk) -> None:
        self.start = start
        self.end = end
        self.token = token
        self.complaint = read_lower(token.low)
        #: How much more where only the text can tell whom it is for.
        self.opening = read_upper(token.high)


class Lexemes:
    """Weighs each token at its first use: a chunk of one token."""

    def __init__(self, weights: WordWeights) -> None:
        self._weights = weights
        self._letters = _sum_prefixes(weights.letters)
        self._capitals = pack(weights.capitals)
        self._calm: dict[str, Chunk] = {}
        self._loud: dict[str, Chunk] = {}
        seconds = dict.fromkeys([second for pairs in weights.pairs.values() for second in pairs])
        self._openers = {second: number for number, second in enumerate(seconds, 1)}
        step = len(seconds) + 1
        self._closers = {first: number * step for number, first in enumerate(weights.pairs, 1)}
        #: What the pair of a closer and an opener weighs, by their sum.
        self.pairs: dict[int, Packed] = {
            self._closers[first] + self._openers[second]: pack(lanes)
            for first, pairs in weights.pairs.items()
            for second, lanes in pairs.items()
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
        pairs = NOTHING
        closer = 0
        for token in tokens:
            if closer and token.opener:
                pairs = _add(pairs, self.pairs.get(closer + token.opener, NOTHING))
            closer = token.closer
        sums: list[Packed] = []
        scopes: list[int] = []
        for entered in range(NEGATION_REACH + 1):
            scope = entered
            total = pairs
            for token in tokens:
                total = _add(total, (token.lows[scope], token.highs[scope]))
                scope = token.scopes[scope]
            sums.append(total)
            scopes.append(scope)
        return Chunk(len(tokens), tokens[0].opener, closer, sums, scopes)

    def _make(self, name: str, *, is_word: bool, is_capitals: bool) -> Chunk:
        weights = self._weights
        weight = pack(weights.tokens.get(name, ()))
        if is_capitals:
            weight = _add(weight, self._capitals)
        denied = weight
        if is_word:
            weight = _add(weight, self.weigh_letters(name))
            denied = _add(weight, pack(weights.negated.get(name, ())))
        reach = find_reach(name)
        scopes = _SCOPES_AFTER if reach is None else (reach,) * (NEGATION_REACH + 1)
        sums = [weight] + [denied] * NEGATION_REACH
        return Chunk(1, self._openers.get(name, 0), self._closers.get(name, 0), sums, scopes)

    def weigh_letters(self, name: str) -> Packed:
        """Sum the weights of a word's letter n-grams: at each place of the longest known one and its prefixes."""
        letters = self._letters
        bordered = f" {name} "
        low = high = 0
        for start in range(len(bordered) - LETTERS_MIN + 1):
            gram = bordered[start : start + LETTERS_MAX]
            while len(gram) >= LETTERS_MIN:
                weight = letters.get(gram)
                if weight is not None:
                    low += weight[0]
                    high += weight[1]
                    break
                gram = gram[:-1]
        return low, high


class Chunks(dict[str, Chunk | None]):
    """Each chunk as written, read at its first use, None if it has no token; forgets all when full."""

    def __init__(self, lexemes: Lexemes) -> None:
        super().__init__()
        self._lexemes = lexemes

    def __missing__(self, written: str) -> Chunk | None:
        chunk = self.read(written)
        if not is_seldom(written):
            if len(self) >= CHUNKS_MAX:
                self.clear()
            self[written] = chunk
        return chunk

    def read(self, written: str) -> Chunk | None:
        """Read a chunk, and remember nothing of it but its tokens."""
        if written.isalpha():
            return self._lexemes.weigh_word(written)
        if is_number(written):
            return self._lexemes.weigh("0", is_word=False, is_capitals=False)
        if written.startswith(_ADDRESSES) and written.partition("://")[2]:
            return self._lexemes.weigh("<url>", is_word=False, is_capitals=False)
        if written[-1] in _SILENT_AFTER and written[:-1].isalpha():
            return self._lexemes.weigh_word(written[:-1])
        if written[0] in _SILENT_BEFORE and written[1:].isalpha():
            return self._lexemes.weigh_word(written[1:])
        return self._lexemes.join([_weigh_piece(self._lexemes, piece) for piece in split_chunk(written)])


class Layouts(dict[str, list[Part]]):
    """Where the tokens of each chunk stand, found at its first use; forgets all when full."""

    def __init__(self, lexemes: Lexemes) -> None:
        super().__init__()
        self._lexemes = lexemes

    def __missing__(self, written: str) -> list[Part]:
        if written.isalpha():
            parts = [Part(0, len(written), self._lexemes.weigh_word(written))]
        elif is_number(written):
            token = self._lexemes.weigh("0", is_word=False, is_capitals=False)
            parts = [Part(int(written[0] == "#"), len(written), token)]
        else:
            pieces = split_chunk(written)
            parts = [Part(piece.start, piece.end, _weigh_piece(self._lexemes, piece)) for piece in pieces]
        if not is_seldom(written):
            if len(self) >= CHUNKS_MAX:
                self.clear()
            self[written] = parts
        return parts


def is_seldom(written: str) -> bool:
    """Tell a chunk that is hardly ever seen twice: a long one, a number, or an address."""
    return len(written) > _CHUNK_MAX_CHARACTERS or is_number(written) or written.startswith(_ADDRESSES)


def is_number(written: str) -> bool:
    """Tell whether a chunk is a number of some order or ticket."""
    return written.isdecimal() or (written[0] == "#" and written[1:].isdecimal())


def pack(lanes: Lanes) -> Packed:
    """Put the weights of each two lanes into one whole number; a sum of such numbers carries the sums of the lanes."""
    low = high = 0
    for lane, weight in enumerate(lanes):
        shifted = weight << (lane % _LANES_IN_ONE * _LANE_BITS)
        if lane < _LANES_IN_ONE:
            low += shifted
        else:
            high += shifted
    return low, high


def read_lower(packed: int) -> int:
    """Read the first of two lanes."""
    return ((packed + _LANE_HALF) & _LANE_MASK) - _LANE_HALF


def read_upper(packed: int) -> int:
    """Read the second of two lanes."""
    return (packed + _LANE_HALF) >> _LANE_BITS


def _add(one: Packed, other: Packed) -> Packed:
    return one[0] + other[0], one[1] + other[1]


def _sum_prefixes(letters: Mapping[str, Lanes]) -> dict[str, Packed]:
    """Add to each n-gram the weights of the shorter ones that it begins with, so that one look-up finds them all."""
    known: dict[str, Packed] = {}
    # Equal numbers as one object: the fewer there are, the more of them stay in the processor's cache.
    numbers: dict[Packed, Packed] = {}
    for gram in sorted(letters, key=len):
        prefix = gram[:-1]
        while len(prefix) >= LETTERS_MIN and prefix not in known:
            prefix = prefix[:-1]
        weight = _add(pack(letters[gram]), known.get(prefix, NOTHING))
        known[gram] = numbers.setdefault(weight, weight)
    return known


def _weigh_piece(lexemes: Lexemes, piece: Piece) -> Chunk:
    return lexemes.weigh(piece.name, is_word=piece.is_word, is_capitals=piece.is_capitals)
