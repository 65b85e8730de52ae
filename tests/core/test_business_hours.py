"""Only open time counts, as a clock on the wall of the place counts it: across weekends, holidays and summer time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.business_hours import BusinessHours, add_open_hours, count_open_hours, from_local, to_local
from monitor.core.kinds.ignored_complaint import find_ignored_deadline
from monitor.core.policy import Policy
from monitor.core.scored import Origin
from monitor.errors import ConfigError
from monitor.resources import load_policy
from tests.core.builders import complain, follow_all, law, overlay

ZONES: Final = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
)
WEEK: Final = "open = { mon = '09:00-17:00', tue = '08:30-12:00', wed = '00:00-24:00', sat = '22:00-24:00' }"


def _load(folder: Path, text: str) -> Policy:
    file = folder / "mine.toml"
    file.write_text(f"[journey.business_hours.desk]\n{text}\n")
    return load_policy(file)


@pytest.fixture(scope="module")
def calendars(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BusinessHours]:
    folder = tmp_path_factory.mktemp("policies")
    return {
        zone: _load(folder, f"timezone = '{zone}'\n{WEEK}\nholidays = ['2026-03-30']").journey.business_hours[
            "desk"
        ]
        for zone in ZONES
    }


def _is_open(zone: str, second: float) -> bool:
    """Ask the time zone database itself, as the core never does."""
    local = datetime.fromtimestamp(second, ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    spans = {0: (540, 1020), 1: (510, 720), 2: (0, 1440), 5: (1320, 1440)}
    opens, closes = spans.get(local.weekday(), (0, 0))
    return opens <= minute < closes and local.date().isoformat() != "2026-03-30"


#: Around both changes of the clock in the north and in the south, to the minute.
MINUTES: Final = st.one_of(
    st.integers(0, 14 * 24 * 60).map(
        lambda minute: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minute)
    ),
    st.integers(0, 14 * 24 * 60).map(
        lambda minute: datetime(2026, 3, 25, tzinfo=UTC) + timedelta(minutes=minute)
    ),
    st.integers(0, 14 * 24 * 60).map(
        lambda minute: datetime(2026, 10, 22, tzinfo=UTC) + timedelta(minutes=minute)
    ),
).map(datetime.timestamp)


@law
@given(zone=st.sampled_from(ZONES), since=MINUTES, minutes=st.integers(0, 3 * 24 * 60))
def test_open_time_is_what_the_clock_on_the_wall_says(
    calendars: dict[str, BusinessHours], zone: str, since: float, minutes: int
) -> None:
    expected = sum(_is_open(zone, since + 60 * minute) for minute in range(minutes))
    assert count_open_hours(calendars[zone], since, since + 60 * minutes) * 60 == pytest.approx(expected)


@law
@given(zone=st.sampled_from(ZONES), since=MINUTES, hours=st.floats(0.01, 200))
def test_a_deadline_lies_where_the_allowed_open_time_is_used_up(
    calendars: dict[str, BusinessHours], zone: str, since: float, hours: float
) -> None:
    deadline = add_open_hours(calendars[zone], since, hours)
    assert count_open_hours(calendars[zone], since, deadline) == pytest.approx(hours)
    assert count_open_hours(calendars[zone], since, deadline - 60) < hours


@law
@given(zone=st.sampled_from(ZONES), at=MINUTES)
def test_local_time_is_the_time_zones_own(calendars: dict[str, BusinessHours], zone: str, at: float) -> None:
    ahead = datetime.fromtimestamp(at, ZoneInfo(zone)).utcoffset()
    assert ahead is not None
    local = to_local(calendars[zone], at)
    assert local == at + ahead.total_seconds()
    naive = datetime(1970, 1, 1) + timedelta(seconds=local)  # noqa: DTZ001 - what a wall shows
    assert from_local(calendars[zone], local) == naive.replace(tzinfo=ZoneInfo(zone)).timestamp()


def test_an_hour_that_summer_time_skips_is_read_as_before_the_change(
    calendars: dict[str, BusinessHours],
) -> None:
    skipped = datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001 - no such time in Berlin
    local = (skipped - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001 - the same
    assert (
        from_local(calendars["Europe/Berlin"], local) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp()
    )


def test_without_business_hours_every_hour_counts() -> None:
    assert add_open_hours(None, 100.0, 2) == 100.0 + 7200
    assert count_open_hours(None, 100.0, 3700.0) == 1


def test_the_offsets_of_a_time_zone_are_a_part_of_the_policy_and_of_its_hash(tmp_path: Path) -> None:
    berlin = _load(tmp_path, f"timezone = 'Europe/Berlin'\n{WEEK}")
    hours = berlin.journey.business_hours["desk"]
    assert (datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp(), 7200.0) in hours.utc_offsets
    elsewhere = overlay(
        {"journey": {**_plain(berlin), "business_hours": {"desk": {"open": hours.open, "timezone": "UTC"}}}}
    )
    assert berlin.hash != elsewhere.hash


def _plain(policy: Policy) -> dict[str, object]:
    return {name: getattr(policy.journey, name) for name in ("mood_half_life_days",)}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "timezone = 'Europe/Berln'\nopen = { mon = '09:00-17:00' }",
            "timezone `Europe/Berln` does not exist",
        ),
        ("open = {}", "open must name at least one day"),
        ("open = { mon = '17:00-09:00' }", "open.mon must be like 09:00-17:00"),
        ("open = { mon = '9-17' }", "open.mon must be like 09:00-17:00"),
        ("open = { mon = '09:00-24:30' }", "open.mon must be like 09:00-17:00"),
        (
            "open = { mon = '09:00-17:00' }\nholidays = ['25.12.2026']",
            "holidays must be dates like 2026-12-25",
        ),
        ("open = { monday = '09:00-17:00' }", "business_hours"),
    ],
)
def test_wrong_business_hours_are_refused_with_the_source(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        _load(tmp_path, text)


def test_a_source_that_is_always_open_sets_the_clock_of_a_channel_that_both_use(tmp_path: Path) -> None:
    policy = _load(tmp_path, "open = { mon = '09:00-10:00' }")
    at_desk = complain(0, 0, channel="email", origin=Origin("desk", 0, 0))
    elsewhere = complain(1, 1, channel="email")
    (desk, _), (both, _) = (follow_all(events, policy) for events in ([at_desk], [at_desk, elsewhere]))
    assert desk is not None
    assert both is not None
    alone, strict = find_ignored_deadline(desk, policy), find_ignored_deadline(both, policy)
    assert alone is not None
    assert strict == at_desk.at.timestamp() + 24 * 3600 < alone
