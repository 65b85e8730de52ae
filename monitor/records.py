"""Bytes and the records of Earshot's own topics: scored messages, ticks, alerts, dead letters."""

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from monitor.core.alert import Alert
from monitor.core.scored import Scored, Tick
from monitor.errors import RejectedReason


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record that could not be taken: why, where it stands, and, unless privacy forbids, what it was.

    `payload` is base64 in JSON and has the sensitivity of the source topic.
    """

    schema: Literal["dead-letter.v1"] = "dead-letter.v1"
    reason: RejectedReason
    detail: str
    topic: str
    partition: int
    offset: int
    received_at: datetime
    size_bytes: Annotated[int, msgspec.Meta(ge=0)]
    payload: bytes | None = None


#: A list, because aiokafka takes nothing else; nobody may change it.
JSON_HEADERS: Final = [("content-type", b"application/json")]

encode: Final = msgspec.json.Encoder().encode
decode_event: Final = msgspec.json.Decoder(Scored | Tick).decode
decode_alert: Final = msgspec.json.Decoder(Alert).decode
decode_dead_letter: Final = msgspec.json.Decoder(DeadLetter).decode
