"""Prints the figures of the complaint model, with bootstrap intervals, through the product's own code.

python -m tests.quality.evaluate_complaint --data DIR
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from monitor.core.complaint import ComplaintModel
from monitor.core.weights import Phrases
from monitor.resources import load_complaint_model
from tests.quality import corpora
from tests.quality.corpora import Labelled
from tests.quality.features import Reader
from tests.quality.training import SEED, fit_complaints, fit_stages

THRESHOLD: Final = 0.5
FOLDS: Final = 5
RESAMPLES: Final = 500
BINS: Final = 10
CHECKS: Final = Path(__file__).resolve().parents[1] / "core" / "complaint_checks.tsv"
UNSEEN: Final = Path(__file__).with_name("unseen_checks.tsv")

Measure = Callable[[np.ndarray, np.ndarray], float]


def measure_f1(labels: np.ndarray, found: np.ndarray) -> float:
    return float(f1_score(labels, found >= THRESHOLD, average="macro"))


def measure_auc(labels: np.ndarray, found: np.ndarray) -> float:
    return float(roc_auc_score(labels, found))


def measure_calibration_error(labels: np.ndarray, found: np.ndarray) -> float:
    """Return the expected calibration error over ten bins with equally many texts."""
    bins = np.array_split(np.argsort(found, kind="stable"), BINS)
    return float(sum(len(b) * abs(labels[b].mean() - found[b].mean()) for b in bins) / len(labels))


def report(name: str, labels: np.ndarray, found: np.ndarray) -> None:
    measures: dict[str, Measure] = {
        "macro-F1": measure_f1,
        "AUC": measure_auc,
        "ECE": measure_calibration_error,
    }
    random = np.random.default_rng(SEED)
    samples = [random.integers(0, len(labels), len(labels)) for _ in range(RESAMPLES)]
    parts = []
    for title, measure in measures.items():
        low, high = np.percentile([measure(labels[s], found[s]) for s in samples], [2.5, 97.5])
        parts.append(f"{title} {measure(labels, found):.3f} [{low:.3f}, {high:.3f}]")
    print(f"{name:<44} n={len(labels):<6}" + "  ".join(parts), flush=True)


def find_all(model: ComplaintModel, reader: Reader, rows: Sequence[Labelled]) -> np.ndarray:
    return np.array([model.probability(row.text, reader.score(row.text)) for row in rows])


def label_all(rows: Sequence[Labelled]) -> np.ndarray:
    return np.array([row.label for row in rows])


def evaluate_held_out(data: Path, reader: Reader) -> None:
    """Retrain without the texts that are then judged: by fold, and by domain."""
    written = corpora.read_written()
    support = corpora.read_support_questions(data)
    stages = fit_stages(reader, corpora.read_polarity(data), support, written)
    rows = corpora.read_complaints(data)
    labels, reads = label_all(rows), reader.read_all(rows)
    written_reads = (reader.read_all(written), label_all(written))
    no_phrases = Phrases(category={}, severity={})

    def judge(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        weights = fit_complaints(stages, [reads[i] for i in train], labels[train], written_reads)
        return find_all(ComplaintModel(weights, no_phrases), reader, [rows[i] for i in test])

    domains = np.array([row.group for row in rows])
    directed = ~np.char.startswith(domains, "random")
    found = np.zeros(len(rows))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for train, test in folds.split(np.zeros(len(rows)), labels):
        found[test] = judge(train, test)
    report("complaint tweets, 5-fold", labels, found)
    report("  brand-directed of them", labels[directed], found[directed])
    for domain in sorted(set(domains[directed])):
        test = np.flatnonzero(domains == domain)
        found[test] = judge(np.flatnonzero(domains != domain), test)
        report(f"  domain left out: {domain}", labels[test], found[test])
    report("brand-directed, leave-one-domain-out", labels[directed], found[directed])


def evaluate_shipped(data: Path, reader: Reader) -> None:
    """Judge the shipped weights on texts of other kinds; some were trained on with other labels, as said."""
    model = load_complaint_model()
    checks, unseen = (
        [
            Labelled(row["text"], int(row["label"]), row["channel"])
            for row in corpora.read_rows(path, delimiter="\t")
        ]
        for path in (CHECKS, UNSEEN)
    )
    sets = {
        "airline: negative vs rest (never seen)": corpora.read_airline(data),
        "support tweets: 'Bad Support' (never seen)": corpora.read_support_tweets(data),
        "self-written checks (guided the training)": checks,
        "self-written, unseen until the end": unseen,
        "reviews (seen by stage 1)": corpora.read_reviews(data),
        "support questions (seen by stage 1)": corpora.read_support_questions(data),
    }
    for name, rows in sets.items():
        report(name, label_all(rows), find_all(model, reader, rows))
    found = find_all(model, reader, checks)
    for channel in dict.fromkeys(row.group for row in checks):
        right = [
            (f >= THRESHOLD) == row.label
            for f, row in zip(found, checks, strict=True)
            if row.group == channel
        ]
        print(f"  checks, {channel}: {sum(right)} of {len(right)} right")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled texts")
    parser.add_argument("--shipped-only", action="store_true", help="skip the folds, which train again")
    arguments = parser.parse_args()
    reader = Reader()
    if not arguments.shipped_only:
        evaluate_held_out(arguments.data, reader)
    evaluate_shipped(arguments.data, reader)


if __name__ == "__main__":
    main()
