"""Of who is erased nothing is left among the crowds: no name, no hash, no word; only that there was somebody."""

from itertools import cycle
from typing import Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.machine import Place
from monitor.core.machines import SURGE
from monitor.core.partition import Partition
from monitor.core.plan import Marker
from monitor.core.scored import Erasure, Origin, Tick
from monitor.core.surge import list_traces
from monitor.core.trend import TrendEvent
from monitor.records import encode
from monitor.replay import work_log
from tests.core.builders import law, overlay
from tests.core.crowd.crowds import POST, STAGE, SURGE_SUBJECT, build_trend, gather_crowd, minute_at, tick_at
from tests.core.events import UNBOUNDED

#: So that a burst of a minute fires on the day that it happens.
QUICK: Final = overlay({"surge": {"learn_for_hours": 1}})
TRENDS: Final = Place("trends")
#: The last minute in which somebody speaks, and the one with the last tick.
SPOKEN, END = 321, 80 * 60


CROWD: Final = gather_crowd()
TEXTS: Final = {str(trend.customer): trend.excerpt for trend in CROWD if trend.what != "post"}
CUSTOMERS: Final = sorted(TEXTS)

Event = TrendEvent | Tick


def erase(customer: str, minute: float, offset: int) -> Erasure:
    return Erasure(customer=customer, at=minute_at(minute), origin=Origin("scored", 1, offset))


def line_up(erasures: list[Erasure], every_minutes: int) -> list[tuple[int, Event]]:
    """Put the erasures among the trends and ticks; whoever is erased says nothing more."""
    erased_at = {erasure.customer: erasure.at for erasure in erasures}
    trends = [
        trend for trend in CROWD if trend.customer not in erased_at or trend.at <= erased_at[trend.customer]
    ]
    ticks = [tick_at(minute) for minute in range(0, END, every_minutes)]
    # Of one moment the trends first: as in the log, where an erasure stands behind what was said.
    events: list[Event] = sorted([*trends, *erasures, *ticks], key=lambda event: event.at)
    return list(enumerate(events))


def list_latest(alerts: list[Alert]) -> list[Alert]:
    """List what compaction leaves of alerts."""
    return list({alert.id: alert for alert in alerts}.values())


erasings = st.lists(
    st.tuples(st.sampled_from(CUSTOMERS), st.integers(0, SPOKEN)),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one[0],
).map(
    lambda drawn: [
        erase(who, minute, n) for n, (who, minute) in enumerate(sorted(drawn, key=lambda one: one[1]))
    ]
)


@settings(law, max_examples=30)
@given(erasings, st.sampled_from((15, 60)), st.integers(0, SPOKEN))
def test_an_erasure_leaves_no_name_no_hash_and_no_word_in_baselines_and_latest_alerts(
    erasures: list[Erasure], every_minutes: int, looked_at: int
) -> None:
    """However much of the log has been worked since."""
    log = [(offset, event) for offset, event in line_up(erasures, every_minutes)]
    seen = [
        (offset, event) for offset, event in log if event.at <= max(minute_at(looked_at), erasures[-1].at)
    ]
    partition, plan = work_log(SURGE, TRENDS, seen, QUICK)
    assert not plan.failures
    kept = [*partition.states.values(), *map(encode, list_latest(plan.alerts))]
    for erasure in erasures:
        traces = (*list_traces(erasure), TEXTS[erasure.customer].encode())
        assert [value for value in kept for trace in traces if trace in value] == []


@settings(law, max_examples=15)
@given(
    erasings,
    st.lists(st.integers(1, 200), min_size=1, max_size=4),
    st.lists(st.sampled_from((0, 2_000, 20_000, UNBOUNDED)), min_size=1, max_size=4),
)
def test_an_erasure_is_exact_however_the_log_is_cut_with_a_restart_at_each_cut(
    erasures: list[Erasure], lengths: list[int], bounds: list[int]
) -> None:
    log = line_up(erasures, 60)
    whole, plan = work_log(SURGE, TRENDS, log, QUICK)
    cut, alerts, done = Partition(SURGE, TRENDS, {}, Marker()), list[Alert](), 0
    for length, bound in zip(cycle(lengths), cycle(bounds), strict=False):
        if done == len(log):
            break
        part = cut.plan(log[done : done + length], QUICK, bound)
        cut.apply(part)
        cut = Partition(SURGE, TRENDS, dict(cut.states), cut.marker)
        alerts += part.alerts
        done += part.records
    assert (alerts, cut.states, cut.marker) == (plan.alerts, whole.states, whole.marker)


@pytest.mark.parametrize("subject", [SURGE_SUBJECT, POST, STAGE])
def test_an_open_alert_that_quotes_who_is_erased_is_told_again_without_their_words(subject: str) -> None:
    calm = [(offset, event) for offset, event in line_up([], 5) if event.at <= minute_at(END)]
    fired = next(
        alert for alert in work_log(SURGE, TRENDS, calm, QUICK)[1].alerts if alert.subject == subject
    )
    assert fired.crowd
    (quoted,) = (who for who, text in TEXTS.items() if text == fired.crowd.samples[0])
    at_minute = (fired.at - minute_at(0)).total_seconds() / 60
    log = line_up([erase(quoted, at_minute, 0)], 5)
    # The erasure stands right behind the tick that fired it.
    place = next(n for n, (_, event) in enumerate(log) if isinstance(event, Erasure))
    erasure = log.pop(place)[1]
    behind = (
        next(n for n, (_, event) in enumerate(log) if isinstance(event, Tick) and event.at >= fired.at) + 1
    )
    events = [*(event for _, event in log[:behind]), erasure]
    alerts = [
        one for one in work_log(SURGE, TRENDS, enumerate(events), QUICK)[1].alerts if one.subject == subject
    ]
    assert (alerts[-1].id, alerts[-1].state, alerts[-1].cause) == (fired.id, "updated", "erased")
    assert alerts[-1].sequence == alerts[-2].sequence + 1
    assert alerts[-1].crowd
    assert TEXTS[quoted] not in (alerts[-1].excerpt, *alerts[-1].crowd.samples)
    assert alerts[-1].crowd.customers >= fired.crowd.customers


def test_who_is_not_quoted_is_erased_without_a_word() -> None:
    log = [event for _, event in line_up([], 5) if event.at <= minute_at(SPOKEN)]
    before = work_log(SURGE, TRENDS, enumerate(log), QUICK)[1].alerts
    after = work_log(SURGE, TRENDS, enumerate([*log, erase("c-nobody", SPOKEN, 0)]), QUICK)[1].alerts
    assert after == before


def test_a_surge_that_is_over_quotes_nobody() -> None:
    alerts = work_log(SURGE, TRENDS, line_up([], 5), QUICK)[1].alerts
    over = [alert for alert in alerts if alert.state == "resolved"]
    assert over
    assert {(alert.excerpt, alert.crowd.samples if alert.crowd else ()) for alert in over} == {("", ())}


def test_who_was_erased_and_comes_back_counts_anew() -> None:
    back = msgspec.structs.replace(build_trend(1, 3), at=minute_at(3))
    log: list[Event] = [
        build_trend(0, 2, customer=back.customer),
        tick_at(2),
        erase(str(back.customer), 2, 0),
        back,
    ]
    partition, plan = work_log(SURGE, TRENDS, enumerate(log), QUICK)
    assert not plan.failures
    (state,) = partition.states.values()
    assert any(mark in state for mark in list_traces(erase(str(back.customer), 0, 0)))
