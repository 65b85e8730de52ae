"""Outcomes count as people mean them, and few of them vouch for little."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.outcome import Outcome, find_lower_bound, measure_precision
from monitor.core.scored import Result

AT = datetime(2026, 3, 2, tzinfo=UTC)


def judge(number: int, result: Result) -> Outcome:
    return Outcome(alert=str(number), kind="detractor", result=result, by="ann", at=AT)


def test_precision_is_the_share_of_judged_alerts_that_were_right() -> None:
    results: tuple[Result, ...] = ("resolved", "resolved", "resolved", "false_alarm", "acknowledged")
    found = measure_precision(judge(number, result) for number, result in enumerate(results))
    assert {kind: one.share for kind, one in found.items()} == {"detractor": 0.75}


def test_a_kind_that_was_only_acknowledged_has_no_precision() -> None:
    assert measure_precision([judge(1, "acknowledged")]) == {}


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_lower_bound_lies_below_the_share_and_rises_with_the_evidence(right: int, judged: int) -> None:
    right = min(right, judged)
    bound = find_lower_bound(right, judged)
    assert bound + 1e-12 >= 0
    assert bound <= right / judged + 1e-12
    assert find_lower_bound(right * 10, judged * 10) >= bound - 1e-12
