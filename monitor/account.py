"""The account of one message: every point of every score, each part summing to its whole; for `monitor explain`.

It takes its time: stock vaderSentiment says which word gave what, where the worker only needs the sum.
"""

import math
from typing import Final

import msgspec
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer, SentiText

from monitor.core.finding import Complaint, Cues, Polarity, Sentiment
from monitor.core.instruments import Instruments
from monitor.core.message import Message
from monitor.core.pipeline import assess, hear, is_directed, is_silent, judge
from monitor.core.policy import Policy
from monitor.core.telling import Listeners

#: vaderSentiment's own: compound = sum / sqrt(sum² + 15).
_ALPHA: Final = 15.0


class Point(msgspec.Struct, frozen=True):
    """One named part of a sum."""

    name: str
    value: float


class ToneAccount(msgspec.Struct, frozen=True, kw_only=True):
    """vaderSentiment's result; the points are valences, `total` their sum, compound a function of it alone."""

    result: Sentiment
    points: tuple[Point, ...]
    total: float


class ComplaintAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The finding; the points are logits, `logit` their sum, and `words` one of them, word by word."""

    result: Complaint
    threshold: float
    points: tuple[Point, ...]
    logit: float
    words: tuple[Point, ...]
    phrases: tuple[Point, ...]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is said of one message on its own, as the first word of an unknown customer."""

    text: str
    #: Where it is in a language that is not read: then its rating and emoji alone are scored.
    unsupported_language: str | None
    sentiment: ToneAccount
    polarity: Polarity
    complaint: ComplaintAccount | None
    cues: Cues
    listeners: Listeners | None
    #: Expected listeners from which on a detractor alert fires.
    fires_at_expected: float


def account_for(message: Message, instruments: Instruments, policy: Policy) -> Account:
    """Account for one message; what the brand says (outbound) is no complaint, and nobody is told."""
    text = message.text
    message, unsupported = hear(message, instruments, text.split())
    sentiment, polarity, complaint, cues = assess(message, instruments, policy)
    outbound = message.direction == "outbound"
    return Account(
        text=text,
        unsupported_language=unsupported,
        sentiment=_account_for_tone(message.text, sentiment),
        polarity=polarity,
        complaint=None
        if outbound or is_silent(message)
        else _account_for_complaint(message, sentiment, complaint, instruments, policy),
        cues=cues,
        listeners=None if outbound or is_silent(message) else judge(message, instruments, policy)[3],
        fires_at_expected=policy.detractor.fire_at_expected,
    )


def _account_for_complaint(
    message: Message, sentiment: Sentiment, complaint: Complaint, instruments: Instruments, policy: Policy
) -> ComplaintAccount:
    model = instruments.complaints
    directed = is_directed(message)
    logits = model.contributions(
        message.text, sentiment, rating=message.rating, nps=message.nps, is_directed=directed
    )
    spans = model.weigh_spans(message.text, is_directed=directed)
    return ComplaintAccount(
        result=complaint,
        threshold=policy.complaint.threshold,
        points=tuple(Point(name, value) for name, value in logits.items()),
        logit=sum(logits.values()),
        words=tuple(Point(span.text, span.weight) for span in spans),
        phrases=tuple(Point(name, weight) for name, weight in model.weigh_phrases(message.text).items()),
    )


class _Tracer(SentimentIntensityAnalyzer):  # type: ignore[misc]  # it publishes no types
    """Stock vaderSentiment, which keeps what it is about to add up."""

    valences: list[float]
    read: str

    def score_valence(self, sentiments: list[float], text: str) -> dict[str, float]:
        self.valences, self.read = sentiments, text
        scores: dict[str, float] = super().score_valence(sentiments, text)
        return scores


def _account_for_tone(text: str, sentiment: Sentiment) -> ToneAccount:
    tracer = _Tracer()
    tracer.polarity_scores(text)
    words = SentiText(tracer.read).words_and_emoticons
    points = [Point(word, value) for word, value in zip(words, tracer.valences, strict=True) if value]
    total = math.fsum(point.value for point in points)
    emphasis = tracer._punctuation_emphasis(tracer.read)  # noqa: SLF001 - it has no public name
    if emphasis and total:
        points.append(Point("exclamation and question marks", math.copysign(emphasis, total)))
        total += math.copysign(emphasis, total)
    return ToneAccount(result=sentiment, points=tuple(points), total=total)


def find_compound(total: float) -> float:
    """Turn a sum of valences into vaderSentiment's compound."""
    return total / math.sqrt(total * total + _ALPHA)
