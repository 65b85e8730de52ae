"""The trained weights of words: summed over a text at full speed, or spread over its places to explain it.

Everything is added in whole numbers, so that no order of the parts can matter, and divided once at the end: the
same text has the same weight to the last bit, whatever was read before it.
"""

import math
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


#: Where the chunks of a text begin, what they are, and where their tokens stand in them.
Passage = tuple[list[int], list[Chunk | None], list[Spans]]


class WordModel:
    """The linear part that reads the text; it remembers the chunks it has met."""

    def __init__(self, weights: WordWeights) -> None:
        self._offset = weights.tokens_offset
        self._scale = weights.scale
        lexemes = Lexemes(weights)
        self.layouts: Final = Layouts(lexemes)
        self._layout_of = self.layouts.__getitem__

    def lay_out(self, words: list[str]) -> tuple[list[Chunk | None], list[Spans]]:
        """Find the chunk of each word as written, and where its tokens stand."""
        layouts = list(map(self._layout_of, words))
        return [chunk for chunk, _ in layouts], [spans for _, spans in layouts]

    def sum_up(self, words: list[str]) -> Said:
        """Weigh a text's words together."""
        return self.weigh(self.lay_out(words)[0])

    def weigh(self, chunks: list[Chunk | None]) -> Said:
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
        passage: Passage,
        least_logits: float,
        most: int | None = None,
        *,
        is_directed: bool = False,
    ) -> list[Place]:
        """Return what speaks for a complaint place by place, in order: if asked for, only the `most` strongest.

        Nothing is of a token below `least_logits` either way. `is_directed` says that it is known to be meant for a
        brand. A pair's weight is shared by its two tokens; neighbours of one sign are one place.
        """
        offsets, chunks, spans = passage
        starts: list[int] = []
        ends: list[int] = []
        # Twice what each token weighs, in the tables' unit.
        doubles: list[float] = []
        scope = 0
        seconds: dict[str, Pair] = {}
        for number, chunk in enumerate(chunks):
            if chunk is None:
                continue
            offset, span = offsets[number], spans[number]
            at = 0
            for token in chunk.tokens or (chunk,):
                starts.append(offset + span[at])
                ends.append(offset + span[at + 1])
                at += 2
                if scope:
                    sums = token.sums[scope]
                    double = 2.0 * (sums[0] if is_directed else sums[0] + sums[3])
                    scope = token.scopes[scope]
                else:
                    double = 2.0 * (token.complaint if is_directed else token.complaint + token.opening)
                    scope = token.scope
                if token.opener in seconds:
                    pair = seconds[token.opener]
                    share = pair.complaint if is_directed else pair.complaint + pair.opening
                    doubles[-1] += share
                    double += share
                doubles.append(double)
                seconds = token.seconds
        unit = 0.5 / (self._scale * math.sqrt(len(doubles) + self._offset))
        places = _gather(text, (starts, ends, doubles), least_logits / unit, unit)
        return places if most is None or len(places) <= most else _choose_strongest(places, most)


def _gather(
    text: str, tokens: tuple[list[int], list[int], list[float]], least: float, unit: float
) -> list[Place]:
    """Leave out each token that weighs less than `least` either way, and make one place of neighbours of one sign.

    `tokens` is where they start and end, and what they weigh in a unit of so many logits.
    """
    starts, ends, weights = tokens
    places: list[Place] = []
    for number, weight in enumerate(weights):
        if -least < weight < least:
            continue
        start = starts[number]
        if places:
            place = places[-1]
            if (place.weight > 0.0) == (weight > 0.0) and (
                start == place.end or text[place.end : start].isspace()
            ):
                place.end = ends[number]
                place.weight += weight * unit
                continue
        places.append(Place(start, ends[number], weight * unit))
    return places


def _choose_strongest(places: list[Place], most: int) -> list[Place]:
    strengths = [abs(place.weight) for place in places]
    chosen = sorted(range(len(places)), key=strengths.__getitem__, reverse=True)[:most]
    return [places[number] for number in sorted(chosen)]


def find_offsets(text: str, words: list[str]) -> list[int]:
    """Find where each chunk of the text begins; one more number follows, which says nothing."""
    offsets = list(accumulate([len(written) + 1 for written in words], initial=0))
    # One character lies between each two of them, and so none before or after them all.
    if offsets[-1] == len(text) + 1:
        return offsets
    offset = 0
    for number, written in enumerate(words):
        # Only whitespace lies between, so that this finds the chunk and no copy of it in another one.
        offsets[number] = offset = text.find(written, offset)
        offset += len(written)
    return offsets
