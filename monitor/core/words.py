"""The trained weights of words: summed over a text at full speed, or spread over its places to explain it.

Everything is added in whole numbers, so that no order of the parts can matter, and divided once at the end: the
same text has the same weight to the last bit, whatever was read before it.
"""

import math
from collections.abc import Sequence
from typing import Final

from monitor.core.chunks import Chunk, Chunks, Layouts, Lexemes, Part, read_lower, read_upper
from monitor.core.weights import WordWeights


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


class WordModel:
    """The linear part that reads the text; it remembers the chunks it has met."""

    def __init__(self, weights: WordWeights) -> None:
        self._offset = weights.tokens_offset
        self._scale = weights.scale
        lexemes = Lexemes(weights)
        self._pairs = lexemes.pairs
        self.chunks: Final = Chunks(lexemes)
        self._chunk_of = self.chunks.__getitem__
        self._layout_of = Layouts(lexemes).__getitem__

    def sum_up(self, words: list[str]) -> Said:
        """Weigh a text's words together."""
        return self.weigh(list(map(self._chunk_of, words)))

    def weigh(self, chunks: Sequence[Chunk | None]) -> Said:
        """Weigh a text's chunks together."""
        pairs = self._pairs
        low = high = count = scope = closer = 0
        for chunk in chunks:
            if chunk is None:
                continue
            if scope:
                low += chunk.lows[scope]
                high += chunk.highs[scope]
                scope = chunk.scopes[scope]
            else:
                low += chunk.low
                high += chunk.high
                scope = chunk.scope
            if closer and chunk.opener:
                pair = pairs.get(closer + chunk.opener)
                if pair is not None:
                    low += pair[0]
                    high += pair[1]
            closer = chunk.closer
            count += chunk.count
        unit = self._scale * math.sqrt(count + self._offset)
        return Said(
            count,
            read_lower(low) / unit,
            read_upper(low) / unit,
            read_lower(high) / unit,
            read_upper(high) / unit,
        )

    def spread(
        self, text: str, words: list[str], least_logits: float, *, is_directed: bool = False
    ) -> list[Place]:
        """Return what speaks for a complaint place by place, without tokens below `least_logits` either way.

        `is_directed` says that it is known to be meant for a brand. A pair's weight is shared by its two tokens;
        neighbours of one sign are one place.
        """
        chunks, parts, halves = self._weigh_each(words, is_directed=is_directed)
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

    def _weigh_each(self, words: list[str], *, is_directed: bool) -> tuple[list[int], list[Part], list[int]]:
        """Give each token's chunk by number, its place there, and twice what it weighs, in the tables' unit."""
        pairs = self._pairs
        chunks: list[int] = []
        parts: list[Part] = []
        halves: list[int] = []
        scope = closer = 0
        for number, layout in enumerate(map(self._layout_of, words)):
            for part in layout:
                token = part.token
                if scope:
                    half = 2 * _read_complaint(token.lows[scope], token.highs[scope], is_directed=is_directed)
                    scope = token.scopes[scope]
                else:
                    half = 2 * (part.complaint if is_directed else part.complaint + part.opening)
                    scope = token.scope
                if closer and token.opener:
                    pair = pairs.get(closer + token.opener)
                    if pair is not None:
                        shared = _read_complaint(pair[0], pair[1], is_directed=is_directed)
                        halves[-1] += shared
                        half += shared
                halves.append(half)
                chunks.append(number)
                parts.append(part)
                closer = token.closer
        return chunks, parts, halves


def _read_complaint(low: int, high: int, *, is_directed: bool) -> int:
    weight = read_lower(low)
    return weight if is_directed else weight + read_upper(high)


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
