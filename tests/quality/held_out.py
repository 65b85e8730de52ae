"""Judges texts by models that were trained again without them: by fold, by domain, by kind of review."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from sklearn.model_selection import StratifiedKFold

from monitor.core.weights import Weights
from tests.quality import corpora
from tests.quality.features import LOG_TOKENS_SCALE, Corpus, Read, hide_handles
from tests.quality.folding import fold
from tests.quality.golden import predict_complaint
from tests.quality.measures import Judged
from tests.quality.taught import Taught, name_domain, name_fold
from tests.quality.training import (
    SEED,
    PolarityFit,
    Sources,
    cross_fit_polarity,
    fit_complaints,
    fit_polarity,
    fit_softmax,
    fit_stages,
    gather_extra,
    lay_out_polarity,
)

FOLDS: Final = 5
REVIEWS: Final = ("amazon_cells", "yelp", "imdb", "flipkart")
#: Stands in where only complaints are judged.
_NO_POLARITY: Final = PolarityFit(np.zeros(2), np.zeros((2, 8)))


def judge_complaints(sources: Sources, tweets: Corpus, taught: Taught) -> Iterator[Judged]:
    """Judge each tweet as one of which only the text tells whom it is for, and as one of which that is known."""
    stages, extra = fit_stages(sources), gather_extra(sources)
    domains, directed = tweets.groups, corpora.find_directed(tweets.rows)
    found = np.zeros((len(tweets.rows), 2))

    def judge(train: np.ndarray, test: np.ndarray, name: str) -> None:
        fit = fit_complaints(stages, tweets.pick(train), extra, taught, without=name)
        weights = fold(stages, fit, _NO_POLARITY)
        found[test] = [_judge_both(weights, read) for read in tweets.pick(test).reads]

    splits = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(found, tweets.labels)
    for number, (train, test) in enumerate(splits):
        judge(train, test, name_fold(number))
    everything, known = directed | True, directed & corpora.find_addressed(tweets.rows)
    yield _report("complaint tweets, 5-fold", tweets, _choose(found, known), everything)
    yield _report("complaint tweets, 5-fold, by text alone", tweets, found[:, 0], everything)
    yield _report("brand-directed, 5-fold", tweets, _choose(found, known), directed)
    yield _report("brand-directed, 5-fold, by text alone", tweets, found[:, 0], directed)
    for domain in sorted(set(domains[directed])):
        judge(np.flatnonzero(domains != domain), np.flatnonzero(domains == domain), name_domain(domain))
        yield _report(f"domain left out: {domain}", tweets, _choose(found, known), domains == domain)
    yield _report("brand-directed, leave-one-domain-out", tweets, _choose(found, known), directed)
    yield _report("brand-directed, leave-one-domain-out, by text alone", tweets, found[:, 0], directed)


def _choose(found: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known, found[:, 1], found[:, 0])


def _judge_both(weights: Weights, read: Read) -> tuple[float, float]:
    return (
        predict_complaint(weights, read, is_directed=False),
        predict_complaint(weights, hide_handles(read), is_directed=True),
    )


def judge_polarity(corpus: Corpus, shipped: Weights) -> Iterator[Judged]:
    """Judge SemEval by fold, then each kind of review by a model that has seen none of that kind."""
    inputs, fold_of = cross_fit_polarity(corpus, FOLDS)
    found, groups = np.zeros((len(inputs), 3)), corpus.groups
    for number in range(FOLDS):
        fit = fit_softmax(inputs[fold_of != number], corpus.labels[fold_of != number])
        found[fold_of == number] = _soften(fit, inputs[fold_of == number])
    yield _report("SemEval, 5-fold", corpus, found, groups == "semeval")
    shipped_fit = _read_fit(shipped)
    for kind in REVIEWS:
        negative, positive = fit_polarity(corpus.pick(np.flatnonzero(groups != kind)))
        test = np.flatnonzero(groups == kind)
        found[test] = _soften(shipped_fit, lay_out_polarity(negative, positive, corpus.pick(test).reads))
        yield _report(f"reviews of a kind left out: {kind}", corpus, found, groups == kind)


def _report(name: str, corpus: Corpus, found: np.ndarray, chosen: np.ndarray) -> Judged:
    places = np.flatnonzero(chosen)
    part = corpus.pick(places)
    return Judged(name, [row.text for row in part.rows], part.labels, found[places])


def _soften(fit: PolarityFit, inputs: np.ndarray) -> np.ndarray:
    odds = np.exp(inputs @ fit.weights.T + fit.biases)
    odds = np.column_stack([odds[:, 0], np.ones(len(odds)), odds[:, 1]])
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _read_fit(weights: Weights) -> PolarityFit:
    """Take the calibration that ships."""
    biases, rows = [], []
    for model in (weights.negative, weights.positive):
        tone = model.sentiment
        biases.append(model.bias)
        rows.append(
            [
                model.negative,
                model.positive,
                *(tone.neg, tone.neu, tone.pos, tone.compound, tone.gloom),
                model.log_tokens * LOG_TOKENS_SCALE,
            ]
        )
    return PolarityFit(np.array(biases), np.array(rows))
