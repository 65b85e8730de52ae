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
from monitor.core.case import ClosedCause
from monitor.core.case_row import cut, find_before, list_case, read_case, tell_before
from monitor.core.held import Forwarding, Grave, Held
from monitor.core.journey import Journey
from monitor.core.message import STAGES
from monitor.core.names import pack_name, unpack_name

_JOURNEY: Final = 0
_FORWARDING: Final = 1
_GRAVE: Final = 2

_STAGE_NAMES: Final = (None, *STAGES)
_STAGE_NUMBERS: Final = {name: number for number, name in enumerate(_STAGE_NAMES)}
#: A stage leaves room for what shares its number.
_ROOM: Final = 16

#: What a row goes without where it ends in these.
_JOURNEY_USUAL: Final[tuple[Any, ...]] = (None, None, 0, 0, None, {}, (), 0.0, None, 0.0, None, ())
_JOURNEY_ALWAYS: Final = 13
_OPEN_ALERTS: Final = 18
#: MessagePack's marks of a list of at most 15, of a longer one, and of a 64-bit number.
_LONG_LIST: Final = 0xDC
_SHORT_LISTS: Final = range(0x90, 0xA0)
_NUMBER: Final = 0xCB

#: A fingerprint takes eight bytes, and a policy may have so many of them remembered.
_FINGERPRINT_BYTES: Final = 8
_RINGS: Final = [struct.Struct(f">{length}q") for length in range(65)]
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
        pack_name(customer),
        clock,
        _STAGE_NUMBERS[journey.stage] + (_ROOM if journey.seen_by_support else 0),
        tell_before(clock, journey.first_at),
        journey.messages,
        journey.mood,
        journey.mood_weight,
        tell_before(clock, journey.mood_at),
        tell_before(clock, journey.heard_at),
        _RINGS[len(recent)].pack(*recent),
        journey.content_messages,
        None if case is None else list_case(case, clock),
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
    return cut(row, _JOURNEY_ALWAYS, _JOURNEY_USUAL)


def _read_journey(row: list[Any]) -> Journey:
    row.extend(_JOURNEY_USUAL[len(row) - _JOURNEY_ALWAYS :])
    customer, clock, recent, open_alerts, closed = row[2], row[3], row[11], row[18], row[19]
    return Journey(
        unpack_name(customer),
        row[1],
        clock,
        _STAGE_NAMES[row[4] % _ROOM],
        find_before(clock, row[5]),
        row[6],
        row[15],
        row[16],
        row[17],
        row[7],
        row[8],
        find_before(clock, row[9]),
        row[12],
        None if row[13] is None else read_case(row[13], clock),
        msgspec.convert(open_alerts, dict[str, OpenAlert]) if open_alerts else {},
        _RINGS[len(recent) // _FINGERPRINT_BYTES].unpack(recent),
        msgspec.convert(closed, tuple[ClosedCause, ...]) if closed else (),
        row[20],
        find_before(clock, row[10]),
        row[21],
        row[22],
        row[4] >= _ROOM,
        row[14],
        row[23],
        tuple(row[24]),
    )
