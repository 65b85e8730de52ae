"""The AsyncAPI document says what the program does: its topics, its headers, its records, and nothing else.

It is generated, so these claims are about what generating cannot give. That it is AsyncAPI 3.0 as the project's own
JSON Schema has it was seen with npm's @asyncapi/specs 6.11.1; that is not part of the suite.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
import yaml

from monitor.contracts import CONTRACTS, contracts, describe_topics
from monitor.settings import KafkaSettings, WorkerSettings
from monitor.topics import JOURNEYS, declare_topics
from tests.contracts.examples import run_story

SCHEMAS: Final = Path(__file__).resolve().parents[2] / "schemas"
DOCUMENT: Final[dict[str, Any]] = json.loads(json.dumps(describe_topics(SCHEMAS / "examples" / "valid")))
CHANNELS: Final[dict[str, Any]] = DOCUMENT["channels"]
MESSAGES: Final[dict[str, Any]] = DOCUMENT["components"]["messages"]
OWN: Final = {channel["address"]: channel for name, channel in CHANNELS.items() if name != "sources"}
WITH_PAYLOAD: Final = sorted(name for name, message in MESSAGES.items() if "payload" in message)


def list_references(part: object) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from list_references(one)
    elif isinstance(part, dict):
        for name, one in part.items():
            if name == "$ref":
                yield one
            else:
                yield from list_references(one)


def resolve(reference: str) -> Any:  # noqa: ANN401 - any JSON
    """Find what a reference names, in this document or in a file beside it."""
    file, _, pointer = reference.partition("#")
    part = json.loads((SCHEMAS / file).read_bytes()) if file else DOCUMENT
    for step in pointer.split("/")[1:]:
        part = part[step]
    return part


def test_every_reference_leads_somewhere() -> None:
    references = list(list_references(DOCUMENT))
    assert len(references) >= len(WITH_PAYLOAD) + len(CHANNELS)
    assert all(resolve(reference) for reference in references)


def test_the_topics_are_those_that_the_program_declares() -> None:
    declared = declare_topics(WorkerSettings().partitions, KafkaSettings().replication)
    assert list(OWN) == [topic.name for topic in declared]
    for topic in declared:
        kafka = OWN[topic.name]["bindings"]["kafka"]
        assert (kafka["topic"], kafka["partitions"]) == (topic.name, topic.partitions)
        assert kafka["replicas"] == topic.replication
        assert {name: write_setting(value) for name, value in kafka["topicConfiguration"].items()} == dict(
            topic.config
        )
        assert OWN[topic.name]["x-key"] == topic.key


def write_setting(value: object) -> str:
    """Write a setting as Kafka takes it."""
    if isinstance(value, list):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=list(CHANNELS))
def test_every_channel_has_an_address_messages_and_a_binding(channel: dict[str, Any]) -> None:
    assert channel["address"]
    assert channel["messages"]
    assert channel["bindings"]["kafka"]["bindingVersion"] == "0.5.0"


@pytest.mark.parametrize("channel", OWN.values(), ids=list(OWN))
def test_every_topic_of_ours_says_its_key_partitioning_and_promise(channel: dict[str, Any]) -> None:
    assert channel["x-key"]
    assert channel["x-partitioning"].endswith(".")
    assert channel["x-delivery"].endswith(".")


def test_alerts_promise_each_id_and_sequence_and_journeys_promise_nothing() -> None:
    assert "Each id and sequence at least once, identical content." in CHANNELS["alerts"]["x-delivery"]
    assert OWN[JOURNEYS]["x-delivery"].startswith("None")


def test_every_channel_is_used_and_every_operation_is_of_a_channel() -> None:
    used = {operation["channel"]["$ref"].rpartition("/")[2] for operation in DOCUMENT["operations"].values()}
    assert used == set(CHANNELS)
    assert {operation["action"] for operation in DOCUMENT["operations"].values()} == {"send", "receive"}


def test_every_contract_is_a_message_of_some_channel() -> None:
    used = {name for channel in CHANNELS.values() for name in channel["messages"]}
    assert used == set(MESSAGES) == {*CONTRACTS, "message", "milestone", "journey", "baseline", "page"}


@pytest.mark.parametrize("name", WITH_PAYLOAD)
def test_every_example_satisfies_its_schemas(name: str) -> None:
    message = MESSAGES[name]
    assert message["examples"]
    payload = resolve(message["payload"]["schema"]["$ref"])
    for example in message["examples"]:
        jsonschema_rs.Draft202012Validator(payload, validate_formats=True).validate(example["payload"])
        if "headers" in message:
            jsonschema_rs.Draft202012Validator(message["headers"]).validate(example["headers"])
            consumer = json.loads((SCHEMAS / message["x-consumer-schema"]).read_bytes())
            jsonschema_rs.Draft202012Validator(consumer).validate(example["payload"])


def test_every_record_that_the_worker_writes_is_a_message_of_its_topic() -> None:
    for record in run_story():
        headers = {name: value.decode() for name, value in record.headers}
        fitting = [
            name
            for name in OWN[record.topic]["messages"]
            if jsonschema_rs.Draft202012Validator(MESSAGES[name]["headers"]).is_valid(headers)
        ]
        assert [MESSAGES[name]["name"] for name in fitting] == [headers["ce_type"]]
        payload = resolve(MESSAGES[fitting[0]]["payload"]["schema"]["$ref"])
        jsonschema_rs.Draft202012Validator(payload).validate(json.loads(record.value))


def test_a_reader_of_yaml_finds_the_document() -> None:
    assert yaml.safe_load(contracts(SCHEMAS)["asyncapi.yaml"]) == DOCUMENT
