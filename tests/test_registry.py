"""With a Schema Registry, each topic's schema is known to it, and each record names the one that it satisfies."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from confluent_kafka.serialization import MessageField, SerializationContext, SerializationError
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from monitor.broker import EmbeddedBroker
from monitor.client import create_topics
from monitor.contracts import list_subjects
from monitor.errors import DeliveryError
from monitor.registry import HEADER, register_schemas
from monitor.settings import SchemaRegistrySettings
from monitor.topics import ALERTS, DEAD_LETTERS, SCORED, Topic, declare_topics
from tests.cli.program import start
from tests.contracts.examples import run_story
from tests.schema_registry import PASSWORD, USER, SchemaRegistry, confluent, serve

json_schema: Final = pytest.importorskip("confluent_kafka.schema_registry.json_schema", exc_type=ImportError)

STORY: Final = run_story()


@pytest.fixture
def registry() -> Iterator[SchemaRegistry]:
    with serve(SchemaRegistry()) as served:
        yield served


def register(registry: SchemaRegistry, **fields: Any) -> dict[str, tuple[str, bytes]]:  # noqa: ANN401 - any setting
    settings = SchemaRegistrySettings.model_validate({"url": registry.url, **fields})
    return dict(asyncio.run(register_schemas(settings)))


def read(
    registry: SchemaRegistry, topic: str, value: bytes, headers: list[tuple[str, str | bytes | None]]
) -> object:
    """Read a record as one of Confluent's consumers does: find its schema by the header, and hold it against that."""
    deserialize = json_schema.JSONDeserializer(
        None,
        schema_registry_client=registry.client,
        conf={"schema.id.deserializer": confluent.dual_schema_id_deserializer},
    )
    return deserialize(value, SerializationContext(topic, MessageField.VALUE, headers))


def test_without_a_registry_nothing_is_registered_and_no_record_names_a_schema() -> None:
    assert asyncio.run(register_schemas(SchemaRegistrySettings())) == {}


def test_each_topic_that_others_read_has_a_subject_under_its_own_name(registry: SchemaRegistry) -> None:
    headers = register(registry)
    assert headers.keys() == list_subjects().keys() >= {SCORED, ALERTS, DEAD_LETTERS}
    assert set(registry.client.get_subjects()) == {f"{topic}-value" for topic in headers}
    assert {name for name, _ in headers.values()} == {HEADER}
    assert len({value for _, value in headers.values()}) == len(headers)


def test_to_register_again_changes_nothing(registry: SchemaRegistry) -> None:
    assert register(registry) == register(registry)
    assert registry.client.get_versions(f"{ALERTS}-value") == [1]


def test_confluents_client_finds_the_schema_of_every_record_and_the_record_satisfies_it(
    registry: SchemaRegistry,
) -> None:
    headers = register(registry)
    for record in STORY:
        told = read(registry, record.topic, record.value, [*record.headers, headers[record.topic]])
        assert told == json.loads(record.value)


def test_confluents_client_refuses_a_record_that_its_schema_does_not_allow(registry: SchemaRegistry) -> None:
    header = register(registry)[ALERTS]
    [alert, *_] = [json.loads(record.value) for record in STORY if record.topic == ALERTS]
    with pytest.raises(SerializationError):
        read(registry, ALERTS, json.dumps(alert | {"state": "snoozed"}).encode(), [header])


def test_an_older_registry_gives_a_number_and_the_header_has_it() -> None:
    with serve(SchemaRegistry(with_guid=False)) as registry:
        _, value = register(registry)[ALERTS]
        number = registry.client.get_latest_version(f"{ALERTS}-value").schema_id
    assert value == b"\x00" + number.to_bytes(4, "big")


def test_the_header_has_the_guid_where_there_is_one(registry: SchemaRegistry) -> None:
    _, value = register(registry)[ALERTS]
    assert value == b"\x01" + UUID(registry.client.get_latest_version(f"{ALERTS}-value").guid).bytes


