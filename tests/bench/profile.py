"""Where the worker's CPU time goes: µs per message and stage, from the running worker under a backlog.

    python -m tests.bench.profile [--messages 100000]

A command, not a test. The samples are shares; the CPU time that they share out is that of the whole process.
"""

import argparse
import sys
from datetime import UTC, datetime
from typing import Final

from rich.table import Table

from monitor.topics import Topic
from tests.bench.completion import Span, WorkUndone
from tests.bench.contestants import PARTITIONS, Contestant, Course
from tests.bench.loads import load, tell_messages
from tests.bench.process import WatchedProcess, keep_to, split_cores
from tests.bench.report import console, merge
from tests.bench.topic_log import TopicLog
from tests.kafka.cluster import APPEND_TIMES, ApacheKafka, KafkaUnavailable

PROFILED: Final = Contestant(
    name="profiled", label="Earshot", work="the whole job, sampled", module="profiled", is_ours=True
)
_SOURCE: Final = "bench.profile"
_BAR_CHARACTERS: Final = 40


def main() -> None:
    """Run the worker twice, the first time for the broker's sake, and print the second."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=100_000)
    messages = parser.parse_args().messages
    try:
        stages = measure(messages)
    except (KafkaUnavailable, WorkUndone) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    print_stages(stages)
    merge({"profile_microseconds_per_message": stages})


def measure(messages: int) -> dict[str, float]:
    """Return CPU µs per message by stage."""
    said: dict[str, float] = {}

    def examine(process: WatchedProcess, _span: Span) -> None:
        said.update(process.read_said()["profile"])

    other_cores, worker_cores = split_cores()
    with keep_to(other_cores), ApacheKafka(APPEND_TIMES) as kafka, TopicLog(kafka.bootstrap) as log:
        log.make(Topic(name=_SOURCE, partitions=PARTITIONS))
        load(kafka.bootstrap, _SOURCE, PARTITIONS, tell_messages(messages, end=datetime.now(UTC)))
        course = Course(kafka.bootstrap, log, {messages: _SOURCE}, worker_cores)
        for _ in range(2):
            run = course.run(PROFILED, PROFILED.find_python(), messages, examine=examine)
    process_seconds, loop_seconds = said.pop("process_seconds"), said.pop("loop_seconds")
    for key in ("bench", "at_seconds", "cpu_seconds"):
        del said[key]
    # The other threads have no frames in the samples; their share is known from the kernel's own count.
    per_message = run.cpu_microseconds_per_message
    in_loop = per_message * loop_seconds / process_seconds
    samples = sum(said.values())
    stages = {stage: count / samples * in_loop for stage, count in said.items()}
    return {**stages, "other threads: the fetcher's": per_message - in_loop}


def print_stages(stages: dict[str, float]) -> None:
    table = Table(title="CPU µs per message", title_justify="left")
    table.add_column("stage")
    table.add_column("µs", justify="right")
    table.add_column("", no_wrap=True)
    most = max(stages.values())
    for stage, microseconds in sorted(stages.items(), key=lambda item: -item[1]):
        table.add_row(stage, f"{microseconds:.1f}", "█" * round(microseconds / most * _BAR_CHARACTERS))
    table.add_row("all", f"{sum(stages.values()):.1f}", "")
    console.print(table)


if __name__ == "__main__":
    main()
