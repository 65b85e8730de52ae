"""The trained weights of words: summed over a text at full speed, or spread over its places to explain it.

Everything is added in whole numbers, so that no order of the parts can matter, and divided once at the end: the
same text has the same weight to the last bit, whatever was read before it.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

from monitor.core.chunks import (
    Chunk,
    Layouts,
    Lexemes,
    Spans,
    count_tokens,
    has_denial,
    read_complaint,
    unpack,
)
from monitor.core.weights import WordWeights

#: As many numbers say where a chunk's only token stands.
_ONE_SPAN: Final = 2


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
        self.layouts: Final = Layouts(lexemes)
        self._layout_of = self.layouts.__getitem__
        self._directed = _Shares(is_directed=True)
        self._open = _Shares(is_directed=False)

    def lay_out(self, words: list[str]) -> tuple[Sequence[Chunk | None], Sequence[Spans]]:
        """Find the chunk of each word as written, and where its tokens stand."""
        layouts = list(map(self._layout_of, words))
        return [chunk for chunk, _ in layouts], [spans for _, spans in layouts]

    def sum_up(self, words: list[str]) -> Said:
        """Weigh a text's words together."""
        return self.weigh(self.lay_out(words)[0])

    def weigh(self, chunks: Sequence[Chunk | None]) -> Said:
        """Weigh a text's chunks together."""
        told = [chunk for chunk in chunks if chunk is not None]
        total = sum([chunk.weight for chunk in told])
        total += sum(
            [one.seconds[other.opener] for one, other in pairwise(told) if other.opener in one.seconds]
        )
        if has_denial(total):
            total += _deny(told)
        count = count_tokens(total)
        complaint, negative, positive, opening = unpack(total)
        unit = self._scale * math.sqrt(count + self._offset)
        return Said(count, complaint / unit, negative / unit, positive / unit, opening / unit)

    def spread(
        self,
        text: str,
        words: list[str],
        chunks: Sequence[Chunk | None],
        spans: Sequence[Spans],
        least_logits: float,
        *,
        is_directed: bool = False,
    ) -> list[Place]:
        """Return what speaks for a complaint place by place, without tokens below `least_logits` either way.

        `is_directed` says that it is known to be meant for a brand. A pair's weight is shared by its two tokens;
        neighbours of one sign are one place.
        """
        owners, halves = self._weigh_each(chunks, is_directed=is_directed)
        unit = 0.5 / (self._scale * math.sqrt(len(halves) + self._offset))
        least = math.ceil(least_logits / unit)
        offsets = _find_offsets(text, words)
        places: list[Place] = []
        last: Place | None = None
        for number, half in enumerate(halves):
            if -least < half < least:
                continue
            owner = owners[number]
            span = spans[owner]
            place = 0 if len(span) == _ONE_SPAN else 2 * (number - bisect_left(owners, owner))
            start, end = offsets[owner] + span[place], offsets[owner] + span[place + 1]
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

    def _weigh_each(
        self, chunks: Sequence[Chunk | None], *, is_directed: bool
    ) -> tuple[list[int], list[int]]:
        """Give each token's chunk by number, and twice what it weighs, in the tables' unit."""
        shares = self._directed if is_directed else self._open
        owners: list[int] = []
        halves: list[int] = []
        scope = 0
        seconds: dict[str, int] = {}
        for number, chunk in enumerate(chunks):
            if chunk is None:
                continue
            for token in chunk.tokens or (chunk,):
                if scope:
                    half = 2 * read_complaint(token.sums[scope], is_directed=is_directed)
                    scope = token.scopes[scope]
                else:
                    half = 2 * (token.directed if is_directed else token.open)
                    scope = token.scope
                if token.opener in seconds:
                    shared = shares[seconds[token.opener]]
                    halves[-1] += shared
                    half += shared
                halves.append(half)
                owners.append(number)
                seconds = token.seconds
        return owners, halves


class _Shares(dict[int, int]):
    """What a pair adds to each of its tokens for a complaint, by all that it weighs; a text needs few of them."""

    def __init__(self, *, is_directed: bool) -> None:
        super().__init__()
        self._is_directed = is_directed

    def __missing__(self, packed: int) -> int:
        share = self[packed] = read_complaint(packed, is_directed=self._is_directed)
        return share


def _deny(chunks: list[Chunk]) -> int:
    """Give how much more the chunks weigh in a negator's reach."""
    total = scope = 0
    for chunk in chunks:
        if scope:
            total += chunk.sums[scope] - chunk.sums[0]
            scope = chunk.scopes[scope]
        else:
            scope = chunk.scope
    return total


def _find_offsets(text: str, words: list[str]) -> list[int]:
    """Find where each chunk of the text begins."""
    offsets = [before + number for number, before in enumerate(accumulate(map(len, words), initial=0))]
    # One character lies between each two of them, and so none before or after them all.
    if offsets[-1] == len(text) + 1:
        return offsets
    offset = 0
    for number, written in enumerate(words):
        # Only whitespace lies between, so that this finds the chunk and no copy of it in another one.
        offsets[number] = offset = text.find(written, offset)
        offset += len(written)
    return offsets
