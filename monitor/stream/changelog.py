"""The single-writer changelog as pure functions: who owns a partition's state, and which entries count.

The rules, over the entries of one changelog partition in log order:

1. A worker that is given the partition appends a *claim* with a fresh writer id, and reads up to that very record.
2. Every entry carries its writer's id. The latest claim wins; entries of any other writer after it are void.
3. The owner knows where its next batch must land. If it landed further on, others have written in between: a newer
   claim deposes the owner; anything else is void, and the owner appends the true values of those keys again, so that
   compaction can never keep a void value. Reading does the same repair.
"""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

CLAIM_KEY: Final = b"\x00claim"
MARKER_KEY: Final = b"\x00marker"

Landing = Literal["clean", "repair", "deposed"]


class Entry(msgspec.Struct, frozen=True):
    """One changelog record; a value of None removes the key."""

    offset: int
    writer: bytes
    key: bytes
    value: bytes | None


class Replica:
    """What a reader knows after some entries: the owner, the state (markers included), and the void keys."""

    def __init__(self) -> None:
        self.owner: bytes | None = None
        self.state: dict[bytes, bytes] = {}
        self.void: set[bytes] = set()
        self.void_entries = 0

    def read(self, entries: Iterable[Entry]) -> None:
        """Take further entries in log order."""
        for entry in entries:
            if entry.key == CLAIM_KEY:
                self.owner = entry.writer
            elif self.owner is not None and entry.writer != self.owner:
                self.void.add(entry.key)
                self.void_entries += 1
            else:
                self.void.discard(entry.key)
                if entry.value is None:
                    self.state.pop(entry.key, None)
                else:
                    self.state[entry.key] = entry.value


def judge_landing(writer: bytes, between: Iterable[Entry]) -> Landing:
    """Judge what stands between where a batch of `writer` had to land and where it landed."""
    landing: Landing = "clean"
    for entry in between:
        if entry.key == CLAIM_KEY and entry.writer != writer:
            return "deposed"
        if entry.writer != writer:
            landing = "repair"
    return landing
