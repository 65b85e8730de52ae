"""Whether a text voices an unmet expectation, about what, how hard, and which words say so."""

import math
from collections.abc import Mapping
from typing import Final

from monitor.core.finding import CATEGORIES, SEVERITIES, Category, Complaint, Evidence, Sentiment, Severity
from monitor.core.phrases import PhraseBook
from monitor.core.weights import Phrases, Weights
from monitor.core.words import Place, WordModel

_EVIDENCE_MAX: Final = 5
#: Words that move the finding by less than this (in logits) do not explain it.
_EVIDENCE_MIN_LOGITS: Final = 0.08
_CATEGORY_MIN_WEIGHT: Final = 2.0
_DISAPPROVAL_COMPOUND: Final = -0.4


class ComplaintModel:
    """The trained model; safe to share, and it holds no state but memory of chunks."""

    def __init__(self, weights: Weights, phrases: Phrases) -> None:
        self.weights = weights
        self.phrases = phrases
        self._words = WordModel(weights.words)
        self._bias = weights.bias
        self._addressed = weights.addressed
        self._log_tokens = weights.log_tokens
        tone = weights.sentiment
        self._neg, self._neu, self._pos = tone.neg, tone.neu, tone.pos
        self._compound, self._gloom = tone.compound, tone.gloom
        labels: dict[Category | Severity, dict[str, float]] = {}
        labels.update(phrases.category.items())
        labels.update(phrases.severity.items())
        self._phrases = PhraseBook(labels)

    def probability(
        self,
        text: str,
        sentiment: Sentiment,
        rating: float | None = None,
        nps: int | None = None,
        words: list[str] | None = None,
    ) -> float:
        """Return how likely a reader would call this a complaint; `words` is the text's split, where there is one."""
        if words is None:
            words = text.split()
        logit = 0.0
        if rating is not None:
            logit += _interpolate(self.weights.rating, rating - 1)
        if nps is not None:
            logit += self.weights.nps[nps]
        if not words and (rating is not None or nps is not None):
            return _squash(logit)
        said, count = self._words.sum_up(words)
        logit += self._bias + said + self._log_tokens * math.log1p(count)
        if text[:1] == "@":
            logit += self._addressed
        return _squash(logit + self._weigh_tone(sentiment))

    def contributions(
        self, text: str, sentiment: Sentiment, *, rating: float | None = None, nps: int | None = None
    ) -> dict[str, float]:
        """Return the named logits whose sum is the finding; a text without words leaves it to the rating."""
        logits: dict[str, float] = {}
        if rating is not None:
            logits["rating"] = _interpolate(self.weights.rating, rating - 1)
        if nps is not None:
            logits["nps"] = self.weights.nps[nps]
        words = text.split()
        if logits and not words:
            return logits
        said, count = self._words.sum_up(words)
        logits["bias"] = self.weights.bias
        logits["words"] = said
        logits["length"] = self.weights.log_tokens * math.log1p(count)
        if text[:1] == "@":
            logits["addressed"] = self.weights.addressed
        logits["sentiment"] = self._weigh_tone(sentiment)
        return logits

    def find(
        self,
        text: str,
        sentiment: Sentiment,
        *,
        rating: float | None = None,
        nps: int | None = None,
        threshold: float,
        words: list[str] | None = None,
    ) -> Complaint:
        """Return the finding; category, severity and evidence are worked out for a complaint only."""
        if words is None:
            words = text.split()
        probability = self.probability(text, sentiment, rating, nps, words)
        if probability < threshold:
            return Complaint(
                probability=probability, is_complaint=False, category="other", severity="no_reproach"
            )
        found = self._phrases.weigh(words)
        categories = _choose_categories(found)
        return Complaint(
            probability=probability,
            is_complaint=True,
            category=categories[0] if categories else "other",
            categories=categories,
            severity=_choose_severity(found, sentiment),
            evidence=self._find_evidence(text, words),
        )

    def weigh_spans(self, text: str) -> list[Evidence]:
        """Return every span of the text with its logits; together they are the contribution `words`."""
        return [
            Evidence(place.start, place.end, text[place.start : place.end], place.weight)
            for place in self._words.spread(text, text.split(), 0.0)
        ]

    def weigh_phrases(self, text: str) -> dict[Category | Severity, float]:
        """Return what the phrases of categories and severities weigh in a text."""
        return self._phrases.weigh(text.split())

    def _find_evidence(self, text: str, words: list[str]) -> tuple[Evidence, ...]:
        """Return the strongest spans, in the order of the text; neighbours of one sign are one span."""
        places = self._words.spread(text, words, _EVIDENCE_MIN_LOGITS)
        if len(places) > _EVIDENCE_MAX:
            places = sorted(places, key=_find_strength, reverse=True)[:_EVIDENCE_MAX]
            places.sort(key=_find_start)
        return tuple(
            [
                Evidence(place.start, place.end, text[place.start : place.end], round(place.weight, 4))
                for place in places
            ]
        )

    def _weigh_tone(self, sentiment: Sentiment) -> float:
        compound = sentiment.compound
        tone = self._neg * sentiment.neg + self._neu * sentiment.neu + self._pos * sentiment.pos
        return tone + (self._compound * compound + (self._gloom * compound if compound < 0 else 0.0))


def _find_strength(place: Place) -> float:
    return abs(place.weight)


def _find_start(place: Place) -> int:
    return place.start


def _choose_categories(found: Mapping[Category | Severity, float]) -> tuple[Category, ...]:
    """Choose the categories that weigh enough, the heaviest first, and the first listed on a tie."""
    weights = [(found.get(category, 0.0), category) for category in CATEGORIES]
    heavy = [
        (-weight, number, category)
        for number, (weight, category) in enumerate(weights)
        if weight >= _CATEGORY_MIN_WEIGHT
    ]
    return tuple([category for _, _, category in sorted(heavy)])


def _choose_severity(found: Mapping[Category | Severity, float], sentiment: Sentiment) -> Severity:
    for severity in reversed(SEVERITIES):
        if severity in found:
            return severity
    return "disapproval" if sentiment.compound <= _DISAPPROVAL_COMPOUND else "no_reproach"


def _squash(logit: float) -> float:
    """Turn a logit into a probability."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    odds = math.exp(logit)
    return odds / (1.0 + odds)


def _interpolate(table: tuple[float, ...], position: float) -> float:
    low = min(int(position), len(table) - 2)
    share = position - low
    return table[low] * (1.0 - share) + table[low + 1] * share
