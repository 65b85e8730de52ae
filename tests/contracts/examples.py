"""Makes the examples of the published contracts: records that the worker really writes, and what none of them is.

python -m tests.contracts.examples          writes them into schemas/examples/{valid,invalid}
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from monitor import topics
from monitor.core.alert import name_alert
from monitor.core.identity_record import Identity
from monitor.core.message import Message
from monitor.core.milestone import Milestone
from monitor.core.outcome import Outcome
from monitor.core.scored import Origin, Result, Tick
from monitor.records import (
    Headers,
    decode_alert,
    decode_dead_letter,
    decode_event,
    decode_identity,
    decode_outcome,
    decode_trend,
    describe_identity,
    describe_outcome,
    encode,
)
from monitor.topics import IDENTITIES, OUTCOMES, SCORED
from monitor.wire import encode_message
from tests.contracts.worker import EVENTS, SOURCE, Arrival, run_agents
from tests.core.builders import INSTRUMENTS, at

ANN: Final = INSTRUMENTS.pseudonyms.name_identifier("social:ann")
#: What Ann's first complaint fires.
ANNS_ALERT: Final = name_alert("detractor", ANN, Origin(SOURCE, 0, 0))
A_SURGE: Final = name_alert("surge", "surge|acme|||customer", Origin(SCORED, 0, 0))
CAT: Final = INSTRUMENTS.pseudonyms.name_identifier("social:cat")
CAT_ADDRESS: Final = INSTRUMENTS.pseudonyms.name_identifier("cat@example.org")
CAT_ACCOUNT: Final = INSTRUMENTS.pseudonyms.name_identifier("customer:C-1001")
CAT_NEW_ACCOUNT: Final = INSTRUMENTS.pseudonyms.name_identifier("customer:C-2001")
#: How the examples are named of which there is nothing to say but their order.
ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth")

FOLDER: Final = Path(__file__).resolve().parents[2] / "schemas" / "examples"
#: A record reaches its topic a little after it was said.
UNDER_WAY: Final = timedelta(seconds=2)

#: The trace context of the messages that have one.
TRACED: Final = (("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),)

#: What a tolerant reader forgives, and a producer must not do.
FORGIVEN: Final = frozenset({"unknown_field"})


class Written(msgspec.Struct, frozen=True):
    """One record as it left the worker."""

    topic: str
    value: bytes
    headers: Headers


def tell_story() -> list[Arrival | Tick]:
    """Tell of Ann, who warns everybody, of Bea, whom nobody answers for six hours, of Kim, and of what was bought.

    And of Cat, whose handle and address turn out to be a customer's: she says more under them, and asks to be erased.
    """
    return [
        _say(0, "m-1", "ann", "You stole my money, this is FRAUD!!! AVOID! Everyone should know.", product="card",
             permalink="https://social.example/posts/1", traced=True),
        _say(0.5, "m-2", "kim", "Lovely headset, thank you!", channel="review", rating=5, stage="customer"),
        _say(1, "m-3", "bea", "My order never arrived and nobody replies to my emails.", touchpoint="delivery"),
        _garble(1.2, b'{"id": "m-4", "channel": "soc', traced=True),
        _garble(1.3, b'{"id": "m-5", "channel": "chat", "at": "2026-01-01T01:18:00Z", "text": "Hello?"}'),
        _garble(1.4, None),
        _say(2, "m-6", "ann", "Fraud! Stay away from this bank!", reshares=40, likes=300, product="card"),
        Tick(at=at(5)),
        Tick(at=at(5) + timedelta(seconds=5, microseconds=250_000)),
        _say(
            7, "m-7", "bea", "I am sorry, Bea. I have sent it again by courier, and I stay on this until it is there.",
            direction="outbound", reply_to="m-3",
        ),
        Tick(at=at(8)),
        _happen(9, "o-1", "cus-1", "order_placed", stage="purchase", product="kettle", value=120.0),
        _happen(10, "o-2", "cus-1", "contract_cancelled", stage="former"),
        _happen(11, "o-3", "cus-1", "newsletter_opened", stage="none"),
        _say(12, "m-8", "cat", "The invoice is wrong and nobody answers."),
        _link(12.1, CAT, CAT_ACCOUNT),
        _link(12.2, CAT_ADDRESS, CAT_ACCOUNT),
        _say(12.3, "m-9", "cat", "The second invoice is wrong as well."),
        _say(12.4, "m-10", "cat@example.org", "Thank you for looking into it.", channel="email"),
        _say(12.5, "m-11", "cat", "We have corrected both invoices, Cat.", direction="outbound", reply_to="m-8"),
        _link(12.6, CAT_ACCOUNT, CAT_NEW_ACCOUNT),
        _link(12.7, CAT_ADDRESS, None),
        *(Arrival(at(13), None, [], name.encode(), IDENTITIES) for name in (CAT, CAT_ADDRESS, CAT_ACCOUNT)),
        _judge(14, "acknowledged"),
        _judge(15, "resolved", note="Refunded, and called her."),
        _judge(16, "false_alarm"),
        _judge_crowd(17, "acknowledged"),
        _judge_crowd(18, "resolved"),
        _judge_crowd(19, "false_alarm"),
    ]  # fmt: skip


def run_story() -> list[Written]:
    """Return every record that the worker writes of the story, after those that tell of identities."""
    arrivals = [step for step in tell_story() if isinstance(step, Arrival)]
    told = [step for step in arrivals if step.topic == IDENTITIES]
    judged = [step.value for step in arrivals if step.topic == OUTCOMES and step.value is not None]
    return [
        *(
            Written(IDENTITIES, step.value, describe_identity(str(step.key, "utf-8"), step.received_at))
            for step in told
            if step.value is not None and step.key is not None
        ),
        *(Written(OUTCOMES, value, describe_outcome(decode_outcome(value))) for value in judged),
    ] + [
        Written(topic, value, headers)
        for topic, records in run_agents(tell_story()).items()
        for _, value, headers in records
        if value is not None
    ]


def choose_valid(records: list[Written]) -> dict[str, Written]:
    """Choose the examples among the records, by the name of their files."""
    chosen: dict[str, Written] = {}
    ticks = 0
    told: Counter[str] = Counter()
    for record in records:
        name = _name(record, ticks)
        ticks += record.topic == SCORED and name.startswith("tick.")
        if "." not in name:
            told[name] += 1
            name = f"{name}.{ORDINALS[told[name] - 1]}"
        chosen.setdefault(name, record)
    return chosen


def spoil(valid: dict[str, Any]) -> dict[str, Any]:
    """Return what no record may be, each one fault away from a valid one."""
    scored, tick, stage = valid["scored.complaint"], valid["tick.first"], valid["stage-event.order_placed"]
    trend = valid["trend.surge_complaint"]
    alert, letter = valid["alert.detractor_firing"], valid["dead-letter.not_json"]
    return {
        "scored.missing_origin": _without(scored, "origin"),
        "scored.probability_as_text": _with(
            scored, "complaint", scored["complaint"] | {"probability": "0.9"}
        ),
        "scored.time_as_number": _with(scored, "at", 1_767_225_600),
        "scored.unknown_channel": _with(scored, "channel", "carrier_pigeon"),
        "scored.unknown_field": _with(scored, "mood", "grim"),
        "stage-event.missing_customer": _without(stage, "customer"),
        "stage-event.naive_time": _with(stage, "at", "2026-01-01T05:00:00"),
        "stage-event.unknown_field": _with(stage, "mood", "grim"),
        "stage-event.unknown_stage": _with(stage, "stage", "lead"),
        "tick.missing_at": _without(tick, "at"),
        "tick.naive_time": _with(tick, "at", "2026-01-01T05:00:00"),
        "tick.null_time": _with(tick, "at", None),
        "tick.time_as_number": _with(tick, "at", 1_767_243_600),
        "tick.unknown_type": _with(tick, "type", "tock"),
        "tick.origin_without_offset": _with(
            valid["tick.passed_on"], "origin", _without(valid["tick.passed_on"]["origin"], "offset")
        ),
        "outcome.unknown_result": _with(valid["outcome.first"], "result", "ignored"),
        "outcome.missing_alert": _without(valid["outcome.first"], "alert"),
        "outcome.by_nobody": _with(valid["outcome.first"], "by", ""),
        "outcome.unknown_field": _with(valid["outcome.first"], "mood", "grim"),
        "judgement.unknown_result": _with(valid["judgement.first"], "result", "ignored"),
        "judgement.missing_origin": _without(valid["judgement.first"], "origin"),
        "judgement.missing_alert": _without(valid["judgement.first"], "alert"),
        "judgement.unknown_field": _with(valid["judgement.first"], "mood", "grim"),
        "identity.raw_name": _with(valid["identity.first"], "name", "social:@cat"),
        "identity.raw_customer": _with(valid["identity.first"], "customer", "C-1001"),
        "identity.missing_name": _without(valid["identity.first"], "name"),
        "identity.unknown_field": _with(valid["identity.first"], "mood", "grim"),
        "link.missing_origin": _without(valid["link.first"], "origin"),
        "link.time_as_number": _with(valid["link.first"], "at", 1_767_225_600),
        "link.naive_time": _with(valid["link.first"], "at", "2026-01-01T05:00:00"),
        "link.unknown_field": _with(valid["link.first"], "mood", "grim"),
        "erasure.missing_at": _without(valid["erasure.first"], "at"),
        "erasure.naive_time": _with(valid["erasure.first"], "at", "2026-01-01T05:00:00"),
        "erasure.missing_customer": _without(valid["erasure.first"], "customer"),
        "erasure.unknown_field": _with(valid["erasure.first"], "mood", "grim"),
        "transfer.missing_path": _without(valid["transfer.first"], "path"),
        "transfer.path_as_text": _with(valid["transfer.first"], "path", "c-1"),
        "transfer.journey_as_object": _with(valid["transfer.first"], "journey", {}),
        "transfer.unknown_field": _with(valid["transfer.first"], "mood", "grim"),
        "forward.missing_event": _without(valid["forward.first"], "event"),
        "forward.path_as_text": _with(valid["forward.first"], "path", "c-1"),
        "forward.missing_customer": _without(valid["forward.first"], "customer"),
        "forward.unknown_field": _with(valid["forward.first"], "mood", "grim"),
        "trend.missing_subject": _without(trend, "subject"),
        "trend.negative_listeners": _with(trend, "listeners", -1),
        "trend.number_beyond_its_record": _with(trend, "number", 8),
        "trend.unknown_field": _with(trend, "mood", "grim"),
        "trend.unknown_what": _with(trend, "what", "whisper"),
        "crowd-judgement.unknown_result": _with(valid["crowd-judgement.first"], "result", "ignored"),
        "crowd-judgement.missing_alert": _without(valid["crowd-judgement.first"], "alert"),
        "crowd-judgement.missing_origin": _without(valid["crowd-judgement.first"], "origin"),
        "crowd-judgement.unknown_field": _with(valid["crowd-judgement.first"], "mood", "grim"),
        "alert.listeners_unexplained": _with(
            alert, "listeners", _without(alert["listeners"], "contributions")
        ),
        "alert.missing_id": _without(alert, "id"),
        "alert.negative_sequence": _with(alert, "sequence", -1),
        "alert.unknown_field": _with(alert, "mood", "grim"),
        "alert.unknown_state": _with(alert, "state", "snoozed"),
        "dead-letter.another_schema": _with(letter, "schema", "alert.v1"),
        "dead-letter.missing_offset": _without(letter, "offset"),
        "dead-letter.negative_size": _with(letter, "size_bytes", -1),
        "dead-letter.unknown_field": _with(letter, "mood", "grim"),
        "dead-letter.unknown_reason": _with(letter, "reason", "did_not_like_it"),
    }


def list_shape(value: object, path: str = "") -> set[str]:
    """List the paths of a record with the JSON type at each; the places in a list are one path."""
    if isinstance(value, dict):
        return {path}.union(*(list_shape(inner, f"{path}.{name}") for name, inner in value.items()))
    if isinstance(value, list):
        return {path}.union(*(list_shape(inner, f"{path}[]") for inner in value))
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {f"{path}: {'number' if number else type(value).__name__}"}


def decoder_of(contract: str) -> Callable[[bytes], object]:
    """Return the decoder that reads the records of a contract."""
    return {
        "scored": decode_event,
        "stage-event": decode_event,
        "tick": decode_event,
        "identity": decode_identity,
        "link": decode_event,
        "erasure": decode_event,
        "transfer": decode_event,
        "forward": decode_event,
        "judgement": decode_event,
        "trend": decode_trend,
        "crowd-judgement": decode_trend,
        "alert": decode_alert,
        "outcome": decode_outcome,
        "dead-letter": decode_dead_letter,
    }[contract]


def _name(record: Written, ticks: int) -> str:
    fields = msgspec.json.decode(record.value)
    match record.topic:
        case topics.ALERTS:
            return f"alert.{fields['kind']}_{fields['state']}"
        case topics.DEAD_LETTERS:
            return f"dead-letter.{fields['reason']}"
        case topics.IDENTITIES:
            return "identity"
        case topics.OUTCOMES:
            return "outcome"
        case topics.TRENDS:
            return _name_told(fields)
    assert record.topic == topics.SCORED
    return _name_event(fields, ticks)


def _name_event(fields: dict[str, Any], ticks: int) -> str:
    match fields["type"]:
        case "tick":
            return f"tick.{('first', 'between_seconds', 'later')[ticks]}"
        case "stage-event":
            return f"stage-event.{fields['name']}"
        case "scored":
            return f"scored.{_name_said(fields)}"
    return str(fields["type"])


def _name_said(fields: dict[str, Any]) -> str:
    if fields.get("direction") == "outbound":
        return "reply"
    return "complaint" if fields["complaint"]["is_complaint"] else "praise"


def _name_told(fields: dict[str, Any]) -> str:
    if fields["type"] in {"tick", "erasure"}:
        return f"{fields['type']}.passed_on"
    return f"trend.{_name_trend(fields)}" if fields["type"] == "trend" else str(fields["type"])


def _name_trend(fields: dict[str, Any]) -> str:
    return f"{fields['subject'].partition('|')[0]}_{fields['what']}"


def _say(hours: float, name: str, who: str, text: str, /, *, traced: bool = False, **fields: Any) -> Arrival:  # noqa: ANN401 - any field of a message
    moment: datetime = at(hours)
    merged: dict[str, Any] = {"channel": "social", "brand": "acme", "language": "en", **fields}
    message = Message(id=name, at=moment, author=who, text=text, **merged)
    return Arrival(moment + UNDER_WAY, encode_message(message), list(TRACED) if traced else [])


def _link(hours: float, name: str, customer: str | None) -> Arrival:
    return Arrival(at(hours), encode(Identity(name=name, customer=customer)), [], name.encode(), IDENTITIES)


def _judge(hours: float, result: Result, note: str = "") -> Arrival:
    said = Outcome(
        alert=ANNS_ALERT, kind="detractor", result=result, by="dana", at=at(hours), customer=ANN, note=note
    )
    return Arrival(at(hours), encode(said), list(TRACED), ANNS_ALERT.encode(), OUTCOMES)


def _judge_crowd(hours: float, result: Result) -> Arrival:
    said = Outcome(alert=A_SURGE, kind="surge", result=result, by="dana", at=at(hours))
    return Arrival(at(hours), encode(said), [], A_SURGE.encode(), OUTCOMES)


def _happen(hours: float, name: str, customer: str, what: str, /, **fields: Any) -> Arrival:  # noqa: ANN401 - any field of a milestone
    milestone = Milestone(id=name, at=at(hours), customer=customer, name=what, **fields)
    return Arrival(at(hours) + UNDER_WAY, msgspec.json.encode(milestone), topic=EVENTS)


def _garble(hours: float, value: bytes | None, *, traced: bool = False) -> Arrival:
    return Arrival(at(hours), value, list(TRACED) if traced else [])


def _with(record: dict[str, Any], name: str, value: object) -> dict[str, Any]:
    return record | {name: value}


def _without(record: dict[str, Any], name: str) -> dict[str, Any]:
    return {known: value for known, value in record.items() if known != name}


def _write(folder: str, examples: dict[str, Any]) -> None:
    for name, fields in examples.items():
        text = msgspec.json.format(msgspec.json.encode(fields), indent=2)
        (FOLDER / folder / f"{name}.json").write_bytes(text + b"\n")


if __name__ == "__main__":
    valid = {name: msgspec.json.decode(record.value) for name, record in choose_valid(run_story()).items()}
    _write("valid", valid)
    _write("invalid", spoil(valid))
