"""Every record that leaves the worker is a CloudEvent 1.0 in Kafka's binary mode, and the same whenever it is written.

The rules are those of the CloudEvents specification, sections "Required Attributes" and "Kafka Message Mapping".
"""

import re
from datetime import datetime
from typing import Any, Final

import msgspec
import pytest
from cloudevents.core.bindings import kafka
from cloudevents.core.formats.json import JSONFormat

from monitor.core.alert import Alert
from monitor.core.scored import Scored
from monitor.records import decode_alert, decode_dead_letter, decode_event, encode
from monitor.topics import ALERTS, DEAD_LETTERS, IDENTITIES, OUTCOMES, SCORED
from monitor.traces import read_traceparent
from tests.contracts.examples import TRACED, Written, choose_valid, run_story

REQUIRED: Final = {"ce_specversion", "ce_id", "ce_source", "ce_type"}
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

STORY: Final = run_story()
each_record = pytest.mark.parametrize("record", STORY, ids=lambda record: str(dict(record.headers)["ce_id"]))


def read(record: Written) -> dict[str, str]:
    return {name: value.decode() for name, value in record.headers}


def of_topic(topic: str) -> list[Written]:
    return [record for record in STORY if record.topic == topic]


@each_record
def test_a_record_has_each_required_attribute_once_and_none_is_empty(record: Written) -> None:
    headers = read(record)
    assert len(headers) == len(record.headers)
    assert headers.keys() >= REQUIRED
    assert all(headers.values())
    assert headers["ce_specversion"] == "1.0"
    assert headers["content-type"] == "application/json"


@each_record
def test_an_attribute_is_named_in_small_letters_and_digits(record: Written) -> None:
    names = [name.removeprefix("ce_") for name in read(record) if name != "content-type"]
    assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in names)


@each_record
def test_the_type_is_that_of_the_value(record: Written) -> None:
    fields = msgspec.json.decode(record.value)
    named = {ALERTS: "alert", DEAD_LETTERS: "dead-letter", IDENTITIES: "identity", OUTCOMES: "outcome"}
    contract = named.get(record.topic, fields.get("type"))
    assert read(record)["ce_type"] == f"earshot.{contract}.v1"


def test_a_source_gives_each_id_once() -> None:
    names = [(read(record)["ce_source"], read(record)["ce_id"]) for record in STORY]
    assert len(set(names)) == len(names)


def test_a_repeat_is_the_same_to_the_last_byte() -> None:
    assert run_story() == STORY


def test_the_time_is_the_records_own_in_the_form_of_rfc_3339() -> None:
    for record in STORY:
        fields, headers = msgspec.json.decode(record.value), read(record)
        if headers["ce_type"] in {"earshot.scored.v1", "earshot.stage-event.v1", "earshot.judgement.v1"}:
            assert "ce_time" not in headers  # optional; `at` says it
            continue
        assert TIME.fullmatch(headers["ce_time"])
        if record.topic == IDENTITIES:
            continue  # when it was said is the record's own timestamp
        own = fields["received_at"] if record.topic == DEAD_LETTERS else fields["at"]
        assert datetime.fromisoformat(headers["ce_time"]) == datetime.fromisoformat(own)


def test_an_alert_is_named_by_id_and_sequence() -> None:
    for record in of_topic(ALERTS):
        alert: Alert = decode_alert(record.value)
        assert read(record)["ce_id"] == f"{alert.id}.{alert.sequence}"


def test_a_dead_letter_is_named_by_the_place_of_the_refused_record() -> None:
    for record in of_topic(DEAD_LETTERS):
        letter = decode_dead_letter(record.value)
        assert read(record)["ce_id"] == f"{letter.topic}:{letter.partition}:{letter.offset}"


def test_a_scored_record_is_named_by_the_place_of_its_source_record() -> None:
    for record in of_topic(SCORED):
        fields = msgspec.json.decode(record.value)
        if fields["type"] == "scored":
            origin = fields["origin"]
            assert read(record)["ce_id"] == f"{origin['topic']}:{origin['partition']}:{origin['offset']}"


@each_record
def test_every_record_has_one_valid_trace_context(record: Written) -> None:
    assert [name for name, _ in record.headers].count("traceparent") == 1
    assert read(record)["traceparent"] == read_traceparent(record.headers)


def trace_of(name: str) -> str:
    return read(choose_valid(STORY)[name])["traceparent"]


def test_the_trace_of_a_message_arrives_on_its_score_its_alert_and_its_dead_letter() -> None:
    given = TRACED[0][1].decode()
    for name in ("scored.complaint", "alert.detractor_firing", "dead-letter.not_json"):
        assert trace_of(name) == given, name
        assert msgspec.json.decode(choose_valid(STORY)[name].value)["traceparent"] == given


def test_a_message_without_a_trace_begins_one_that_its_alert_continues() -> None:
    over = choose_valid(STORY)["alert.ignored_complaint_resolved"]
    trigger = decode_alert(over.value).trigger
    [answer] = [
        record
        for record in of_topic(SCORED)
        if isinstance(scored := decode_event(record.value), Scored) and scored.origin == trigger
    ]
    assert read(over)["traceparent"] == read(answer)["traceparent"]
    assert read(over)["traceparent"].endswith("-00")


def test_what_a_tick_led_to_begins_a_trace_of_its_own() -> None:
    traces = [read(record)["traceparent"].split("-")[1] for record in STORY]
    of_time = [
        read(record)["traceparent"].split("-")[1]
        for record in of_topic(ALERTS)
        if decode_alert(record.value).trigger is None
    ]
    assert of_time
    assert all(traces.count(trace) == 1 for trace in of_time)


@each_record
def test_the_cloudevents_sdk_reads_it(record: Written) -> None:
    """An oracle: the CloudEvents project's own reader finds attributes and data where they belong."""
    json_format = JSONFormat()
    event: Any = kafka.from_binary(kafka.KafkaMessage(dict(record.headers), None, record.value), json_format)
    headers = read(record)
    assert (event.get_id(), event.get_source(), event.get_type()) == (
        headers["ce_id"], headers["ce_source"], headers["ce_type"],
    )  # fmt: skip
    assert event.get_datacontenttype() == "application/json"
    assert encode(event.get_data()) == encode(msgspec.json.decode(record.value))
