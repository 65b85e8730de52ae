"""Spells of time that topics use, read into UTC."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from monitor.errors import ConfigError

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Of the units since 1970, how many make a second.
UNITS: Final = {"unix_s": 1, "unix_ms": 1000}
_PROBE: Final = datetime(2026, 3, 29, 17, 5, 9, tzinfo=UTC)


def compile_time(spelling: str, timezone: str) -> Callable[[Any], datetime]:
    """Compile a reader of one spelling; it raises ValueError for what is no such time.

    Raises:
        ConfigError: when the spelling or the zone does not exist.

    """
    zone = _zone(timezone)
    if spelling in UNITS:
        per_second = UNITS[spelling]
        return lambda value: _from_number(value, per_second)
    if spelling == "iso8601":
        return lambda value: _in_utc(datetime.fromisoformat(_text(value)), zone)
    _check_format(spelling)
    # A format with %z yields an offset of its own, which `_in_utc` then keeps.
    return lambda value: _in_utc(datetime.strptime(_text(value), spelling), zone)  # noqa: DTZ007 - the same


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConfigError(
            f"timezone `{name}` does not exist; expected a name like UTC or Europe/Berlin"
        ) from None


def _check_format(spelling: str) -> None:
    try:
        read = datetime.strptime(_PROBE.strftime(spelling), spelling)  # noqa: DTZ007 - only its date is looked at
    except ValueError:
        read = None
    if read is None or read.date() != _PROBE.date():
        raise ConfigError(
            f"time `{spelling}` is none; expected iso8601, unix_s, unix_ms, or a strptime format with year, "
            "month and day, like %d/%m/%Y %H:%M"
        )


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - every reader has one way to say no
    return value.strip()


def _in_utc(time: datetime, zone: tzinfo) -> datetime:
    try:
        return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise ValueError from None


def _from_number(value: Any, per_second: int) -> datetime:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError  # noqa: TRY004 - every reader has one way to say no
    try:
        return EPOCH + timedelta(seconds=float(value) / per_second)
    except OverflowError:
        raise ValueError from None
