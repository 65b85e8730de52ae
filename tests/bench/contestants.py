"""Who takes part in the bench, what each of them does, and one run of one of them."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

import msgspec

from monitor.topics import ALERTS, Topic, declare_topics
from tests.bench.completion import Announced, Journalled, Span
from tests.bench.environments import COMPILED, REPOSITORY, is_compiled, prepare
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
    #: Runs `monitor worker`: its own topics and changelog say when it has done its work.
    is_ours: bool = False
    #: Runs what `make test-compiled` has built.
    is_compiled: bool = False

    def find_python(self) -> str:
        """Return the interpreter to run it with.

        Raises:
            PeerUnavailable: its libraries cannot be had here.

        """
        return str(prepare(self.environment)) if self.environment else sys.executable


_PEERS_WORK: Final = "JSON, vaderSentiment, count per customer, negatives out"

_OUR_WORK: Final = "whole job: score and follow, alerts, metrics, changelog"
_PLAIN: Final = Contestant(
    name="ours", label="Earshot", work=f"{_OUR_WORK}; plain Python", module="ours", is_ours=True
)
_COMPILED: Final = Contestant(
    name="ours",
    label="Earshot",
    work=f"{_OUR_WORK}; scored and followed by compiled code",
    module="ours",
    is_ours=True,
    is_compiled=True,
)

CONTESTANTS: Final[tuple[Contestant, ...]] = (
    # Compiled, if it has been: both builds, then.
    *(
        (_COMPILED, msgspec.structs.replace(_PLAIN, name="plain", label="Earshot plain"))
        if is_compiled()
        else (_PLAIN,)
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
OURS: Final = CONTESTANTS[0]


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
    partitions: int = PARTITIONS
    store: str = "memory"

    def run(
        self,
        contestant: Contestant,
        python: str,
        messages: int,
        prepare: Callable[[], object] = lambda: None,
        examine: Callable[[WatchedProcess, Span], object] = lambda _process, _span: None,
    ) -> Run:
        """Run a contestant from backlog to drained, on topics and in a group that nobody has used before.

        `prepare` comes before its start, when its topics are there; `examine` while it still lives.
        """
        with self.lay_out(contestant, self.sources[messages], messages) as job:
            prepare()
            completion = (Journalled if contestant.is_ours else Announced)(self.log, job)
            with start(contestant, python, job, self.cores) as process:
                process.watch_until(lambda: completion.is_done(process), job.deadline_seconds)
                span = completion.judge(process)
                examine(process, span)
                return Run(
                    messages=job.messages,
                    seconds=span.finished_at_seconds - span.first_at_seconds,
                    cpu_seconds=process.find_cpu_seconds(span.finished_at_seconds)
                    - process.find_cpu_seconds(span.first_at_seconds),
                    peak_memory_bytes=process.peak_memory_bytes,
                    outputs=span.outputs,
                )

    @contextmanager
    def lay_out(self, contestant: Contestant, source: str, messages: int) -> Iterator[Job]:
        """Make what one run needs, topics, group and folder, and take it away at the end."""
        group = f"bench-{contestant.name}-{uuid4().hex[:8]}"
        output = ALERTS if contestant.is_ours else f"{group}-negatives"
        topics = (
            declare_topics(self.partitions)
            if contestant.is_ours
            else (Topic(name=output, partitions=self.partitions),)
        )
        self.log.remove(topic.name for topic in topics)
        self.log.make(*topics)
        with tempfile.TemporaryDirectory(prefix=f"{group}-") as folder:
            try:
                yield Job(
                    bootstrap=self.bootstrap,
                    source=source,
                    output=output,
                    group=group,
                    messages=messages,
                    partitions=self.partitions,
                    folder=folder,
                    deadline_seconds=_START_SECONDS + messages // _SLOWEST_MESSAGES_PER_SECOND,
                    store=self.store,
                )
            finally:
                self.log.remove([*(topic.name for topic in topics), *self.log.find_topics(group)])


def start(contestant: Contestant, python: str, job: Job, cores: set[int]) -> WatchedProcess:
    """Make the process of a contestant, which starts at once and ends with its `with` block."""
    command = [python, "-m", f"tests.bench.workers.{contestant.module}", json.dumps(vars(job))]
    return WatchedProcess(command, cores, _choose_environment(contestant))


def _choose_environment(contestant: Contestant) -> dict[str, str]:
    """Give a worker our environment without our settings, and where to import its module and ours from."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MONITOR_", "PYTHON"))}
    folders = (COMPILED, REPOSITORY) if contestant.is_compiled else (REPOSITORY,)
    return {**kept, "PYTHONPATH": os.pathsep.join(map(str, folders))}