def test_a_registry_that_fails_for_a_moment_is_asked_again() -> None:
    with serve(SchemaRegistry(500, 503)) as registry:
        assert register(registry).keys() == list_subjects().keys()
    assert len(registry.requests) == len(list_subjects()) + 2


def test_what_the_registry_will_never_take_is_not_sent_again() -> None:
    with serve(SchemaRegistry(422)) as registry, pytest.raises(DeliveryError, match="-value could not be"):
        register(registry)
    assert len(registry.requests) == 1


def test_a_registry_that_is_protected_is_given_the_password_and_it_is_not_told() -> None:
    with serve(SchemaRegistry(protected=True)) as registry:
        assert register(registry, username=USER, password=PASSWORD)
        with pytest.raises(DeliveryError, match="status 401") as refused:
            register(registry, username=USER, password=f"{PASSWORD}-wrong")
    assert PASSWORD not in str(refused.value)


def test_where_others_register_a_schema_is_only_looked_up(registry: SchemaRegistry) -> None:
    with pytest.raises(DeliveryError, match=f"{SCORED}-value could not be found"):
        register(registry, auto_register=False)
    assert registry.client.get_subjects() == []
    known = register(registry)
    assert register(registry, auto_register=False) == known


def test_each_record_of_a_live_worker_names_its_schema(
    registry: SchemaRegistry, embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """Also: the trace that is given with a message arrives on its alert, through real Kafka headers."""
    bootstrap = embedded_broker.bootstrap
    create_topics(bootstrap, (*declare_topics(1), Topic(name="inbox", partitions=1)))
    (tmp_path / "monitor.toml").write_text(
        f"""
        kafka = {{ bootstrap = "{bootstrap}", replication = 1, idempotent = false }}
        worker = {{ partitions = 1, metrics_port = 0, rebalance_timeout_seconds = 2, session_timeout_seconds = 6 }}
        source = [{{ topic = "inbox" }}]
        [schema_registry]
        url = "{registry.url}"
        """
    )
    trace = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    said = {
        "id": "m1", "channel": "social", "at": datetime.now(UTC).isoformat(), "author": "ann",
        "text": "Charged twice!!! WORST company ever, FRAUD! Everyone should avoid them.", "followers": 90_000,
    }  # fmt: skip
    with start("worker", folder=tmp_path) as worker:
        producer = KafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=False)
        producer.send("inbox", json.dumps(said).encode(), headers=[("traceparent", trace)])
        producer.send("inbox", b"{}")
        producer.close()
        for topic in (SCORED, ALERTS, DEAD_LETTERS):
            record = read_first(bootstrap, topic)
            assert read(registry, topic, record.value, record.headers) == json.loads(record.value)
            if topic == ALERTS:
                assert dict(record.headers)["traceparent"] == trace
        worker.process.terminate()


def test_a_worker_without_its_registry_does_not_start(
    tmp_path: Path, embedded_broker: EmbeddedBroker
) -> None:
    with serve(SchemaRegistry(*([422] * 9))) as registry:
        (tmp_path / "monitor.toml").write_text(
            f'worker.metrics_port = 0\nsource = [{{ topic = "inbox" }}]\nschema_registry.url = "{registry.url}"\n'
        )
        create_topics(embedded_broker.bootstrap, (*declare_topics(8), Topic(name="inbox", partitions=8)))
        arguments = ("worker", "--bootstrap", embedded_broker.bootstrap)
        with start(*arguments, folder=tmp_path, MONITOR_KAFKA__IDEMPOTENT="false") as worker:
            said = worker.wait_for(lambda line: line.startswith("monitor: "))
            assert worker.process.wait(60) == 2
    assert f"schema_registry: {SCORED}-value could not be registered: 127.0.0.1" in said


def read_first(bootstrap: str, topic: str) -> Any:  # noqa: ANN401 - a record of kafka-python, which has no types
    """Read the first record of a topic, and wait for it."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="earliest")
    try:
        consumer.assign([TopicPartition(topic, 0)])
        return next(consumer)
    finally:
        consumer.close()
