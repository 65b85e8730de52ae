"""What several workers of one group do, each on a core of its own, by what one does.

    python -m tests.bench.scaling [--workers 2] [--rounds 3] [--messages 200000]

A command, not a test. Where there are no more cores than workers, the broker shares theirs. So the figure is of CPU
time: how long the busiest worker would have had its core to itself. The broker's share is not in it, and neither is
what the workers wait for each other.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec

from monitor.topics import Topic
from tests.bench.completion import Journalled, WorkUndone
from tests.bench.contestants import OURS, PARTITIONS, Course, start
from tests.bench.loads import load, tell_messages
from tests.bench.process import WatchedProcess, keep_to
from tests.bench.report import console, merge, spread_of
from tests.bench.topic_log import TopicLog
from tests.bench.workers.job import Job
from tests.kafka.cluster import APPEND_TIMES, ApacheKafka, KafkaUnavailable

#: They are worked before the clock starts: the group has formed, and caches are warm.
_WARM_UP_MESSAGES: Final = 10_000
_READY_SECONDS: Final = 120.0


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What the workers of one run took for the messages."""

    messages: int
    seconds: float
    cpu_seconds: list[float]

    @property
    def messages_per_core_second(self) -> float:
        """Messages by the CPU time of the busiest."""
        return self.messages / max(self.cpu_seconds)


def main() -> None:
    """Run one worker and several in turns, print and write the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "3")))
    parser.add_argument("--messages", type=int, default=200_000)
    arguments = parser.parse_args()
    try:
        rounds = measure(arguments.workers, arguments.rounds, arguments.messages)
    except (KafkaUnavailable, WorkUndone) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    report = describe(arguments.workers, rounds)
    ratio = report["ratio"]
    console.print(
        f"{arguments.workers} workers do {ratio['median']:.2f} times what one does "
        f"({ratio['min']:.2f} to {ratio['max']:.2f}), by CPU time: the broker's share of their cores is subtracted"
    )
    merge({"scaling": report})


def measure(workers: int, rounds: int, messages: int) -> list[tuple[Share, Share]]:
    """Return, of each round, what one worker took and what several did."""
    cores = sorted(os.sched_getaffinity(0))
    found = []
    with (
        keep_to(set(cores[workers:] or cores)),
        ApacheKafka(APPEND_TIMES) as kafka,
        TopicLog(kafka.bootstrap) as log,
    ):
        course = Course(kafka.bootstrap, log, {}, set(cores))
        # A broker is slow at first, and that must not be the first run's loss.
        run(course, cores[:1], _WARM_UP_MESSAGES)
        for number in range(rounds):
            alone = run(course, cores[:1], messages)
            together = run(course, [cores[place % len(cores)] for place in range(workers)], messages)
            found.append((alone, together))
            console.print(f"round {number + 1} of {rounds}  {show(alone)}  {show(together)}")
    return found


def run(course: Course, cores: Sequence[int], messages: int) -> Share:
    """Run one worker on each of the cores, all in one group."""
    source = f"bench.scaling.{uuid4().hex[:8]}"
    course.log.make(Topic(name=source, partitions=PARTITIONS))
    with course.lay_out(OURS, source, _WARM_UP_MESSAGES + messages) as job, ExitStack() as running:
        processes = []
        for number, core in enumerate(cores):
            folder = Path(job.folder) / str(number)
            folder.mkdir()
            own = replace(job, folder=str(folder))
            processes.append(running.enter_context(start(OURS, OURS.find_python(), own, {core})))
        watch(processes, lambda: all(one.read_logged("partition restored") for one in processes))
        said = list(tell_messages(_WARM_UP_MESSAGES + messages, end=datetime.now(UTC)))
        load(course.bootstrap, source, PARTITIONS, said[:_WARM_UP_MESSAGES])
        complete(course, replace(job, messages=_WARM_UP_MESSAGES), processes)
        for one in processes:
            one.sample()
        began_at = time.time()
        load(course.bootstrap, source, PARTITIONS, said[_WARM_UP_MESSAGES:])
        finished_at = complete(course, job, processes)
        used = [one.find_cpu_seconds(finished_at) - one.find_cpu_seconds(began_at) for one in processes]
    course.log.remove([source])
    return Share(messages=messages, seconds=finished_at - began_at, cpu_seconds=used)


def complete(course: Course, job: Job, processes: Sequence[WatchedProcess]) -> float:
    """Wait until all that lies in the source is followed; return when the last state of it was appended."""
    completion = Journalled(course.log, job)
    watch(processes, lambda: completion.is_done(processes[0]), job.deadline_seconds)
    return asyncio.run(completion.find_finish())


def watch(
    processes: Sequence[WatchedProcess], is_done: Callable[[], bool], deadline_seconds: float = _READY_SECONDS
) -> None:
    """Watch the first of them, and take the samples of all."""
    first, *others = processes

    def sample_others() -> bool:
        for one in others:
            one.sample()
        return is_done()

    first.watch_until(sample_others, deadline_seconds)


def describe(workers: int, rounds: Sequence[tuple[Share, Share]]) -> dict[str, Any]:
    """Put the runs into figures; each ratio is of one round."""
    return {
        "workers": workers,
        "ratio": spread_of(
            [together.messages_per_core_second / alone.messages_per_core_second for alone, together in rounds]
        ),
        "by_the_clock": spread_of([alone.seconds / together.seconds for alone, together in rounds]),
        "runs": msgspec.to_builtins(rounds),
    }


def show(share: Share) -> str:
    used = ", ".join(f"{seconds:.1f}" for seconds in share.cpu_seconds)
    return f"{len(share.cpu_seconds)} working: {used} CPU s in {share.seconds:.1f} s"


if __name__ == "__main__":
    main()
