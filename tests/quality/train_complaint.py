"""Trains the models of complaint and polarity, writes weights and golden values; the same data give the same bytes.

python -m tests.quality.train_complaint --data DIR [--check]

With --check nothing is written: it fails where training again does not give the weights that ship, byte by byte.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

import msgspec
from threadpoolctl import threadpool_limits

from monitor.core.weights import Weights
from tests.quality import corpora
from tests.quality.corpora import Labelled
from tests.quality.features import Reader
from tests.quality.folding import fold
from tests.quality.golden import predict_complaint, predict_polarity
from tests.quality.stage_two import fit_complaints, prepare_lesson
from tests.quality.taught import read_taught
from tests.quality.training import fit_calibrated_polarity, fit_stages, read_sources

ROOT: Final = Path(__file__).resolve().parents[2]
WEIGHTS: Final = ROOT / "monitor" / "weights" / "complaint.msgpack"
GOLDEN: Final = ROOT / "tests" / "core" / "complaint_golden.json"
#: Every n-th self-written and UCI text (CC BY 4.0) becomes a golden value.
GOLDEN_STEP: Final = 29
# Another number of threads adds up long vectors in another order: by another last bit a fit takes another step before
# it stops. These are the numbers that the weights that ship were fitted with.
COMPLAINT_THREADS: Final = 2
POLARITY_THREADS: Final = 1


def train(data: Path, reader: Reader) -> Weights:
    sources = read_sources(data, reader)
    tweets, taught = reader.read_all(corpora.read_complaints(data)), read_taught(data, reader)
    with threadpool_limits(limits=COMPLAINT_THREADS):
        stages = fit_stages(sources)
        complaint = fit_complaints(prepare_lesson(stages, sources, tweets, taught))
    with threadpool_limits(limits=POLARITY_THREADS):
        polarity = fit_calibrated_polarity(sources.polarity)
    return fold(stages, complaint, polarity)


def work_out_golden(weights: Weights, reader: Reader, rows: list[Labelled]) -> list[dict[str, object]]:
    golden: list[dict[str, object]] = []
    for row in rows:
        read = reader.read(row.text)
        golden.append(
            {
                "text": row.text,
                "source": row.group,
                "probability": predict_complaint(weights, read, is_directed=False),
                "probability_directed": predict_complaint(weights, read, is_directed=True),
                "polarity": predict_polarity(weights, read),
            }
        )
    return golden


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled texts")
    parser.add_argument("--check", action="store_true", help="compare with the weights that ship")
    arguments = parser.parse_args()
    data: Path = arguments.data
    reader = Reader()
    weights = train(data, reader)
    packed = msgspec.msgpack.encode(weights)
    if arguments.check:
        sys.exit(None if packed == WEIGHTS.read_bytes() else f"{WEIGHTS} is not what training gives")
    WEIGHTS.write_bytes(packed)
    uci = [row for row in corpora.read_reviews(data) if row.group != "flipkart"]
    golden = work_out_golden(weights, reader, [*uci, *corpora.read_written()][::GOLDEN_STEP])
    written = msgspec.json.format(msgspec.json.encode(golden), indent=1).decode()
    GOLDEN.write_text(written + "\n", "utf-8")
    words = weights.words
    sizes = {
        "tokens": len(words.tokens),
        "negated": len(words.negated),
        "letters": len(words.letters),
        "pairs": sum(len(seconds) for seconds in words.pairs.values()),
    }
    print(f"{WEIGHTS.name}: {len(packed)} bytes, {sizes}; {GOLDEN.name}: {len(golden)} values")


if __name__ == "__main__":
    main()
