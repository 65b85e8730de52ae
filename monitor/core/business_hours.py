"""When a source is staffed: the time that counts for a clock, across nights, weekends, holidays and summer time.

It asks no time zone database: the offsets of the zone are written out when the policy is read, and are a part of its
hash. Another database is another policy, and never another replay of the same one.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Final, Literal, get_args

import msgspec

HOUR_SECONDS: Final = 3600.0
DAY_SECONDS: Final = 86400.0

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

_WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
#: 1970-01-01 was a Thursday.
_FIRST_WEEKDAY: Final = 3
_FIRST_ORDINAL: Final = date(1970, 1, 1).toordinal()


class BusinessHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The open hours of a week in local time, and the days that are none."""

    timezone: str = "UTC"
    open: dict[Weekday, str]
    holidays: tuple[str, ...] = ()
    #: From when (seconds since 1970 UTC) the zone is how many seconds ahead of UTC; written out by `load_policy`.
    utc_offsets: tuple[tuple[float, float], ...] = ()

    @cached_property
    def shifts(self) -> dict[int, tuple[int, int]]:
        """By number of the weekday, the seconds of the day at which it opens and closes."""
        return {_WEEKDAYS.index(day): _read_shift(text) for day, text in self.open.items()}

    @cached_property
    def closed_days(self) -> frozenset[int]:
        """The holidays, in days since 1970."""
        return frozenset(date.fromisoformat(day).toordinal() - _FIRST_ORDINAL for day in self.holidays)


def find_business_fault(hours: BusinessHours) -> str | None:
    """Say what is wrong with business hours, if anything is."""
    if not hours.open:
        return "open must name at least one day; leave the source out where it is always open"
    for day, text in hours.open.items():
        try:
            _read_shift(text)
        except ValueError:
            return f"open.{day} must be like 09:00-17:00, within one day"
    try:
        _ = hours.closed_days
    except ValueError:
        return "holidays must be dates like 2026-12-25"
    if hours.timezone != "UTC" and not hours.utc_offsets:
        return "timezone other than UTC needs its offsets written out, as load_policy does"
    return None


def add_open_hours(hours: BusinessHours | None, since: float, open_hours: float) -> float:
    """Find the moment at which so many open hours have passed since then; without business hours all are open."""
    if hours is None:
        return since + open_hours * HOUR_SECONDS
    left = open_hours * HOUR_SECONDS
    for opens, closes in _list_spans(hours, since):
        begins = max(opens, since)
        if closes - begins >= left:
            return begins + left
        left -= max(0.0, closes - begins)
    raise AssertionError  # the spans never end


def count_open_hours(hours: BusinessHours | None, since: float, until: float) -> float:
    """Count the open hours between two moments."""
    if hours is None:
        return (until - since) / HOUR_SECONDS
    counted = 0.0
    for opens, closes in _list_spans(hours, since):
        if opens >= until:
            break
        counted += max(0.0, min(closes, until) - max(opens, since))
    return counted / HOUR_SECONDS


def to_local(hours: BusinessHours | None, at: float) -> float:
    """Turn seconds since 1970 UTC into the local clock's, as if that were UTC."""
    return at + (_find_offset(hours, at) if hours else 0.0)


def from_local(hours: BusinessHours | None, local: float) -> float:
    """Turn the local clock's seconds into UTC: the first of two, and what a skipped hour would have been."""
    if hours is None:
        return local
    before, after = (_find_offset(hours, local + days * DAY_SECONDS) for days in (-1, 1))
    fitting = [local - offset for offset in (before, after) if _find_offset(hours, local - offset) == offset]
    return min(fitting, default=local - before)


def _find_offset(hours: BusinessHours, at: float) -> float:
    offsets = hours.utc_offsets
    if not offsets:
        return 0.0
    return offsets[max(0, bisect_right(offsets, at, key=lambda entry: entry[0]) - 1)][1]


def _list_spans(hours: BusinessHours, since: float) -> Iterator[tuple[float, float]]:
    """List the spans of open time without end, from the day of that moment."""
    day = int(to_local(hours, since) // DAY_SECONDS)
    while True:
        shift = hours.shifts.get((day + _FIRST_WEEKDAY) % 7)
        if shift and day not in hours.closed_days:
            opens, closes = (from_local(hours, day * DAY_SECONDS + second) for second in shift)
            yield opens, closes
        day += 1


def _read_shift(text: str) -> tuple[int, int]:
    opens, closes = (_read_time(part) for part in text.split("-"))
    if not opens < closes:
        raise ValueError(text)
    return opens, closes


def _read_time(text: str) -> int:
    hour, minute = (int(part) for part in text.split(":"))
    second = hour * 3600 + minute * 60
    if not (0 <= minute < 60 and 0 <= second <= int(DAY_SECONDS)):  # noqa: PLR2004 - minutes of an hour
        raise ValueError(text)
    return second
