"""The history tells in a line how often, for how long, how it was answered, and what was before."""

import pytest

from monitor.core.finding import Sentiment
from monitor.core.history import tell_span
from monitor.core.scored import Scored, Tick
from tests.core.builders import build_scored, complain, follow_all, reply, settle, tick

GLAD = Sentiment(neg=0.0, neu=0.2, pos=0.8, compound=0.9)


def tell(*events: Scored | Tick) -> str | None:
    _, alerts = follow_all(list(events))
    return alerts[-1].history


def test_the_first_complaint_is_called_so() -> None:
    assert tell(complain(0, 0), tick(4)) == "1st complaint, no reply"


def test_complaints_are_counted_over_the_time_that_the_customer_is_known() -> None:
    events = [complain(number, number * 24, channel="email") for number in range(3)]
    assert tell(*events, reply(3, 60), complain(4, 72, channel="email"), tick(96)) == (
        "4th complaint in 4 days, 1 reply"
    )


def test_an_advocate_and_the_case_before_this_one_are_named() -> None:
    praise = [build_scored(number, number, sentiment=GLAD) for number in range(3)]
    earlier = [complain(3, 10), settle(4, 12)]
    told = tell(*praise, *earlier, complain(5, 12 + 20 * 24))
    assert told == "2nd complaint in 20 days, no reply, an advocate before, delivery settled 20 days ago"


@pytest.mark.parametrize(
    ("seconds", "told"), [(90, "2 min"), (3600, "1 h"), (172_799, "48 h"), (172_800, "2 days")]
)
def test_a_span_is_told_in_the_unit_that_a_person_would_use(seconds: float, told: str) -> None:
    assert tell_span(seconds) == told


@pytest.mark.parametrize(
    ("number", "ordinal"), [(2, "2nd"), (3, "3rd"), (11, "11th"), (12, "12th"), (21, "21st")]
)
def test_an_ordinal_ends_as_it_is_spoken(number: int, ordinal: str) -> None:
    events = [complain(offset, offset / 10) for offset in range(number)]
    assert str(tell(*events, tick(100))).startswith(f"{ordinal} complaint in ")
