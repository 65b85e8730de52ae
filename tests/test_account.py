"""The account of a message is complete: each part sums to its whole, and the wholes are those that the worker finds."""

from datetime import UTC, datetime
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.account import Account, account_for, find_compound
from monitor.core.message import Message
from monitor.core.pipeline import assess, hear, is_silent
from monitor.resources import load_instruments, load_policy

INSTRUMENTS = load_instruments()
POLICY = load_policy()
WORDS = (
    "great", "NOT", "never", "arrived", "order", "refund", "WORST", "avoid", "@acme", ":)", "😡", "very", "but", "kind",
    "of", "the", "no", "!!!", "??", "charged", "twice", "least", "friggin", "the bomb", "yeah right",
)  # fmt: skip


def account(text: str, rating: float | None = None, nps: int | None = None) -> tuple[Message, Account]:
    message = Message(
        id="-",
        channel="review",
        author="-",
        at=datetime(2026, 3, 2, tzinfo=UTC),
        text=text,
        rating=rating,
        nps=nps,
    )
    return message, account_for(message, INSTRUMENTS, POLICY)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join) | st.text(max_size=60),
    st.none() | st.sampled_from((1.0, 2.5, 5.0)),
    st.none() | st.integers(0, 10),
)
def test_every_sum_is_that_of_its_points(text: str, rating: float | None, nps: int | None) -> None:
    message, found = account(text, rating, nps)
    message, _ = hear(message, INSTRUMENTS, text.split())
    sentiment, polarity, complaint, cues = assess(message, INSTRUMENTS, POLICY)
    assert (found.sentiment.result, found.polarity, found.cues) == (sentiment, polarity, cues)
    assert find_compound(found.sentiment.total) == pytest.approx(sentiment.compound, abs=5e-5)
    assert sum(point.value for point in found.sentiment.points) == pytest.approx(found.sentiment.total)
    if is_silent(message):
        assert (found.complaint, found.listeners) == (None, None)
        return
    assert found.complaint
    assert found.complaint.result == complaint
    logit = log(complaint.probability / (1 - complaint.probability))
    assert found.complaint.logit == pytest.approx(logit, abs=1e-6)
    points = {point.name: point.value for point in found.complaint.points}
    assert sum(points.values()) == pytest.approx(found.complaint.logit)
    said = points.get("words", 0.0)
    assert sum(point.value for point in found.complaint.words) == pytest.approx(said, abs=1e-6)
    assert found.listeners
    moved = sum(one.value for one in found.listeners.contributions)
    assert moved == pytest.approx(log(found.listeners.expected))


def test_what_the_brand_says_is_no_complaint_and_nobody_is_told() -> None:
    message = Message(
        id="-",
        channel="social",
        author="-",
        at=datetime(2026, 3, 2, tzinfo=UTC),
        text="We are sorry that it never arrived",
        direction="outbound",
    )
    found = account_for(message, INSTRUMENTS, POLICY)
    assert (found.complaint, found.listeners) == (None, None)
    assert found.sentiment.points


def test_a_text_that_is_not_read_is_shown_and_accounted_for_by_its_rating_alone() -> None:
    _, found = account("Mi pedido todavía no ha llegado y nadie contesta", rating=1.0)
    assert (found.text[:9], found.unsupported_language) == ("Mi pedido", "es")
    assert found.complaint
    assert [point.name for point in found.complaint.points] == ["rating"]
