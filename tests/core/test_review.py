"""What is told of an alert: it fires once, is updated for a reason, ends once, and has the same id in every replay."""

from collections import defaultdict
from copy import deepcopy
from itertools import pairwise
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alert import UNITS, Alert, AlertKind, name_alert
from monitor.core.crowd.bounds import TREND_KINDS
from monitor.core.finding import Cues
from monitor.core.journey import Journey
from monitor.core.kinds import KINDS
from monitor.core.pipeline import follow
from monitor.core.review import review
from monitor.core.scored import Origin, Scored, Tick
from monitor.core.trend import name_subject
from tests.core.builders import (
    POLICY,
    at,
    build_scored,
    complain,
    event_lists,
    follow_all,
    law,
    number_offsets,
    overlay,
    reply,
    settle,
    tell,
    tick,
)


def _furious(offset: int, hours: float, followers: int = 0) -> Scored:
    cues = Cues(arousal=1.0, call_to_action=True)
    return complain(offset, hours, severity="blame", cues=cues, followers=followers)


def _angry(offset: int, hours: float) -> Scored:
    return complain(offset, hours, severity="accusation", cues=Cues(arousal=0.9), probability=1.0)


def _alerts(*events: Scored | Tick) -> list[Alert]:
    return follow_all(events)[1]


def _by_id(alerts: list[Alert]) -> dict[str, list[Alert]]:
    found: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        found[alert.id].append(alert)
    return found


@law
@given(event_lists())
def test_the_states_of_an_id_are_numbered_without_gaps_from_firing_to_resolved(
    events: list[Scored | Tick],
) -> None:
    for states in _by_id(_alerts(*events)).values():
        assert [alert.sequence for alert in states] == list(range(len(states)))
        assert states[0].state == "firing"
        assert all(alert.state != "firing" for alert in states[1:])
        assert all(alert.state != "resolved" for alert in states[:-1])


@law
@given(event_lists())
def test_no_event_leaves_anything_untold(events: list[Scored | Tick]) -> None:
    journey: Journey | None = None
    for event in number_offsets(events):
        journey, _ = follow(journey, event, POLICY)
        if journey is not None and journey.case is not None:
            asked = deepcopy(journey)
            assert asked.case is not None
            assert review(asked, asked.case, "asked again", None, POLICY) == []


@law
@given(event_lists())
def test_an_id_keeps_its_kind_customer_origin_and_opening(events: list[Scored | Tick]) -> None:
    for states in _by_id(_alerts(*events)).values():
        assert len({(alert.kind, alert.customer, alert.origin, alert.opened_at) for alert in states}) == 1


@law
@given(event_lists())
def test_an_id_depends_on_kind_customer_and_origin_alone(events: list[Scored | Tick]) -> None:
    for alert in _alerts(*events):
        assert alert.id == name_alert(alert.kind, str(alert.customer), alert.origin)


@law
@given(
    *(
        st.tuples(st.sampled_from(sorted(KINDS)), st.text("ab|", max_size=2), st.integers(0, 3))
        for _ in range(2)
    )
)
def test_different_episodes_have_different_ids(
    one: tuple[AlertKind, str, int], other: tuple[AlertKind, str, int]
) -> None:
    ids = [
        name_alert(kind, f"c-{customer}", Origin("t", 0, offset)) for kind, customer, offset in (one, other)
    ]
    assert (ids[0] == ids[1]) == (one == other)


@law
@given(event_lists())
def test_the_same_events_twice_give_the_same_bytes(events: list[Scored | Tick]) -> None:
    first, second = (msgspec.json.encode(_alerts(*events)) for _ in range(2))
    assert first == second


@law
@given(event_lists())
def test_every_alert_explains_itself_and_names_the_policy(events: list[Scored | Tick]) -> None:
    for alert in _alerts(*events):
        assert alert.policy == POLICY.hash
        assert alert.listeners is not None
        assert alert.listeners.contributions
        assert alert.headline.startswith("Over: ") == (alert.state == "resolved")
        assert alert.cause


@law
@given(event_lists())
def test_an_alert_names_its_group_its_past_and_what_it_replaces(events: list[Scored | Tick]) -> None:
    for states in _by_id(_alerts(*events)).values():
        replaced = [None, *(f"{alert.id}.{alert.sequence}" for alert in states)]
        assert [alert.supersedes for alert in states] == replaced[:-1]
    for alert in _alerts(*events):
        assert alert.dedupe_key == f"{alert.kind}:{alert.customer}"
        assert alert.subject == name_subject("surge", alert.brand, alert.product, alert.category, alert.stage)
        assert alert.unit == UNITS[alert.kind]
        assert alert.margin == alert.observed - alert.threshold
        assert alert.history
        assert alert.action.runbook.startswith(alert.kind)
        assert not alert.replay


def test_each_kind_has_a_unit() -> None:
    assert set(UNITS) == set(get_args(AlertKind)) == {*KINDS, *TREND_KINDS}


