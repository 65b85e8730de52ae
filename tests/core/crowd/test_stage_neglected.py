"""stage_neglected: customers complain at a touchpoint and nobody of the brand is there, or nobody is heard there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.scored import Tick
from monitor.core.trend import Trend
from tests.core.builders import law
from tests.core.crowd.crowds import build_trend, minute_at, spread, tell, tick_at, with_ticks, work

BILLING = "stage_neglected|acme|customer|billing"
HOUR, DAY = 60, 1440


def _tell(minute: float, offset: int, what: str, customer: str = "") -> Trend:
    fields = {"touchpoint": "billing", "customer": customer or f"c-{offset}"}
    return build_trend(minute, offset, subject=BILLING, what=what, **fields)


def _complain(minute: float, offset: int, customer: str = "") -> Trend:
    return _tell(minute, offset, "complaint", customer)


FOUR = [_complain(n * HOUR, n) for n in range(4)]


def test_complaints_that_nobody_of_the_brand_answers_fire_after_the_hours_that_the_policy_allows() -> None:
    (alert,) = work([*FOUR, tick_at(80 * HOUR)])[1]
    assert (alert.state, alert.kind, alert.cause) == ("firing", "stage_neglected", "unanswered")
    assert alert.at == minute_at(72 * HOUR)
    assert (alert.observed, alert.threshold, alert.unit) == (72, 72, "hours")
    assert (alert.touchpoint, alert.stage) == ("billing", "customer")
    assert alert.listeners
    assert alert.listeners.expected == pytest.approx(48)


def test_one_contact_shows_that_somebody_is_there() -> None:
    assert work([*FOUR, _tell(5 * HOUR, 9, "contact"), tick_at(90 * HOUR)])[1] == []


def test_a_contact_ends_it() -> None:
    events: list[Trend | Tick] = [
        *FOUR,
        tick_at(80 * HOUR),
        _tell(81 * HOUR, 9, "contact"),
        tick_at(82 * HOUR),
    ]
    assert tell(work(events)[1]) == ["firing", "resolved"]


def test_a_contact_before_the_complaints_answers_none_of_them() -> None:
    late = _tell(-HOUR, 9, "contact")
    assert tell(work([*FOUR, late, tick_at(80 * HOUR)])[1]) == ["firing"]


def test_one_customer_alone_is_no_neglected_stage() -> None:
    again = [_complain(n * HOUR, n, "c-ann") for n in range(9)]
    assert work([*again, tick_at(90 * HOUR)])[1] == []


def test_a_touchpoint_falls_silent_only_beyond_its_own_longest_silence() -> None:
    # Every working day at noon: the weekend is the longest silence.
    days = [day for day in range(21) if day % 7 < 5]
    usual = [_tell(day * DAY + 12 * HOUR, day, "message") for day in days]
    last = days[-1] * DAY + 12 * HOUR
    assert work(with_ticks(usual, last + 8 * DAY, HOUR))[1] == []
    (alert,) = work(with_ticks(usual, last + 10 * DAY, HOUR))[1]
    assert (alert.cause, alert.at) == ("silent", minute_at(last + 9 * DAY))
    back = [*usual, _tell(last + 10 * DAY, 99, "message")]
    assert tell(work(with_ticks(back, last + 11 * DAY, HOUR))[1]) == ["firing", "resolved"]


@law
@given(st.permutations([*FOUR, _tell(1.5 * HOUR, 7, "contact"), _complain(5 * HOUR, 8)]))
def test_the_order_of_what_comes_before_a_tick_does_not_matter(trends: list[Trend]) -> None:
    in_order = sorted(trends, key=lambda trend: trend.at)
    told = [work([*spread(each), tick_at(90 * HOUR)])[1] for each in (in_order, trends)]
    assert [(alert.state, alert.at, alert.cause) for alert in told[0]] == [
        (alert.state, alert.at, alert.cause) for alert in told[1]
    ]
