"""The trained weights of words: summed over a text at full speed, or spread over its places to explain it.

Everything is added in whole numbers, so that no order of the parts can matter, and divided once at the end: the
same text has the same weight to the last bit, whatever was read before it.
"""

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from monitor.core.chunks import Chunk, Layouts, Lexemes, Pair, Spans, fill
from monitor.core.ngrams import NEGATION_REACH
from monitor.core.weights import WordWeights

#: Stand for what follows the last chunk of a text.
_END: Final = Chunk("", {}, (fill(()),) * (NEGATION_REACH + 1), (0,) * (NEGATION_REACH + 1), ())
_END_SPAN: Final[Spans] = (0, 0)


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


_NOWHERE: Final = Place(-1, -1, 0.0)


class WordModel:
    """The linear part that reads the text; it remembers the chunks it has met."""

    def __init__(self, weights: WordWeights) -> None:
        self._offset = weights.tokens_offset
        self._scale = weights.scale
        lexemes = Lexemes(weights)
        self.layouts: Final = Layouts(lexemes)
        self._layout_of = self.layouts.__getitem__

    def lay_out(self, words: list[str]) -> tuple[Sequence[Chunk | None], Sequence[Spans]]:
        """Find the chunk of each word as written, and where its tokens stand."""
        layouts = list(map(self._layout_of, words))
        return [chunk for chunk, _ in layouts], [spans for _, spans in layouts]

    def sum_up(self, words: list[str]) -> Said:
        """Weigh a text's words together."""
        return self.weigh(self.lay_out(words)[0])

    def weigh(self, chunks: Sequence[Chunk | None]) -> Said:
        """Weigh a text's chunks together."""
        complaint = negative = positive = opening = 0.0
        count = scope = 0
        seconds: dict[str, Pair] = {}
        for chunk in chunks:
            if chunk is None:
                continue
            if chunk.opener in seconds:
                pair = seconds[chunk.opener]
                complaint += pair.complaint
                negative += pair.negative
                positive += pair.positive
                opening += pair.opening
            if scope:
                sums = chunk.sums[scope]
                complaint += sums[0]
                negative += sums[1]
                positive += sums[2]
                opening += sums[3]
                scope = chunk.scopes[scope]
            else:
                complaint += chunk.complaint
                negative += chunk.negative
                positive += chunk.positive
                opening += chunk.opening
                scope = chunk.scope
            count += chunk.count
            seconds = chunk.seconds
        unit = self._scale * math.sqrt(count + self._offset)
        return Said(count, complaint / unit, negative / unit, positive / unit, opening / unit)

    def spread(
        self,
        text: str,
        passage: tuple[list[int], Sequence[Chunk | None], Sequence[Spans]],
        least_logits: float,
        most: int | None = None,
        *,
        is_directed: bool = False,
    ) -> list[Place]:
        """Return what speaks for a complaint place by place, in order: if asked for, only the `most` strongest.

        `passage` is where the chunks begin, what they are, and where their tokens stand in them. Nothing is of a token
        below `least_logits` either way. `is_directed` says that it is known to be meant for a brand. A pair's weight
        is shared by its two tokens; neighbours of one sign are one place.
        """
        offsets, chunks, spans = passage
        unit = 0.5 / (self._scale * math.sqrt(sum(map(len, spans)) // 2 + self._offset))
        least = least_logits / unit
        places: list[Place] = []
        place = _NOWHERE
        # Of the token before: where it stands, and twice what it weighs in the tables' unit.
        start, end, half, scope = 0, 0, 0.0, 0
        seconds: dict[str, Pair] = {}
        for offset, chunk, span in zip(offsets, (*chunks, _END), (*spans, _END_SPAN), strict=True):
            at = 0
            for token in () if chunk is None else chunk.tokens or (chunk,):
                share = 0.0
                if token.opener in seconds:
                    pair = seconds[token.opener]
                    share = pair.complaint if is_directed else pair.complaint + pair.opening
                    half += share
                if end and not -least < half < least:
                    if (
                        place is not _NOWHERE
                        and (place.weight > 0) == (half > 0)
                        and (start == place.end or text[place.end : start].isspace())
                    ):
                        place.end = end
                        place.weight += half * unit
                    else:
                        place = Place(start, end, half * unit)
                        places.append(place)
                start, end = offset + span[at], offset + span[at + 1]
                at += 2
                seconds = token.seconds
                sums = token.sums[scope]
                half = share + 2.0 * (sums[0] if is_directed else sums[0] + sums[3])
                scope = token.scopes[scope]
        return places if most is None or len(places) <= most else _choose_strongest(places, most)


def _choose_strongest(places: list[Place], most: int) -> list[Place]:
    strengths = [abs(place.weight) for place in places]
    chosen = sorted(range(len(places)), key=strengths.__getitem__, reverse=True)[:most]
    return [places[number] for number in sorted(chosen)]


def find_offsets(text: str, words: list[str]) -> list[int]:
    """Find where each chunk of the text begins; one more number follows, which says nothing."""
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
