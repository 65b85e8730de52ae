"""Folds the fitted stages into the weights that ship: one set of lanes per feature; no part of the product runs it."""

from typing import Final

import numpy as np

from monitor.core.weights import (
    ComplaintWeights,
    Lanes,
    PolarityWeights,
    SentimentWeights,
    SituationWeights,
    Weights,
    WordWeights,
)
from tests.quality.features import CAPITALS, LOG_TOKENS_SCALE, TOKENS_OFFSET, load_classes
from tests.quality.stage_two import ComplaintFit, Situation
from tests.quality.training import Polarity, PolarityFit, Stages

SCALE: Final = 10_000
#: Weights below this many 1 / SCALE logits are left out of the file, by lane: complaint, negative, positive, open.
SMALLEST: Final = (30, 60, 60, 30)

# Set by hand, for no public text has both labels and stars; MODEL_CARD.md says so.
RATING_LOGITS: Final = (2.5, 1.8, -0.3, -1.8, -2.8)
NPS_LOGITS: Final = (2.5, 2.4, 2.2, 1.9, 1.5, 0.9, 0.5, -0.8, -1.2, -2.2, -2.8)
#: Against neutral: negative by stars and recommendation; positive is the same read backwards.
NEGATIVE_RATING_LOGITS: Final = (4.0, 2.5, -0.5, -1.0, -1.5)
NEGATIVE_NPS_LOGITS: Final = (4.0, 3.6, 3.2, 2.7, 2.2, 1.5, 0.8, -0.5, -0.8, -1.2, -1.5)
POSITIVE_RATING_LOGITS: Final = (-1.5, -1.0, -0.5, 2.5, 4.0)
POSITIVE_NPS_LOGITS: Final = (-1.5, -1.4, -1.3, -1.2, -1.0, -0.8, -0.5, 0.5, 1.0, 2.5, 4.0)


def fold(stages: Stages, complaint: ComplaintFit, polarity: Polarity) -> Weights:
    """Make the weights that ship."""
    directed, words_directed = _lean_on_stages(stages, complaint.directed)
    opened, words_opened = _lean_on_stages(stages, complaint.open)
    return Weights(
        words=_fold_words(words_directed, words_opened, polarity),
        complaint=ComplaintWeights(directed=directed, open=opened, rating=RATING_LOGITS, nps=NPS_LOGITS),
        negative=fold_polarity(polarity.fit, 0, NEGATIVE_RATING_LOGITS, NEGATIVE_NPS_LOGITS),
        positive=fold_polarity(polarity.fit, 1, POSITIVE_RATING_LOGITS, POSITIVE_NPS_LOGITS),
    )


def fold_polarity(
    polarity: PolarityFit, row: int, rating: tuple[float, ...], nps: tuple[float, ...]
) -> PolarityWeights:
    negative, positive, *tone, log_tokens = (round(float(value), 6) for value in polarity.weights[row])
    return PolarityWeights(
        bias=round(float(polarity.biases[row]), 6),
        negative=negative,
        positive=positive,
        log_tokens=round(log_tokens / LOG_TOKENS_SCALE, 6),
        sentiment=SentimentWeights(*tone),
        rating=rating,
        nps=nps,
    )


def _lean_on_stages(stages: Stages, situation: Situation) -> tuple[SituationWeights, dict[str, float]]:
    words: dict[str, float] = {}
    bias, dense = situation.shift, np.zeros(len(situation.own.dense))
    for lean, linear in [(1.0, situation.own), *zip(situation.leans, stages, strict=True)]:
        part = float(situation.slope * lean)
        bias += part * linear.bias
        dense = dense + part * linear.dense
        for name, value in linear.words.items():
            words[name] = words.get(name, 0.0) + part * value
    *tone, log_tokens = (round(float(value), 6) for value in dense)
    weights = SituationWeights(
        bias=round(bias, 6),
        addressed=round(situation.slope * situation.addressed, 6),
        log_tokens=round(log_tokens / LOG_TOKENS_SCALE, 6),
        sentiment=SentimentWeights(*tone),
    )
    return weights, words


def _fold_words(directed: dict[str, float], opened: dict[str, float], polarity: Polarity) -> WordWeights:
    wholes = [
        {name: round(value * SCALE) for name, value in _spread_classes(words).items()}
        for words in (directed, polarity.negative.words, polarity.positive.words, opened)
    ]
    tables: dict[str, dict[str, Lanes]] = {"w": {}, "c": {}, "n": {}}
    pairs: dict[str, dict[str, Lanes]] = {}
    for name in sorted(set().union(*wholes)):
        complaint, negative, positive, in_open = (whole.get(name, 0) for whole in wholes)
        # Handles say nothing where it is known whom a message is for.
        complaint = 0 if name[0] == "h" else complaint
        lanes = _trim([complaint, negative, positive, in_open - complaint])
        kind, rest = name[0], name[1:]
        if not lanes:
            continue
        if kind == "b":
            first, second = rest.split("\t")
            pairs.setdefault(first, {})[second] = lanes
        else:
            tables["w" if kind == "h" else kind][rest] = lanes
    return WordWeights(
        scale=SCALE,
        tokens_offset=TOKENS_OFFSET,
        capitals=tables["w"].pop(CAPITALS[1:], ()),
        tokens=tables["w"],
        negated=tables["n"],
        letters=tables["c"],
        pairs=pairs,
    )


def _spread_classes(words: dict[str, float]) -> dict[str, float]:
    """Give the weight of each class to its words."""
    spread = {name: value for name, value in words.items() if name[0] not in "km"}
    for word, names in load_classes().items():
        for kind, class_kind in (("w", "k"), ("n", "m")):
            shared = sum(words.get(f"{class_kind}{name}", 0.0) for name in names)
            spread[f"{kind}{word}"] = spread.get(f"{kind}{word}", 0.0) + shared
    return spread


def _trim(lanes: list[int]) -> Lanes:
    kept = [weight if abs(weight) >= least else 0 for weight, least in zip(lanes, SMALLEST, strict=True)]
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)