def test_where_it_was_said_and_in_which_language_is_that_of_the_worst_complaint() -> None:
    _, alerts = follow_all(
        [
            complain(0, 0, language="en", permalink="https://example.org/1"),
            complain(1, 1, severity="blame", language="de", permalink="https://example.org/2"),
            complain(2, 2, language="en"),
            tick(4),
        ]
    )
    assert (alerts[-1].language, alerts[-1].permalink) == ("de", "https://example.org/2")


@law
@given(event_lists())
def test_event_time_of_the_alerts_never_runs_back(events: list[Scored | Tick]) -> None:
    times = [alert.at for alert in _alerts(*events)]
    assert times == sorted(times)


@law
@given(event_lists())
def test_what_is_told_is_true_of_the_thresholds(events: list[Scored | Tick]) -> None:
    for alert in _alerts(*events):
        if alert.state == "resolved":
            continue
        assert alert.observed >= alert.threshold
        if alert.kind == "detractor":
            bounds = POLICY.detractor
            assert alert.listeners is not None
            assert alert.severity == (
                "critical" if alert.listeners.expected >= bounds.critical_at_expected else "warning"
            )


@law
@given(event_lists())
def test_good_news_is_information_and_all_else_calls_for_action(events: list[Scored | Tick]) -> None:
    for alert in _alerts(*events):
        assert (alert.severity == "info") == (alert.kind in {"recovered", "win_back"})


@law
@given(event_lists())
def test_a_customer_recovers_only_from_an_alert_and_at_most_once_a_case(events: list[Scored | Tick]) -> None:
    alerts = _alerts(*events)
    recovered = [
        place for place, alert in enumerate(alerts) if (alert.kind, alert.state) == ("recovered", "firing")
    ]
    assert len({alerts[place].origin for place in recovered}) == len(recovered)
    for place in recovered:
        assert any(alert.severity != "info" for alert in alerts[:place])


@law
@given(event_lists())
def test_only_who_is_former_can_be_won_back(events: list[Scored | Tick]) -> None:
    for alert in _alerts(*events):
        if alert.kind == "win_back" and alert.state == "firing":
            assert alert.stage == "former"


@law
@given(event_lists())
def test_what_waits_for_a_reply_is_over_with_the_reply(events: list[Scored | Tick]) -> None:
    journey, _ = follow_all(events)
    if journey is None or (journey.case is not None and journey.case.state == "waiting"):
        return
    waiting = {"ignored_complaint", "unresolved_handoff", "former_at_risk", "prospect_lost"}
    assert not waiting & set(journey.open_alerts)


def _kinds(*events: Scored | Tick) -> set[str]:
    return {alert.kind for alert in _alerts(*events)}


def test_risk_adds_up_from_stage_words_category_and_severity() -> None:
    assert "former_at_risk" in _kinds(complain(0, 0, stage="former"))
    assert "former_at_risk" in _kinds(complain(0, 0, cues=Cues(threat_to_leave=True)))
    assert "former_at_risk" in _kinds(complain(0, 0, category="billing", severity="blame"))
    assert "former_at_risk" not in _kinds(complain(0, 0, category="billing"))
    assert "former_at_risk" not in _kinds(complain(0, 0, category="delivery", severity="blame"))


def test_a_prospect_waits_as_long_as_the_friction_allows() -> None:
    for category, hours in POLICY.prospect_lost.after_hours.items():
        before = complain(0, 0, channel="survey", stage="prospect", category=category)
        assert "prospect_lost" not in _kinds(before, tick(hours - 0.01))
        assert "prospect_lost" in _kinds(before, tick(hours))


def test_a_prospect_is_as_urgent_as_a_customer() -> None:
    cues, followers = Cues(arousal=1.0, call_to_action=True), 90000
    alerts = _alerts(complain(0, 0, stage="prospect", cues=cues, followers=followers), tick(4))
    severities = {alert.kind: alert.severity for alert in alerts}
    assert severities["prospect_lost"] == severities["ignored_complaint"] == "critical"


def test_an_alert_that_fired_is_held_until_the_reply_whatever_else_changes() -> None:
    events: list[Scored | Tick] = [
        complain(0, 0, channel="survey", stage="prospect"),
        tick(2),
        build_scored(1, 3, stage="customer"),
    ]
    _, alerts = follow_all([*events, complain(2, 4, severity="blame", category="other"), reply(3, 5)])
    told = [alert for alert in alerts if alert.kind == "prospect_lost"]
    assert {alert.state for alert in told[:-1]} <= {"firing", "updated"}
    assert (told[-1].state, told[-1].cause, told[-1].at) == ("resolved", "reply", at(5))


def test_a_third_complaint_of_a_repeated_cause_is_critical() -> None:
    past: list[Scored | Tick] = [complain(0, 0), settle(1, 1)]
    repeats = POLICY.repeat_failure.critical_at_complaints
    alerts = _alerts(*past, *(complain(2 + number, 10 + number) for number in range(repeats)))
    told = [alert.severity for alert in alerts if alert.kind == "repeat_failure"]
    assert (told[0], told[-1]) == ("warning", "critical")


