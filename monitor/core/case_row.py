"""How a case lies in the row of its journey: moments by what they differ by, names by number, the usual left out."""

from typing import Any, Final

import msgspec

from monitor.core.case import Case, Closing, Handoff, Promise
from monitor.core.figures import find_before, pack_figure, swap_mask, tell_before, unpack_figure
from monitor.core.finding import CATEGORIES, SEVERITIES
from monitor.core.kept import KeptOrigin
from monitor.core.message import CHANNELS, Channel

_STATES: Final = ("none", "waiting", "answered", "closed")
_STATE_NUMBERS: Final = {name: number for number, name in enumerate(_STATES)}
_SEVERITY_NUMBERS: Final = {name: number for number, name in enumerate(SEVERITIES)}
_CATEGORY_NUMBERS: Final = {name: number for number, name in enumerate(CATEGORIES)}
_CHANNEL_NUMBERS: Final = {name: number for number, name in enumerate(CHANNELS)}
#: A category leaves room for itself below the severity.
_ROOM: Final = 16

#: What a row goes without where it ends in these.
_CASE_USUAL: Final[tuple[Any, ...]] = (
    *(1, None, None, None, None, None, None, None, 0.0, 0, 0, 0, 0),
    *(None, b"", None, None, None, {}),
)
_CASE_ALWAYS: Final = 16

#: What stands for channels, by their numbers: few rows of them occur.
_NAMED: Final[dict[bytes, tuple[Channel, ...]]] = {}
_NUMBERED: Final[dict[tuple[Channel, ...], bytes]] = {}


def list_case(case: Case, clock: float) -> list[Any]:
    opened_at, origin, channels = case.opened_at, case.origin, _number(case.channels)
    waiting_channels = _number(case.waiting_channels)
    row: list[Any] = [
        _STATE_NUMBERS[case.state],
        case.call_to_action | case.threat_to_leave << 1 | case.lost_advocate << 2 | case.alerted << 3,
        tell_before(clock, opened_at),
        tell_before(clock, case.last_at),
        tell_before(opened_at, case.waiting_since),
        tell_before(opened_at, case.asked_at),
        origin,
        None if case.waiting_origin == origin else case.waiting_origin,
        None if case.asked_origin == origin else case.asked_origin,
        pack_figure(case.probability),
        _CATEGORY_NUMBERS[case.category] + _ROOM * _SEVERITY_NUMBERS[case.severity],
        _CHANNEL_NUMBERS[case.channel],
        swap_mask(case.excerpt),
        case.evidence,
        channels,
        pack_figure(case.arousal),
        case.complaints,
        None if waiting_channels == channels else waiting_channels,
        case.touchpoint,
        case.product,
        case.brand,
        case.language,
        case.permalink,
        case.content_before,
        pack_figure(case.mood_before),
        case.followers,
        case.reshares,
        case.likes,
        case.helpful,
        case.repeated_cause,
        _number(case.bot_channels),
        case.handoff,
        case.closing,
        case.promise,
        case.staffed,
    ]
    return cut(row, _CASE_ALWAYS, _CASE_USUAL)


def read_case(row: list[Any], clock: float) -> Case:
    row.extend(_CASE_USUAL[len(row) - _CASE_ALWAYS :])
    flags, opened_at, channels = row[1], find_before(clock, row[2]), _name(row[14])
    origin = KeptOrigin(*row[6])
    return Case(
        _STATES[row[0]],
        opened_at,
        find_before(clock, row[3]),
        origin,
        origin if row[7] is None else KeptOrigin(*row[7]),
        find_before(opened_at, row[4]),
        find_before(opened_at, row[5]),
        origin if row[8] is None else KeptOrigin(*row[8]),
        unpack_figure(row[9]),
        SEVERITIES[row[10] // _ROOM],
        CATEGORIES[row[10] % _ROOM],
        CHANNELS[row[11]],
        row[18],
        row[19],
        row[20],
        swap_mask(row[12]),
        row[13],
        channels,
        channels if row[17] is None else _name(row[17]),
        row[16],
        unpack_figure(row[15]),
        flags & 1 > 0,
        flags & 2 > 0,
        flags & 4 > 0,
        row[25],
        row[26],
        row[27],
        row[28],
        unpack_figure(row[24]),
        row[29],
        _name(row[30]),
        None if row[31] is None else msgspec.convert(row[31], Handoff),
        flags & 8 > 0,
        None if row[32] is None else msgspec.convert(row[32], Closing),
        row[34] or {},
        None if row[33] is None else msgspec.convert(row[33], Promise),
        row[23],
        row[21],
        row[22],
    )


def cut(row: list[Any], always: int, usual: tuple[Any, ...]) -> list[Any]:
    """Cut the end of a row as far as it is as usual."""
    length = len(row)
    while length > always:
        last, as_usual = row[length - 1], usual[length - 1 - always]
        # Nearly always the very object, and to compare costs more than to look.
        if last is not as_usual and last != as_usual:
            break
        length -= 1
    del row[length:]
    return row


def _number(channels: tuple[Channel, ...]) -> bytes:
    known = _NUMBERED.get(channels)
    if known is None:
        known = _NUMBERED[channels] = bytes([_CHANNEL_NUMBERS[channel] for channel in channels])
    return known


def _name(numbers: bytes) -> tuple[Channel, ...]:
    known = _NAMED.get(numbers)
    if known is None:
        known = _NAMED[numbers] = tuple([CHANNELS[number] for number in numbers])
    return known
