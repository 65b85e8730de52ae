"""A wrong clock is told from lateness: it shifts every message alike, whatever a few of them do."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.arrival import estimate_skew
from tests.core.builders import POLICY, law

ENOUGH: Final = POLICY.arrival.skew_messages_min
#: How long after it was said a message arrives where nothing is wrong.
DELAYS: Final = st.lists(st.floats(0, 120), min_size=ENOUGH, max_size=200)
OUTLIERS: Final = st.lists(st.floats(-1e6, 1e6), max_size=ENOUGH // 4)


@law
@given(delays=DELAYS, outliers=OUTLIERS, hours=st.sampled_from([-12, -5.5, -1, 1, 2, 9]))
def test_a_clock_that_is_off_by_hours_is_seen_whatever_a_few_messages_do(
    delays: list[float], outliers: list[float], hours: float
) -> None:
    skew = estimate_skew([hours * 3600 - delay for delay in delays] + outliers, POLICY.arrival)
    assert skew == pytest.approx(hours * 3600, abs=121)


@law
@given(delays=DELAYS, outliers=OUTLIERS)
def test_a_clock_that_is_right_is_not_blamed_for_a_few_messages(
    delays: list[float], outliers: list[float]
) -> None:
    assert estimate_skew([-delay for delay in delays] + outliers, POLICY.arrival) == 0


@pytest.mark.parametrize("days", [1, 30, 3650])
def test_an_import_of_the_past_is_late_and_no_wrong_clock(days: int) -> None:
    imported = [-days * 86_400 * step / 100 for step in range(100)]
    assert estimate_skew(imported, POLICY.arrival) == 0


def test_an_hourly_batch_is_late_and_no_wrong_clock() -> None:
    assert estimate_skew([-60.0 * minute for minute in range(60)], POLICY.arrival) == 0


def test_a_few_messages_show_nothing() -> None:
    assert estimate_skew([3600.0] * (ENOUGH - 1), POLICY.arrival) == 0
    assert estimate_skew([3600.0] * ENOUGH, POLICY.arrival) == 3600


def test_a_shift_too_small_for_a_time_zone_is_no_wrong_clock() -> None:
    assert estimate_skew([POLICY.arrival.skew_seconds_min - 1] * ENOUGH, POLICY.arrival) == 0
