"""Makes the schemas of Earshot's topics known to a Schema Registry, and says how a record names its own.

The value stays plain JSON. The schema's id goes into a header, where Confluent's clients look for it first: a byte
that says which kind of id follows, then the GUID, or the number where an older registry gives no GUID.

What is registered is the closed schema of the producer: optional fields may be added to it and it stays compatible.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec
import stamina

from monitor.contracts import list_subjects
from monitor.errors import DeliveryError, DeliveryRefused
from monitor.notifiers.server import Server
from monitor.settings import SchemaRegistrySettings

HEADER: Final = "__value_schema_id"

_CONTENT_TYPE: Final = "application/vnd.schemaregistry.v1+json"
_NUMBER: Final = b"\x00"
_GUID: Final = b"\x01"
_ATTEMPTS: Final = 5
#: Before the second attempt; each further wait is twice as long.
_WAIT_SECONDS: Final = 0.2


class _Registered(msgspec.Struct, frozen=True):
    id: int
    guid: str | None = None


async def register_schemas(settings: SchemaRegistrySettings) -> Mapping[str, tuple[str, bytes]]:
    """Register the schema of every topic, or look it up where that is for others to do; return headers by topic.

    Raises:
        DeliveryError: the registry cannot be reached, or has not taken or found a schema.

    """
    if settings.url is None:
        return {}
    headers = {}
    for topic, schema in list_subjects().items():
        subject = f"{topic}-value"
        path = f"/subjects/{subject}/versions" if settings.auto_register else f"/subjects/{subject}"
        body = msgspec.json.encode({"schemaType": "JSON", "schema": msgspec.json.encode(schema).decode()})
        try:
            answer = await _ask(Server(settings.url.rstrip("/") + path, settings), body)
            headers[topic] = (HEADER, _write_id(msgspec.json.decode(answer, type=_Registered)))
        except (DeliveryError, msgspec.DecodeError) as error:
            verb = "registered" if settings.auto_register else "found"
            raise DeliveryError(f"schema_registry: {subject} could not be {verb}: {error}") from None
    return headers


async def _ask(server: Server, body: bytes) -> bytes:
    server.open()
    try:
        async for attempt in stamina.retry_context(
            on=_may_pass,
            attempts=_ATTEMPTS,
            wait_initial=_WAIT_SECONDS,
            wait_jitter=_WAIT_SECONDS,
            timeout=None,
        ):
            with attempt:
                return await server.post(body, {"Content-Type": _CONTENT_TYPE, "Accept": _CONTENT_TYPE})
    finally:
        await server.close()
    raise AssertionError  # stamina ends with an answer or with the last error


def _may_pass(error: Exception) -> bool:
    return isinstance(error, DeliveryError) and not isinstance(error, DeliveryRefused)


def _write_id(registered: _Registered) -> bytes:
    if registered.guid is not None:
        return _GUID + UUID(registered.guid).bytes
    return _NUMBER + registered.id.to_bytes(4, "big")
