"""A promise is found with its day, and nothing that is none; a question is the other side's turn."""

from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.business_hours import BusinessHours
from monitor.core.dialogue import asks_for_answer, find_promise
from monitor.core.pipeline import score
from monitor.core.scored import Origin
from tests.core.builders import INSTRUMENTS, POLICY, at, build_message, law

#: A Wednesday, ten in the morning.
BEGUN: Final = ("We will call you by ", "I'll reply in ", "you will hear from us ")
SAID: Final = datetime(2026, 1, 7, 10, tzinfo=UTC)


def _find(text: str) -> str | None:
    found = find_promise(text, SAID.timestamp())
    return None if found is None else datetime.fromtimestamp(found, UTC).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("We will call you back by Friday.", "01-10 00:00"),
        ("Sorry, Ann! We\u2019ll call you by Friday", "01-10 00:00"),
        ("I'll get back to you within 24 hours.", "01-08 10:00"),
        ("I will personally get back to you in 2 hrs", "01-07 12:00"),
        ("Someone will be in touch within the next two days.", "01-10 00:00"),
        ("My colleague will ring you this afternoon.", "01-08 00:00"),
        ("We will let you know tomorrow.", "01-09 00:00"),
        ("I am going to email you within 3 working days", "01-13 00:00"),
        ("We will reply in 3-5 business days.", "01-15 00:00"),
        ("We will have an answer for you by the end of the week.", "01-12 00:00"),
        ("You will hear from us before 12 January.", "01-13 00:00"),
        ("You will get a call on January 3rd", None),  # a year ahead is no promise
        ("You'll receive an update by 2026-01-20.", "01-21 00:00"),
        ("You will hear from me by Wednesday.", "01-15 00:00"),
        ("We will update you tomorrow, and call you by Friday.", "01-09 00:00"),
        ("I will contact you within a week.", "01-15 00:00"),
    ],
)
def test_a_promise_ends_with_its_day(text: str, until: str | None) -> None:
    assert _find(text) == until


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We are looking into it.",
        "We will look into it and get back to you.",
        "Can we call you by Friday?",
        "Shall I call you tomorrow?",
        "If you send us your number we will call you by Friday.",
        "We cannot call you back by Friday.",
        "We won't reply before Monday.",
        "We hope to contact you by Friday.",
        "We called you on Friday.",
        "Our offer ends on Friday.",
        "Your order will arrive by Friday.",
        "I will send you a new one today.",
        "We will reply. The shop opens on Friday.",
        "Please call us within 24 hours.",
        "You may hear from us by Friday.",
        "We will call you by 2026-13-45.",
        "I will contact you within 400 days.",
    ],
)
def test_what_promises_no_word_by_a_day_is_no_promise(text: str) -> None:
    assert _find(text) is None


def test_a_day_ends_by_the_clock_of_the_sources_business_hours() -> None:
    hours = BusinessHours(
        timezone="Asia/Kolkata", open={"mon": "09:00-17:00"}, utc_offsets=((0.0, 19_800.0),)
    )
    found = find_promise("We will call you by Friday.", SAID.timestamp(), hours)
    assert found == datetime(2026, 1, 9, 18, 30, tzinfo=UTC).timestamp()


@law
@given(
    st.text()
    | st.sampled_from(
        ["We will call you by {}", "I'll reply in {} days", "you will hear from us {}"]
    ).flatmap(lambda text: st.text("0123456789thMay -of fridy", max_size=12).map(text.format))
)
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    found = find_promise(text, SAID.timestamp())
    assert found is None or 0 < found - SAID.timestamp() <= 60 * 86_400


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("When will it be there?", True),
        ("Any news", True),
        ("Still waiting for a reply", True),
        ("please let me know when it is sent", True),
        ("Alright.", False),
        ("Thanks, that helps", False),
    ],
)
def test_who_asks_waits_for_an_answer(text: str, *, asks: bool) -> None:
    assert asks_for_answer(text) is asks


@pytest.mark.parametrize(
    ("text", "direction", "promised"),
    [
        ("I will call you back by Friday.", "outbound", True),
        ("I will call you back by Friday.", "inbound", False),
        ("We have received your message and will reply by Friday.", "outbound", False),
    ],
)
def test_only_what_a_person_of_the_brand_says_is_a_promise(
    text: str, direction: str, *, promised: bool
) -> None:
    message = build_message(text, direction=direction)
    scored = score(message, Origin("source", 0, 0), at(0).timestamp(), INSTRUMENTS, POLICY)
    assert (scored.promised_by is not None) is promised
