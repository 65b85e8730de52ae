"""The AsyncAPI 3 document: every topic with its key, partitions, retention and what is promised of delivery.

Topics come from `declare_topics`, headers from `monitor.records`, examples from files: nothing is said twice.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from monitor.contracts.headers import describe_headers
from monitor.contracts.operations import describe_operations
from monitor.contracts.schemas import CONTRACTS, union_schema
from monitor.records import (
    Headers,
    decode_alert,
    decode_dead_letter,
    decode_event,
    decode_trend,
    describe_alert,
    describe_dead_letter,
    describe_event,
    describe_tick,
    describe_trend,
)
from monitor.settings import KafkaSettings, WorkerSettings
from monitor.topics import (
    ALERTS,
    BASELINES,
    DEAD_LETTERS,
    JOURNEYS,
    PAGES,
    SCORED,
    TRENDS,
    Topic,
    declare_topics,
)

_BINDING: Final = {"bindingVersion": "0.5.0"}
_SCHEMA_FORMAT: Final = "application/schema+json;version=draft-2020-12"
_INTERNAL: Final = "A changelog is the workers' own: its format may change with any version. Never read it."


class _Written(msgspec.Struct, frozen=True, kw_only=True):
    """One message that Earshot writes: its example's file, its headers, and what names it."""

    title: str
    example: str
    describe: Callable[[bytes], Headers]
    key: str | None
    identity: str


class _Channel(msgspec.Struct, frozen=True, kw_only=True):
    """What a topic's declaration does not say."""

    name: str
    messages: tuple[str, ...]
    partitioning: str
    promise: str


_MESSAGES: Final[Mapping[str, _Written]] = {
    "scored": _Written(
        title="A message with sentiment, complaint finding and evidence",
        example="scored.complaint",
        describe=lambda value: describe_event(decode_event(value)),
        key="The customer's pseudonym.",
        identity="Source topic, partition and offset: topic:partition:offset.",
    ),
    "stage-event": _Written(
        title="A step in a customer's life that the user's own systems tell of",
        example="stage-event.order_placed",
        describe=lambda value: describe_event(decode_event(value)),
        key="The customer's pseudonym.",
        identity="Source topic, partition and offset: topic:partition:offset.",
    ),
    "tick": _Written(
        title="The event time up to which a partition is complete",
        example="tick.first",
        describe=lambda value: describe_tick(decode_event(value), partition=0),
        key=None,
        identity="Partition and time, partition@time; on the trends the place of the tick passed on,"
        " topic:partition:offset.",
    ),
    "trend": _Written(
        title="What one record means to the crowd",
        example="trend.surge_complaint",
        describe=lambda value: describe_trend(decode_trend(value)),
        key="The subject: an alert kind and what it watches.",
        identity="Place of the record, and the trend's number among that record's: topic:partition:offset.number.",
    ),
    "alert": _Written(
        title="One state of an alert: firing, updated or resolved; or that nobody is paged for one",
        example="alert.detractor_firing",
        describe=lambda value: describe_alert(decode_alert(value)),
        key="The alert's id.",
        identity="The alert's id and sequence, id.sequence; where nobody is paged, id.sequence.suppressed.",
    ),
    "dead-letter": _Written(
        title="A record that could not be taken, with the reason",
        example="dead-letter.not_json",
        describe=lambda value: describe_dead_letter(decode_dead_letter(value)),
        key="The place of the refused record: topic:partition:offset.",
        identity="The place of the refused record: topic:partition:offset.",
    ),
}

_CHANNELS: Final[Mapping[str, _Channel]] = {
    SCORED: _Channel(
        name="scored",
        messages=("scored", "stage-event", "tick"),
        partitioning="A scored message or stage event by murmur2 of its key, as Kafka's clients do by default; every"
        " partition has ticks of its own.",
        promise="Each source record at least once; a repeat by the same version and policy has the same ce_id and"
        " identical content. One source partition's records of one customer keep their order. A tick is for its"
        " partition alone.",
    ),
    ALERTS: _Channel(
        name="alerts",
        messages=("alert",),
        partitioning="One partition: all alerts have one order.",
        promise="Each id and sequence at least once, identical content. The states of one alert stand in the order"
        " of their sequence; after a crash, some of them may stand there again. `suppressed` repeats id and sequence"
        " of a state for which nobody is paged, with the reason as its cause: the alert is as open as it was. Who"
        " lags behind compaction sees at least the latest record.",
    ),
    JOURNEYS: _Channel(
        name="journeys",
        messages=("journey",),
        partitioning="Partition p holds the journeys of partition p of the scored messages.",
        promise=f"None to others. {_INTERNAL}",
    ),
    TRENDS: _Channel(
        name="trends",
        messages=("trend", "tick"),
        partitioning="A trend by murmur2 of its key, as Kafka's clients do by default; every tick of the scored"
        " messages goes to every partition.",
        promise="Each trend at least once, except that `message` and `seen` are told once a minute or more often."
        " Those of one partition that they come from keep their order. Time has passed when every partition of the"
        " scored messages has ticked.",
    ),
    BASELINES: _Channel(
        name="baselines",
        messages=("baseline",),
        partitioning="Partition p holds the baselines of partition p of the trends.",
        promise=f"None to others. {_INTERNAL}",
    ),
    PAGES: _Channel(
        name="pages",
        messages=("page",),
        partitioning="One partition, as the alerts have.",
        promise=f"None to others. {_INTERNAL}",
    ),
    DEAD_LETTERS: _Channel(
        name="deadLetters",
        messages=("dead-letter",),
        partitioning="By the partition of the refused record, modulo partitions.",
        promise="Each refused record at least once, under the same ce_id.",
    ),
}


