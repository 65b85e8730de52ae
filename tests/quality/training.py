"""Fits stage 1 and the polarity model; no part of the product runs it.

Stage 1 learns polarity (negative, and positive, against the rest) and support faults from other texts than the
complaint tweets. Stage 2 learns complaints with stage 1's log-odds as features, from labels and from what a larger
teacher makes of other texts (`stage_two`, `taught`). All stages see the same linear features, so that stage 2 and its
calibration fold into one weight per feature (`folding`). Polarity itself is
fitted to more texts than stage 1, and calibrated.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from tests.quality import corpora
from tests.quality.corpora import NEGATIVE, POSITIVE
from tests.quality.features import TOKENS_OFFSET, Corpus, Matrix, Read, Reader, Vocabulary

SEED: Final = 0
POLARITY_C: Final = 0.06
#: Of the polarity that complaints lean on.
STAGE_C: Final = 0.03
#: What a text of a source counts where polarity itself is learnt; of the others it counts one.
POLARITY_WEIGHTS: Final = {
    "amazon_cells": 3.0,
    "imdb": 3.0,
    "yelp": 3.0,
    "vader_amazonReviewSnippets": 2.0,
    "flipkart": 1.5,
    "vader_movieReviewSnippets": 0.5,
}
SUPPORT_C: Final = 0.3
WRITTEN_IN_SUPPORT: Final = 4.0
POLARITY_FOLDS: Final = 3


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
    model = fit_logistic(vocabulary.lay_out(reads), labels, c=c, weights=weights)
    return _unfold(model, vocabulary)


def sum_words(linear: Linear, read: Read) -> float:
    words = sum(linear.words.get(name, 0.0) * count for name, count in read.counts.items())
    return words / math.sqrt(read.tokens + TOKENS_OFFSET)


def apply_linear(linear: Linear, read: Read) -> float:
    return linear.bias + sum_words(linear, read) + float(np.dot(linear.dense, read.dense))


class Stages(NamedTuple):
    """Stage 1: log-odds of negative, of positive, and of a support fault."""

    negative: Linear
    positive: Linear
    fault: Linear


class Sources(NamedTuple):
    """The texts that are learnt from beside the complaint tweets."""

    polarity: Corpus
    support: Corpus
    reviews: Corpus
    written: Corpus


def read_sources(data: Path, reader: Reader) -> Sources:
    return Sources(
        polarity=reader.read_all(corpora.read_polarity(data)),
        support=reader.read_all(corpora.read_support_questions(data)),
        reviews=reader.read_all(corpora.read_brand_reviews(data)),
        written=reader.read_all(corpora.read_written()),
    )


def fit_stages(sources: Sources) -> Stages:
    """Fit stage 1; it never sees a complaint tweet."""
    learnt = sources.polarity.pick(np.flatnonzero(find_calibrating(sources.polarity)))
    negative, positive = _fit_signs(learnt, c=STAGE_C)
    faults = Corpus(
        sources.support.rows + sources.written.rows, sources.support.reads + sources.written.reads
    )
    weights = np.ones(len(faults.rows))
    weights[len(sources.support.rows) :] = WRITTEN_IN_SUPPORT
    vocabulary = Vocabulary(faults.reads, seen_at_least=3)
    fault = fit_linear(faults.reads, faults.labels, vocabulary, c=SUPPORT_C, weights=weights)
    return Stages(negative, positive, fault)


def find_calibrating(corpus: Corpus) -> np.ndarray:
    """Say which texts polarity is calibrated by, and stage 1 learns from."""
    return ~np.isin(corpus.groups, corpora.SNIPPETS)


def fit_polarity(corpus: Corpus) -> tuple[Linear, Linear]:
    weights = np.array([POLARITY_WEIGHTS.get(group, 1.0) for group in corpus.groups])
    return _fit_signs(corpus, c=POLARITY_C, weights=weights)


def _fit_signs(corpus: Corpus, *, c: float, weights: np.ndarray | None = None) -> tuple[Linear, Linear]:
    vocabulary = Vocabulary(corpus.reads, seen_at_least=4)
    laid_out = vocabulary.lay_out(corpus.reads)
    negative, positive = (
        _unfold(fit_logistic(laid_out, corpus.labels == sign, c=c, weights=weights), vocabulary)
        for sign in (NEGATIVE, POSITIVE)
    )
    return negative, positive


class PolarityFit(NamedTuple):
    """One row per polarity against neutral: bias, then weights of both odds and of the dense values."""

    biases: np.ndarray
    weights: np.ndarray


class Polarity(NamedTuple):
    """Log-odds of negative and of positive, and what makes calibrated polarity of them."""

    negative: Linear
    positive: Linear
    fit: PolarityFit


def lay_out_polarity(negative: Linear, positive: Linear, reads: Sequence[Read]) -> np.ndarray:
    """Return what calibrated polarity is made of: what the words say for each sign, and the dense values."""
    return np.array([[sum_words(negative, read), sum_words(positive, read), *read.dense] for read in reads])


def cross_fit_polarity(corpus: Corpus, folds: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what calibrated polarity is made of for each text, by a fit that has not seen it, and its fold."""
    inputs = np.zeros((len(corpus.rows), 2 + len(corpus.reads[0].dense)))
    fold_of = np.zeros(len(corpus.rows), dtype=int)
    splits = StratifiedKFold(folds, shuffle=True, random_state=SEED).split(inputs, corpus.labels)
    for number, (train, test) in enumerate(splits):
        negative, positive = fit_polarity(corpus.pick(train))
        inputs[test], fold_of[test] = lay_out_polarity(negative, positive, corpus.pick(test).reads), number
    return inputs, fold_of


def fit_calibrated_polarity(corpus: Corpus) -> Polarity:
    """Fit both log-odds to everything, and the softmax over them to texts that its log-odds have not seen."""
    inputs, _ = cross_fit_polarity(corpus, POLARITY_FOLDS)
    chosen = find_calibrating(corpus)
    return Polarity(*fit_polarity(corpus), fit_softmax(inputs[chosen], corpus.labels[chosen]))


def fit_softmax(inputs: np.ndarray, labels: np.ndarray) -> PolarityFit:
    """Fit polarity as of a reader to whom each one is as likely beforehand: the texts' base rates are taken out.

    Those are of tweets drawn by topic; messages to brands are far more often negative.
    """
    model = LogisticRegression(C=10.0, max_iter=2000).fit(inputs, labels)
    intercepts = model.intercept_ - np.log(np.bincount(labels))
    # Only differences count: neutral's logit is 0.
    weights, biases = model.coef_ - model.coef_[1], intercepts - intercepts[1]
    return PolarityFit(biases[[NEGATIVE, POSITIVE]], weights[[NEGATIVE, POSITIVE]])


def fit_logistic(
    laid_out: Matrix, labels: np.ndarray, *, c: float, weights: np.ndarray | None = None
) -> LogisticRegression:
    model = LogisticRegression(C=c, max_iter=500, solver="liblinear", random_state=SEED)
    return model.fit(laid_out, labels, sample_weight=weights)


def _unfold(model: LogisticRegression, vocabulary: Vocabulary) -> Linear:
    coefficients = model.coef_[0]
    size = len(vocabulary.names)
    values = coefficients[:size] * vocabulary.strengths
    words = {name: float(value) for name, value in zip(vocabulary.names, values, strict=True)}
    return Linear(float(model.intercept_[0]), words, coefficients[size:])
