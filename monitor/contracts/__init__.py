"""The contracts that the world outside reads, generated from the core's types and the declared topics.

python -m monitor.contracts schemas         writes every contract into that folder

<name>.v1.json            what is written: closed, so that a producer's slip shows
consumer/<name>.v1.json   what a reader may count on: open to fields and values that a later minor version adds
asyncapi.yaml             the topics: keys, partitions, retention, and what is promised of delivery
"""

import json
from pathlib import Path
from typing import Any

from monitor.contracts.asyncapi import describe_topics, list_subjects
from monitor.contracts.schemas import (
    CONTRACTS,
    consumer_schema,
    message_schema,
    milestone_schema,
    producer_schema,
)

__all__ = [
    "CONTRACTS",
    "consumer_schema",
    "contracts",
    "describe_topics",
    "list_subjects",
    "message_schema",
    "milestone_schema",
    "producer_schema",
]


def contracts(folder: Path) -> dict[str, str]:
    """Return every contract's file name and text; the examples shown are those in the folder."""
    texts = {
        "message.v1.json": _write_json(message_schema()),
        "milestone.v1.json": _write_json(milestone_schema()),
    }
    for name in CONTRACTS:
        texts[f"{name}.v1.json"] = _write_json(producer_schema(name))
        texts[f"consumer/{name}.v1.json"] = _write_json(consumer_schema(name))
    return texts | {"asyncapi.yaml": _write_yaml(describe_topics(folder / "examples" / "valid"))}


def _write_yaml(document: dict[str, Any]) -> str:
    import yaml  # noqa: PLC0415 - contracts are written while developing; the product does not depend on it

    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    return text


def _write_json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
