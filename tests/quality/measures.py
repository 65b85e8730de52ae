"""Measures of findings against labels, each with its bootstrap interval; it knows no model and no file."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from sklearn.metrics import f1_score, recall_score, roc_auc_score

from tests.quality.training import SEED

THRESHOLD: Final = 0.5
RESAMPLES: Final = 300
BINS: Final = 10

Measure = Callable[[np.ndarray, np.ndarray], float]


class Judged(NamedTuple):
    """A set of texts with their labels and what was found: probabilities, one column per class for polarity."""

    name: str
    texts: list[str]
    labels: np.ndarray
    found: np.ndarray
    #: Nothing is as likely as not: the order and the probabilities alone can be judged.
    is_rare: bool = False


class Figure(NamedTuple):
    """One measure with its 95 % interval."""

    value: float
    low: float
    high: float


def measure_f1(labels: np.ndarray, found: np.ndarray) -> float:
    return float(f1_score(labels, found >= THRESHOLD, average="macro"))


def measure_auc(labels: np.ndarray, found: np.ndarray) -> float:
    return float(roc_auc_score(labels, found))


def measure_calibration_error(labels: np.ndarray, found: np.ndarray) -> float:
    """Return the expected calibration error over ten bins with equally many texts."""
    bins = np.array_split(np.argsort(found, kind="stable"), min(BINS, len(found)))
    return float(sum(len(b) * abs(labels[b].mean() - found[b].mean()) for b in bins) / len(labels))


def measure_recall(labels: np.ndarray, found: np.ndarray) -> float:
    """Return the mean recall of the three polarities, each text called what is most likely."""
    return float(recall_score(labels, found.argmax(axis=1), average="macro"))


def measure_recall_evenly(labels: np.ndarray, found: np.ndarray) -> float:
    """Return the same where each polarity is as likely beforehand: calls by what the text adds to the base rates."""
    return float(recall_score(labels, (found / found.mean(axis=0)).argmax(axis=1), average="macro"))


def measure_confidence_error(labels: np.ndarray, found: np.ndarray) -> float:
    """Return the expected calibration error of the most likely polarity's probability."""
    return measure_calibration_error(found.argmax(axis=1) == labels, found.max(axis=1))


def measure_polar_auc(labels: np.ndarray, found: np.ndarray) -> float:
    """Return how well negative texts are told from positive ones."""
    polar = labels != 1
    return measure_auc(labels[polar] == 0, found[polar, 0] - found[polar, 2])


def measure_polar_error(labels: np.ndarray, found: np.ndarray) -> float:
    """Return the expected calibration error of negative rather than positive, over texts that are either."""
    polar = labels != 1
    said = found[polar, 0] / (found[polar, 0] + found[polar, 2])
    return measure_calibration_error(labels[polar] == 0, said)


COMPLAINT_MEASURES: Final[dict[str, Measure]] = {
    "macro-F1": measure_f1,
    "AUC": measure_auc,
    "ECE": measure_calibration_error,
}
POLARITY_MEASURES: Final[dict[str, Measure]] = {
    "macro-recall": measure_recall,
    "macro-recall evenly": measure_recall_evenly,
    "AUC neg/pos": measure_polar_auc,
    "ECE neg/pos": measure_polar_error,
    "ECE": measure_confidence_error,
}
#: All that can be measured where no text is neutral.
POLAR: Final = ("AUC neg/pos", "ECE neg/pos")


def take_figures(judged: Judged) -> dict[str, Figure]:
    """Measure one set; the interval is of the texts drawn, not of the training."""
    measures = COMPLAINT_MEASURES if judged.found.ndim == 1 else POLARITY_MEASURES
    random = np.random.default_rng(SEED)
    size = len(judged.labels)
    samples = [random.integers(0, size, size) for _ in range(RESAMPLES)]
    samples = [sample for sample in samples if len(set(judged.labels[sample])) > 1]
    figures = {}
    for name, measure in measures.items():
        if judged.found.ndim > 1 and 1 not in judged.labels and name not in POLAR:
            continue
        if judged.is_rare and name == "macro-F1":
            continue
        spread = [measure(judged.labels[sample], judged.found[sample]) for sample in samples]
        low, high = np.percentile(spread, [2.5, 97.5])
        figures[name] = Figure(
            round(measure(judged.labels, judged.found), 4), round(float(low), 4), round(float(high), 4)
        )
    return figures


def find_worst(judged: Judged, most: int) -> dict[str, list[tuple[float, str]]]:
    """Give the texts whose label the findings believed in least, by kind of error."""
    if judged.found.ndim > 1:
        names = ("negative", "neutral", "positive")
        kinds = {
            f"{names[label]} taken for {names[called]}": (judged.labels == label, judged.found[:, called])
            for label in (0, 1, 2)
            for called in (0, 1, 2)
            if label != called
        }
    else:
        kinds = {
            "missed": (judged.labels == 1, 1 - judged.found),
            "false alarm": (judged.labels == 0, judged.found),
        }
    worst = {}
    for kind, (chosen, wrong) in kinds.items():
        order = [place for place in np.argsort(-wrong, kind="stable") if chosen[place]][:most]
        worst[kind] = [(float(wrong[place]), judged.texts[place]) for place in order]
    return worst