def describe_topics(examples: Path) -> dict[str, Any]:
    """Return the document, with partitions and replicas as the default settings have them."""
    topics = declare_topics(WorkerSettings().partitions, KafkaSettings().replication)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Earshot",
            "version": "1.0.0",
            "description": "Reads what customers say, scores it, follows each customer's journey, and tells of those"
            " who are about to tell many people. A record is delivered at least once: drop what you have seen, by"
            " ce_id within ce_source. Fields and values may be added in a minor version: validate with the schemas"
            " in consumer/.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "variables": {"bootstrap": {"default": KafkaSettings().bootstrap}},
            }
        },
        "channels": {"sources": _describe_sources()}
        | {_CHANNELS[topic.name].name: _describe_channel(topic) for topic in topics},
        "operations": describe_operations(),
        "components": {
            "messages": {
                "message": _describe_read(
                    "message", "One thing said at a touchpoint", "social_complaint", examples
                ),
                "milestone": _describe_read(
                    "milestone", "One thing that happened to a customer", "order_placed", examples
                ),
                **{name: _describe_written(name, examples) for name in _MESSAGES},
                "journey": {"name": "journey", "title": "State of one customer", "summary": _INTERNAL},
                "baseline": {"name": "baseline", "title": "State of one subject", "summary": _INTERNAL},
                "page": {"name": "page", "title": "Who is paged for one alert", "summary": _INTERNAL},
            }
        },
    }


def list_subjects() -> dict[str, dict[str, Any]]:
    """List the schema of each topic that others may read: with several kinds of records, one of them."""
    return {
        topic: union_schema(f"{topic}.json", names)
        for topic, channel in _CHANNELS.items()
        if (names := tuple(name for name in channel.messages if name in CONTRACTS))
    }


def _describe_sources() -> dict[str, Any]:
    return {
        "address": "{topic}",
        "title": "The user's own topics",
        "description": "Any number of topics in any JSON shape, each mapped by a [[source]] of the settings; this is"
        " the canonical shape. Key, partitions, retention and order are the user's: key by customer to keep one"
        " customer's messages in order.",
        "parameters": {"topic": {"description": "`topic` of a [[source]] in the settings."}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in ("message", "milestone")},
        "bindings": {"kafka": dict(_BINDING)},
    }


def _describe_channel(topic: Topic) -> dict[str, Any]:
    channel = _CHANNELS[topic.name]
    return {
        "address": topic.name,
        "description": f"{topic.purpose[0].upper()}{topic.purpose[1:]}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in channel.messages},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "replicas": topic.replication,
                "topicConfiguration": {
                    name: _read_setting(name, value) for name, value in topic.config.items()
                },
                **_BINDING,
            }
        },
        "x-key": topic.key,
        "x-partitioning": channel.partitioning,
        "x-delivery": channel.promise,
    }


def _read_setting(name: str, value: str) -> int | bool | str | list[str]:
    if name == "cleanup.policy":
        return value.split(",")
    if value in {"true", "false"}:
        return value == "true"
    return int(value) if value.isdecimal() else value


def _describe_read(name: str, title: str, example: str, examples: Path) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "payload": _refer(name),
        "examples": [{"name": example, "payload": _read(examples, f"{name}.{example}")[1]}],
    }


def _describe_written(name: str, examples: Path) -> dict[str, Any]:
    written = _MESSAGES[name]
    value, payload = _read(examples, written.example)
    headers = {header: text.decode() for header, text in written.describe(value)}
    binding: dict[str, Any] = {"key": {"type": "string", "description": written.key}} if written.key else {}
    return {
        "name": headers["ce_type"],
        "title": written.title,
        "contentType": headers["content-type"],
        "headers": describe_headers(headers, written.identity),
        "payload": _refer(name),
        "bindings": {"kafka": binding | _BINDING},
        "examples": [{"name": written.example.partition(".")[2], "headers": headers, "payload": payload}],
        "x-consumer-schema": f"./consumer/{name}.v1.json",
    }


def _refer(name: str) -> dict[str, Any]:
    return {"schemaFormat": _SCHEMA_FORMAT, "schema": {"$ref": f"./{name}.v1.json"}}


def _read(examples: Path, name: str) -> tuple[bytes, Any]:
    value = (examples / f"{name}.json").read_bytes()
    return value, msgspec.json.decode(value)
