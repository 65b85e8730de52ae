"""How what is kept under a name lies in memory, on the disk and in the changelog: as few bytes as there are facts.

Moments stand as what they differ by from another one, what is as usual is left out at the end of a row, names of a
closed list are numbers, and a pseudonym is its digits. Packing loses nothing: what is unpacked is what was packed, to
the last bit. A row begins with what it is and when its clock runs out, so that the clock is found without the rest.
"""

import struct
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from monitor.core.alert import OpenAlert
from monitor.core.case import Case, ClosedCause, Closing, Handoff, Promise
from monitor.core.finding import CATEGORIES, SEVERITIES
from monitor.core.held import Forwarding, Grave, Held
from monitor.core.journey import Journey
from monitor.core.kept import KeptOrigin
from monitor.core.message import CHANNELS, STAGES, Channel

_JOURNEY: Final = 0
_FORWARDING: Final = 1
_GRAVE: Final = 2

_STATES: Final = ("none", "waiting", "answered", "closed")
_STATE_NUMBERS: Final = {name: number for number, name in enumerate(_STATES)}
_SEVERITY_NUMBERS: Final = {name: number for number, name in enumerate(SEVERITIES)}
_CATEGORY_NUMBERS: Final = {name: number for number, name in enumerate(CATEGORIES)}
_CHANNEL_NUMBERS: Final = {name: number for number, name in enumerate(CHANNELS)}
_STAGE_NAMES: Final = (None, *STAGES)
_STAGE_NUMBERS: Final = {name: number for number, name in enumerate(_STAGE_NAMES)}
#: Stage and category leave room for what shares their number.
_ROOM: Final = 16

_PSEUDONYM_LENGTH: Final = 22
_DIGITS_FROM: Final = 2

#: What a row goes without where it ends in these.
_JOURNEY_USUAL: Final[tuple[Any, ...]] = (None, None, 0, 0, None, {}, (), 0.0, None, 0.0, None, ())
_JOURNEY_ALWAYS: Final = 13
_OPEN_ALERTS: Final = 18
_CASE_USUAL: Final[tuple[Any, ...]] = (
    *(1, None, None, None, None, None, None, None, 0.0, 0, 0, 0, 0),
    *(None, b"", None, None, None, {}),
)
_CASE_ALWAYS: Final = 16

#: MessagePack's marks of a list of at most 15, of a longer one, and of a 64-bit number.
_LONG_LIST: Final = 0xDC
_SHORT_LISTS: Final = range(0x90, 0xA0)
_NUMBER: Final = 0xCB

#: A fingerprint takes eight bytes, and a policy may have so many of them remembered.
_FINGERPRINT_BYTES: Final = 8
_RINGS: Final = [struct.Struct(f">{length}q") for length in range(65)]
#: What stands for channels, by their numbers: few rows of them occur.
_NAMED: Final[dict[bytes, tuple[Channel, ...]]] = {}
_NUMBERED: Final[dict[tuple[Channel, ...], bytes]] = {}

_encode: Final = msgspec.msgpack.Encoder(order="deterministic").encode
_decode: Final = msgspec.msgpack.Decoder().decode
_unpack_number: Final = struct.Struct(">d").unpack_from


def pack(held: Held) -> bytes:
    """Pack what is kept under a name."""
    if isinstance(held, Journey):
        return _encode(_list_journey(held))
    if isinstance(held, Forwarding):
        return _encode([_FORWARDING, held.wake_at, held.canonical, held.erased_at])
    return _encode([_GRAVE, held.wake_at, held.erased_at])


def unpack(value: bytes) -> Held:
    """Unpack what is kept under a name.

    Raises:
        ValidationError: something else has been packed, or by another version.

    """
    row = _decode(value)
    try:
        what, wake_at, *rest = row
        if what == _JOURNEY:
            return _read_journey(row)
        if what == _FORWARDING:
            return Forwarding(rest[0], rest[1], wake_at)
        if what == _GRAVE:
            return Grave(rest[0], wake_at)
    except (TypeError, ValueError, LookupError) as error:
        raise msgspec.ValidationError(f"no journey, forwarding or grave: {error}") from error
    raise msgspec.ValidationError("no journey, forwarding or grave")


def find_wake(value: bytes) -> float | None:
    """Find when the clock in a packed state runs out, without unpacking the rest.

    Raises:
        ValidationError: something else has been packed, or by another version.

    """
    first = value[0]
    at = 3 if first == _LONG_LIST else 1
    if (at == 1 and first not in _SHORT_LISTS) or len(value) < at + 2 or value[at] > _GRAVE:
        raise msgspec.ValidationError("no journey, forwarding or grave")
    if value[at + 1] != _NUMBER:
        return None
    wake_at: float = _unpack_number(value, at + 2)[0]
    return wake_at


def find_open_alerts(value: bytes) -> Mapping[str, OpenAlert]:
    """Find the alerts that are open in a packed state, by kind, without building the rest of a journey."""
    row = _decode(value)
    if row[0] != _JOURNEY or len(row) <= _OPEN_ALERTS or not row[_OPEN_ALERTS]:
        return {}
    return msgspec.convert(row[_OPEN_ALERTS], dict[str, OpenAlert])


