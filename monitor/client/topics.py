"""Creates, checks and lists topics; never changes or deletes one that exists."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

import msgspec
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import InvalidReplicationFactorError, NoError, TopicAlreadyExistsError, for_code

from monitor.client.connection import REQUEST_SECONDS, open_client
from monitor.errors import BrokerError
from monitor.topics import Topic

#: What Kafka uses where a topic says nothing.
_DEFAULT_CLEANUP_POLICY: Final = "delete"
_DEFAULT_MAX_MESSAGE_BYTES: Final = 1_048_588


class TopicShape(msgspec.Struct, frozen=True):
    """A topic as it is on the broker."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]

    @property
    def cleanup_policy(self) -> str:
        return self.config.get("cleanup.policy", _DEFAULT_CLEANUP_POLICY)

    @property
    def max_message_bytes(self) -> int:
        return int(self.config.get("max.message.bytes", _DEFAULT_MAX_MESSAGE_BYTES))


class CreationReport(msgspec.Struct, frozen=True):
    created: tuple[str, ...]
    existing: tuple[str, ...]


def create_topics(
    bootstrap: str, topics: Iterable[Topic], connection: Mapping[str, Any] | None = None
) -> CreationReport:
    """Create the topics that are missing; refuse with BrokerError if one exists in another shape."""
    wanted = tuple(topics)
    with _open_admin(bootstrap, connection) as admin:
        present = _describe(admin)
        _refuse_wrong_shapes(wanted, present, bootstrap)
        missing = [topic for topic in wanted if topic.name not in present]
        created = _create(admin, missing, bootstrap) if missing else ()
        admin.wait_for_topics([topic.name for topic in missing], timeout_ms=REQUEST_SECONDS * 1000)
    return CreationReport(created, tuple(topic.name for topic in wanted if topic.name not in created))


def check_topics(
    bootstrap: str, topics: Iterable[Topic], connection: Mapping[str, Any] | None = None
) -> None:
    """Raise BrokerError unless every topic exists in the shape that it must have."""
    wanted = tuple(topics)
    with _open_admin(bootstrap, connection) as admin:
        present = _describe(admin)
    missing = [topic.name for topic in wanted if topic.name not in present]
    if missing:
        raise BrokerError(
            f"missing on {bootstrap}: {', '.join(missing)}; create Earshot's own with `monitor topics create`"
        )
    _refuse_wrong_shapes(wanted, present, bootstrap)


def list_topics(bootstrap: str, connection: Mapping[str, Any] | None = None) -> tuple[TopicShape, ...]:
    """Return the topics on the broker by name, Kafka's internal ones left out."""
    with _open_admin(bootstrap, connection) as admin:
        present = _describe(admin)
    return tuple(present[name] for name in sorted(present))


def _open_admin(bootstrap: str, connection: Mapping[str, Any] | None) -> AbstractContextManager[Any]:
    return open_client(
        KafkaAdminClient, bootstrap, connection, request_timeout_ms=int(REQUEST_SECONDS * 1000)
    )


def _describe(admin: KafkaAdminClient) -> dict[str, TopicShape]:
    # All topics, never by name: naming an unknown topic makes some brokers create it.
    found = [topic for topic in admin.describe_topics() if not topic["is_internal"]]
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic["name"]) for topic in found]
    # "all": Tansu marks what was set on a topic as a default.
    described = admin.describe_configs(resources, config_filter="all")["topic"] if resources else {}
    return {
        topic["name"]: TopicShape(
            name=topic["name"],
            partitions=len(topic["partitions"]),
            replication=min(
                (len(partition["replica_nodes"]) for partition in topic["partitions"]), default=0
            ),
            config={name: entry["value"] for name, entry in described.get(topic["name"], {}).items()},
        )
        for topic in found
    }


def _create(admin: KafkaAdminClient, topics: Iterable[Topic], bootstrap: str) -> tuple[str, ...]:
    request = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": topic.replication,
            "configs": dict(topic.config),
        }
        for topic in topics
    }
    created = []
    for answer in admin.create_topics(request, raise_errors=False)["topics"]:
        error = for_code(answer["error_code"])
        if error is NoError:
            created.append(answer["name"])
        elif error is InvalidReplicationFactorError:
            raise BrokerError(
                f"cannot create {answer['name']} on {bootstrap}: {answer['error_message']}"
                " Set replication under [kafka] to at most the number of brokers"
            )
        elif error is not TopicAlreadyExistsError:  # someone else was faster
            raise BrokerError(
                f"cannot create {answer['name']} on {bootstrap}: {error.__name__}: {answer['error_message']}"
            )
    return tuple(created)


def _refuse_wrong_shapes(wanted: Iterable[Topic], present: Mapping[str, TopicShape], bootstrap: str) -> None:
    faults = [
        fault
        for topic in wanted
        if topic.name in present
        for fault in _find_faults(topic, present[topic.name], bootstrap)
    ]
    if faults:
        raise BrokerError("\n".join(faults))


def _find_faults(topic: Topic, shape: TopicShape, bootstrap: str) -> Iterator[str]:
    if shape.partitions != topic.partitions:
        yield (
            f"{topic.name} on {bootstrap} has {shape.partitions} partitions and must have {topic.partitions}:"
            f" set partitions = {shape.partitions} under [worker], or delete the topic and create it again"
        )
    policy = topic.config.get("cleanup.policy", shape.cleanup_policy)
    if set(shape.cleanup_policy.split(",")) != set(policy.split(",")):
        yield (
            f"{topic.name} on {bootstrap} has cleanup.policy {shape.cleanup_policy} and must have {policy}:"
            f" {_altering(topic, bootstrap, f'cleanup.policy=[{policy}]')}"
        )
    need = int(topic.config.get("max.message.bytes", 0))
    if shape.max_message_bytes < need:
        yield (
            f"{topic.name} on {bootstrap} takes at most {shape.max_message_bytes} bytes per record batch"
            f" and must take {need}:"
            f" {_altering(topic, bootstrap, f'max.message.bytes={need}')}"
        )


def _altering(topic: Topic, bootstrap: str, setting: str) -> str:
    command = f"kafka-configs.sh --bootstrap-server {bootstrap} --alter --topic {topic.name}"
    return f"{command} --add-config '{setting}'"
