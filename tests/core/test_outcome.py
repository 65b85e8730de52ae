"""Outcomes count as people mean them, and few of them vouch for little."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.finding import Cues
from monitor.core.journey import Journey
from monitor.core.outcome import Outcome, measure_precision, pass_on
from monitor.core.scored import Event, Judgement, Origin, Result, Scored
from monitor.core.share import find_lower_bound
from monitor.core.trend import CrowdJudgement
from tests.core.builders import at, complain, follow_all, reply, tick

AT = datetime(2026, 3, 2, tzinfo=UTC)

#: Of a two-sided 90 % interval.
QUANTILE = 1.6448536269514722


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
    bound = find_lower_bound(right, judged, QUANTILE)
    assert bound + 1e-12 >= 0
    assert bound <= right / judged + 1e-12
    assert find_lower_bound(right * 10, judged * 10, QUANTILE) >= bound - 1e-12


def furious(offset: int, hours: float) -> Scored:
    return complain(offset, hours, severity="blame", cues=Cues(arousal=1.0, call_to_action=True))


def say(offset: int, hours: float, alert_id: str, result: Result) -> Judgement:
    """Say what became of an alert of Ann's."""
    said = Outcome(alert=alert_id, kind="detractor", result=result, by="bo", at=at(hours), customer="c-ann")
    judged = pass_on(said, Origin("monitor.outcomes.v1", 0, offset), at(hours), at(hours).timestamp())
    assert isinstance(judged, Judgement)
    return judged


def fire() -> tuple[Journey | None, Alert]:
    journey, (alert,) = follow_all([furious(0, 0)])
    assert (alert.kind, alert.state) == ("detractor", "firing")
    return journey, alert


@pytest.mark.parametrize("result", ["resolved", "false_alarm"])
def test_who_judges_an_alert_closes_it_and_it_is_not_told_again(result: Result) -> None:
    journey, alert = fire()
    journey, told = follow_all([say(0, 1, alert.id, result)], journey=journey)
    assert [(one.id, one.sequence, one.state, one.cause) for one in told] == [
        (alert.id, 1, "resolved", result)
    ]
    later: list[Event] = [say(1, 1.5, alert.id, result), furious(1, 2), furious(2, 3), reply(3, 4), tick(200)]
    _, told = follow_all(later, journey=journey)
    assert [one for one in told if one.id == alert.id] == []


def test_who_acknowledges_an_alert_leaves_it_open() -> None:
    journey, alert = fire()
    journey, told = follow_all([say(0, 1, alert.id, "acknowledged")], journey=journey)
    assert told == []
    _, told = follow_all([reply(1, 2), tick(200)], journey=journey)
    assert (alert.id, "resolved") in [(one.id, one.state) for one in told]


def test_a_new_episode_fires_again_after_the_last_one_was_judged() -> None:
    journey, alert = fire()
    settled: list[Event] = [say(0, 1, alert.id, "resolved"), reply(1, 2), tick(24 * 60)]
    journey, _ = follow_all(settled, journey=journey)
    _, told = follow_all([furious(9, 24 * 61)], journey=journey)
    assert ("firing", "detractor") in [(one.state, one.kind) for one in told]
    assert all(one.id != alert.id for one in told)


def test_an_outcome_of_an_alert_that_is_not_open_changes_nothing_told() -> None:
    journey, _ = fire()
    _, told = follow_all([say(0, 1, "0" * 24, "resolved")], journey=journey)
    assert told == []
    assert follow_all([say(0, 1, "0" * 24, "resolved")]) == (None, [])


def test_an_outcome_about_nobody_in_particular_is_passed_on_to_the_crowds() -> None:
    said, origin = judge(1, "resolved"), Origin("monitor.outcomes.v1", 0, 0)
    assert pass_on(said, origin, AT, 0.0) == CrowdJudgement(
        alert=said.alert, result="resolved", at=AT, origin=origin
    )