def _list_journey(journey: Journey) -> list[Any]:
    clock, customer, case, recent = journey.clock, journey.customer, journey.case, journey.recent
    row: list[Any] = [
        _JOURNEY,
        journey.wake_at,
        _pack_customer(customer),
        clock,
        _STAGE_NUMBERS[journey.stage] + (_ROOM if journey.seen_by_support else 0),
        _tell_before(clock, journey.first_at),
        journey.messages,
        journey.mood,
        journey.mood_weight,
        _tell_before(clock, journey.mood_at),
        _tell_before(clock, journey.heard_at),
        _RINGS[len(recent)].pack(*recent),
        journey.content_messages,
        None if case is None else _list_case(case, clock),
        journey.content_at,
        journey.complaints,
        journey.replies,
        journey.last_reply_at,
        journey.open_alerts,
        journey.closed,
        journey.stage_at,
        journey.value,
        journey.value_at,
        journey.erased_at,
        journey.told,
    ]
    return _cut(row, _JOURNEY_ALWAYS, _JOURNEY_USUAL)


def _read_journey(row: list[Any]) -> Journey:
    row.extend(_JOURNEY_USUAL[len(row) - _JOURNEY_ALWAYS :])
    customer, clock, recent, open_alerts, closed = row[2], row[3], row[11], row[18], row[19]
    return Journey(
        customer if isinstance(customer, str) else f"c-{customer.hex()}",
        row[1],
        clock,
        _STAGE_NAMES[row[4] % _ROOM],
        _find_before(clock, row[5]),
        row[6],
        row[15],
        row[16],
        row[17],
        row[7],
        row[8],
        _find_before(clock, row[9]),
        row[12],
        None if row[13] is None else _read_case(row[13], clock),
        msgspec.convert(open_alerts, dict[str, OpenAlert]) if open_alerts else {},
        _RINGS[len(recent) // _FINGERPRINT_BYTES].unpack(recent),
        msgspec.convert(closed, tuple[ClosedCause, ...]) if closed else (),
        row[20],
        _find_before(clock, row[10]),
        row[21],
        row[22],
        row[4] >= _ROOM,
        row[14],
        row[23],
        tuple(row[24]),
    )


def _list_case(case: Case, clock: float) -> list[Any]:
    opened_at, origin, channels = case.opened_at, case.origin, _number(case.channels)
    waiting_channels = _number(case.waiting_channels)
    row: list[Any] = [
        _STATE_NUMBERS[case.state],
        case.call_to_action | case.threat_to_leave << 1 | case.lost_advocate << 2 | case.alerted << 3,
        _tell_before(clock, opened_at),
        _tell_before(clock, case.last_at),
        _tell_before(opened_at, case.waiting_since),
        _tell_before(opened_at, case.asked_at),
        origin,
        None if case.waiting_origin == origin else case.waiting_origin,
        None if case.asked_origin == origin else case.asked_origin,
        case.probability,
        _CATEGORY_NUMBERS[case.category] + _ROOM * _SEVERITY_NUMBERS[case.severity],
        _CHANNEL_NUMBERS[case.channel],
        case.excerpt,
        case.evidence,
        channels,
        case.arousal,
        case.complaints,
        None if waiting_channels == channels else waiting_channels,
        case.touchpoint,
        case.product,
        case.brand,
        case.language,
        case.permalink,
        case.content_before,
        case.mood_before,
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
    return _cut(row, _CASE_ALWAYS, _CASE_USUAL)


def _read_case(row: list[Any], clock: float) -> Case:
    row.extend(_CASE_USUAL[len(row) - _CASE_ALWAYS :])
    flags, opened_at, channels = row[1], _find_before(clock, row[2]), _name(row[14])
    origin = KeptOrigin(*row[6])
    return Case(
        _STATES[row[0]],
        opened_at,
        _find_before(clock, row[3]),
        origin,
        origin if row[7] is None else KeptOrigin(*row[7]),
        _find_before(opened_at, row[4]),
        _find_before(opened_at, row[5]),
        origin if row[8] is None else KeptOrigin(*row[8]),
        row[9],
        SEVERITIES[row[10] // _ROOM],
        CATEGORIES[row[10] % _ROOM],
        CHANNELS[row[11]],
        row[18],
        row[19],
        row[20],
        row[12],
        row[13],
        channels,
        channels if row[17] is None else _name(row[17]),
        row[16],
        row[15],
        flags & 1 > 0,
        flags & 2 > 0,
        flags & 4 > 0,
        row[25],
        row[26],
        row[27],
        row[28],
        row[24],
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


def _tell_before(later: float, at: float) -> float | list[float]:
    """Tell how long before the later moment one was; itself, in a list, where no rounding would bring it back."""
    if at == later:
        return 0
    before = later - at
    return before if later - before == at else [at]


def _find_before(later: float, before: float | list[float]) -> float:
    return before[0] if isinstance(before, list) else later - before


def _cut(row: list[Any], always: int, usual: tuple[Any, ...]) -> list[Any]:
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


def _pack_customer(customer: str) -> bytes | str:
    if len(customer) != _PSEUDONYM_LENGTH or not customer.startswith("c-"):
        return customer
    try:
        digits = bytes.fromhex(customer[_DIGITS_FROM:])
    except ValueError:
        return customer
    return digits if digits.hex() == customer[_DIGITS_FROM:] else customer
