"""How it is known that a contestant has done its whole work, and between which moments it did.

From the first message handled to the broker's append of the last record that this work caused: the broker stamps
outputs and state, so that no contestant's own clock, commit interval or way to stop counts.
"""

import asyncio
import time
from collections import defaultdict
from datetime import datetime
from typing import Final

import msgspec

from monitor.core.plan import Marker
from monitor.core.scored import Scored
from monitor.records import decode_event
from monitor.stream.changelog import MARKER_KEY
from monitor.topics import ALERTS, DEAD_LETTERS, JOURNEYS, SCORED
from tests.bench.process import WatchedProcess
from tests.bench.topic_log import TopicLog
from tests.bench.workers.job import Job

_ASK_SECONDS: Final = 0.25


class WorkUndone(Exception):
    """A run did not do its whole work: there is no figure."""


class Span(msgspec.Struct, frozen=True):
    """The time that the work took, and what it put out."""

    first_at_seconds: float
    finished_at_seconds: float
    outputs: int


class Announced:
    """A peer or the floor: it announces its first message, its last, and that nothing of its own is left to send."""

    def __init__(self, log: TopicLog, job: Job) -> None:
        self._log = log
        self._job = job

    def is_done(self, process: WatchedProcess) -> bool:
        return "done" in process.read_said()

    def judge(self, process: WatchedProcess) -> Span:
        """Return the span; the broker's last append counts where it comes after the announcement."""
        said = process.read_said()
        if said["last"]["handled"] != self._job.messages:
            raise WorkUndone(f"{said['last']['handled']} of {self._job.messages} messages were handled")
        written = self._log.find_topics(self._job.group)
        appended_at = self._log.find_last_append_seconds(written)
        outputs = self._log.count(self._job.output)
        return Span(said["first"]["at_seconds"], max(said["last"]["at_seconds"], appended_at), outputs)


class Journalled:
    """Our worker: its log says when it may fetch, the scored log and the journeys' changelog say the rest."""

    def __init__(self, log: TopicLog, job: Job) -> None:
        self._log = log
        self._job = job
        self._source_ends = log.find_ends(job.source)
        #: What was laid there before the worker began.
        self._laid_ends = log.find_ends(JOURNEYS)
        self._scored_ends: dict[int, int] | None = None
        self._asked_at = 0.0

    def is_done(self, process: WatchedProcess) -> bool:  # noqa: ARG002 - its topics tell, not the process
        """Ask, at most four times a second, whether all is scored and what was scored is followed."""
        if time.monotonic() - self._asked_at < _ASK_SECONDS:
            return False
        self._asked_at = time.monotonic()
        group = self._job.group
        if self._scored_ends is None and self._log.has_committed(group, self._job.source, self._source_ends):
            self._scored_ends = self._log.find_ends(SCORED)
        return self._scored_ends is not None and self._log.has_committed(group, SCORED, self._scored_ends)

    def judge(self, process: WatchedProcess) -> Span:
        """Return the span from the end of the restore, before the first fetch, to the last state's append."""
        restored = process.read_logged("partition restored")
        if self._log.count(DEAD_LETTERS):
            raise WorkUndone(f"{self._log.count(DEAD_LETTERS)} dead letters")
        return Span(
            max(_seconds_of(line["timestamp"]) for line in restored),
            asyncio.run(self.find_finish()),
            self._log.count(ALERTS),
        )

    async def find_finish(self) -> float:
        """Find the append of the first markers that cover every scored message; ticks after them do not count."""
        origins: set[tuple[int, int]] = set()
        last_offsets: dict[int, int] = {}
        async for record in self._log.read(SCORED):
            event = decode_event(record.value)
            if isinstance(event, Scored):
                origins.add((event.origin.partition, event.origin.offset))
                last_offsets[record.partition] = record.offset
        if len(origins) != self._job.messages:
            raise WorkUndone(f"{len(origins)} of {self._job.messages} messages were scored")
        covered: defaultdict[int, list[float]] = defaultdict(list)
        async for record in self._log.read(JOURNEYS, self._laid_ends):
            if record.key == MARKER_KEY and record.partition in last_offsets:
                marker = msgspec.msgpack.decode(record.value, type=Marker)
                if marker.next_offset > last_offsets[record.partition]:
                    covered[record.partition].append(record.timestamp / 1000)
        if set(covered) != set(last_offsets):
            raise WorkUndone(
                f"partitions {sorted(set(last_offsets) - set(covered))} were not followed to the end"
            )
        return max(map(min, covered.values()))


def _seconds_of(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp).timestamp()
