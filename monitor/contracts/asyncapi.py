"""The AsyncAPI 3 document: every topic with its key, partitions, retention and what is promised of delivery.

Topics come from `declare_topics`, promises from `promises`, examples from files: nothing is said twice.
"""

from pathlib import Path
from typing import Any, Final

import msgspec

from monitor.contracts.headers import describe_headers
from monitor.contracts.operations import describe_operations
from monitor.contracts.promises import CHANNELS, INTERNAL, MESSAGES
from monitor.contracts.schemas import CONTRACTS, union_schema
from monitor.settings import KafkaSettings, WorkerSettings
from monitor.topics import Topic, declare_topics

_BINDING: Final = {"bindingVersion": "0.5.0"}
_SCHEMA_FORMAT: Final = "application/schema+json;version=draft-2020-12"


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
        | {CHANNELS[topic.name].name: _describe_channel(topic) for topic in topics},
        "operations": describe_operations(),
        "components": {
            "messages": {
                "message": _describe_read(
                    "message", "One thing said at a touchpoint", "social_complaint", examples
                ),
                "milestone": _describe_read(
                    "milestone", "One thing that happened to a customer", "order_placed", examples
                ),
                **{name: _describe_written(name, examples) for name in MESSAGES},
                "journey": {"name": "journey", "title": "State of one customer", "summary": INTERNAL},
                "baseline": {"name": "baseline", "title": "State of one subject", "summary": INTERNAL},
                "page": {"name": "page", "title": "Who is paged for one alert", "summary": INTERNAL},
            }
        },
    }


def list_subjects() -> dict[str, dict[str, Any]]:
    """List the schema of each topic that others may read: with several kinds of records, one of them."""
    return {
        topic: union_schema(f"{topic}.json", names)
        for topic, channel in CHANNELS.items()
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
    channel = CHANNELS[topic.name]
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
    written = MESSAGES[name]
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
