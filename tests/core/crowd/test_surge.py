"""surge: a rise fires within minutes and ends; loud customers, bots and the order within a minute do not matter."""

from datetime import timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.crowd.surge import Surging
from monitor.core.machines import SURGE
from monitor.core.surge import Baseline, surge
from monitor.core.trend import Trend
from tests.core.builders import POLICY, law, overlay
from tests.core.crowd.crowds import (
    MONDAY,
    build_trend,
    complain_steadily,
    in_order,
    minute_at,
    say,
    spread,
    tell,
    tick_at,
    with_ticks,
    work,
)

DAY = 1440


def _find_level(states: dict[str, Baseline]) -> float:
    (state,) = states.values()
    assert isinstance(state, Surging)
    return state.series.rhythm.level


#: Ten days of six an hour; the rise is on the eleventh day at noon.
QUIET = range(10 * DAY + 720)
RISE = range(QUIET.stop, QUIET.stop + 180)
AFTER = range(RISE.stop, RISE.stop + 360)
DOUBLE = ("You charged me twice for one order!", "Charged twice again, where is my money?")


def _rise(per_hour: float = 60) -> list[Trend]:
    return in_order(
        complain_steadily(QUIET, 6, 1),
        complain_steadily(RISE, 6, 2),
        complain_steadily(RISE, per_hour - 6, 3, texts=DOUBLE),
        complain_steadily(AFTER, 6, 4),
    )


@pytest.fixture(scope="module")
def risen() -> list[Alert]:
    """Return the alerts of a tenfold rise."""
    return work(with_ticks(_rise(), AFTER.stop))[1]


def test_a_tenfold_rise_fires_within_minutes_is_updated_as_it_grows_and_ends(risen: list[Alert]) -> None:
    states = tell(risen)
    assert states[0] == "firing"
    assert set(states[1:-1]) == {"updated"}
    assert states[-1] == "resolved"
    assert minute_at(RISE.start) < risen[0].at <= minute_at(RISE.start + 20)
    assert minute_at(RISE.stop) < risen[-1].at < minute_at(RISE.stop + 180)
    assert len({alert.id for alert in risen}) == 1
    assert [alert.sequence for alert in risen] == list(range(len(risen)))
    assert risen[-2].severity == "critical"


def test_an_alert_says_who_complains_of_what_and_how_many_they_will_tell(risen: list[Alert]) -> None:
    largest = risen[-2]
    assert largest.crowd is not None
    assert largest.listeners is not None
    assert largest.crowd.phrases[0] == "charged me twice"
    assert "charged me twice" in largest.headline
    assert 1 <= len(largest.crowd.samples) <= 3
    assert all("harged" in sample for sample in largest.crowd.samples)
    assert largest.observed == pytest.approx(largest.crowd.customers)
    assert largest.listeners.expected == pytest.approx(12 * largest.observed)
    assert largest.crowd.growth > 4
    assert minute_at(RISE.start - 5) < largest.crowd.since < minute_at(RISE.start + 10)
    assert (largest.customer, largest.brand, largest.category) == (None, "acme", "delivery")
    assert largest.observed >= largest.threshold


def test_what_is_usual_raises_no_more_than_the_false_alarm_of_the_policy() -> None:
    alerts = work(with_ticks(complain_steadily(range(28 * DAY), 6), 28 * DAY, 5))[1]
    assert tell(alerts).count("firing") <= 1


def test_one_customer_who_posts_fifty_times_is_no_surge() -> None:
    loud = [
        build_trend(RISE.start + minute, 0, customer="c-loud", excerpt=say(Random(minute)))
        for minute in range(50)
    ]
    assert work(with_ticks(in_order(complain_steadily(QUIET, 6), loud), AFTER.stop))[1] == []


def test_bots_that_repeat_one_text_are_no_surge() -> None:
    spam = "Never buy from acme, they steal your money @bots #77123"
    bots = [build_trend(RISE.start + n / 4, 0, customer=f"c-bot-{n}", excerpt=spam) for n in range(80)]
    assert work(with_ticks(in_order(complain_steadily(QUIET, 6), bots), AFTER.stop))[1] == []


def test_the_same_rise_on_a_day_for_which_it_is_expected_is_no_surge() -> None:
    expected = {
        "from": (MONDAY + timedelta(minutes=RISE.start)).isoformat(),
        "until": (MONDAY + timedelta(minutes=RISE.stop)).isoformat(),
        "factor": 10.0,
        "brand": "acme",
    }
    policy = overlay({"surge": {"campaigns": [expected]}})
    assert work(with_ticks(_rise(), AFTER.stop), policy)[1] == []
    other = overlay({"surge": {"campaigns": [expected | {"brand": "rival"}]}})
    assert tell(work(with_ticks(_rise(), AFTER.stop), other)[1])[0] == "firing"


def test_a_subject_never_seen_before_fires_after_a_day_at_the_earliest() -> None:
    flood = complain_steadily(range(300), 60)
    assert work(with_ticks(flood, 300))[1] == []


def test_a_rise_that_lasts_becomes_the_new_level() -> None:
    lasting = range(QUIET.start + QUIET.stop, QUIET.stop + 6 * DAY)
    trends = in_order(complain_steadily(QUIET, 6, 1), complain_steadily(lasting, 30, 2))
    states, alerts = work(with_ticks(trends, lasting.stop, 5))
    assert alerts[-1].state == "resolved"
    assert "new level" in alerts[-1].cause
    assert tell(alerts).count("firing") == 1
    assert _find_level(states) == pytest.approx(30, rel=0.2)


