"""Fits the complaint model and folds its stages into one set of weights; no part of the product runs it.

Stage 1 learns polarity (negative and positive against the rest) and support faults from other texts than the complaint
tweets. Stage 2 learns complaints from tweets with stage 1's log-odds as features. All stages see the same linear
features, so stage 2 and its calibration fold into one weight per feature.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from monitor.core.weights import SentimentWeights, Weights, WordWeights
from tests.quality.corpora import NEGATIVE, POSITIVE, Labelled
from tests.quality.features import CAPITALS, TOKENS_OFFSET, Matrix, Read, Reader, Vocabulary, load_classes

SEED: Final = 0
SCALE: Final = 10_000
#: Weights below this many 1 / SCALE logits are left out of the file.
SMALLEST: Final = 20

POLARITY_C: Final = 0.2
SUPPORT_C: Final = 0.3
COMPLAINT_C: Final = 0.3
#: How freely stage 2 may lean on each of stage 1's log-odds.
STAGE_SCALES: Final = (0.7, 0.7, 0.5)
WRITTEN_IN_SUPPORT: Final = 4.0
WRITTEN_IN_COMPLAINTS: Final = 0.3
CALIBRATION_FOLDS: Final = 5

# Set by hand, for no public text has both complaint labels and stars; MODEL_CARD.md says so.
RATING_LOGITS: Final = (2.5, 1.8, -0.3, -1.8, -2.8)
NPS_LOGITS: Final = (2.5, 2.4, 2.2, 1.9, 1.5, 0.9, 0.5, -0.8, -1.2, -2.2, -2.8)


class Linear(NamedTuple):
    """A fitted stage over its own vocabulary: logit = bias + words / root of length + dense."""

    bias: float
    words: dict[str, float]
    dense: np.ndarray


def fit_linear(
    reads: Sequence[Read],
    labels: np.ndarray,
    vocabulary: Vocabulary,
    *,
    c: float,
    weights: np.ndarray | None = None,
) -> Linear:
    model = _fit(vocabulary.lay_out(reads), labels, c=c, weights=weights)
    return _unfold(model, vocabulary)


def apply_linear(linear: Linear, read: Read) -> float:
    words = sum(linear.words.get(name, 0.0) * count for name, count in read.counts.items())
    return (
        linear.bias + words / math.sqrt(read.tokens + TOKENS_OFFSET) + float(np.dot(linear.dense, read.dense))
    )


def fit_stages(
    reader: Reader, polarity: Sequence[Labelled], support: Sequence[Labelled], written: Sequence[Labelled]
) -> list[Linear]:
    """Fit stage 1; it never sees a complaint tweet."""
    reads = reader.read_all(polarity)
    labels = np.array([row.label for row in polarity])
    vocabulary = Vocabulary(reads, seen_at_least=5)
    laid_out = vocabulary.lay_out(reads)
    stages = [
        _unfold(_fit(laid_out, (labels == sign).astype(int), c=POLARITY_C), vocabulary)
        for sign in (NEGATIVE, POSITIVE)
    ]
    rows = [*support, *written]
    reads = reader.read_all(rows)
    weights = np.array([1.0] * len(support) + [WRITTEN_IN_SUPPORT] * len(written))
    stages.append(
        fit_linear(
            reads,
            np.array([row.label for row in rows]),
            Vocabulary(reads, seen_at_least=3),
            c=SUPPORT_C,
            weights=weights,
        )
    )
    return stages


def fit_complaints(
    stages: Sequence[Linear],
    reads: Sequence[Read],
    labels: np.ndarray,
    written: tuple[Sequence[Read], np.ndarray],
) -> Weights:
    """Fit stage 2 on tweets and the written texts, calibrate on held-aside folds of the tweets, fold all."""
    everything = [*reads, *written[0]]
    vocabulary = Vocabulary(everything, seen_at_least=3)
    odds = np.array([[apply_linear(stage, read) for stage in stages] for read in everything])
    laid_out = sp.hstack([vocabulary.lay_out(everything), odds * np.array(STAGE_SCALES)]).tocsr()
    targets = np.concatenate([labels, written[1]])
    extra = np.arange(len(labels), len(everything))
    importance = np.ones(len(everything))
    importance[extra] = WRITTEN_IN_COMPLAINTS
    held_aside = np.zeros(len(labels))
    folds = StratifiedKFold(CALIBRATION_FOLDS, shuffle=True, random_state=SEED)
    for train, test in folds.split(np.zeros(len(labels)), labels):
        chosen = np.concatenate([train, extra])
        model = _fit(laid_out[chosen], targets[chosen], c=COMPLAINT_C, weights=importance[chosen])
        held_aside[test] = model.decision_function(laid_out[test])
    platt = LogisticRegression(C=1e6).fit(held_aside[:, None], labels)
    model = _fit(laid_out, targets, c=COMPLAINT_C, weights=importance)
    own = _unfold(model, vocabulary, tail=len(stages))
    leans = model.coef_[0][-len(stages) :] * np.array(STAGE_SCALES)
    return _fold(
        own, list(zip(leans, stages, strict=True)), float(platt.coef_[0][0]), float(platt.intercept_[0])
    )


def predict(weights: Weights, read: Read) -> float:
    """Return the probability by way of the feature matrix's names, as a check on the product's own path."""
    table = weights.words
    total = 0.0
    for name, count in read.counts.items():
        total += count * _find_weight(table, name)
    tone = weights.sentiment
    dense = np.array(
        [tone.neg, tone.neu, tone.pos, tone.compound, tone.gloom, weights.addressed, weights.log_tokens * 3]
    )
    logit = weights.bias + total / table.scale / math.sqrt(read.tokens + table.tokens_offset)
    return 1.0 / (1.0 + math.exp(-(logit + float(np.dot(dense, read.dense)))))


def _find_weight(table: WordWeights, name: str) -> int:
    kind, rest = name[0], name[1:]
    if name == CAPITALS:
        return table.capitals
    if kind == "b":
        first, second = rest.split("\t")
        return table.pairs.get(first, {}).get(second, 0)
    # Classes ("k", "m") have gone into the tokens' own weights.
    tables = {"w": table.tokens, "c": table.letters, "n": table.negated}
    return tables[kind].get(rest, 0) if kind in tables else 0


def _fit(
    laid_out: Matrix, labels: np.ndarray, *, c: float, weights: np.ndarray | None = None
) -> LogisticRegression:
    model = LogisticRegression(C=c, max_iter=500, solver="liblinear", random_state=SEED)
    return model.fit(laid_out, labels, sample_weight=weights)


def _unfold(model: LogisticRegression, vocabulary: Vocabulary, *, tail: int = 0) -> Linear:
    coefficients = model.coef_[0][: len(model.coef_[0]) - tail]
    size = len(vocabulary.names)
    values = coefficients[:size] * vocabulary.strengths
    words = {name: float(value) for name, value in zip(vocabulary.names, values, strict=True)}
    return Linear(float(model.intercept_[0]), words, coefficients[size:])


def _fold(own: Linear, stages: list[tuple[float, Linear]], slope: float, shift: float) -> Weights:
    words: dict[str, float] = {}
    bias, dense = shift, np.zeros(len(own.dense))
    for lean, linear in [(1.0, own), *stages]:
        bias += slope * lean * linear.bias
        dense = dense + slope * lean * linear.dense
        for name, value in linear.words.items():
            words[name] = words.get(name, 0.0) + slope * lean * value
    neg, neu, pos, compound, gloom, addressed, log_tokens = (round(float(value), 6) for value in dense)
    return Weights(
        bias=round(float(bias), 6),
        addressed=addressed,
        log_tokens=log_tokens / 3,
        sentiment=SentimentWeights(neg, neu, pos, compound, gloom),
        rating=RATING_LOGITS,
        nps=NPS_LOGITS,
        words=_fold_words(words),
    )


def _fold_words(words: dict[str, float]) -> WordWeights:
    for word, names in load_classes().items():
        for kind, class_kind in (("w", "k"), ("n", "m")):
            shared = sum(words.get(f"{class_kind}{name}", 0.0) for name in names)
            words[f"{kind}{word}"] = words.get(f"{kind}{word}", 0.0) + shared
    whole = {
        name: round(float(value) * SCALE) for name, value in sorted(words.items()) if name[0] not in "km"
    }
    capitals = whole.pop(CAPITALS, 0)
    pairs: dict[str, dict[str, int]] = {}
    tables: dict[str, dict[str, int]] = {"w": {}, "c": {}, "n": {}}
    for name, value in whole.items():
        if abs(value) < SMALLEST:
            continue
        if name[0] == "b":
            first, second = name[1:].split("\t")
            pairs.setdefault(first, {})[second] = value
        else:
            tables[name[0]][name[1:]] = value
    return WordWeights(
        scale=SCALE,
        tokens_offset=TOKENS_OFFSET,
        capitals=capitals,
        tokens=tables["w"],
        negated=tables["n"],
        letters=tables["c"],
        pairs=pairs,
    )
