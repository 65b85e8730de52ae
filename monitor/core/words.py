"""The trained weights of words: summed over a text at full speed, or spread over its places to explain it.

Everything is added in whole numbers, so that no order of the parts can matter, and divided once at the end: the
same text has the same weight to the last bit, whatever was read before it. One whole number carries what a feature
weighs in all lanes (`weights.Lanes`) side by side, so that one addition adds them all.
"""

import math

<<<<<<< HEAD
from monitor.core.ngrams import NEGATION_REACH, Piece, find_reach, fold_word, split_chunk, split_letters
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

_LANES: Final = 4
#: Wide enough that no text that fits a record fills a lane.
_LANE_BITS: Final = 40
_LANE_MASK: Final = (1 << _LANE_BITS) - 1
_LANE_HALF: Final = 1 << (_LANE_BITS - 1)
#: Added before lanes are read, so that one below zero borrows nothing from the next.
_LIFT: Final = sum([_LANE_HALF << (lane * _LANE_BITS) for lane in range(_LANES)])

_NOTHING: Final[dict[str, int]] = {}
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


#: Start and end of a token in its chunk, and the token.
_Part = tuple[int, int, Chunk]

=======
from monitor.core.chunks import NO_FOLLOWERS, Chunks, Layouts, Lexemes, Part
from monitor.core.weights import WordWeights

>>>>>>> main

class Said:
    """What the words of one text weigh together, in logits, and how many tokens there are."""

    __slots__ = ("complaint", "count", "negative", "opening", "positive")

    def __init__(
        self, count: int, complaint: float, negative: float, positive: float, opening: float
    ) -> None:
        self.count = count
        self.complaint = complaint
        self.negative = negative
        self.positive = positive
        #: How much more they weigh for a complaint where only the text can tell whom it is for.
        self.opening = opening


class Place:
    """A stretch of the text, of one word or several, and the logits that they add."""

    __slots__ = ("end", "start", "weight")

    def __init__(self, start: int, end: int, weight: float) -> None:
        self.start = start
        self.end = end
        self.weight = weight


<<<<<<< HEAD
class _Lexemes:
    """Weighs each token at its first use: a chunk of one token."""

    def __init__(self, weights: WordWeights) -> None:
        self._weights = weights
        self._letters_of = {gram: _pack(lanes) for gram, lanes in weights.letters.items()}.get
        self._capitals = _pack(weights.capitals)
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
        weight = _pack(weights.tokens.get(name, ()))
        if is_capitals:
            weight += self._capitals
        denied = weight
        if is_word:
            weight += sum(filter(None, map(self._letters_of, split_letters(name))))
            denied = weight + _pack(weights.negated.get(name, ()))
        reach = find_reach(name)
        scopes = _SCOPES_AFTER if reach is None else (reach,) * (NEGATION_REACH + 1)
        sums = [weight] + [denied] * NEGATION_REACH
        pairs = weights.pairs.get(name)
        followers = {second: _pack(lanes) for second, lanes in pairs.items()} if pairs else _NOTHING
        return Chunk(1, name, followers, sums, scopes)


class _Chunks(dict[str, Chunk | None]):
    """Each chunk as written, read at its first use, None if it has no token; forgets all when full."""

    def __init__(self, lexemes: _Lexemes) -> None:
        super().__init__()
        self._lexemes = lexemes

    def __missing__(self, written: str) -> Chunk | None:
        if written.startswith(_ADDRESSES) and written.partition("://")[2]:
            # Hardly ever seen twice.
            return self._lexemes.weigh("<url>", is_word=False, is_capitals=False)
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


class _Layouts(dict[str, list[_Part]]):
    """Where the tokens of each chunk stand, found at its first use; forgets all when full."""

    def __init__(self, lexemes: _Lexemes) -> None:
        super().__init__()
        self._lexemes = lexemes

    def __missing__(self, written: str) -> list[_Part]:
        if written.isalpha():
            parts = [(0, len(written), self._lexemes.weigh_word(written))]
        else:
            pieces = split_chunk(written)
            parts = [(piece.start, piece.end, _weigh_piece(self._lexemes, piece)) for piece in pieces]
        if len(written) <= _CHUNK_MAX_CHARACTERS:
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[written] = parts
        return parts


