"""What a teacher makes of texts that nobody has labelled as complaints: stage 2 learns from it beside the tweets.

`teacher.py` writes taught.npz, in the order of the texts in the data. For each fold of the complaint tweets there are
labels by a teacher that has not seen the fold, so that a fold can be judged without having been seen by anybody.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from tests.quality import corpora
from tests.quality.features import Read, Reader, hide_handles

FILE: Final = Path(__file__).with_name("taught.npz")
#: The teacher that has seen all tweets.
ALL: Final = "all"
#: Of each file every n-th text, as one of which only the text tells whom it is for (open), or as meant for a brand.
TEXTS: Final = (
    ("tweeteval_offensive_train.csv", 2, True),
    ("tweeteval_irony_train.csv", 1, True),
    ("vader_tweets.csv", 1, True),
    ("vader_tweets.csv", 1, False),
    ("tweeteval_irony_train.csv", 1, False),
    ("tweeteval_offensive_train.csv", 4, False),
    ("flipkart_reviews.csv", 1, False),
    ("uci_sentences.csv", 1, False),
    ("vader_amazonReviewSnippets.csv", 1, False),
    ("banking77_train.csv", 5, False),
    ("bitext_support.csv", 5, False),
)


class Taught(NamedTuple):
    """Texts as read, whether each is taken as open, and by the name of a fold how likely each is a complaint."""

    reads: list[Read]
    is_open: np.ndarray
    probabilities: Mapping[str, np.ndarray]


def name_fold(number: int) -> str:
    return f"fold {number}"


def name_domain(domain: str) -> str:
    return f"domain {domain}"


def read_texts(data: Path) -> Iterator[tuple[list[str], bool]]:
    """Read the texts, part by part, each with whether it is taken as open."""
    for name, step, is_open in TEXTS:
        yield [row["text"] for row in corpora.read_rows(data / name)][::step], is_open


def read_taught(data: Path, reader: Reader) -> Taught:
    reads: list[Read] = []
    opened: list[bool] = []
    for texts, is_open in read_texts(data):
        part = [reader.read(text) for text in texts]
        reads += part if is_open else [hide_handles(read) for read in part]
        opened += [is_open] * len(part)
    with np.load(FILE) as stored:
        probabilities = {name: 1 / (1 + np.exp(-stored[name].astype(float))) for name in stored.files}
    if any(len(labels) != len(reads) for labels in probabilities.values()):
        raise ValueError(f"{FILE} does not fit the texts in {data}: run tests.quality.teacher")
    return Taught(reads, np.array(opened), probabilities)