def test_good_news_ends_with_the_next_complaint() -> None:
    alerts = _alerts(complain(0, 0), tick(4), settle(1, 5), complain(2, 6))
    over = [alert for alert in alerts if alert.kind == "recovered"][-1]
    assert (over.state, over.cause) == ("resolved", "complaint")
    assert over.headline.startswith("Over: the customer complains anew. It was: a customer is content again")


def test_a_furious_complaint_makes_a_detractor_at_once() -> None:
    [alert] = _alerts(_furious(7, 1))
    assert (alert.kind, alert.state, alert.sequence) == ("detractor", "firing", 0)
    assert (alert.origin, alert.trigger) == (Origin("source", 0, 7), Origin("source", 0, 7))
    assert alert.received_at == at(1)
    assert alert.respond_by == at(1 + POLICY.detractor.respond_within_hours)


def test_an_alert_that_time_made_has_no_trigger() -> None:
    [alert] = _alerts(complain(0, 0), tick(4))
    assert (alert.kind, alert.cause) == ("ignored_complaint", "time passed")
    assert (alert.trigger, alert.received_at) == (None, None)
    assert alert.respond_by == at(4)


def test_a_detractor_who_fires_holds_below_the_threshold_at_which_another_would_not_fire() -> None:
    policy = overlay({"listeners": {"reply": -0.3}})
    _, alerts = follow_all([_angry(0, 0), reply(1, 1)], policy)
    assert tell(alerts) == [("firing", "detractor")]
    between = complain(0, 0, severity="accusation", cues=Cues(arousal=0.3), probability=1.0)
    assert _alerts(between) == []


def test_an_alert_is_told_again_when_its_severity_changes() -> None:
    alerts = _alerts(_furious(0, 0, followers=1500), reply(1, 1))
    assert [(alert.state, alert.severity) for alert in alerts] == [
        ("firing", "critical"),
        ("updated", "warning"),
    ]


def test_an_alert_is_told_again_when_it_has_grown_by_as_much_as_the_policy_says() -> None:
    growth = POLICY.detractor.update_growth
    alerts = _alerts(*(_angry(number, number / 10) for number in range(10)))
    expected = [alert.observed for alert in alerts]
    assert len(alerts) > 1
    assert all(later >= earlier * growth for earlier, later in pairwise(expected))


@pytest.mark.parametrize(
    ("events", "cause", "over"),
    [
        ([reply(1, 5)], "reply", "Over: the brand has replied"),
        ([settle(1, 5)], "settled", "Over: the customer says that it is settled"),
        ([tick(24 * 21)], "faded", "Over: unanswered, and no further word since"),
    ],
)
def test_a_resolved_alert_says_why_it_is_over(events: list[Scored | Tick], cause: str, over: str) -> None:
    policy = overlay({"detractor": {"update_growth": 9}})
    _, alerts = follow_all([complain(0, 0), tick(4), *events], policy)
    ignored = [alert for alert in alerts if alert.kind == "ignored_complaint"]
    assert tell(ignored) == [("firing", "ignored_complaint"), ("resolved", "ignored_complaint")]
    assert ignored[-1].cause == cause
    headline = ignored[0].headline
    assert ignored[-1].headline == f"{over}. It was: {headline[:1].lower()}{headline[1:]}"


def test_a_case_that_ends_after_a_reply_still_counts_the_reply() -> None:
    alerts = _alerts(_furious(0, 0), reply(1, 1), tick(1 + POLICY.journey.answered_quiet_hours))
    assert tell(alerts) == [("firing", "detractor"), ("resolved", "detractor")]
    assert alerts[-1].listeners is not None
    assert "reply" in {contribution.name for contribution in alerts[-1].listeners.contributions}


def test_a_detractor_who_was_calmed_and_is_let_down_again_is_another_alert() -> None:
    told = _alerts(_angry(0, 0), reply(1, 1), _angry(2, 2))
    alerts = [alert for alert in told if alert.kind == "detractor"]
    assert tell(alerts) == [("firing", "detractor"), ("resolved", "detractor"), ("firing", "detractor")]
    first, over, again = alerts
    assert first.id == over.id != again.id
    assert again.sequence == 0


def test_a_complaint_on_a_slower_channel_does_not_end_an_ignored_complaint() -> None:
    policy = overlay({"detractor": {"fire_at_expected": 99, "critical_at_expected": 99, "update_growth": 9}})
    worse = complain(1, 5, channel="email", severity="accusation")
    _, alerts = follow_all([complain(0, 0), tick(4), worse, tick(24)], policy)
    assert ("resolved", "ignored_complaint") not in tell(alerts)
    assert tell(alerts)[0] == ("firing", "ignored_complaint")


def test_a_complaint_on_a_faster_channel_puts_its_clock_in_force() -> None:
    alerts = _alerts(complain(0, 0, channel="email"), complain(1, 3), tick(3.9), tick(4))
    assert [alert.at for alert in alerts if alert.kind == "ignored_complaint"] == [at(4)]


def test_a_message_that_is_no_complaint_tells_nothing() -> None:
    assert _alerts(build_scored(0, 0), reply(1, 1), settle(2, 2), tick(999)) == []
