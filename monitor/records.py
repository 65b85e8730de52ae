"""Bytes and headers of Earshot's own records: scored messages, stage events, ticks, trends, alerts, dead letters.

The headers are those of CloudEvents 1.0 in Kafka's binary mode. They say nothing that the record itself does not:
a record that is written again is the same to the last byte. `traceparent` is W3C's (see `monitor.traces`).
"""

from datetime import datetime
from typing import Annotated, Final

import msgspec

from monitor.core.alert import Alert
from monitor.core.identity import is_pseudonym
from monitor.core.identity_record import Identity
from monitor.core.outcome import Outcome
from monitor.core.scored import (
    Erasure,
    Forward,
    Judgement,
    KeyedEvent,
    Link,
    LogEvent,
    Scored,
    StageEvent,
    Tick,
    Transfer,
)
from monitor.core.trend import CrowdJudgement, Trend, TrendEvent
from monitor.errors import Rejected, RejectedReason
from monitor.traces import HEADER as TRACEPARENT
from monitor.traces import trace_identity, trace_place

#: A list, because aiokafka takes nothing else.
Headers = list[tuple[str, bytes]]


class DeadLetter(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="schema", tag="dead-letter.v1"
):
    """A record that could not be taken: why, where it stands, and, unless privacy forbids, what it was.

    `payload` is base64 in JSON and has the sensitivity of the source topic.
    """

    reason: RejectedReason
    detail: str
    topic: str
    partition: int
    offset: int
    received_at: Annotated[
        datetime, msgspec.Meta(tz=True, description="When the record was appended to its topic.")
    ]
    size_bytes: Annotated[int, msgspec.Meta(ge=0)]
    payload: bytes | None = None
    traceparent: Annotated[
        str | None, msgspec.Meta(description="W3C trace context of the record, where it had one.")
    ] = None


encode: Final = msgspec.json.Encoder().encode
decode_event: Final = msgspec.json.Decoder(LogEvent).decode
decode_trend: Final = msgspec.json.Decoder(TrendEvent | Tick).decode
decode_identity: Final = msgspec.json.Decoder(Identity).decode
decode_outcome: Final = msgspec.json.Decoder(Outcome).decode
decode_alert: Final = msgspec.json.Decoder(Alert).decode
decode_dead_letter: Final = msgspec.json.Decoder(DeadLetter).decode


