"""What each chunk of text weighs by itself, found at its first use and remembered; whole numbers throughout.

One whole number carries what a feature weighs in all lanes (`weights.Lanes`) side by side: one addition adds them all.
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
_CHUNKS_MAX: Final = 65_536
_TOKENS_MAX: Final = 65_536
#: A longer chunk is hardly ever seen twice.
_CHUNK_MAX_CHARACTERS: Final = 40

#: One of these after a word, or before it, is no token and makes none with the word.
_SILENT_AFTER: Final = frozenset(".,:;\"')*-")
_SILENT_BEFORE: Final = frozenset("#\"'(*-")

_ADDRESSES: Final = ("http://", "https://")

#: Wide enough that no text that fits a record fills a lane.
LANE_BITS: Final = 40

NO_FOLLOWERS: Final[dict[str, int]] = {}
#: How many tokens are denied after one that is no negator, by how many were before it.
_SCOPES_AFTER: Final = (0, *range(NEGATION_REACH))


class Chunk:
    """The tokens of a chunk summed up; all chunks with the same single token share one."""

    __slots__ = ("count", "first", "followers", "scope", "scopes", "sums", "weight")

    def __init__(
        self, count: int, first: str, followers: dict[str, int], sums: list[int], scopes: Sequence[int]
    ) -> None:
        self.count = count
        self.first = first
        #: What the pair of its last token with the one after it weighs, by that one's name.
        self.followers = followers
        #: What it weighs, and how many tokens after it are denied, by how many were denied before it.
        self.sums = tuple(sums)
        self.scopes = tuple(scopes)
        self.weight = sums[0]
        self.scope = scopes[0]


class Part:
    """A token and where it stands in its chunk."""

    __slots__ = ("end", "start", "token")

    def __init__(self, start: int, end: int, token: Chunk) -> None:
        self.start = start
        self.end = end
        self.token = token


class Lexemes:
    """Weighs each token at its first use: a chunk of one token."""

    def __init__(self, weights: WordWeights) -> None:
        self._weights = weights
        self._letters = _sum_prefixes(weights.letters)
        self._capitals = pack(weights.capitals)
        self._calm: dict[str, Chunk] = {}
        self._loud: dict[str, Chunk] = {}

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

    def _make(self, name: str, *, is_word: bool, is_capitals: bool) -> Chunk:
        weights = self._weights
        weight = pack(weights.tokens.get(name, ()))
        if is_capitals:
            weight += self._capitals
        denied = weight
        if is_word:
            weight += self.weigh_letters(name)
            denied = weight + pack(weights.negated.get(name, ()))
        reach = find_reach(name)
        scopes = _SCOPES_AFTER if reach is None else (reach,) * (NEGATION_REACH + 1)
        sums = [weight] + [denied] * NEGATION_REACH
        pairs = weights.pairs.get(name)
        followers = {second: pack(lanes) for second, lanes in pairs.items()} if pairs else NO_FOLLOWERS
        return Chunk(1, name, followers, sums, scopes)

    def weigh_letters(self, name: str) -> int:
        """Sum the weights of a word's letter n-grams: at each place of the longest known one and its prefixes."""
        letters = self._letters
        bordered = f" {name} "
        total = 0
        for start in range(len(bordered) - LETTERS_MIN + 1):
            gram = bordered[start : start + LETTERS_MAX]
            while len(gram) >= LETTERS_MIN:
                weight = letters.get(gram)
                if weight is not None:
                    total += weight
                    break
                gram = gram[:-1]
        return total


class Chunks(dict[str, Chunk | None]):
    """Each chunk as written, read at its first use, None if it has no token; forgets all when full."""

    def __init__(self, lexemes: Lexemes) -> None:
        super().__init__()
        self._lexemes = lexemes

    def __missing__(self, written: str) -> Chunk | None:
        if written.startswith(_ADDRESSES) and written.partition("://")[2]:
            # Hardly ever seen twice, and so are numbers.
            return self._lexemes.weigh("<url>", is_word=False, is_capitals=False)
        if written.isdecimal() or (written[0] == "#" and written[1:].isdecimal()):
            return self._lexemes.weigh("0", is_word=False, is_capitals=False)
        chunk = self._read(written)
        if len(written) <= _CHUNK_MAX_CHARACTERS:
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[written] = chunk
        return chunk

    def _read(self, written: str) -> Chunk | None:
        if written.isalpha():
            return self._lexemes.weigh_word(written)
        if written[-1] in _SILENT_AFTER and written[:-1].isalpha():
            return self._lexemes.weigh_word(written[:-1])
        if written[0] in _SILENT_BEFORE and written[1:].isalpha():
            return self._lexemes.weigh_word(written[1:])
        return _join([_weigh_piece(self._lexemes, piece) for piece in split_chunk(written)])


class Layouts(dict[str, list[Part]]):
    """Where the tokens of each chunk stand, found at its first use; forgets all when full."""

    def __init__(self, lexemes: Lexemes) -> None:
        super().__init__()
        self._lexemes = lexemes

    def __missing__(self, written: str) -> list[Part]:
        if written.isalpha():
            parts = [Part(0, len(written), self._lexemes.weigh_word(written))]
        else:
            pieces = split_chunk(written)
            parts = [Part(piece.start, piece.end, _weigh_piece(self._lexemes, piece)) for piece in pieces]
        if len(written) <= _CHUNK_MAX_CHARACTERS:
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[written] = parts
        return parts


def pack(lanes: Lanes) -> int:
    """Put the weights of all lanes into one whole number; a sum of such numbers carries the sums of the lanes."""
    packed = 0
    for lane, weight in enumerate(lanes):
        packed += weight << (lane * LANE_BITS)
    return packed


def _sum_prefixes(letters: Mapping[str, Lanes]) -> dict[str, int]:
    """Add to each n-gram the weights of the shorter ones that it begins with, so that one look-up finds them all."""
    known: dict[str, int] = {}
    # Equal numbers as one object: the fewer there are, the more of them stay in the processor's cache.
    numbers: dict[int, int] = {}
    for gram in sorted(letters, key=len):
        prefix = gram[:-1]
        while len(prefix) >= LETTERS_MIN and prefix not in known:
            prefix = prefix[:-1]
        weight = pack(letters[gram]) + known.get(prefix, 0)
        known[gram] = numbers.setdefault(weight, weight)
    return known


def _weigh_piece(lexemes: Lexemes, piece: Piece) -> Chunk:
    return lexemes.weigh(piece.name, is_word=piece.is_word, is_capitals=piece.is_capitals)


def _join(tokens: list[Chunk]) -> Chunk | None:
    """Sum up the tokens of one chunk for each state of negation that it may be entered in."""
    if not tokens:
        return None
    if len(tokens) == 1:
        return tokens[0]
    pairs = 0
    followers = NO_FOLLOWERS
    for token in tokens:
        pairs += followers.get(token.first, 0)
        followers = token.followers
    sums: list[int] = []
    scopes: list[int] = []
    for entered in range(NEGATION_REACH + 1):
        scope = entered
        total = pairs
        for token in tokens:
            total += token.sums[scope]
            scope = token.scopes[scope]
        sums.append(total)
        scopes.append(scope)
    return Chunk(len(tokens), tokens[0].first, followers, sums, scopes)
