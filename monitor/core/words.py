"""The trained weights of words: summed over a text at full speed, or spread over its places to explain it.

Everything is added in the order of the text and never by `sum`, which adds floats differently from Python 3.12
on: the same text has the same weight to the last bit, whatever was read before it.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from monitor.core.ngrams import NEGATION_REACH, Piece, find_reach, fold_word, split_chunk, split_letters
from monitor.core.weights import WordWeights

#: Distinct chunks of text that are remembered with their weights, about 30 MB when full, and distinct tokens.
_CHUNKS_MAX: Final = 65_536
_TOKENS_MAX: Final = 65_536
#: A longer chunk is hardly ever seen twice.
_CHUNK_MAX_CHARACTERS: Final = 40

#: One of these after a word, or before it, is no token and makes none with the word.
_SILENT_AFTER: Final = frozenset(".,:;\"')*-")
_SILENT_BEFORE: Final = frozenset("#\"'(*-")

_ADDRESSES: Final = ("http://", "https://")

_NOTHING: Final[Mapping[str, float]] = {}
#: How many tokens are denied after one that is no negator, by how many were before it.
_SCOPES_AFTER: Final = (0, *range(NEGATION_REACH))


class Chunk:
    """The tokens of a chunk summed up; all chunks with the same single token share one."""

    __slots__ = ("count", "first", "followers", "scope", "scopes", "sums", "weight")

    def __init__(
        self,
        tokens: int,
        first: str,
        followers: Mapping[str, float],
        sums: list[float],
        scopes: Sequence[int],
    ) -> None:
        self.count = tokens
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


class Place:
    """A stretch of the text, of one word or several, and the logits that they add."""

    __slots__ = ("end", "start", "weight")

    def __init__(self, start: int, end: int, weight: float) -> None:
        self.start = start
        self.end = end
        self.weight = weight


class _Lexemes:
    """Weighs each token at its first use: a chunk of one token."""

    def __init__(self, weights: WordWeights) -> None:
        self._weights = weights
        self._unit = unit = 1.0 / weights.scale
        self._pairs: dict[str, dict[str, float]] = {
            first: {second: value * unit for second, value in seconds.items()}
            for first, seconds in weights.pairs.items()
        }
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
        weights, unit = self._weights, self._unit
        weight = weights.tokens.get(name, 0) * unit
        if is_capitals:
            weight += weights.capitals * unit
        denied = weight
        if is_word:
            letters = 0.0
            for value in map(weights.letters.get, split_letters(name)):
                if value is not None:
                    letters += value * unit
            weight += letters
            denied = weight + weights.negated.get(name, 0) * unit
        reach = find_reach(name)
        scopes = _SCOPES_AFTER if reach is None else (reach,) * (NEGATION_REACH + 1)
        sums = [weight] + [denied] * NEGATION_REACH
        return Chunk(1, name, self._pairs.get(name, _NOTHING), sums, scopes)


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


class WordModel:
    """The linear part that reads the text; it remembers the chunks it has met."""

    def __init__(self, weights: WordWeights) -> None:
        self._offset = weights.tokens_offset
        lexemes = _Lexemes(weights)
        self._chunk_of = _Chunks(lexemes).__getitem__
        self._layout_of = _Layouts(lexemes).__getitem__

    def sum_up(self, text: str) -> tuple[float, int]:
        """Return the logits of all words together and how many tokens there are."""
        total = 0.0
        count = scope = 0
        followers = _NOTHING
        for chunk in map(self._chunk_of, text.split()):
            if chunk is None:
                continue
            if scope:
                total += chunk.sums[scope] + followers.get(chunk.first, 0.0)
                scope = chunk.scopes[scope]
            else:
                total += chunk.weight + followers.get(chunk.first, 0.0)
                scope = chunk.scope
            followers = chunk.followers
            count += chunk.count
        return total / math.sqrt(count + self._offset), count

    def spread(self, text: str, least_logits: float) -> list[Place]:
        """Return the same logits place by place, without words below `least_logits` either way.

        A pair's weight is shared by its two tokens; neighbours of one sign are one place.
        """
        spots, weights = self._weigh_each(text)
        shrink = 1.0 / math.sqrt(len(weights) + self._offset)
        places: list[Place] = []
        last: Place | None = None
        for (offset, part), unshrunk in zip(spots, weights, strict=True):
            weight = unshrunk * shrink
            if -least_logits < weight < least_logits:
                continue
            start, end = offset + part[0], offset + part[1]
            if (
                last is not None
                and (last.weight > 0) == (weight > 0)
                and (start == last.end or text[last.end : start].isspace())
            ):
                last.end = end
                last.weight += weight
            else:
                last = Place(start, end, weight)
                places.append(last)
        return places

    def _weigh_each(self, text: str) -> tuple[list[tuple[int, _Part]], list[float]]:
        """Give each token with the offset of its chunk, and what it weighs before the sum is shrunk."""
        spots: list[tuple[int, _Part]] = []
        weights: list[float] = []
        chunks = text.split()
        is_spaced = " ".join(chunks) == text
        offset = end = scope = 0
        followers = _NOTHING
        for written in chunks:
            if not is_spaced:
                # Only whitespace lies between, so that this finds the chunk and no copy of it in another one.
                offset = text.find(written, end)
            for part in self._layout_of(written):
                token = part[2]
                weight = token.sums[scope]
                pair = followers.get(token.first)
                if pair is not None:
                    weights[-1] += pair / 2
                    weight += pair / 2
                weights.append(weight)
                spots.append((offset, part))
                scope = token.scopes[scope]
                followers = token.followers
            end = offset + len(written)
            offset = end + 1
        return spots, weights


def _weigh_piece(lexemes: _Lexemes, piece: Piece) -> Chunk:
    return lexemes.weigh(piece.name, is_word=piece.is_word, is_capitals=piece.is_capitals)


def _join(tokens: list[Chunk]) -> Chunk | None:
    """Sum up the tokens of one chunk for each state of negation that it may be entered in."""
    if not tokens:
        return None
    if len(tokens) == 1:
        return tokens[0]
    sums: list[float] = []
    scopes: list[int] = []
    for entered in range(NEGATION_REACH + 1):
        scope = entered
        total = 0.0
        followers = _NOTHING
        for token in tokens:
            total += token.sums[scope] + followers.get(token.first, 0.0)
            scope = token.scopes[scope]
            followers = token.followers
        sums.append(total)
        scopes.append(scope)
    return Chunk(len(tokens), tokens[0].first, tokens[-1].followers, sums, scopes)
