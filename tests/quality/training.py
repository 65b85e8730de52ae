"""Fits the complaint and the polarity model; no part of the product runs it.

Stage 1 learns polarity (negative, and positive, against the rest) and support faults from other texts than the
complaint tweets. Stage 2 learns complaints with stage 1's log-odds as features, from labels and from what a larger
teacher makes of other texts (`taught`). All stages see the same linear features, so that stage 2 and its calibration
fold into one weight per feature (`folding`). Polarity is stage 1, calibrated.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from tests.quality import corpora
from tests.quality.corpora import NEGATIVE, POSITIVE
from tests.quality.features import TOKENS_OFFSET, Corpus, Matrix, Read, Reader, Vocabulary, hide_handles
from tests.quality.taught import ALL, Taught, name_fold

SEED: Final = 0
POLARITY_C: Final = 0.03
SUPPORT_C: Final = 0.3
COMPLAINT_C: Final = 0.2
#: How freely stage 2 may lean on each of stage 1's log-odds.
STAGE_SCALES: Final = (0.7, 0.7, 0.5)
WRITTEN_IN_SUPPORT: Final = 4.0
#: Weights of what stage 2 learns from beside the tweets.
WRITTEN_IN_COMPLAINTS: Final = 0.3
REVIEW_IN_COMPLAINTS: Final = 0.15
SUPPORT_IN_COMPLAINTS: Final = 0.03
#: Every n-th support question is enough for stage 2.
SUPPORT_STEP: Final = 5
KNOWN_IN_COMPLAINTS: Final = 0.5
TAUGHT_IN_COMPLAINTS: Final = 0.3
#: How freely the situation in which only the text tells whom it is for may differ from the other.
OPEN_STRENGTH: Final = 0.7
CALIBRATION_FOLDS: Final = 5
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
    model = _fit(vocabulary.lay_out(reads), labels, c=c, weights=weights)
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


class Situation(NamedTuple):
    """Stage 2 for one situation with its calibration: logit = slope * (own + leans * stage 1) + shift."""

    own: Linear
    leans: np.ndarray
    addressed: float
    slope: float
    shift: float


class ComplaintFit(NamedTuple):
    """Stage 2 where the message says that it is meant for a brand, and where only the text can tell."""

    directed: Situation
    open: Situation


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
    negative, positive = fit_polarity(sources.polarity)
    faults = Corpus(
        sources.support.rows + sources.written.rows, sources.support.reads + sources.written.reads
    )
    weights = np.ones(len(faults.rows))
    weights[len(sources.support.rows) :] = WRITTEN_IN_SUPPORT
    vocabulary = Vocabulary(faults.reads, seen_at_least=3)
    fault = fit_linear(faults.reads, faults.labels, vocabulary, c=SUPPORT_C, weights=weights)
    return Stages(negative, positive, fault)


def fit_polarity(corpus: Corpus) -> tuple[Linear, Linear]:
    vocabulary = Vocabulary(corpus.reads, seen_at_least=4)
    laid_out = vocabulary.lay_out(corpus.reads)
    negative, positive = (
        _unfold(_fit(laid_out, corpus.labels == sign, c=POLARITY_C), vocabulary)
        for sign in (NEGATIVE, POSITIVE)
    )
    return negative, positive


class Extra(NamedTuple):
    """Texts that stage 2 learns from beside the tweets, all taken as meant for a brand."""

    reads: list[Read]
    labels: np.ndarray
    weights: np.ndarray


def gather_extra(sources: Sources) -> Extra:
    some = sources.support.pick(np.arange(0, len(sources.support.rows), SUPPORT_STEP))
    parts = (
        (sources.written, WRITTEN_IN_COMPLAINTS),
        (sources.reviews, REVIEW_IN_COMPLAINTS),
        (some, SUPPORT_IN_COMPLAINTS),
    )
    return Extra(
        [hide_handles(read) for part, _ in parts for read in part.reads],
        np.concatenate([part.labels for part, _ in parts]),
        np.concatenate([np.full(len(part.rows), weight) for part, weight in parts]),
    )


def fit_complaints(
    stages: Stages, tweets: Corpus, extra: Extra, taught: Taught, *, without: str = ALL
) -> ComplaintFit:
    """Fit stage 2 on tweets, the extra and the taught texts, and calibrate it on held-aside folds of the tweets.

    A tweet counts once as one of which only the text tells whom it is for, and if it is directed at a brand once more
    as one of which that is known, whose handles say nothing then. Both situations share one set of weights, and the
    former has a set of its own beside it. `without` names the fold whose tweets are not given, nor were to the teacher;
    where none is left out, each held-aside fold has a teacher that has not seen it.
    """
    labels, reads = tweets.labels, tweets.reads
    known = np.flatnonzero(corpora.find_directed(tweets.rows)).tolist()
    rows = [*reads, *(hide_handles(reads[place]) for place in known), *extra.reads]
    vocabulary = Vocabulary(rows, seen_at_least=3, has_handles=True)
    is_open = np.arange(len(rows)) < len(reads)
    laid_out = _lay_out_stage_two(stages, vocabulary, rows, is_open)
    taught_out = _lay_out_stage_two(stages, vocabulary, taught.reads, taught.is_open)
    targets = np.concatenate([labels, labels[known], extra.labels])
    importance = np.concatenate(
        [np.ones(len(labels)), np.full(len(known), KNOWN_IN_COMPLAINTS), extra.weights]
    )
    tweet_of = np.concatenate([np.arange(len(labels)), known, np.full(len(extra.reads), -1)])

    def fit(chosen: np.ndarray, by_teacher: np.ndarray) -> LogisticRegression:
        share = TAUGHT_IN_COMPLAINTS * by_teacher
        return _fit(
            sp.vstack([laid_out[chosen], taught_out, taught_out]).tocsr(),
            np.concatenate([targets[chosen], np.ones(len(share)), np.zeros(len(share))]),
            c=COMPLAINT_C,
            weights=np.concatenate([importance[chosen], share, TAUGHT_IN_COMPLAINTS - share]),
        )

    held_aside = np.zeros(len(rows))
    folds = StratifiedKFold(CALIBRATION_FOLDS, shuffle=True, random_state=SEED)
    for number, (_, fold) in enumerate(folds.split(np.zeros(len(labels)), labels)):
        is_test = np.isin(tweet_of, fold)
        teacher = name_fold(number) if without == ALL else without
        model = fit(~is_test, taught.probabilities[teacher])
        held_aside[is_test] = model.decision_function(laid_out[is_test])
    model = fit(np.full(len(rows), fill_value=True), taught.probabilities[without])
    situations = []
    for opened in (False, True):
        judged = np.flatnonzero((tweet_of >= 0) & (is_open == opened))
        platt = LogisticRegression(C=1e6).fit(held_aside[judged, None], targets[judged])
        situations.append(
            _unfold_situation(
                model, vocabulary, float(platt.coef_[0][0]), float(platt.intercept_[0]), is_open=opened
            )
        )
    return ComplaintFit(*situations)


def _unfold_situation(
    model: LogisticRegression, vocabulary: Vocabulary, slope: float, shift: float, *, is_open: bool
) -> Situation:
    *both, opening, addressed = model.coef_[0]
    shared, apart = np.split(np.array(both), 2)
    chosen = shared + OPEN_STRENGTH * apart if is_open else shared
    stages, size = len(STAGE_SCALES), len(vocabulary.names)
    words = chosen[:size] * vocabulary.strengths
    return Situation(
        own=Linear(
            float(model.intercept_[0]) + (float(opening) if is_open else 0.0),
            {name: float(value) for name, value in zip(vocabulary.names, words, strict=True)},
            chosen[size:-stages],
        ),
        leans=chosen[-stages:] * np.array(STAGE_SCALES),
        addressed=float(addressed) if is_open else 0.0,
        slope=slope,
        shift=shift,
    )


def _lay_out_stage_two(
    stages: Stages, vocabulary: Vocabulary, reads: Sequence[Read], is_open: np.ndarray
) -> Matrix:
    odds = np.array([[apply_linear(stage, read) for stage in stages] for read in reads])
    shared = sp.hstack([vocabulary.lay_out(reads), odds * np.array(STAGE_SCALES)]).tocsr()
    opened = is_open.astype(float)
    apart = sp.diags(OPEN_STRENGTH * opened) @ shared
    addressed = np.array([[read.addressed] for read in reads], dtype=float)
    return sp.hstack([shared, apart, opened[:, None], addressed]).tocsr()


class PolarityFit(NamedTuple):
    """One row per polarity against neutral: bias, then weights of both odds and of the dense values."""

    biases: np.ndarray
    weights: np.ndarray


def lay_out_polarity(negative: Linear, positive: Linear, reads: Sequence[Read]) -> np.ndarray:
    """Return what calibrated polarity is made of: what the words say for each sign, and the dense values."""
    return np.array([[sum_words(negative, read), sum_words(positive, read), *read.dense] for read in reads])


def cross_fit_polarity(corpus: Corpus, folds: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what calibrated polarity is made of for each text, by a stage 1 that has not seen it, and its fold."""
    inputs = np.zeros((len(corpus.rows), 2 + len(corpus.reads[0].dense)))
    fold_of = np.zeros(len(corpus.rows), dtype=int)
    splits = StratifiedKFold(folds, shuffle=True, random_state=SEED).split(inputs, corpus.labels)
    for number, (train, test) in enumerate(splits):
        negative, positive = fit_polarity(corpus.pick(train))
        inputs[test], fold_of[test] = lay_out_polarity(negative, positive, corpus.pick(test).reads), number
    return inputs, fold_of


def calibrate_polarity(corpus: Corpus) -> PolarityFit:
    """Fit the softmax over stage 1 on texts that its stage 1 has not seen."""
    inputs, _ = cross_fit_polarity(corpus, POLARITY_FOLDS)
    return fit_softmax(inputs, corpus.labels)


def fit_softmax(inputs: np.ndarray, labels: np.ndarray) -> PolarityFit:
    """Fit polarity as of a reader to whom each one is as likely beforehand: the texts' base rates are taken out.

    Those are of tweets drawn by topic; messages to brands are far more often negative.
    """
    model = LogisticRegression(C=10.0, max_iter=2000).fit(inputs, labels)
    intercepts = model.intercept_ - np.log(np.bincount(labels))
    # Only differences count: neutral's logit is 0.
    weights, biases = model.coef_ - model.coef_[1], intercepts - intercepts[1]
    return PolarityFit(biases[[NEGATIVE, POSITIVE]], weights[[NEGATIVE, POSITIVE]])


def _fit(
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
