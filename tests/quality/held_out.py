"""Judges texts by models that were trained again without them: by fold, by domain, by kind of review."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from monitor.core.weights import Weights
from tests.quality import corpora
from tests.quality.features import Corpus, Read, hide_handles
from tests.quality.folding import fold
from tests.quality.golden import predict_complaint
from tests.quality.measures import Judged
from tests.quality.stage_two import (
    FOLDS,
    Calibration,
    StageTwo,
    calibrate,
    cross_fit,
    find_known,
    fit_stage_two,
    prepare_lesson,
    unfold,
)
from tests.quality.taught import Taught, name_domain
from tests.quality.training import (
    Linear,
    Polarity,
    PolarityFit,
    Sources,
    cross_fit_polarity,
    find_calibrating,
    fit_polarity,
    fit_softmax,
    fit_stages,
    lay_out_polarity,
)

#: Kinds of review with the sources that are left out to judge each: with a film every text on films.
REVIEWS: Final = {
    "amazon_cells": ("amazon_cells",),
    "yelp": ("yelp",),
    "imdb": ("imdb", "vader_movieReviewSnippets"),
    "flipkart": ("flipkart",),
}
#: Stands in where only complaints are judged.
_NO_WORDS: Final = Linear(0.0, {}, np.zeros(6))
_NO_POLARITY: Final = Polarity(_NO_WORDS, _NO_WORDS, PolarityFit(np.zeros(2), np.zeros((2, 8))))


def judge_complaints(sources: Sources, tweets: Corpus, taught: Taught) -> Iterator[Judged]:
    """Judge each tweet as one of which only the text tells whom it is for, and as one of which that is known.

    What calibrates the judge of a fold was found on the other folds; for a domain, on the other domains, by models that
    had seen it: two numbers.
    """
    lesson = prepare_lesson(fit_stages(sources), sources, tweets, taught)
    domains, directed, known = tweets.groups, corpora.find_directed(tweets.rows), find_known(tweets)
    found = np.zeros((len(tweets.rows), 2))

    def judge(stage_two: StageTwo, calibration: Calibration, test: np.ndarray) -> None:
        weights = fold(lesson.stages, unfold(stage_two, calibration), _NO_POLARITY)
        found[test] = [_judge_both(weights, read) for read in tweets.pick(test).reads]

    fitted, logits, fold_of = cross_fit(lesson)
    for number, stage_two in enumerate(fitted):
        others = np.flatnonzero(fold_of != number)
        judge(stage_two, calibrate(tweets, logits, others), np.flatnonzero(fold_of == number))
    everything = directed | True
    yield _report("complaint tweets, 5-fold", tweets, _choose(found, known), everything)
    yield _report("complaint tweets, 5-fold, by text alone", tweets, found[:, 0], everything)
    yield _report("brand-directed, 5-fold", tweets, _choose(found, known), directed)
    yield _report("brand-directed, 5-fold, by text alone", tweets, found[:, 0], directed)
    for domain in sorted(set(domains[directed])):
        others, test = np.flatnonzero(domains != domain), np.flatnonzero(domains == domain)
        stage_two = fit_stage_two(lesson, others, name_domain(domain))
        judge(stage_two, calibrate(tweets, logits, others), test)
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


def judge_polarity(corpus: Corpus) -> Iterator[Judged]:
    """Judge SemEval by fold, then each kind of review by a model that has seen none of that kind."""
    inputs, fold_of = cross_fit_polarity(corpus, FOLDS)
    found, groups, calibrating = np.zeros((len(inputs), 3)), corpus.groups, find_calibrating(corpus)
    for number in range(FOLDS):
        chosen = calibrating & (fold_of != number)
        fit = fit_softmax(inputs[chosen], corpus.labels[chosen])
        found[fold_of == number] = _soften(fit, inputs[fold_of == number])
    yield _report("SemEval, 5-fold", corpus, found, groups == "semeval")
    for kind, sources in REVIEWS.items():
        is_other, test = ~np.isin(groups, sources), np.flatnonzero(groups == kind)
        chosen = calibrating & is_other
        fit = fit_softmax(inputs[chosen], corpus.labels[chosen])
        negative, positive = fit_polarity(corpus.pick(np.flatnonzero(is_other)))
        found[test] = _soften(fit, lay_out_polarity(negative, positive, corpus.pick(test).reads))
        yield _report(f"reviews of a kind left out: {kind}", corpus, found, groups == kind)


def _report(name: str, corpus: Corpus, found: np.ndarray, chosen: np.ndarray) -> Judged:
    places = np.flatnonzero(chosen)
    part = corpus.pick(places)
    return Judged(name, [row.text for row in part.rows], part.labels, found[places])


def _soften(fit: PolarityFit, inputs: np.ndarray) -> np.ndarray:
    odds = np.exp(inputs @ fit.weights.T + fit.biases)
    odds = np.column_stack([odds[:, 0], np.ones(len(odds)), odds[:, 1]])
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))
