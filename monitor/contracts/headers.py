"""The headers of Earshot's records, as AsyncAPI describes them: CloudEvents 1.0 in binary mode, trace, schema id."""

from collections.abc import Mapping
from typing import Any, Final

_TRACEPARENT: Final = "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
_TRACING: Final = (
    "W3C trace context. A message's own goes unchanged to its score, to the alert that it led to and to its dead"
    " letter; where it has none, one is made of its place. What a tick or a crowd led to begins a trace of its own:"
    " link it, by `origin` and `trigger`, to what it is about. `tracestate` is not handed on."
)
_SCHEMA_ID: Final = (
    "Only where a Schema Registry is set: the id of the schema under the subject TOPIC-value, in bytes. 1 and the GUID,"
    " or 0 and the number in four bytes, as Confluent's clients read it."
)


def describe_headers(example: Mapping[str, str], identity: str) -> dict[str, Any]:
    """Describe CloudEvents 1.0 in binary mode and the trace; all else is the same on every record."""
    own: dict[str, dict[str, Any]] = {
        "ce_id": {"type": "string", "minLength": 1, "description": identity},
        "ce_time": {"type": "string", "format": "date-time", "description": "Event time."},
        "traceparent": {"type": "string", "pattern": _TRACEPARENT, "description": _TRACING},
    }
    return {
        "type": "object",
        "required": list(example),
        "properties": {
            name: own.get(name, {"type": "string", "const": value}) for name, value in example.items()
        }
        | {"__value_schema_id": {"type": "string", "description": _SCHEMA_ID}},
    }
