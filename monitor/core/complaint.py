"""Whether a text voices an unmet expectation, about what, how hard, and which words say so."""

import math
from collections.abc import Mapping
from typing import Final

from monitor.core.finding import CATEGORIES, SEVERITIES, Category, Complaint, Evidence, Sentiment, Severity
from monitor.core.phrases import PhraseBook
from monitor.core.reading import Reading
from monitor.core.rounding import round_to_4_digits
from monitor.core.scale import Tone, interpolate
from monitor.core.weights import ComplaintWeights, Phrases, SituationWeights
from monitor.core.words import Passage, Said, WordModel, find_offsets

_EVIDENCE_MAX: Final = 5
#: Words that move the finding by less than this (in logits) do not explain it.
_EVIDENCE_MIN_LOGITS: Final = 0.08
_CATEGORY_MIN_WEIGHT: Final = 2.0
_DISAPPROVAL_COMPOUND: Final = -0.4
_PLACE_OF: Final[dict[str, int]] = {category: place for place, category in enumerate(CATEGORIES)}
_HARDEST_FIRST: Final = SEVERITIES[::-1]


class _Situation:
    """What counts beside the words: where a brand is known to be meant, or where only the text can tell."""

    __slots__ = ("addressed", "bias", "log_tokens", "tone")

    def __init__(self, weights: SituationWeights) -> None:
        self.bias = weights.bias
        self.addressed = weights.addressed
        self.log_tokens = weights.log_tokens
        self.tone = Tone(weights.sentiment)


class ComplaintModel:
    """The trained model; safe to share, and it holds no state but its words' memory of chunks."""

    def __init__(self, weights: ComplaintWeights, phrases: Phrases, words: WordModel) -> None:
        self.weights = weights
        self.phrases = phrases
        self._words = words
        self._directed = _Situation(weights.directed)
        self._open = _Situation(weights.open)
        labels: dict[Category | Severity, dict[str, float]] = {}
        labels.update(phrases.category.items())
        labels.update(phrases.severity.items())
        self.book: Final = PhraseBook(labels)

    def probability(
        self,
        text: str,
        sentiment: Sentiment,
        rating: float | None = None,
        nps: int | None = None,
        *,
        is_directed: bool = False,
        said: Said | None = None,
    ) -> float:
        """Return how likely a reader would call this a complaint.

        `is_directed` says that the message is meant for a brand whatever its text says; `said` is what its words
        weigh, where the caller has weighed them.
        """
        if said is None:
            said = self._words.sum_up(text.split())
        logit = 0.0
        if rating is not None:
            logit += interpolate(self.weights.rating, rating - 1)
        if nps is not None:
            logit += self.weights.nps[nps]
        if not said.count and (rating is not None or nps is not None):
            return _squash(logit)
        situation, weight = self._directed, said.complaint
        if not is_directed:
            situation, weight = self._open, weight + said.opening
        logit += situation.bias + weight + situation.log_tokens * math.log1p(said.count)
        if text[:1] == "@" and not is_directed:
            logit += situation.addressed
        return _squash(logit + situation.tone.weigh(sentiment))

    def contributions(
        self,
        text: str,
        sentiment: Sentiment,
        *,
        rating: float | None = None,
        nps: int | None = None,
        is_directed: bool = False,
    ) -> dict[str, float]:
        """Return the named logits whose sum is the finding; a text without tokens leaves it to the rating."""
        weights = self.weights
        logits: dict[str, float] = {}
        if rating is not None:
            logits["rating"] = interpolate(weights.rating, rating - 1)
        if nps is not None:
            logits["nps"] = weights.nps[nps]
        said = self._words.sum_up(text.split())
        if logits and not said.count:
            return logits
        situation = self._directed if is_directed else self._open
        logits["bias"] = situation.bias
        logits["words"] = said.complaint if is_directed else said.complaint + said.opening
        logits["length"] = situation.log_tokens * math.log1p(said.count)
        if text[:1] == "@" and not is_directed:
            logits["addressed"] = situation.addressed
        logits["sentiment"] = situation.tone.weigh(sentiment)
        return logits

    def find(
        self,
        text: str,
        sentiment: Sentiment,
        *,
        rating: float | None = None,
        nps: int | None = None,
        is_directed: bool = False,
        threshold: float,
        reading: Reading | None = None,
        said: Said | None = None,
        is_quoted: bool = True,
    ) -> Complaint:
        """Return the finding; category, severity and evidence are worked out for a complaint only.

        `reading` and `said` are those of the text, where the caller has them. Without `is_quoted` there is no
        evidence, which costs more than the rest of the finding.
        """
        words = text.split() if reading is None else reading.words
        if said is None:
            said = self._words.sum_up(words) if reading is None else self._words.weigh(reading.chunks)
        probability = self.probability(text, sentiment, rating, nps, is_directed=is_directed, said=said)
        if probability < threshold:
            return Complaint(
                probability=probability, is_complaint=False, category="other", severity="no_reproach"
            )
        offsets = find_offsets(text, words)
        openings = self.book.open(words) if reading is None else reading.list_openings()
        found = self.book.weigh(text, offsets, openings)
        categories = _choose_categories(found)
        evidence: tuple[Evidence, ...] = ()
        if is_quoted:
            laid_out = (
                self._words.lay_out(words) if reading is None else (reading.chunks, reading.list_spans())
            )
            evidence = self._quote(text, (offsets, *laid_out), is_directed=is_directed)
        return Complaint(
            probability=probability,
            is_complaint=True,
            category=categories[0] if categories else "other",
            categories=categories,
            severity=_choose_severity(found, sentiment),
            evidence=evidence,
        )

    def _quote(self, text: str, passage: Passage, *, is_directed: bool) -> tuple[Evidence, ...]:
        """Give what speaks for and against a complaint the most."""
        places = self._words.spread(
            text, passage, _EVIDENCE_MIN_LOGITS, _EVIDENCE_MAX, is_directed=is_directed
        )
        return tuple(
            [
                Evidence(
                    place.start, place.end, text[place.start : place.end], round_to_4_digits(place.weight)
                )
                for place in places
            ]
        )

    def weigh_spans(self, text: str, *, is_directed: bool = False) -> list[Evidence]:
        """Return every span of the text with its logits; together they are the contribution `words`."""
        words = text.split()
        passage = (find_offsets(text, words), *self._words.lay_out(words))
        return [
            Evidence(place.start, place.end, text[place.start : place.end], place.weight)
            for place in self._words.spread(text, passage, 0.0, is_directed=is_directed)
        ]

    def weigh_phrases(self, text: str) -> dict[Category | Severity, float]:
        """Return what the phrases of categories and severities weigh in a text."""
        words = text.split()
        return self.book.weigh(text, find_offsets(text, words), self.book.open(words))


def _choose_categories(found: Mapping[Category | Severity, float]) -> tuple[Category, ...]:
    """Choose the categories that weigh enough, the heaviest first, and the first listed on a tie."""
    heavy = [
        (-weight, _PLACE_OF[label])
        for label, weight in found.items()
        if weight >= _CATEGORY_MIN_WEIGHT and label in _PLACE_OF
    ]
    return tuple([CATEGORIES[place] for _, place in sorted(heavy)])


def _choose_severity(found: Mapping[Category | Severity, float], sentiment: Sentiment) -> Severity:
    for severity in _HARDEST_FIRST:
        if severity in found:
            return severity
    return "disapproval" if sentiment.compound <= _DISAPPROVAL_COMPOUND else "no_reproach"


def _squash(logit: float) -> float:
    """Turn a logit into a probability."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    odds = math.exp(logit)
    return odds / (1.0 + odds)
