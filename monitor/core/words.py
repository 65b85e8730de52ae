"""The trained weights of words: summed over a text at full speed, or spread over its places to explain it.

Everything is added in whole numbers, so that no order of the parts can matter, and divided once at the end: the
same text has the same weight to the last bit, whatever was read before it.
"""

import math
from typing import Final

from monitor.core.chunks import LANE_BITS, NO_FOLLOWERS, Chunks, Layouts, Lexemes, Part
from monitor.core.weights import WordWeights

_LANES: Final = 4
_LANE_MASK: Final = (1 << LANE_BITS) - 1
_LANE_HALF: Final = 1 << (LANE_BITS - 1)
#: Added before lanes are read, so that one below zero borrows nothing from the next.
_LIFT: Final = sum([_LANE_HALF << (lane * LANE_BITS) for lane in range(_LANES)])


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
        unit = self._scale * math.sqrt(count + self._offset)
        return Said(
            count,
            ((lifted & _LANE_MASK) - _LANE_HALF) / unit,
            (((lifted >> LANE_BITS) & _LANE_MASK) - _LANE_HALF) / unit,
            (((lifted >> 2 * LANE_BITS) & _LANE_MASK) - _LANE_HALF) / unit,
            ((lifted >> 3 * LANE_BITS) - _LANE_HALF) / unit,
        )

    def spread(
        self, text: str, words: list[str], least_logits: float, *, is_directed: bool = False
    ) -> list[Place]:
        """Return what speaks for a complaint place by place, without tokens below `least_logits` either way.

        `is_directed` says that it is known to be meant for a brand. A pair's weight is shared by its two tokens;
        neighbours of one sign are one place.
        """
        chunks, parts, packed = self._weigh_each(words)
        halves = [_read_complaint(half, is_directed=is_directed) for half in packed]
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


def _read_complaint(packed: int, *, is_directed: bool) -> int:
    lifted = packed + _LIFT
    weight = (lifted & _LANE_MASK) - _LANE_HALF
    return weight if is_directed else weight + (lifted >> 3 * LANE_BITS) - _LANE_HALF


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
