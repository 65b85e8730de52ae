"""source_blind: a source is silent, unreadable or late beyond what is usual for it, and says so once."""

from datetime import timedelta

import pytest

from monitor.core.scored import Origin
from monitor.core.surge import begin_surge, move_surge
from monitor.core.trend import Trend, tell_rejected, tell_seen
from tests.core.builders import POLICY
from tests.core.crowd.crowds import minute_at, spread, tell, with_ticks, work

HOUR, DAY = 60, 1440


def _seen(minute: int, offset: int, lag_minutes: float = 1) -> Trend:
    at = minute_at(minute)
    return tell_seen("tickets", Origin("tickets", 0, offset), at, at - timedelta(minutes=lag_minutes))


def _reject(minute: int, offset: int, reason: str = "not_json") -> Trend:
    return tell_rejected("tickets", Origin("tickets", 0, offset), minute_at(minute), reason)  # type: ignore[arg-type] # one that is to come


def _read(
    minutes: range, every: int = 1, per_minute: int = 10, first: int = 0, lag: float = 1
) -> list[Trend]:
    return [_seen(minute, first + (minute - minutes.start) * per_minute, lag) for minute in minutes[::every]]


QUIET = _read(range(8 * DAY), every=10, per_minute=10)
END = 8 * DAY
LAST = QUIET[-1].origin.offset


def test_a_source_that_falls_silent_beyond_its_own_norm_fires_and_ends_when_it_is_heard_again() -> None:
    back = _read(range(END + 300, END + 400), first=LAST + 10)
    alerts = work(with_ticks([*QUIET, *back], END + 400))[1]
    assert tell(alerts) == ["firing", "resolved"]
    assert alerts[0].cause == "silent"
    assert minute_at(END + 28) < alerts[0].at <= minute_at(END + 42)
    assert alerts[0].severity == "critical"
    assert alerts[1].at <= minute_at(END + 302)
    assert "source tickets" in alerts[0].headline


def test_a_source_that_speaks_every_few_hours_is_not_silent_after_one() -> None:
    assert work(with_ticks(_read(range(9 * DAY), every=180), 9 * DAY + 240, 5))[1] == []


def test_a_new_source_is_learned_for_a_week_first() -> None:
    assert work(with_ticks(_read(range(3 * HOUR)), 6 * DAY, 60))[1] == []


@pytest.mark.parametrize(("reason", "cause"), [("not_json", "unread"), ("unsupported_language", "foreign")])
def test_a_flood_of_records_that_cannot_be_taken_fires(reason: str, cause: str) -> None:
    good = _read(range(END, END + 180), first=LAST + 10)
    bad = [_reject(END + 60 + n // 3, LAST + 11 + (60 + n // 3) * 10 + n % 3, reason) for n in range(180)]
    baseline, alerts = begin_surge(QUIET[0], POLICY)
    assert baseline is not None
    told = list(alerts)
    for event in with_ticks([*QUIET[1:], *good, *bad], END + 180, 10):
        told += move_surge(baseline, event, POLICY)
    assert (told[0].state, told[0].cause) == ("firing", cause)
    assert told[0].observed >= told[0].threshold


def test_a_few_bad_records_are_usual() -> None:
    bad = [_reject(n * 30, n * 300 + 5) for n in range(END // 30)]
    assert work(with_ticks([*QUIET, *bad], END))[1] == []


def test_a_source_that_runs_an_hour_late_fires() -> None:
    late = _read(range(END, END + 120), first=LAST + 10, lag=61)
    alerts = work(with_ticks([*QUIET, *late], END + 120))[1]
    assert (alerts[0].state, alerts[0].cause) == ("firing", "late")


def test_who_has_forgotten_that_he_told_of_a_minute_changes_nothing() -> None:
    again = [_seen(minute, minute * 10 + 4) for minute in range(0, 8 * DAY, 70)]
    late = _read(range(END, END + 120), first=LAST + 10, lag=61)
    told = work(with_ticks([*QUIET, *late], END + 120))
    assert work(with_ticks([*QUIET, *again, *late], END + 120)) == told


def test_the_order_of_what_comes_within_a_minute_does_not_matter() -> None:
    pair = [_reject(5, 51), _seen(5, 50), _reject(5, 52)]
    assert work(with_ticks(spread(pair), 10))[1] == work(with_ticks(spread(reversed(pair)), 10))[1]
