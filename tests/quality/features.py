"""Turns texts into the features that every stage of training shares; run time has the same ones, folded."""

import math
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import scipy.sparse as sp
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from monitor.core.finding import Sentiment
from monitor.core.ngrams import follow_scope, split_chunk, split_letters
from tests.quality.corpora import Labelled

TOKENS_OFFSET: Final = 4.0
LOG_TOKENS_SCALE: Final = 3.0
#: Prior strength of each kind of feature: the higher, the cheaper for the fit to use it.
KIND_STRENGTH: Final = {"w": 1.0, "b": 0.7, "c": 0.35, "n": 1.0, "k": 2.0, "m": 2.0, "h": 1.0}
#: Kinds whose strength does not depend on how rare they are.
COMMON_KINDS: Final = "kmh"
CLASSES: Final = Path(__file__).with_name("word_classes.toml")
CAPITALS: Final = "w<capitals>"

Matrix = Any  # scipy publishes no types


class Read(NamedTuple):
    """One text as stage inputs: its features' counts, its dense values, and how many tokens it has.

    What tells whom it is for stands apart: features of kind "h", and whether it opens with a handle.
    """

    counts: Counter[str]
    dense: tuple[float, ...]
    tokens: int
    addressed: bool


def load_classes() -> dict[str, tuple[str, ...]]:
    classes: dict[str, list[str]] = {}
    for name, words in tomllib.loads(CLASSES.read_text("utf-8")).items():
        for word in words.split():
            classes.setdefault(word, []).append(name)
    return {word: tuple(names) for word, names in classes.items()}


class Reader:
    """Turns texts into features, with stock vaderSentiment (the product's scores are identical)."""

    def __init__(self) -> None:
        self._analyzer = SentimentIntensityAnalyzer()
        self.classes = load_classes()

    def score(self, text: str) -> Sentiment:
        scores = self._analyzer.polarity_scores(text)
        return Sentiment(scores["neg"], scores["neu"], scores["pos"], scores["compound"])

    def read(self, text: str) -> Read:
        counts: Counter[str] = Counter()
        scope = tokens = 0
        previous = ""
        for chunk in text.split():
            for piece in split_chunk(chunk):
                tokens += 1
                scope_before, scope = scope, follow_scope(scope, piece)
                if piece.name.startswith("<@"):
                    counts[f"h{piece.name}"] += 1
                    previous = ""
                    continue
                classes = self.classes.get(piece.name, ()) if piece.is_word else ()
                counts.update((f"w{piece.name}", *(f"k{name}" for name in classes)))
                if piece.is_capitals:
                    counts[CAPITALS] += 1
                if previous:
                    counts[f"b{previous}\t{piece.name}"] += 1
                if piece.is_word:
                    counts.update(f"c{gram}" for gram in split_letters(piece.name))
                    if scope_before:
                        counts.update((f"n{piece.name}", *(f"m{name}" for name in classes)))
                previous = piece.name
        tone = self.score(text)
        dense = (
            tone.neg,
            tone.neu,
            tone.pos,
            tone.compound,
            min(tone.compound, 0.0),
            math.log1p(tokens) / LOG_TOKENS_SCALE,
        )
        return Read(counts, dense, tokens, text[:1] == "@")

    def read_all(self, rows: Sequence[Labelled]) -> "Corpus":
        return Corpus(list(rows), [self.read(row.text) for row in rows])


def hide_handles(read: Read) -> Read:
    """Take a text as one that is known to be meant for a brand: its handles say nothing."""
    counts = read.counts.copy()
    for name in [name for name in counts if name[0] == "h"]:
        del counts[name]
    return read._replace(counts=counts, addressed=False)


class Corpus(NamedTuple):
    """Labelled texts as read."""

    rows: list[Labelled]
    reads: list[Read]

    @property
    def labels(self) -> np.ndarray:
        return np.array([row.label for row in self.rows])

    @property
    def groups(self) -> np.ndarray:
        return np.array([row.group for row in self.rows])

    def pick(self, places: np.ndarray) -> "Corpus":
        chosen = places.tolist()
        return Corpus([self.rows[place] for place in chosen], [self.reads[place] for place in chosen])


class Vocabulary:
    """The features of one stage with their prior strengths."""

    def __init__(self, reads: Sequence[Read], *, seen_at_least: int, has_handles: bool = False) -> None:
        seen: Counter[str] = Counter()
        for read in reads:
            seen.update(name for name in read.counts if has_handles or name[0] != "h")
        self.names = sorted(name for name, count in seen.items() if count >= seen_at_least)
        self.places = {name: place for place, name in enumerate(self.names)}
        self.strengths = np.array([self._strengthen(name, seen[name], len(reads)) for name in self.names])

    def lay_out(self, reads: Sequence[Read]) -> Matrix:
        """Return one row per text: counts over the root of the text's length, then the dense values."""
        values: list[float] = []
        places: list[int] = []
        starts = [0]
        for read in reads:
            shrink = 1.0 / math.sqrt(read.tokens + TOKENS_OFFSET)
            for name, count in read.counts.items():
                place = self.places.get(name)
                if place is not None:
                    places.append(place)
                    values.append(count * shrink)
            starts.append(len(places))
        words = sp.csr_matrix((values, places, starts), shape=(len(reads), len(self.names)))
        return sp.hstack([words @ sp.diags(self.strengths), np.array([read.dense for read in reads])]).tocsr()

    @staticmethod
    def _strengthen(name: str, seen: int, texts: int) -> float:
        rarity = 1.0 if name[0] in COMMON_KINDS else math.log((1 + texts) / (1 + seen))
        return KIND_STRENGTH[name[0]] * rarity
