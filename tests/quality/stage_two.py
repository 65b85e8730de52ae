"""Fits stage 2, which learns complaints, and calibrates it on tweets held aside; no part of the product runs it."""

from typing import Final, NamedTuple

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from tests.quality import corpora
from tests.quality.features import Corpus, Matrix, Read, Vocabulary, hide_handles
from tests.quality.taught import ALL, Taught, name_fold
from tests.quality.training import SEED, Linear, Sources, Stages, apply_linear, fit_logistic

COMPLAINT_C: Final = 0.2
#: How freely stage 2 may lean on each of stage 1's log-odds.
STAGE_SCALES: Final = (0.7, 0.7, 0.5)
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
FOLDS: Final = 5


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


class Extra(NamedTuple):
    """Texts that stage 2 learns from beside the tweets, all taken as meant for a brand."""

    reads: list[Read]
    labels: np.ndarray
    weights: np.ndarray


class Lesson(NamedTuple):
    """All that stage 2 learns from, with stage 1's log-odds of each text."""

    stages: Stages
    tweets: Corpus
    tweet_odds: np.ndarray
    extra: Extra
    extra_odds: np.ndarray
    taught: Taught
    taught_odds: np.ndarray


class StageTwo(NamedTuple):
    """What was fitted, not calibrated yet."""

    model: LogisticRegression
    vocabulary: Vocabulary


class Calibration(NamedTuple):
    """Platt's: calibrated logit = slope * logit + shift."""

    slope: float
    shift: float


def prepare_lesson(stages: Stages, sources: Sources, tweets: Corpus, taught: Taught) -> Lesson:
    extra = gather_extra(sources)
    odds = [find_odds(stages, reads) for reads in (tweets.reads, extra.reads, taught.reads)]
    return Lesson(stages, tweets, odds[0], extra, odds[1], taught, odds[2])


def find_odds(stages: Stages, reads: list[Read]) -> np.ndarray:
    """Return stage 1's log-odds of texts, which handles do not change."""
    return np.array([[apply_linear(stage, read) for stage in stages] for read in reads])


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


def fit_complaints(lesson: Lesson) -> ComplaintFit:
    """Fit stage 2 on everything, and calibrate it by tweets held aside."""
    _, logits, _ = cross_fit(lesson)
    everything = np.arange(len(lesson.tweets.rows))
    return unfold(fit_stage_two(lesson, everything, ALL), calibrate(lesson.tweets, logits, everything))


def cross_fit(lesson: Lesson) -> tuple[list[StageTwo], np.ndarray, np.ndarray]:
    """Return a stage 2 for each fold of the tweets, that neither saw it nor had a teacher who did; the tweets' logits
    in both situations by the one that has not seen them; and their folds.
    """
    labels = lesson.tweets.labels
    fitted: list[StageTwo] = []
    logits, fold_of = np.zeros((len(labels), 2)), np.zeros(len(labels), dtype=int)
    splits = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(logits, labels)
    for number, (train, test) in enumerate(splits):
        fitted.append(fit_stage_two(lesson, train, name_fold(number)))
        logits[test], fold_of[test] = find_logits(lesson, fitted[-1], test), number
    return fitted, logits, fold_of


def fit_stage_two(lesson: Lesson, chosen: np.ndarray, teacher: str) -> StageTwo:
    """Fit stage 2 on the chosen tweets, the extra and the taught texts, by the teacher of this name.

    A tweet counts once as one of which only the text tells whom it is for, and if it is directed at a brand once more
    as one of which that is known, whose handles say nothing then. Both situations share one set of weights, and the
    former has a set of its own beside it.
    """
    tweets, extra, taught = lesson.tweets.pick(chosen), lesson.extra, lesson.taught
    known = np.flatnonzero(corpora.find_directed(tweets.rows))
    reads = [*tweets.reads, *(hide_handles(tweets.reads[place]) for place in known.tolist()), *extra.reads]
    odds = np.vstack([lesson.tweet_odds[chosen], lesson.tweet_odds[chosen[known]], lesson.extra_odds])
    vocabulary = Vocabulary(reads, seen_at_least=3, has_handles=True)
    laid_out = _lay_out(vocabulary, reads, odds, np.arange(len(reads)) < len(chosen))
    taught_out = _lay_out(vocabulary, taught.reads, lesson.taught_odds, taught.is_open)
    labels, share = tweets.labels, TAUGHT_IN_COMPLAINTS * taught.probabilities[teacher]
    model = fit_logistic(
        sp.vstack([laid_out, taught_out, taught_out]).tocsr(),
        np.concatenate([labels, labels[known], extra.labels, np.ones(len(share)), np.zeros(len(share))]),
        c=COMPLAINT_C,
        weights=np.concatenate(
            [
                np.ones(len(labels)),
                np.full(len(known), KNOWN_IN_COMPLAINTS),
                extra.weights,
                share,
                TAUGHT_IN_COMPLAINTS - share,
            ]
        ),
    )
    return StageTwo(model, vocabulary)


def find_logits(lesson: Lesson, stage_two: StageTwo, chosen: np.ndarray) -> np.ndarray:
    """Return the chosen tweets' logits: as if only the text told whom it is for, and as if that were known."""
    reads, odds = lesson.tweets.pick(chosen).reads, lesson.tweet_odds[chosen]
    logits = np.zeros((len(chosen), 2))
    for column, seen in enumerate([reads, [hide_handles(read) for read in reads]]):
        laid_out = _lay_out(stage_two.vocabulary, seen, odds, np.full(len(seen), column == 0))
        logits[:, column] = stage_two.model.decision_function(laid_out)
    return logits


def calibrate(tweets: Corpus, logits: np.ndarray, chosen: np.ndarray) -> Calibration:
    """Fit one calibration for both situations to the chosen tweets' logits by models that have not seen them.

    A tweet counts as a user may have it: its text alone, and with what is known of whom it is for.
    """
    picked = tweets.pick(chosen)
    known = find_known(picked)
    alone, told = logits[chosen, 0], np.where(known, logits[chosen, 1], logits[chosen, 0])
    platt = LogisticRegression(C=1e6).fit(np.concatenate([alone, told])[:, None], np.tile(picked.labels, 2))
    return Calibration(float(platt.coef_[0][0]), float(platt.intercept_[0]))


def find_known(tweets: Corpus) -> np.ndarray:
    """Say of which tweets the product would know that they are meant for a brand."""
    return np.asarray(corpora.find_directed(tweets.rows) & corpora.find_addressed(tweets.rows))


def unfold(stage_two: StageTwo, calibration: Calibration) -> ComplaintFit:
    return ComplaintFit(
        *(_unfold_situation(stage_two, calibration, is_open=opened) for opened in (False, True))
    )


def _unfold_situation(stage_two: StageTwo, calibration: Calibration, *, is_open: bool) -> Situation:
    model, vocabulary = stage_two
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
        slope=calibration.slope,
        shift=calibration.shift,
    )


def _lay_out(vocabulary: Vocabulary, reads: list[Read], odds: np.ndarray, is_open: np.ndarray) -> Matrix:
    shared = sp.hstack([vocabulary.lay_out(reads), odds * np.array(STAGE_SCALES)]).tocsr()
    opened = is_open.astype(float)
    apart = sp.diags(OPEN_STRENGTH * opened) @ shared
    addressed = np.array([[read.addressed] for read in reads], dtype=float)
    return sp.hstack([shared, apart, opened[:, None], addressed]).tocsr()