=======
>>>>>>> main
class WordModel:
    """The linear part that reads the text; it remembers the chunks it has met."""

    def __init__(self, weights: WordWeights) -> None:
        self._offset = weights.tokens_offset
        self._scale = weights.scale
        lexemes = Lexemes(weights)
        self._chunk_of = Chunks(lexemes).__getitem__
        self._layout_of = Layouts(lexemes).__getitem__

    def sum_up(self, words: list[str]) -> Said:
        """Weigh a text's words together."""
        total = count = scope = 0
        followers = NO_FOLLOWERS
        for chunk in map(self._chunk_of, words):
            if chunk is None:
                continue
            if scope:
                total += chunk.sums[scope] + followers.get(chunk.first, 0)
                scope = chunk.scopes[scope]
            else:
                total += chunk.weight + followers.get(chunk.first, 0)
                scope = chunk.scope
            followers = chunk.followers
            count += chunk.count
        lifted = total + _LIFT
        unit = 1.0 / (self._scale * math.sqrt(count + self._offset))
        return Said(
            count,
            ((lifted & _LANE_MASK) - _LANE_HALF) * unit,
            ((lifted >> _LANE_BITS & _LANE_MASK) - _LANE_HALF) * unit,
            ((lifted >> 2 * _LANE_BITS & _LANE_MASK) - _LANE_HALF) * unit,
            ((lifted >> 3 * _LANE_BITS) - _LANE_HALF) * unit,
        )

    def spread(
        self, text: str, words: list[str], least_logits: float, *, is_directed: bool = False
    ) -> list[Place]:
        """Return what speaks for a complaint place by place, without tokens below `least_logits` either way.

        `is_directed` says that it is known to be meant for a brand. A pair's weight is shared by its two tokens; neighbours of one sign are one place.
        """
<<<<<<< HEAD
        starts, ends, packed = self._weigh_each(text, words)
        halves = [_read_complaint(half, is_directed=is_directed) for half in packed]
=======
        chunks, parts, halves = self._weigh_each(words)
>>>>>>> main
        unit = 0.5 / (self._scale * math.sqrt(len(halves) + self._offset))
        least = least_logits / unit
        offsets = _find_offsets(text, words)
        places: list[Place] = []
        last: Place | None = None
        for number, half in enumerate(halves):
            if -least < half < least:
                continue
            offset, part = offsets[chunks[number]], parts[number]
            start, end = offset + part.start, offset + part.end
            if (
                last is not None
                and (last.weight > 0) == (half > 0)
                and (start == last.end or text[last.end : start].isspace())
            ):
                last.end = end
                last.weight += half * unit
            else:
                last = Place(start, end, half * unit)
                places.append(last)
        return places

    def _weigh_each(self, words: list[str]) -> tuple[list[int], list[Part], list[int]]:
        """Give each token's chunk by number, its place there, and twice what it weighs, in the tables' unit."""
        chunks: list[int] = []
        parts: list[Part] = []
        halves: list[int] = []
        scope = 0
        followers = NO_FOLLOWERS
        for number, layout in enumerate(map(self._layout_of, words)):
            for part in layout:
                token = part.token
                half = 2 * token.sums[scope]
                pair = followers.get(token.first, 0)
                if pair:
                    halves[-1] += pair
                    half += pair
                halves.append(half)
                chunks.append(number)
                parts.append(part)
                scope = token.scopes[scope]
                followers = token.followers
        return chunks, parts, halves


<<<<<<< HEAD
def _pack(lanes: Lanes) -> int:
    packed = 0
    for lane, weight in enumerate(lanes):
        packed += weight << (lane * _LANE_BITS)
    return packed


def _read_complaint(packed: int, *, is_directed: bool) -> int:
    lifted = packed + _LIFT
    weight = (lifted & _LANE_MASK) - _LANE_HALF
    return weight if is_directed else weight + (lifted >> 3 * _LANE_BITS) - _LANE_HALF


def _weigh_piece(lexemes: _Lexemes, piece: Piece) -> Chunk:
    return lexemes.weigh(piece.name, is_word=piece.is_word, is_capitals=piece.is_capitals)


def _join(tokens: list[Chunk]) -> Chunk | None:
    """Sum up the tokens of one chunk for each state of negation that it may be entered in."""
    if not tokens:
        return None
    if len(tokens) == 1:
        return tokens[0]
    sums: list[int] = []
    scopes: list[int] = []
    for entered in range(NEGATION_REACH + 1):
        scope = entered
        total = 0
        followers = _NOTHING
        for token in tokens:
            total += token.sums[scope] + followers.get(token.first, 0)
            scope = token.scopes[scope]
            followers = token.followers
        sums.append(total)
        scopes.append(scope)
    return Chunk(len(tokens), tokens[0].first, tokens[-1].followers, sums, scopes)
=======
def _find_offsets(text: str, words: list[str]) -> list[int]:
    """Find where each chunk of the text begins."""
    offsets: list[int] = []
    offset = 0
    is_spaced = " ".join(words) == text
    for written in words:
        if not is_spaced:
            # Only whitespace lies between, so that this finds the chunk and no copy of it in another one.
            offset = text.find(written, offset)
        offsets.append(offset)
        offset += len(written) + is_spaced
    return offsets
>>>>>>> main
