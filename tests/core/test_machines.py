"""What passes from one machine to the next, and that both are exact however their logs are cut."""

from collections.abc import Sequence
from random import Random
from typing import Final

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.machine import Machine, Place, Scope
from monitor.core.machines import FOLLOW, SURGE
from monitor.core.partition import Partition
from monitor.core.plan import Marker, Plan
from monitor.core.scored import CustomerEvent, KeyedEvent, Origin, Tick
from monitor.core.surge import Baseline
from monitor.core.trend import Trend
from monitor.replay import work_log
from tests.core.builders import POLICY, at, complain, law, overlay, reply, tick
from tests.core.crowd.crowds import build_trend, complain_steadily, in_order, say, tick_at
from tests.core.events import UNBOUNDED

SCORED: Final = Place("scored", 1, 4)
TRENDS: Final = Place("trends", 0, 4)
#: So that a burst of a minute fires on the day that it happens.
QUICK: Final = overlay({"surge": {"learn_for_hours": 1}})


def pass_on(tick: Tick, partition: int, offset: int, partitions: int = 2) -> Tick:
    """Return a tick as it stands on the trends."""
    return Tick(at=tick.at, origin=Origin("scored", partition, offset), partitions=partitions)


def begin(machine: Machine, place: Place = TRENDS) -> Partition:  # type: ignore[type-arg]  # whichever it is
    return Partition(machine, place, {}, Marker())


def list_told(plan: Plan) -> list[tuple[str, int]]:
    """List what is told, each with the offset of the scored record that it comes from."""
    return [
        (one.what if isinstance(one, Trend) else type(one).__name__.lower(), one.origin.offset)
        for one in plan.trends
        if one.origin
    ]


def test_what_follow_tells_stands_in_the_order_of_the_log_with_each_tick_behind_what_came_before_it() -> None:
    events: list[tuple[int, CustomerEvent | Tick]] = [
        (7, complain(0, 0)),
        (9, tick(1)),
        (12, reply(1, 2, reply_to="m-0")),
        (13, tick(3)),
    ]
    _, plan = work_log(FOLLOW, SCORED, events, POLICY)
    assert list_told(plan) == [
        *(("message", 7), ("complaint", 7), ("complaint", 7)),
        *(("tick", 9), ("contact", 12), ("tick", 13)),
    ]
    assert plan.trends[3] == Tick(at=at(1), origin=Origin("scored", 1, 9), partitions=4)


def test_a_message_that_its_producer_sends_twice_is_told_once() -> None:
    again = msgspec.structs.replace(complain(0, 0), origin=Origin("posts", 0, 1))
    _, plan = work_log(FOLLOW, SCORED, [(0, complain(0, 0)), (1, again)], POLICY)
    assert {offset for _, offset in list_told(plan)} == {0}


def test_what_was_planned_and_not_applied_is_told_again() -> None:
    partition = begin(FOLLOW, SCORED)
    events = [(0, complain(0, 0)), (1, complain(1, 0.001, customer="c-bob"))]
    first = partition.plan(events, POLICY, UNBOUNDED)
    assert partition.plan(events, POLICY, UNBOUNDED) == first
    partition.apply(first)
    later = partition.plan([(2, complain(2, 0.002, customer="c-kim"))], POLICY, UNBOUNDED)
    assert list_told(later) == [("complaint", 2), ("complaint", 2)], "it is present in this minute already"


def test_time_passes_for_a_crowd_when_every_scored_partition_has_ticked_and_up_to_the_least_of_them() -> None:
    partition = begin(SURGE)
    until: list[float | None] = []
    for offset, event in enumerate(
        [
            pass_on(tick_at(5), 0, 3),
            pass_on(tick_at(2), 1, 8),
            pass_on(tick_at(9), 1, 9),
            pass_on(tick_at(7), 0, 4),
        ]
    ):
        plan = partition.plan([(offset, event)], POLICY, UNBOUNDED)
        partition.apply(plan)
        until.append(plan.ticked_until)
    assert until == [None, *(tick_at(minute).at.timestamp() for minute in (2, 5, 7))]


def test_a_tick_that_is_passed_on_again_is_a_repeat() -> None:
    partition = begin(SURGE)
    plan = partition.plan([(0, pass_on(tick_at(5), 0, 3)), (1, pass_on(tick_at(5), 0, 3))], POLICY, UNBOUNDED)
    assert (plan.records, plan.repeats) == (2, 1)


def test_a_trend_that_is_told_again_is_a_repeat_and_another_one_of_the_same_record_is_none() -> None:
    one = build_trend(0, 5)
    other = msgspec.structs.replace(one, number=3, customer="c-other")
    partition = begin(SURGE)
    plan = partition.plan(enumerate([one, other, one, other]), POLICY, UNBOUNDED)
    assert (plan.records, plan.repeats) == (4, 2)