def test_a_baseline_that_drifts_to_the_double_in_four_weeks_is_followed() -> None:
    days = [
        complain_steadily(range(day * DAY, (day + 1) * DAY), 6 * 2 ** (day / 28), day) for day in range(28)
    ]
    states, alerts = work(with_ticks(in_order(*days), 28 * DAY, 5))
    assert tell(alerts).count("firing") <= 1  # the policy's false alarm in four weeks
    assert _find_level(states) == pytest.approx(11, rel=0.2)


def test_what_comes_late_counts_as_said_now_and_what_comes_a_day_late_not_at_all() -> None:
    quiet = with_ticks(complain_steadily(QUIET, 6), QUIET.stop)
    for hours_late, fires in ((1, True), (30, False)):
        late = [
            build_trend(QUIET.stop - hours_late * 60, 10**6 + n, excerpt=say(Random(n))) for n in range(40)
        ]
        _, alerts = work([*quiet, *late, tick_at(QUIET.stop + 2)])
        assert bool(alerts) is fires


def test_ticks_now_and_then_give_the_same_alerts_as_many() -> None:
    trends = _rise()
    often = work(with_ticks(trends, AFTER.stop, 0.5))[1]
    assert work(with_ticks(trends, AFTER.stop, 1))[1] == often


def test_a_trend_far_ahead_closes_minutes_where_nobody_ticks() -> None:
    trends = _rise()
    told = work([*trends, build_trend(AFTER.stop + 120, 10**6)])[1]
    assert told == work(with_ticks(trends, AFTER.stop))[1]


def _shuffle_minutes(trends: list[Trend], seed: int) -> list[Trend]:
    random = Random(seed)
    return sorted(trends, key=lambda trend: (trend.at.replace(second=0, microsecond=0), random.random()))


#: Each example works a log of hours.
few = settings(law, max_examples=25)
SHORT = overlay({"surge": {"learn_for_hours": 1}})
BURSTS = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 30), st.integers(1, 40)), max_size=4)


def _burst(bursts: list[tuple[int, int, int]]) -> list[Trend]:
    trends = complain_steadily(range(300), 6, 5)
    for place, (start, minutes, number) in enumerate(bursts):
        random = Random(place)
        trends += [
            build_trend(start + random.random() * minutes, 0, customer=f"c-{place}-{n}", excerpt=say(random))
            for n in range(number)
        ]
    return in_order(trends)


def _encode(states: dict[str, object]) -> bytes:
    return msgspec.msgpack.encode(states, order="deterministic")


@few
@given(BURSTS, st.integers(0, 10**6))
def test_the_order_within_a_minute_does_not_matter(bursts: list[tuple[int, int, int]], seed: int) -> None:
    trends = _burst(bursts)
    outcomes = []
    for shuffled in (trends, _shuffle_minutes(trends, seed)):
        states, alerts = work(with_ticks(spread(shuffled), 480, 5), SHORT)
        outcomes.append((_encode(dict(states)), alerts))
    assert outcomes[0] == outcomes[1]


@few
@given(BURSTS, st.data())
def test_a_duplicate_changes_nothing(bursts: list[tuple[int, int, int]], data: st.DataObject) -> None:
    events = with_ticks(_burst(bursts), 480, 5)
    again = data.draw(st.integers(0, len(events)))
    before = data.draw(st.integers(0, again))
    repeated = [event for event in events[before:again] if isinstance(event, Trend)]
    assert work([*events[:again], *repeated, *events[again:]], SHORT) == work(events, SHORT)


@few
@given(BURSTS, BURSTS, st.randoms(use_true_random=False))
def test_two_subjects_do_not_hear_of_each_other(
    ones: list[tuple[int, int, int]], others: list[tuple[int, int, int]], random: Random
) -> None:
    one = _burst(ones)
    other = [
        msgspec.structs.replace(
            trend, origin=msgspec.structs.replace(trend.origin, partition=1), subject="surge|rival||price|"
        )
        for trend in _burst(others)
    ]
    together = sorted([*one, *other], key=lambda trend: (trend.at, random.random()))
    _, alerts = work(with_ticks(together, 480, 10), SHORT)
    _, alone = work(with_ticks(one, 480, 10), SHORT)
    assert [alert for alert in alerts if "rival" not in alert.subject] == alone


@few
@given(BURSTS)
def test_an_alert_fires_once_and_ends_once_and_its_reasons_add_up(bursts: list[tuple[int, int, int]]) -> None:
    _, alerts = work(with_ticks(_burst(bursts), 480, 5), SHORT)
    open_id = None
    for alert in alerts:
        assert (alert.state == "firing") is (open_id is None)
        open_id = None if alert.state == "resolved" else alert.id
        assert alert.crowd is not None
        assert alert.crowd.customers <= alert.crowd.messages
        assert alert.at >= alert.opened_at >= alert.crowd.since


def test_the_baseline_that_is_given_to_surge_stays_as_it_is() -> None:
    baseline, _ = surge(None, build_trend(1, 1), POLICY)
    assert baseline is not None
    before = SURGE.encode(baseline)
    moved, _ = surge(baseline, tick_at(5), POLICY)
    assert moved is not None
    assert SURGE.encode(baseline) == before != SURGE.encode(moved)


def test_a_tick_begins_no_baseline() -> None:
    assert surge(None, tick_at(1), POLICY) == (None, ())
