"""The single-writer changelog as pure functions: who owns a partition's state, and which entries count.

The rules, over the entries of one changelog partition in log order:

1. A worker that is given the partition appends a *claim*, and reads up to that very record. The claim's offset and its
   value, a random number, are its writer id from then on: ids grow with every claim, and are those of no other log.
2. Every entry carries its writer's id. The latest claim wins; entries of an older writer after it are void. An entry
   of a newer writer proves a claim that compaction has taken away, be it while the partition was being read.
3. The owner knows where its next batch must land. If it landed further on, others have written in between: a newer
   claim deposes the owner; anything else is void, and the owner appends the true values of those keys again, so that
   compaction can never keep a void value. Reading does the same repair. Where nothing is left of what was written
   in between, a newer owner has repaired it.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

CLAIM_KEY: Final = b"\x00claim"
MARKER_KEY: Final = b"\x00marker"
#: The writer of a record that names none; older than any claim.
NOBODY: Final = b""

Landing = Literal["repair", "deposed"]


class Entry(msgspec.Struct, frozen=True):
    """One changelog record; a value of None removes the key.

    A claim cannot know its offset before it lands: what it says of its writer does not count.
    """

    offset: int
    writer: bytes
    key: bytes
    value: bytes | None


class Anchor(msgspec.Struct, frozen=True):
    """The marker that states which outlive the process reflect: no other log has that writer's entry there."""

    offset: int
    writer: bytes

    def is_at(self, entry: Entry) -> bool:
        """Tell whether that entry is the marker itself."""
        return (entry.offset, entry.writer, entry.key) == (self.offset, self.writer, MARKER_KEY)


def name_writer(claim_offset: int, nonce: bytes = b"") -> bytes:
    """Make the id of the writer whose claim stands there with that value; ids compare as the offsets do."""
    return claim_offset.to_bytes(8) + nonce


class Sieve:
    """Tells, over the entries of a partition in log order, which count; and knows the owner, and the void keys."""

    def __init__(self) -> None:
        self.owner = name_writer(0)
        self.void: set[bytes] = set()
        self.void_entries = 0

    def sift(self, entries: Iterable[Entry]) -> dict[bytes, bytes | None]:
        """Return what further entries come to: the last value that counts of each key, None to remove it."""
        changes: dict[bytes, bytes | None] = {}
        owner, void = self.owner, self.void
        for entry in entries:
            if entry.key == CLAIM_KEY:
                owner = name_writer(entry.offset, entry.value or b"")
            elif entry.writer < owner:
                void.add(entry.key)
                self.void_entries += 1
            else:
                owner = entry.writer
                void.discard(entry.key)
                changes[entry.key] = entry.value
        self.owner = owner
        return changes


class Replica(Sieve):
    """What a reader knows after some entries: the state, markers included."""

    def __init__(self) -> None:
        super().__init__()
        self.state: dict[bytes, bytes] = {}

    def read(self, entries: Iterable[Entry]) -> None:
        """Take further entries in log order."""
        for key, value in self.sift(entries).items():
            if value is None:
                self.state.pop(key, None)
            else:
                self.state[key] = value


def judge_landing(writer: bytes, between: Sequence[Entry]) -> Landing:
    """Judge what is left between where a batch of `writer` had to land and where it landed, further on."""
    if not between or any(entry.key == CLAIM_KEY or entry.writer > writer for entry in between):
        return "deposed"
    return "repair"
