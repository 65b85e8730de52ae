"""Who takes part in the bench, what each of them does, and one run of one of them."""

import json
import os
import sys
import tempfile
from typing import Final
from uuid import uuid4

import msgspec

from monitor.topics import ALERTS, Topic, declare_topics
from tests.bench.completion import Announced, Journalled
from tests.bench.environments import REPOSITORY, prepare
from tests.bench.process import WatchedProcess
from tests.bench.topic_log import TopicLog
from tests.bench.workers.job import Job

PARTITIONS: Final = 4

#: Nobody who works at all is slower.
_SLOWEST_MESSAGES_PER_SECOND: Final = 200
_START_SECONDS: Final = 120


class Contestant(msgspec.Struct, frozen=True, kw_only=True):
    """One worker: the module that runs, and whose environment it runs in; `share` of all messages is its load."""

    name: str
    label: str
    work: str
    module: str
    environment: str | None = None
    share: float = 1.0

    def find_python(self) -> str:
        """Return the interpreter to run it with.

        Raises:
            PeerUnavailable: its libraries cannot be had here.

        """
        return str(prepare(self.environment)) if self.environment else sys.executable


_PEERS_WORK: Final = "JSON, vaderSentiment, count per customer, negatives out"

CONTESTANTS: Final[tuple[Contestant, ...]] = (
    Contestant(
        name="ours",
        label="Earshot",
        work="whole job: score and follow, alerts, metrics, changelog",
        module="ours",
    ),
    Contestant(
        name="quix",
        label="Quix Streams",
        work=f"{_PEERS_WORK}; changelog on",
        module="quix",
        environment="quix",
    ),
    Contestant(
        name="bytewax",
        label="Bytewax",
        work=f"{_PEERS_WORK}; SQLite recovery on, no changelog",
        module="bytewax_flow",
        environment="bytewax",
    ),
    Contestant(
        name="faust",
        label="stock Faust",
        work=f"{_PEERS_WORK}; Table with changelog",
        module="faust_plain",
        share=1 / 8,
    ),
    Contestant(name="floor", label="floor", work="aiokafka and msgspec decode, nothing else", module="floor"),
)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of one contestant took."""

    messages: int
    seconds: float
    cpu_seconds: float
    peak_memory_bytes: int
    outputs: int

    @property
    def messages_per_second(self) -> float:
        return self.messages / self.seconds

    @property
    def cpu_microseconds_per_message(self) -> float:
        return self.cpu_seconds / self.messages * 1e6


class Course(msgspec.Struct, frozen=True):
    """The broker, the filled source topics by number of messages, and the cores that a contestant gets."""

    bootstrap: str
    log: TopicLog
    sources: dict[int, str]
    cores: set[int]

    def run(self, contestant: Contestant, python: str, messages: int) -> Run:
        """Run a contestant from backlog to drained, on topics and in a group that nobody has used before."""
        group = f"bench-{contestant.name}-{uuid4().hex[:8]}"
        output = ALERTS if contestant.name == "ours" else f"{group}-negatives"
        topics = (
            declare_topics(PARTITIONS)
            if contestant.name == "ours"
            else (Topic(name=output, partitions=PARTITIONS),)
        )
        self.log.remove(topic.name for topic in topics)
        self.log.make(*topics)
        with tempfile.TemporaryDirectory(prefix=f"{group}-") as folder:
            job = Job(
                bootstrap=self.bootstrap,
                source=self.sources[messages],
                output=output,
                group=group,
                messages=messages,
                partitions=PARTITIONS,
                folder=folder,
                deadline_seconds=_START_SECONDS + messages // _SLOWEST_MESSAGES_PER_SECOND,
            )
            try:
                return self._watch(contestant, python, job)
            finally:
                self.log.remove([*(topic.name for topic in topics), *self.log.find_topics(group)])

    def _watch(self, contestant: Contestant, python: str, job: Job) -> Run:
        completion = (Journalled if contestant.name == "ours" else Announced)(self.log, job)
        command = [python, "-m", f"tests.bench.workers.{contestant.module}", json.dumps(vars(job))]
        with WatchedProcess(command, self.cores, _choose_environment()) as process:
            process.watch_until(lambda: completion.is_done(process), job.deadline_seconds)
            span = completion.judge(process)
            return Run(
                messages=job.messages,
                seconds=span.finished_at_seconds - span.first_at_seconds,
                cpu_seconds=process.find_cpu_seconds(span.finished_at_seconds)
                - process.find_cpu_seconds(span.first_at_seconds),
                peak_memory_bytes=process.peak_memory_bytes,
                outputs=span.outputs,
            )


def _choose_environment() -> dict[str, str]:
    """Give a worker our environment without our settings, and the repository to import its module from."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MONITOR_", "PYTHON"))}
    return {**kept, "PYTHONPATH": str(REPOSITORY)}
