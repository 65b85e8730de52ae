"""The trained weights of words: summed over a text at full speed, or spread over its places to explain it."""

import math
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from monitor.core.ngrams import NEGATION_REACH, Piece, follow_scope, split_chunk, split_letters

#: Distinct chunks of text that are remembered with their weights, about 50 MB when full.
_CHUNKS_MAX: Final = 65_536
#: A longer chunk is hardly ever seen twice.
_CHUNK_MAX_CHARACTERS: Final = 40

_CHUNK: Final = re.compile(r"\S+")
_NOTHING: Final[Mapping[str, float]] = {}


class WordWeights(msgspec.Struct, frozen=True, kw_only=True):
    """Tables of whole numbers in units of 1 / `scale` logits."""

    scale: int
    #: Added to the number of tokens before the text's sum is divided by its square root.
    tokens_offset: float
    capitals: int
    tokens: dict[str, int]
    #: Added when the token stands in a negator's reach.
    negated: dict[str, int]
    letters: dict[str, int]
    pairs: dict[str, dict[str, int]]


class _Part(msgspec.Struct, frozen=True):
    """A token of a chunk with its own weight, free and denied."""

    piece: Piece
    free: float
    denied: float


class _Chunk(msgspec.Struct, frozen=True):
    """A chunk's tokens summed up, for each state of negation that it may be entered in."""

    parts: tuple[_Part, ...]
    sums: tuple[float, ...]
    scopes: tuple[int, ...]
    first: str
    followers: Mapping[str, float]
    count: int


class Place(msgspec.Struct):
    """A stretch of the text and the logits that its words add."""

    start: int
    end: int
    weight: float


class WordModel:
    """The linear part that reads the text; it remembers the chunks it has met."""

    def __init__(self, weights: WordWeights) -> None:
        unit = 1.0 / weights.scale
        self._offset = weights.tokens_offset
        self._tokens = {name: value * unit for name, value in weights.tokens.items()}
        self._negated = {name: value * unit for name, value in weights.negated.items()}
        self._letters = {name: value * unit for name, value in weights.letters.items()}
        self._pairs: dict[str, Mapping[str, float]] = {
            first: {second: value * unit for second, value in seconds.items()}
            for first, seconds in weights.pairs.items()
        }
        self._capitals = weights.capitals * unit
        self._chunks: dict[str, _Chunk] = {}

    def sum_up(self, text: str) -> tuple[float, int]:
        """Return the logits of all words together and how many tokens there are."""
        known = self._chunks.get
        total = 0.0
        count = scope = 0
        followers = _NOTHING
        for written in text.split():
            chunk = known(written)
            if chunk is None:
                chunk = self._read_chunk(written)
            if chunk.count:
                total += chunk.sums[scope] + followers.get(chunk.first, 0.0)
                scope = chunk.scopes[scope]
                followers = chunk.followers
                count += chunk.count
        return total / math.sqrt(count + self._offset), count

    def spread(self, text: str) -> list[Place]:
        """Return the same logits place by place; a pair's weight is shared by its two tokens."""
        places: list[Place] = []
        scope = 0
        followers = _NOTHING
        for match in _CHUNK.finditer(text):
            written = match.group()
            offset = match.start()
            for part in (self._chunks.get(written) or self._read_chunk(written)).parts:
                piece = part.piece
                half = followers.get(piece.name, 0.0) / 2
                if half:
                    places[-1].weight += half
                weight = (part.denied if scope else part.free) + half
                places.append(Place(offset + piece.start, offset + piece.end, weight))
                scope = follow_scope(scope, piece)
                followers = self._pairs.get(piece.name, _NOTHING)
        shrink = 1.0 / math.sqrt(len(places) + self._offset)
        for place in places:
            place.weight *= shrink
        return places

    def _read_chunk(self, written: str) -> _Chunk:
        parts = tuple(self._weigh_piece(piece) for piece in split_chunk(written))
        sums: list[float] = []
        scopes: list[int] = []
        for entered in range(NEGATION_REACH + 1):
            scope = entered
            total = 0.0
            followers = _NOTHING
            for part in parts:
                name = part.piece.name
                total += (part.denied if scope else part.free) + followers.get(name, 0.0)
                scope = follow_scope(scope, part.piece)
                followers = self._pairs.get(name, _NOTHING)
            sums.append(total)
            scopes.append(scope)
        chunk = _Chunk(
            parts=parts,
            sums=tuple(sums),
            scopes=tuple(scopes),
            first=parts[0].piece.name if parts else "",
            followers=self._pairs.get(parts[-1].piece.name, _NOTHING) if parts else _NOTHING,
            count=len(parts),
        )
        if len(written) <= _CHUNK_MAX_CHARACTERS:
            if len(self._chunks) >= _CHUNKS_MAX:
                self._chunks.clear()
            self._chunks[written] = chunk
        return chunk

    def _weigh_piece(self, piece: Piece) -> _Part:
        name = piece.name
        weight = self._tokens.get(name, 0.0) + (self._capitals if piece.is_capitals else 0.0)
        if not piece.is_word:
            return _Part(piece, weight, weight)
        letters = self._letters
        weight += sum(letters.get(gram, 0.0) for gram in split_letters(name))
        return _Part(piece, weight, weight + self._negated.get(name, 0.0))
