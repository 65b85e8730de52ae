"""JSON Schema 2020-12 of what is read in canonical form and of what Earshot writes, from the core's types.

A type says what a record is; here stands only what no type can say: what is closed, and what a reader may count on.
"""

from collections.abc import Iterator, Mapping, Sequence
from inspect import cleandoc
from typing import Any, Final

import msgspec
from msgspec import inspect

from monitor.core.alert import Alert
from monitor.core.identity_record import Identity
from monitor.core.message import TEXT_MAX_CHARACTERS, Message
from monitor.core.milestone import Milestone
from monitor.core.outcome import Outcome
from monitor.core.scored import Erasure, Forward, Judgement, Link, Scored, StageEvent, Tick, Transfer
from monitor.core.trend import CrowdJudgement, Trend
from monitor.records import DeadLetter

#: The type of each record that Earshot writes, by the name of its contract.
CONTRACTS: Final[Mapping[str, type[msgspec.Struct]]] = {
    "scored": Scored,
    "stage-event": StageEvent,
    "tick": Tick,
    "identity": Identity,
    "link": Link,
    "erasure": Erasure,
    "transfer": Transfer,
    "forward": Forward,
    "judgement": Judgement,
    "trend": Trend,
    "crowd-judgement": CrowdJudgement,
    "alert": Alert,
    "outcome": Outcome,
    "dead-letter": DeadLetter,
}

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_HOME: Final = "https://earshot.example/schemas/"


def message_schema() -> dict[str, Any]:
    """Return the schema of the canonical message.

    Beside the type it states what `check_message` asks, as far as a schema can: that a text is more than
    white space, and that a time is not still to come, it cannot.
    """
    schema = _schema_of("message.v1.json", Message)
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
    return schema


def milestone_schema() -> dict[str, Any]:
    """Return the schema of the canonical milestone, with what `check_milestone` asks beside the type."""
    schema = _schema_of("milestone.v1.json", Milestone)
    handle = {"allOf": [_given("author", {"type": "string"}), _given("channel", {"type": "string"})]}
    schema["anyOf"] = [_given("customer", {"type": "string"}), handle]
    return schema


def producer_schema(name: str) -> dict[str, Any]:
    """Return the schema of what is written: no field and no value but these."""
    schema = _schema_of(f"{name}.v1.json", CONTRACTS[name])
    for part in _list_structs(schema):
        part["additionalProperties"] = False
    return schema


def consumer_schema(name: str) -> dict[str, Any]:
    """Return the schema of what a reader may count on, in this and in every later minor version."""
    schema = _schema_of(f"consumer/{name}.v1.json", CONTRACTS[name])
    note = (
        "For readers: ignore fields that are not listed, and expect values that are not among the examples."
    )
    schema["description"] += f"\n\n{note}"
    for part in _list_structs(schema):
        part["additionalProperties"] = True
    opened: dict[str, Any] = _open_values(schema)
    return opened


def union_schema(path: str, names: Sequence[str]) -> dict[str, Any]:
    """Return the schema of a topic with these kinds of records; a producer writes nothing else to it."""
    if len(names) == 1:
        return producer_schema(names[0])
    parts: dict[str, Any] = {}
    for name in names:
        part = producer_schema(name)
        parts |= part.pop("$defs", {})
        # A part names neither a dialect nor a place of its own.
        parts[part["title"]] = {key: value for key, value in part.items() if key not in {"$schema", "$id"}}
    roots = [{"$ref": f"#/$defs/{CONTRACTS[name].__name__}"} for name in names]
    return {"$schema": _DIALECT, "$id": _HOME + path, "oneOf": roots, "$defs": parts}


def _schema_of(path: str, record: type[msgspec.Struct]) -> dict[str, Any]:
    _, components = msgspec.json.schema_components([record])
    for struct in _list_types(inspect.type_info(record)):
        part = components[struct.cls.__name__]
        part["description"] = cleandoc(part["description"])
        for field in struct.fields:
            if any(isinstance(one, inspect.DateTimeType) for one in _list_alternatives(field.type)):
                _mark_time(part["properties"][field.encode_name])
    root: dict[str, Any] = components.pop(record.__name__)
    head = {"$schema": _DIALECT, "$id": _HOME + path}
    return head | root | ({"$defs": components} if components else {})


def _list_types(kind: inspect.Type) -> Iterator[inspect.StructType]:
    """List a struct and all structs in it, each once."""
    seen: set[type] = set()
    waiting = [kind]
    while waiting:
        one = waiting.pop()
        match one:
            case inspect.StructType() if one.cls not in seen:
                seen.add(one.cls)
                yield one
                waiting += [inner for field in one.fields for inner in _list_alternatives(field.type)]
            case inspect.VarTupleType():
                waiting += _list_alternatives(one.item_type)


def _list_alternatives(kind: inspect.Type) -> list[inspect.Type]:
    match kind:
        case inspect.Metadata():
            return _list_alternatives(kind.type)
        case inspect.UnionType():
            return [inner for one in kind.types for inner in _list_alternatives(one)]
    return [kind]


def _mark_time(field: dict[str, Any]) -> None:
    """Ask for an offset: msgspec says so only of a type that refuses a time without one."""
    for one in field.get("anyOf", [field]):
        if one.get("type") == "string":
            one["format"] = "date-time"


def _list_structs(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema, *schema.get("$defs", {}).values()]


def _open_values(part: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Turn each closed list of values into examples; a list of one is the record's name, and stays."""
    if isinstance(part, list):
        return [_open_values(one) for one in part]
    if not isinstance(part, dict):
        return part
    values = part.get("enum", ())
    opened = {name: _open_values(inner) for name, inner in part.items()}
    if len(values) > 1:
        del opened["enum"]
        opened |= {"type": "string", "examples": values}
    return opened


def _given(field: str, what: dict[str, Any]) -> dict[str, Any]:
    return {"required": [field], "properties": {field: what}}