def test_a_state_is_encoded_once_however_many_events_of_a_batch_move_it_and_then_not_decoded_again() -> None:
    encoded, decoded = list[str](), list[bytes]()

    def encode(state: Baseline) -> bytes:
        encoded.append(state.scope.subject)
        return SURGE.encode(state)

    def decode(key: str, value: bytes) -> Baseline:
        decoded.append(value)
        return SURGE.decode(key, value)

    partition = begin(msgspec.structs.replace(SURGE, encode=encode, decode=decode))
    for first in (0, 10):
        trends = [build_trend(0, offset) for offset in range(first, first + 10)]
        partition.apply(partition.plan(enumerate(trends, first), POLICY, UNBOUNDED))
    assert encoded == [build_trend(0, 0).subject] * 2
    assert not decoded


def test_what_was_planned_of_a_remembered_state_and_not_applied_has_not_moved_it() -> None:
    partition = begin(SURGE)
    partition.apply(partition.plan([(0, build_trend(0, 0))], POLICY, UNBOUNDED))
    later = [(offset, build_trend(0, offset)) for offset in range(1, 5)]
    first = partition.plan(later, POLICY, UNBOUNDED)
    assert partition.plan(later, POLICY, UNBOUNDED) == first


Log = list[tuple[int, Trend | Tick]]


@st.composite
def trend_logs(draw: st.DrawFn) -> Log:
    """Draw a partition of the trends: bursts over a steady murmur, from two scored partitions that tick."""
    trends = complain_steadily(range(240), 8, draw(st.integers(0, 99)))
    random = Random(1)
    for number, (start, customers) in enumerate(
        draw(st.lists(st.tuples(st.integers(60, 230), st.integers(1, 25)), max_size=3))
    ):
        trends += [
            build_trend(start + one / 3, 0, customer=f"c-{number}-{one}", excerpt=say(random))
            for one in range(customers)
        ]
    ticks = [tick_at(minute) for minute in range(0, 260, draw(st.integers(1, 30)))]
    events: list[Trend | Tick] = sorted([*in_order(trends), *ticks], key=lambda event: event.at)
    log: Log = []
    offsets = [0, 0]
    for event in events:
        sources = (0, 1) if isinstance(event, Tick) else (draw(st.integers(0, 1)),)
        for source in sources:
            offsets[source] += 1
            origin = Origin("scored", source, offsets[source])
            log.append((len(log), msgspec.structs.replace(event, origin=origin, **_AMONG[type(event)])))
    return log


#: A tick says of how many partitions it is one.
_AMONG: Final = {Tick: {"partitions": 2}, Trend: {}}


@settings(law, max_examples=40)
@given(trend_logs(), st.data())
def test_any_split_with_a_restart_at_each_cut_gives_the_same_baselines_marker_and_alerts(
    log: Log, data: st.DataObject
) -> None:
    whole, plan = work_log(SURGE, TRENDS, log, QUICK)
    assert not plan.failures
    cut = begin(SURGE)
    alerts: list[Alert] = []
    rest = log
    while rest:
        length = data.draw(st.integers(1, len(rest)))
        piece, rest = rest[:length], rest[length:]
        done = 0
        while done < len(piece):
            part = cut.plan(piece[done:], QUICK, data.draw(st.sampled_from((0, 20_000, UNBOUNDED))))
            cut.apply(part)
            alerts += part.alerts
            done += part.records
        cut = Partition(
            SURGE, TRENDS, dict(cut.states), msgspec.convert(msgspec.to_builtins(cut.marker), Marker)
        )
    assert alerts == plan.alerts
    assert cut.states == whole.states
    assert cut.marker == whole.marker


class Count(msgspec.Struct):
    """How often a customer was heard."""

    heard: int = 0
    wake_at: float | None = None


def _count(
    state: Count | None, _event: Trend | Tick, _offset: int, _scope: Scope
) -> tuple[Count | None, Sequence[Alert], Sequence[Trend], Sequence[KeyedEvent], Sequence[str]]:
    heard = 1 if state is None else state.heard + 1
    return (None if heard == 3 else Count(heard)), (), (), (), ()


def test_a_state_of_which_nothing_is_left_is_removed_and_may_begin_anew() -> None:
    counting: Machine[Count, Trend] = Machine(
        encode=msgspec.msgpack.encode,
        decode=lambda _key, value: msgspec.msgpack.decode(value, type=Count),
        find_wake=lambda _value: None,
        find_target=lambda trend: trend.subject,
        find_rank=lambda trend: (trend.source, trend.rank),
        step=_count,
        counts=lambda state: state is not None,
        passes_time=False,
    )
    partition, subject = begin(counting), "surge|acme||delivery|customer"
    for heard, offsets in ((1, [0]), (2, [1]), (None, [2]), (1, [3]), (None, [4, 5]), (2, [6, 7])):
        plan = partition.plan([(offset, build_trend(0, offset)) for offset in offsets], POLICY, UNBOUNDED)
        partition.apply(plan)
        stored = partition.states.get(subject)
        assert (stored and counting.decode(subject, stored).heard) == heard
        assert [value is None for value in plan.states.values()] == [heard is None]
