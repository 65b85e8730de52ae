"""Prints every figure of the models, with bootstrap intervals, and draws them: `make quality`.

python -m tests.quality.report --data DIR [--part PART] [--pictures DIR]
"""

import argparse
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from monitor.core.instruments import Instruments
from monitor.resources import load_instruments
from tests.quality import corpora
from tests.quality.corpora import Labelled
from tests.quality.features import Reader
from tests.quality.held_out import judge_complaints, judge_polarity
from tests.quality.measures import Figure, Judged, find_worst, take_figures
from tests.quality.pictures import draw_confusion, draw_reliability
from tests.quality.reach import judge_reach
from tests.quality.taught import read_taught
from tests.quality.train_complaint import ROOT, WEIGHTS
from tests.quality.training import read_sources

CHECKS: Final = ROOT / "tests" / "core" / "complaint_checks.tsv"
UNSEEN: Final = Path(__file__).with_name("unseen_checks.tsv")
#: Plain sentences of many trades, written before anybody looked at them with a model; never to be trained on.
PLAIN: Final = Path(__file__).with_name("plain_checks.tsv")
#: What the last whole run found, and of which weights.
FIGURES: Final = Path(__file__).with_name("figures.json")
WORST: Final = 10
#: What ships by texts of all kinds; the rest by models trained again without the texts.
PARTS: Final = ("shipped", "reach", "complaints", "polarity")


class Run(msgspec.Struct, frozen=True):
    """What was found, and of which weights."""

    weights_sha256: str
    figures: dict[str, dict[str, Figure]]


def judge_shipped(data: Path, instruments: Instruments) -> Iterator[Judged]:
    """Judge the shipped weights by texts of other kinds; some were trained on with other labels, as said."""
    checks, unseen, plain = (corpora.read_checks(path) for path in (CHECKS, UNSEEN, PLAIN))
    airline, polarities = corpora.read_airline(data), corpora.read_airline_polarity(data)
    unsaid = [row._replace(group="social") for row in airline]
    yield find_complaints("airline: negative vs rest (never seen)", airline, instruments)
    yield find_complaints("airline, by text alone", unsaid, instruments)
    for name in sorted({row.group for row in airline}):
        rows = [row for row in airline if row.group == name]
        yield find_complaints(f"airline {name}", rows, instruments)
    yield find_polarities("airline (never seen), polarity", polarities, instruments)
    yield find_polarities("Sentiment140 (never seen), polarity", corpora.read_sentiment140(data), instruments)
    tweets = corpora.read_support_tweets(data)
    yield find_complaints("support tweets: 'Bad Support' (never seen)", tweets, instruments)
    yield find_complaints("self-written checks (guided the training)", checks, instruments)
    for channel in dict.fromkeys(row.group for row in checks):
        rows = [row for row in [*checks, *unseen] if row.group == channel]
        if len({row.label for row in rows}) > 1:
            yield find_complaints(f"self-written, both sets, {channel}", rows, instruments)
    yield find_complaints("self-written, unseen", unseen, instruments)
    yield find_complaints("self-written, plain (unseen)", plain, instruments)
    reviews, questions = corpora.read_brand_reviews(data), corpora.read_support_questions(data)
    yield find_complaints("reviews (seen)", reviews, instruments)
    yield find_complaints("support questions (seen)", questions, instruments)


def find_complaints(name: str, rows: list[Labelled], instruments: Instruments) -> Judged:
    """Find by text alone what is from social media of no brand; the rest is known to be meant for one."""
    found = []
    for row in rows:
        tone = instruments.analyzer.score(row.text)
        found.append(instruments.complaints.probability(row.text, tone, is_directed=row.group != "social"))
    return Judged(name, [row.text for row in rows], np.array([row.label for row in rows]), np.array(found))


def find_polarities(name: str, rows: list[Labelled], instruments: Instruments) -> Judged:
    found = []
    for row in rows:
        said = instruments.words.sum_up(row.text.split())
        polarity = instruments.polarities.find(said, instruments.analyzer.score(row.text))
        found.append((polarity.negative, polarity.neutral, polarity.positive))
    return Judged(name, [row.text for row in rows], np.array([row.label for row in rows]), np.array(found))


def hash_weights() -> str:
    return hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()


def tell(judged: Judged) -> dict[str, Figure]:
    figures = take_figures(judged)
    parts = [
        f"{name} {figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]" for name, figure in figures.items()
    ]
    print(f"{judged.name:<52} n={len(judged.labels):<6}" + "  ".join(parts), flush=True)
    return figures


def tell_worst(judged: Judged) -> Iterator[str]:
    for kind, texts in find_worst(judged, WORST).items():
        if texts:
            yield f"\n== {judged.name}: {kind}"
            yield from (f"{wrong:.2f}  {' '.join(text.split())}" for wrong, text in texts)


def judge_part(part: str, data: Path) -> Iterator[Judged]:
    if part == "shipped":
        yield from judge_shipped(data, load_instruments())
        return
    if part == "reach":
        yield from judge_reach(data)
        return
    reader = Reader()
    if part == "complaints":
        tweets = reader.read_all(corpora.read_complaints(data))
        yield from judge_complaints(read_sources(data, reader), tweets, read_taught(data, reader))
    else:
        yield from judge_polarity(reader.read_all(corpora.read_polarity(data)))


def keep_figures(found: dict[str, dict[str, Figure]]) -> None:
    """Store what was found beside what other parts have found of the same weights; of others nothing is kept."""
    stored = Run(hash_weights(), {})
    if FIGURES.exists():
        known = msgspec.json.decode(FIGURES.read_bytes(), type=Run)
        stored = known if known.weights_sha256 == stored.weights_sha256 else stored
    stored.figures.update(found)
    FIGURES.write_bytes(msgspec.json.format(msgspec.json.encode(stored), indent=1) + b"\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled texts")
    parser.add_argument("--pictures", type=Path, default=ROOT / "build" / "quality", help="folder to draw in")
    parser.add_argument("--part", choices=PARTS, action="append", help="all if none is named")
    arguments = parser.parse_args()
    folder: Path = arguments.pictures
    folder.mkdir(parents=True, exist_ok=True)
    for part in arguments.part or PARTS:
        figures: dict[str, dict[str, Figure]] = {}
        errors: list[str] = []
        for judged in judge_part(part, arguments.data):
            figures[judged.name] = tell(judged)
            draw_reliability(judged, folder)
            draw_confusion(judged, folder)
            errors.extend(tell_worst(judged))
        keep_figures(figures)
        (folder / f"worst-{part}.txt").write_text("\n".join(errors) + "\n", "utf-8")
        print("\n".join(errors))
    print(f"\npictures and worst errors: {folder}")


if __name__ == "__main__":
    main()
