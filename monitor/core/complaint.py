"""Whether a text voices an unmet expectation, about what, how hard, and which words say so."""

import math
from collections.abc import Mapping
from typing import Final

from monitor.core.finding import CATEGORIES, SEVERITIES, Category, Complaint, Evidence, Sentiment, Severity
from monitor.core.phrases import PhraseBook
from monitor.core.weights import Phrases, Weights
from monitor.core.words import WordModel

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
        labels: dict[Category | Severity, dict[str, float]] = {}
        labels.update(phrases.category.items())
        labels.update(phrases.severity.items())
        self._phrases = PhraseBook(labels)

    def probability(
        self, text: str, sentiment: Sentiment, rating: float | None = None, nps: int | None = None
    ) -> float:
        """Return how likely a reader would call this a complaint, 0 to 1."""
        weights = self.weights
        starred = 0.0 if rating is None else _interpolate(weights.rating, rating - 1)
        recommended = 0.0 if nps is None else weights.nps[nps]
        if (rating is not None or nps is not None) and not text.strip():
            return _squash(starred + recommended)
        words, count = self._words.sum_up(text)
        length = weights.log_tokens * math.log1p(count)
        addressed = weights.addressed if text[:1] == "@" else 0.0
        tone = self._weigh_tone(sentiment)
        # Exact, so that no order of the parts can matter.
        return _squash(math.fsum((starred, recommended, weights.bias, words, length, addressed, tone)))

    def contributions(
        self, text: str, sentiment: Sentiment, *, rating: float | None = None, nps: int | None = None
    ) -> dict[str, float]:
        """Return the named logits whose sum is the finding; a text without words leaves it to the rating."""
        logits: dict[str, float] = {}
        if rating is not None:
            logits["rating"] = _interpolate(self.weights.rating, rating - 1)
        if nps is not None:
            logits["nps"] = self.weights.nps[nps]
        if logits and not text.strip():
            return logits
        words, count = self._words.sum_up(text)
        logits["bias"] = self.weights.bias
        logits["words"] = words
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
    ) -> Complaint:
        """Return the finding; category, severity and evidence are worked out for a complaint only."""
        probability = self.probability(text, sentiment, rating, nps)
        if probability < threshold:
            return Complaint(
                probability=probability, is_complaint=False, category="other", severity="no_reproach"
            )
        found = self._phrases.weigh(text)
        return Complaint(
            probability=probability,
            is_complaint=True,
            category=_choose_category(found),
            severity=_choose_severity(found, sentiment),
            evidence=self.find_evidence(text),
        )

    def find_evidence(self, text: str) -> tuple[Evidence, ...]:
        """Return the strongest spans, in the order of the text; neighbours of one sign are one span."""
        places = self._words.spread(text, _EVIDENCE_MIN_LOGITS)
        if len(places) > _EVIDENCE_MAX:
            places = sorted(places, key=lambda place: -abs(place.weight))[:_EVIDENCE_MAX]
            places.sort(key=lambda place: place.start)
        return tuple(
            [
                Evidence(place.start, place.end, text[place.start : place.end], round(place.weight, 4))
                for place in places
            ]
        )

    def _weigh_tone(self, sentiment: Sentiment) -> float:
        tone = self.weights.sentiment
        compound = sentiment.compound
        return (
            tone.neg * sentiment.neg
            + tone.neu * sentiment.neu
            + tone.pos * sentiment.pos
            + tone.compound * compound
            + (tone.gloom * compound if compound < 0 else 0.0)
        )


def _choose_category(found: Mapping[Category | Severity, float]) -> Category:
    best: Category = "other"
    weight = 0.0
    for category in CATEGORIES:
        if found.get(category, 0.0) > weight:
            best, weight = category, found[category]
    return best if weight >= _CATEGORY_MIN_WEIGHT else "other"


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