def read_identity(key: bytes | None, value: bytes | None) -> tuple[str, Identity | None]:
    """Read a record of the identities: a name, and what is said of it; nothing is said by a tombstone.

    Raises:
        Rejected: it is not what `monitor link` writes; a raw identifier is refused, and never quoted.

    """
    name = (key or b"").decode(errors="replace")
    if not is_pseudonym(name):
        raise Rejected("unknown_value", "the key of an identity is a pseudonym: c- and 20 hex digits")
    if value is None:
        return name, None
    try:
        identity = decode_identity(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Rejected("wrong_type", f"not an identity record ({type(error).__name__})") from None
    if identity.name != name:
        raise Rejected("unknown_value", "`name` and the record's key are not the same")
    return name, identity


def _describe_all(source: str, event_type: str) -> tuple[tuple[str, bytes], ...]:
    return (
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
    )


_CUSTOMER_EVENTS: Final[dict[type[KeyedEvent], tuple[tuple[str, bytes], ...]]] = {
    Scored: _describe_all("/earshot/score", "earshot.scored.v1"),
    Judgement: _describe_all("/earshot/score", "earshot.judgement.v1"),
    StageEvent: _describe_all("/earshot/score", "earshot.stage-event.v1"),
}
_IDENTITY_EVENTS: Final[dict[type[KeyedEvent], tuple[tuple[str, bytes], ...]]] = {
    Link: _describe_all("/earshot/score", "earshot.link.v1"),
    Erasure: _describe_all("/earshot/score", "earshot.erasure.v1"),
    Transfer: _describe_all("/earshot/follow", "earshot.transfer.v1"),
    Forward: _describe_all("/earshot/follow", "earshot.forward.v1"),
}
_OUTCOME: Final = _describe_all("/earshot/outcomes", "earshot.outcome.v1")
_IDENTITY: Final = _describe_all("/earshot/identities", "earshot.identity.v1")
_TICK: Final = _describe_all("/earshot/ticks", "earshot.tick.v1")
_TREND: Final = _describe_all("/earshot/trends", "earshot.trend.v1")
_CROWD_JUDGEMENT: Final = _describe_all("/earshot/score", "earshot.crowd-judgement.v1")
_ALERT: Final = _describe_all("/earshot/follow", "earshot.alert.v1")
_DEAD_LETTER: Final = _describe_all("/earshot/dead-letters", "earshot.dead-letter.v1")


def describe_event(event: KeyedEvent) -> Headers:
    """Return the headers of a scored message, or of another event of a customer, named by its origin.

    `ce_time` is left to the value where there are too many of these records to say their time twice.
    """
    origin = event.origin
    trace = event.traceparent or trace_place(origin.topic, origin.partition, origin.offset)
    name = ("ce_id", f"{origin.topic}:{origin.partition}:{origin.offset}".encode())
    traced = (TRACEPARENT, trace.encode())
    described = _CUSTOMER_EVENTS.get(type(event))
    if described is not None:
        return [*described, name, traced]
    return [*_IDENTITY_EVENTS[type(event)], name, traced, ("ce_time", _write_time(event.at))]


def describe_identity(name: str, at: datetime) -> Headers:
    """Return the headers of a word on an identity, be it a tombstone, named by the name and when it was said."""
    time = _write_time(at)
    said = f"{name}@{time.decode()}"
    return [
        *_IDENTITY,
        ("ce_id", said.encode()),
        ("ce_time", time),
        (TRACEPARENT, trace_identity(said).encode()),
    ]


def describe_outcome(outcome: Outcome) -> Headers:
    """Return the headers of what a person says of an alert, named by the alert and when it was said."""
    time = _write_time(outcome.at)
    name = f"{outcome.alert}@{time.decode()}"
    return [
        *_OUTCOME,
        ("ce_id", name.encode()),
        ("ce_time", time),
        (TRACEPARENT, trace_identity(f"outcome:{name}").encode()),
    ]


def describe_tick(tick: Tick, partition: int) -> Headers:
    """Return the headers of a tick, named by its partition and the time that it vouches for.

    One that is passed on is named by the place of the tick that it passes on.
    """
    time = _write_time(tick.at)
    origin = tick.origin
    name = f"{origin.topic}:{origin.partition}:{origin.offset}" if origin else f"{partition}@{time.decode()}"
    return [
        *_TICK,
        ("ce_id", name.encode()),
        ("ce_time", time),
        (TRACEPARENT, trace_identity(f"tick:{name}").encode()),
    ]


def describe_trend(event: TrendEvent | Tick) -> Headers:
    """Return the headers of a trend, named by the place of its record and its number among that record's.

    Of what goes to every partition the place alone is the name.
    """
    if isinstance(event, Trend):
        described, number = _TREND, f".{event.number}"
    elif isinstance(event, CrowdJudgement):
        described, number = _CROWD_JUDGEMENT, ""
    else:
        return describe_tick(event, partition=0) if isinstance(event, Tick) else describe_event(event)
    origin = event.origin
    name = f"{origin.topic}:{origin.partition}:{origin.offset}{number}"
    return [
        *described,
        ("ce_id", name.encode()),
        ("ce_time", _write_time(event.at)),
        (TRACEPARENT, trace_identity(f"trend:{name}").encode()),
    ]


def describe_alert(alert: Alert) -> Headers:
    """Return the headers of one state of an alert, named by id and sequence.

    That nobody is paged for a state is an event of its own, and no repeat of it.
    """
    name = f"{alert.id}.{alert.sequence}" + (".suppressed" if alert.state == "suppressed" else "")
    # A crowd has no one message behind it, and neither has what time alone made.
    cause = alert.trigger if alert.customer else None
    trace = (
        alert.traceparent or trace_place(cause.topic, cause.partition, cause.offset)
        if cause
        else trace_identity(f"alert:{name}")
    )
    return [
        *_ALERT,
        ("ce_id", name.encode()),
        ("ce_time", _write_time(alert.at)),
        (TRACEPARENT, trace.encode()),
    ]


def describe_removal(alert_id: str) -> Headers:
    """Return the headers of the tombstone that takes an alert, or what was said of it, back."""
    name = f"{alert_id}.removed"
    return [
        *_ALERT,
        ("ce_id", name.encode()),
        (TRACEPARENT, trace_identity(f"alert:{name}").encode()),
    ]


def describe_dead_letter(letter: DeadLetter) -> Headers:
    """Return the headers of a dead letter, named by the place of the record that could not be taken."""
    trace = letter.traceparent or trace_place(letter.topic, letter.partition, letter.offset)
    return [
        *_DEAD_LETTER,
        ("ce_id", f"{letter.topic}:{letter.partition}:{letter.offset}".encode()),
        ("ce_time", _write_time(letter.received_at)),
        (TRACEPARENT, trace.encode()),
    ]


def _write_time(at: datetime) -> bytes:
    """Write a time as it stands in the value, which costs a fraction of `isoformat`."""
    return encode(at)[1:-1]
