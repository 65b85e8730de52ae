"""The W3C trace context of records: a message's own is handed on as it came, and whatever has none is given one.

Earshot writes no spans of its own, so the next span hangs on the one that is really there. What one message caused
continues its trace: its score, the alert that it led to, its dead letter. What time or a crowd caused has no source
or many, and begins a trace of its own. A trace that is given is made of the record's identity, never of chance: a
replay gives the same.
"""

import re
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from typing import Final

HEADER: Final = "traceparent"

#: Version 00; a later one may say more behind it. Neither id is nought, and no version is ff.
_TRACEPARENT: Final = re.compile(
    rb"(?!ff)(?P<version>[0-9a-f]{2})-(?P<ids>(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})"
    rb"(?P<more>-.*)?",
    re.DOTALL,
)


def read_traceparent(headers: Iterable[tuple[str, bytes | None]]) -> str | None:
    """Read the trace context of a record, as version 00; None where there is none, or no valid one.

    Of several the last counts, as it does for OpenTelemetry's Kafka clients.
    """
    given = None
    for name, value in headers:
        if name == HEADER:
            given = value
    found = _TRACEPARENT.fullmatch(given) if given else None
    if found is None or (found["version"] == b"00" and found["more"] is not None):
        return None
    return f"00-{found['ids'].decode()}-{found['flags'].decode()}"


def trace_place(topic: str, partition: int, offset: int) -> str:
    """Give the trace that begins with a record without one; of all records, so it must cost next to nothing.

    Not sampled: nobody has decided that it should be.
    """
    begin, middle = _name_place(topic, partition)
    place = offset.to_bytes(8, "big").hex()
    return f"{begin}{place}{middle}{place[8:]}-00"


def trace_identity(identity: str) -> str:
    """Give the trace that begins with what no single record caused."""
    digest = blake2b(identity.encode(), digest_size=24).hexdigest()
    return f"00-{digest[:32]}-{digest[32:]}-00"


@cache
def _name_place(topic: str, partition: int) -> tuple[str, str]:
    """Write what is the same in all traces of a partition: what stands before each of the two ids' own digits.

    The topic is eight digits, which are never all nought: neither are the ids, then.
    """
    name = f"{int.from_bytes(blake2b(topic.encode(), digest_size=4).digest(), 'big') | 1:08x}"
    return f"00-{name}{partition:08x}", f"-{name}"
