"""The JSON Schemas that the world outside reads, generated from the core's types: one source of truth.

python -m monitor.contracts schemas         writes every contract into that folder
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from monitor.core.message import TEXT_MAX_CHARACTERS, Message


def message_schema() -> dict[str, Any]:
    """Return JSON Schema 2020-12 of the canonical message.

    Beside the type it states what `check_message` asks, as far as a schema can: that a text is more than
    white space, and that a time is not still to come, it cannot.
    """
    _, components = msgspec.json.schema_components([Message])
    schema: dict[str, Any] = components["Message"]
    schema["properties"]["text"]["maxLength"] = TEXT_MAX_CHARACTERS
    schema["allOf"] = [
        {
            "description": "A customer is named, by handle or by the brand's own id.",
            "anyOf": [_given("author", {"type": "string"}), _given("customer", {"type": "string"})],
        },
        {
            "description": "Something is said, in words or by a rating or an nps.",
            "anyOf": [
                _given("text", {"minLength": 1}),
                _given("rating", {"type": "number"}),
                _given("nps", {"type": "integer"}),
            ],
        },
    ]
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://earshot.example/schemas/message.v1.json",
    }
    return head | schema


def contracts() -> dict[str, str]:
    """Return every contract's file name and text."""
    return {"message.v1.json": json.dumps(message_schema(), indent=2, ensure_ascii=False) + "\n"}


def _given(field: str, what: dict[str, Any]) -> dict[str, Any]:
    return {"required": [field], "properties": {field: what}}


if __name__ == "__main__":
    for name, text in contracts().items():
        (Path(sys.argv[1]) / name).write_text(text, encoding="utf-8")
