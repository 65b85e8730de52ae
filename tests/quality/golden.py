"""Works out findings from the names of features, as training sees a text: a check on the product's own, faster path."""

import math
from collections.abc import Sequence

from monitor.core.weights import (
    Lanes,
    PolarityWeights,
    SentimentWeights,
    SituationWeights,
    Weights,
    WordWeights,
)
from tests.quality.features import CAPITALS, LOG_TOKENS_SCALE, Read


def predict_complaint(weights: Weights, read: Read, *, is_directed: bool) -> float:
    situation = weights.complaint.directed if is_directed else weights.complaint.open
    logit = situation.bias + _sum_lane(weights.words, read, 0) + _weigh_dense(situation, read)
    if not is_directed:
        logit += _sum_lane(weights.words, read, 3) + situation.addressed * read.addressed
    return 1.0 / (1.0 + math.exp(-logit))


def predict_polarity(weights: Weights, read: Read) -> list[float]:
    said = [_sum_lane(weights.words, read, lane) for lane in (1, 2)]
    logits = [0.0, 0.0, 0.0]
    for place, model in ((0, weights.negative), (2, weights.positive)):
        logits[place] = model.bias + model.negative * said[0] + model.positive * said[1]
        logits[place] += _weigh_dense(model, read)
    odds = [math.exp(logit) for logit in logits]
    return [value / math.fsum(odds) for value in odds]


def _sum_lane(words: WordWeights, read: Read, lane: int) -> float:
    total = sum(count * _pick(_find_lanes(words, name), lane) for name, count in read.counts.items())
    return total / words.scale / math.sqrt(read.tokens + words.tokens_offset)


def _pick(lanes: Sequence[int], lane: int) -> int:
    return lanes[lane] if lane < len(lanes) else 0


def _find_lanes(words: WordWeights, name: str) -> Lanes:
    kind, rest = name[0], name[1:]
    if name == CAPITALS:
        return words.capitals
    if kind == "b":
        first, second = rest.split("\t")
        return words.pairs.get(first, {}).get(second, ())
    # Classes ("k", "m") have gone into the tokens' own weights.
    tables = {"w": words.tokens, "h": words.tokens, "c": words.letters, "n": words.negated}
    return tables[kind].get(rest, ()) if kind in tables else ()


def _weigh_dense(weights: SituationWeights | PolarityWeights, read: Read) -> float:
    tone: SentimentWeights = weights.sentiment
    factors = (tone.neg, tone.neu, tone.pos, tone.compound, tone.gloom, weights.log_tokens * LOG_TOKENS_SCALE)
    return math.fsum(factor * value for factor, value in zip(factors, read.dense, strict=True))
