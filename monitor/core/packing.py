"""How what is kept under a name lies in memory, on the disk and in the changelog: as few bytes as there are facts.

Moments stand as what they differ by from another one, what is as usual is left out at the end of a row, names of a
closed list are numbers, ids are their digits, and what the key says is not said again. Packing loses nothing: what is
unpacked is what was packed, to the last bit. A row begins with what it is and when its clock runs out, so that the
clock is found without the rest.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from monitor.core.alert import OpenAlert
from monitor.core.alert_row import list_expected, list_open_alerts, read_open_alerts
from monitor.core.case import ClosedCause
from monitor.core.case_row import cut, list_case, read_case
from monitor.core.figures import find_before, pack_figure, tell_before, unpack_figure
from monitor.core.held import Forwarding, Grave, Held
from monitor.core.journey import Journey
from monitor.core.message import STAGES
from monitor.core.names import pack_digits, unpack_digits

#: 0 was a journey of an earlier version.
_FORWARDING: Final = 1
_GRAVE: Final = 2
_JOURNEY: Final = 3
_KINDS: Final = frozenset({_FORWARDING, _GRAVE, _JOURNEY})

_STAGE_NAMES: Final = (None, *STAGES)
_STAGE_NUMBERS: Final = {name: number for number, name in enumerate(_STAGE_NAMES)}
#: A stage leaves room for what shares its number.
_ROOM: Final = 16

#: What a row goes without where it ends in these.
_JOURNEY_USUAL: Final[tuple[Any, ...]] = (None, None, 0, 0, None, (), (), 0.0, None, 0.0, None, ())
_JOURNEY_ALWAYS: Final = 12
_OPEN_ALERTS: Final = 17
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


def unpack(name: str, value: bytes) -> Held:
    """Unpack what is kept under the name.

    Raises:
        ValidationError: something else has been packed, or by another version.

    """
    row = _decode(value)
    try:
        what, wake_at, *rest = row
        if what == _JOURNEY:
            return _read_journey(name, row)
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
    if (at == 1 and first not in _SHORT_LISTS) or len(value) < at + 2 or value[at] not in _KINDS:
        raise msgspec.ValidationError("no journey, forwarding or grave")
    if value[at + 1] != _NUMBER:
        return None
    wake_at: float = _unpack_number(value, at + 2)[0]
    return wake_at


def find_expected(value: bytes) -> list[tuple[str, float]]:
    """Find the kinds of the alerts that are open in a packed state, each with the listeners that it expects."""
    row = _decode(value)
    return list_expected(row[_OPEN_ALERTS]) if row[0] == _JOURNEY and len(row) > _OPEN_ALERTS else []


def _list_journey(journey: Journey) -> list[Any]:
    clock, case, recent, open_alerts = journey.clock, journey.case, journey.recent, journey.open_alerts
    row: list[Any] = [
        _JOURNEY,
        journey.wake_at,
        clock,
        _STAGE_NUMBERS[journey.stage] + (_ROOM if journey.seen_by_support else 0),
        tell_before(clock, journey.first_at),
        journey.messages,
        pack_figure(journey.mood),
        pack_figure(journey.mood_weight),
        tell_before(clock, journey.mood_at),
        tell_before(clock, journey.heard_at),
        _RINGS[len(recent)].pack(*recent),
        journey.content_messages,
        None if case is None else list_case(case, clock),
        journey.content_at,
        journey.complaints,
        journey.replies,
        journey.last_reply_at,
        list_open_alerts(open_alerts, clock, None if case is None else case.origin) if open_alerts else (),
        journey.closed,
        journey.stage_at,
        journey.value,
        journey.value_at,
        journey.erased_at,
        _list_told(journey),
    ]
    return cut(row, _JOURNEY_ALWAYS, _JOURNEY_USUAL)


def _list_told(journey: Journey) -> Sequence[bytes | str | int]:
    """List the alerts that have been told; of one that is open, its place among them."""
    if not journey.told:
        return ()
    places = {known.id: place for place, known in enumerate(journey.open_alerts.values())}
    return [pack_digits(told) if told not in places else places[told] for told in journey.told]


def _read_journey(name: str, row: list[Any]) -> Journey:
    row.extend(_JOURNEY_USUAL[len(row) - _JOURNEY_ALWAYS :])
    clock, recent, closed, told = row[2], row[10], row[18], row[23]
    case = None if row[12] is None else read_case(row[12], clock)
    origin = None if case is None else case.origin
    open_alerts = read_open_alerts(row[_OPEN_ALERTS], clock, origin) if row[_OPEN_ALERTS] else {}
    return Journey(
        name,
        row[1],
        clock,
        _STAGE_NAMES[row[3] % _ROOM],
        find_before(clock, row[4]),
        row[5],
        row[14],
        row[15],
        row[16],
        unpack_figure(row[6]),
        unpack_figure(row[7]),
        find_before(clock, row[8]),
        row[11],
        case,
        open_alerts,
        _RINGS[len(recent) // _FINGERPRINT_BYTES].unpack(recent),
        msgspec.convert(closed, tuple[ClosedCause, ...]) if closed else (),
        row[19],
        find_before(clock, row[9]),
        row[20],
        row[21],
        row[3] >= _ROOM,
        row[13],
        row[22],
        _read_told(told, open_alerts) if told else (),
    )


def _read_told(told: Sequence[bytes | str | int], open_alerts: Mapping[str, OpenAlert]) -> tuple[str, ...]:
    ids = [known.id for known in open_alerts.values()]
    return tuple([ids[one] if isinstance(one, int) else unpack_digits(one) for one in told])
