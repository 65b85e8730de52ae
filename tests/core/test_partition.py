"""However a log is cut, repeated or interrupted, its journeys, marker and alerts are the same, byte for byte."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.finding import Cues
from monitor.core.held import Held
from monitor.core.machines import FOLLOW
from monitor.core.partition import Partition
from monitor.core.plan import Marker
from monitor.core.scored import KeyedEvent, Origin, Scored, Tick
from monitor.core.states import MemoryStates
from monitor.resources import load_policy
from tests.core.events import (
    CUSTOMERS,
    SCORED_LOG,
    START,
    UNBOUNDED,
    Events,
    complain,
    list_bounds,
    make_scored,
    make_tick,
    scored_logs,
    work_off,
)

POLICY: Final = load_policy()
#: A law speaks of results; how fast a shared machine makes the examples is none of its business.
law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def in_one_go(events: Events) -> tuple[Partition[Held, KeyedEvent], list[Alert]]:
    partition = Partition(FOLLOW, SCORED_LOG, {}, Marker())
    alerts, failures = work_off(partition, events, POLICY)
    assert not failures
    return partition, alerts


def assert_same_state(left: Partition[Held, KeyedEvent], right: Partition[Held, KeyedEvent]) -> None:
    assert left.states == right.states
    assert left.marker == right.marker


@law
@given(scored_logs(), list_bounds())
def test_any_byte_bound_gives_the_same_journeys_marker_and_alerts(
    events: Events, bounds: Iterator[int]
) -> None:
    whole, alerts_of_whole = in_one_go(events)
    cut = Partition(FOLLOW, SCORED_LOG, {}, Marker())
    alerts, failures = work_off(cut, events, POLICY, bounds)
    assert not failures
    assert alerts == alerts_of_whole
    assert_same_state(cut, whole)


@law
@given(scored_logs(), list_bounds())
def test_any_byte_bound_hands_the_same_on(events: Events, bounds: Iterator[int]) -> None:
    whole = Partition(FOLLOW, SCORED_LOG, {}, Marker()).plan(events, POLICY, UNBOUNDED).handed
    cut = Partition(FOLLOW, SCORED_LOG, {}, Marker())
    handed: list[KeyedEvent] = []
    done = 0
    while done < len(events):
        plan = cut.plan(events[done:], POLICY, next(bounds))
        cut.apply(plan)
        handed += plan.handed
        done += plan.records
    assert handed == whole


@law
@given(scored_logs(), list_bounds(), st.data())
def test_any_split_with_a_restart_at_each_cut_gives_the_same_journeys_marker_and_alerts(
    events: Events, bounds: Iterator[int], data: st.DataObject
) -> None:
    whole, alerts_of_whole = in_one_go(events)
    cut = Partition(FOLLOW, SCORED_LOG, {}, Marker())
    alerts: list[Alert] = []
    rest = events
    while rest:
        length = data.draw(st.integers(1, len(rest)))
        piece, rest = rest[:length], rest[length:]
        alerts += work_off(cut, piece, POLICY, bounds)[0]
        cut = Partition(
            FOLLOW, SCORED_LOG, dict(cut.states), msgspec.convert(msgspec.to_builtins(cut.marker), Marker)
        )
    assert alerts == alerts_of_whole
    assert_same_state(cut, whole)


@law
@given(scored_logs(), st.data())
def test_a_replay_from_any_earlier_point_after_a_restart_changes_nothing_and_tells_nothing(
    events: Events, data: st.DataObject
) -> None:
    until = data.draw(st.integers(1, len(events)))
    since = data.draw(st.integers(0, until - 1))
    before, alerts_before = in_one_go(events[:until])
    restored = Partition(FOLLOW, SCORED_LOG, dict(before.states), before.marker)
    replayed = restored.plan(events[since:until], POLICY, UNBOUNDED)
    assert (replayed.alerts, replayed.states, replayed.marker) == ([], {}, before.marker)
    assert (replayed.records, replayed.repeats) == (until - since, until - since)

    whole, alerts_of_whole = in_one_go(events)
    alerts, _ = work_off(restored, events[since:], POLICY)
    assert alerts_before + alerts == alerts_of_whole
    assert_same_state(restored, whole)


@law
@given(scored_logs(), st.data())
def test_what_a_zombie_scorer_sends_again_changes_no_journey_and_tells_nothing(
    events: Events, data: st.DataObject
) -> None:
    """It sends a run of one source partition again, in source order, under new offsets of the scored log."""
    log: list[KeyedEvent | Tick] = [event for _, event in events]
    again = [event for event in log if isinstance(event, Scored) and event.origin.partition == 0]
    since = data.draw(st.integers(0, len(again)))
    until = data.draw(st.integers(since, len(again)))
    place = 0
    for event in again[since:until]:
        original = next(index for index, one in enumerate(log) if one is event)
        place = data.draw(st.integers(max(place, original) + 1, len(log)))
        log.insert(place, msgspec.structs.replace(event))
    whole, alerts_of_whole = in_one_go([(n, one) for n, (_, one) in enumerate(events)])
    repeated = Partition(FOLLOW, SCORED_LOG, {}, Marker())
    plan = repeated.plan(list(enumerate(log)), POLICY, UNBOUNDED)
    repeated.apply(plan)
    assert plan.repeats == until - since
    assert plan.alerts == alerts_of_whole
    assert repeated.states == whole.states
    assert repeated.marker.sources == whole.marker.sources


def test_a_tick_cut_by_the_byte_bound_is_finished_by_the_next_plans() -> None:
    events: Events = [
        (n, make_scored(Origin("posts", 0, n), customer, n / 10, probability=0.95))
        for n, customer in enumerate(CUSTOMERS)
    ]
    partition, _ = in_one_go(events)
    tick = (len(CUSTOMERS), make_tick(hours=10))
    told: list[str] = []
    for customer in CUSTOMERS[:-1]:
        plan = partition.plan([tick], POLICY, bytes_at_most=0)
        assert list(plan.states) == [customer]
        assert (plan.records, plan.marker.next_offset) == (0, len(CUSTOMERS))
        partition.apply(plan)
        told += [alert.id for alert in plan.alerts]
    last = partition.plan([tick], POLICY, bytes_at_most=0)
    assert (last.records, last.marker.next_offset) == (1, len(CUSTOMERS) + 1)
    partition.apply(last)
    told += [alert.id for alert in last.alerts]
    whole, alerts = in_one_go([*events, tick])
    assert told == [alert.id for alert in alerts if alert.kind == "ignored_complaint"]
    assert_same_state(partition, whole)


#: Both decode as scored messages; such a moment has no date, and such a number no exponential.
BEYOND_OUR_CODE: Final = {
    "to be answered by a moment after the year 9999": {
        "customer": "c-çem",
        "at": datetime(9999, 12, 31, 23, 30, tzinfo=UTC),
        "cues": Cues(arousal=1.0),
    },
    "an arousal beyond all bounds": {"cues": Cues(arousal=1e6)},
}


@pytest.mark.parametrize("changes", BEYOND_OUR_CODE.values(), ids=BEYOND_OUR_CODE)
def test_a_record_that_our_code_cannot_follow_is_a_failure_and_leaves_the_others_untouched(
    changes: dict[str, object],
) -> None:
    good: Events = [
        (0, complain(0, "c-ada", 0)),
        (1, complain(1, "c-bo", 1)),
        (3, complain(3, "c-ada", 3)),
        (4, make_tick(hours=10)),
    ]
    bad = msgspec.structs.replace(complain(2, "c-ada", 2), **changes)
    partition = Partition(FOLLOW, SCORED_LOG, {}, Marker())
    alerts, failures = work_off(partition, [*good[:2], (2, bad), *good[2:]], POLICY)
    without, alerts_without = in_one_go(good)
    assert [failure.offset for failure in failures] == [2]
    assert failures[0].error in {"ValueError", "OverflowError"}
    assert alerts == alerts_without
    assert_same_state(partition, without)


def test_a_plan_changes_nothing_until_it_is_applied() -> None:
    partition, _ = in_one_go([(0, complain(0, "c-ada", 0))])
    before = (MemoryStates(FOLLOW.find_wake, partition.states), msgspec.structs.replace(partition.marker))
    further: Events = [(1, complain(1, "c-ada", 1)), (2, make_tick(hours=10))]
    first = partition.plan(further, POLICY, UNBOUNDED)
    assert (partition.states, partition.marker) == before
    assert partition.plan(further, POLICY, UNBOUNDED) == first


def test_a_clock_that_was_reset_is_not_due() -> None:
    partition, _ = in_one_go([(0, complain(0, "c-ada", 0))])
    hours_of_first_step = POLICY.listeners.waiting[0].after_hours
    reply = make_scored(Origin("posts", 0, 1), "c-ada", 1, direction="outbound")
    work_off(partition, [(1, reply)], POLICY)
    assert partition.clocks.due(START.timestamp() + (hours_of_first_step + 0.5) * 3600, {}) == []
