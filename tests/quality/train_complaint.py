"""Trains the complaint model and writes its weights and golden probabilities; the same data give the same bytes.

python -m tests.quality.train_complaint --data DIR
"""

import argparse
import json
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from tests.quality import corpora
from tests.quality.features import Reader
from tests.quality.training import fit_complaints, fit_stages, predict

ROOT: Final = Path(__file__).resolve().parents[2]
WEIGHTS: Final = ROOT / "monitor" / "weights" / "complaint.msgpack"
GOLDEN: Final = ROOT / "tests" / "core" / "complaint_golden.json"
#: Every n-th self-written and UCI text (CC BY 4.0) becomes a golden value.
GOLDEN_STEP: Final = 29


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled texts")
    data: Path = parser.parse_args().data
    reader = Reader()
    written = corpora.read_written()
    stages = fit_stages(reader, corpora.read_polarity(data), corpora.read_support_questions(data), written)
    complaints = corpora.read_complaints(data)
    weights = fit_complaints(
        stages,
        reader.read_all(complaints),
        np.array([row.label for row in complaints]),
        (reader.read_all(written), np.array([row.label for row in written])),
    )
    packed = msgspec.msgpack.encode(weights)
    WEIGHTS.write_bytes(packed)
    uci = [row for row in corpora.read_reviews(data) if row.group != "flipkart"]
    golden = [
        {"text": row.text, "source": row.group, "probability": predict(weights, reader.read(row.text))}
        for row in [*uci, *written][::GOLDEN_STEP]
    ]
    GOLDEN.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", "utf-8")
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
