"""What grows with customers, text length, partitions and one loud customer: throughput, memory, disk, recovery.

    python -m tests.bench.growth [--customers 10000 100000 1000000] [--messages 100000] [--only customers length]

A command, not a test. The journeys of that many customers lie in the changelog when the worker starts; it restores
them, and works a backlog of messages from those very customers. Text lengths, partitions and the loud customer are
tried with 20,000 customers of whom nothing is known yet.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from rich.table import Table

from monitor.core.message import Message
from monitor.topics import JOURNEYS, SCORED, Topic
from tests.bench.changelog_load import lay_journeys
from tests.bench.completion import Span, WorkUndone
from tests.bench.contestants import OURS, PARTITIONS, Course
from tests.bench.loads import load, tell_messages
from tests.bench.process import WatchedProcess, keep_to, split_cores
from tests.bench.report import console, merge, read
from tests.bench.topic_log import TopicLog
from tests.bench.workers.ours import PSEUDONYM_KEY
from tests.kafka.cluster import APPEND_TIMES, ApacheKafka, KafkaUnavailable

SIZES: Final = (10_000, 100_000, 1_000_000)
LENGTHS: Final = (20, 170, 1_000, 5_000)
PARTITION_COUNTS: Final = (1, 4, 16, 64)
HOT_SHARE: Final = 0.9
SWEEPS: Final = ("customers", "length", "partitions", "hot")

Figures = dict[str, Any]


def main() -> None:
    """Run the sweeps, print a table, write the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, nargs="+", default=SIZES)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--store", choices=("memory", "rocksdb"), default="memory")
    parser.add_argument("--only", nargs="+", choices=SWEEPS, default=SWEEPS, help="which sweeps to run")
    arguments = parser.parse_args()
    try:
        found = measure(arguments.only, arguments.customers, arguments.messages, arguments.store)
    except (KafkaUnavailable, WorkUndone) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    print_table(found)
    merge(summarise(found, arguments.store))


def measure(sweeps: Sequence[str], sizes: Sequence[int], messages: int, store: str) -> list[Figures]:
    """Run every case of the sweeps on one broker."""
    other_cores, worker_cores = split_cores()
    found = []
    with keep_to(other_cores), ApacheKafka(APPEND_TIMES) as kafka, TopicLog(kafka.bootstrap) as log:
        track = Track(kafka.bootstrap, log, worker_cores, store)
        # A broker is slow at first, and that must not be the first case's loss.
        track.run("", "", messages)
        for case in list_cases(track, sweeps, sizes, messages):
            found.append(case())
            console.print(show(found[-1]))
    return found


def list_cases(
    track: "Track", sweeps: Sequence[str], sizes: Sequence[int], messages: int
) -> Iterator[Callable[[], Figures]]:
    if "customers" in sweeps:
        for size in sizes:
            yield lambda size=size: track.run("customers", f"{size:,}", messages, known=size)  # type: ignore[misc]  # a default cannot be typed in a lambda
    if "length" in sweeps:
        for length in LENGTHS:
            fewer = min(messages, messages * LENGTHS[1] // length)
            yield lambda length=length, fewer=fewer: track.run(  # type: ignore[misc]  # the same
                "length", f"{length:,}", fewer, characters=length
            )
    if "partitions" in sweeps:
        for count in PARTITION_COUNTS:
            yield lambda count=count: track.run("partitions", str(count), messages, partitions=count)  # type: ignore[misc]  # the same
    if "hot" in sweeps:
        yield lambda: track.run("hot", f"{HOT_SHARE:.0%}", messages, hot_share=HOT_SHARE)


class Track:
    """One broker, on which one case after the other is run."""

    def __init__(self, bootstrap: str, log: TopicLog, cores: set[int], store: str) -> None:
        self._bootstrap = bootstrap
        self._log = log
        self._cores = cores
        self._store = store

    def run(
        self,
        sweep: str,
        value: str,
        messages: int,
        known: int = 0,
        partitions: int = PARTITIONS,
        **shape: Any,  # noqa: ANN401 - what tell_messages takes
    ) -> Figures:
        """Run the worker over one load; `known` customers have journeys before it starts."""
        source = f"bench.growth.{uuid4().hex[:8]}"
        self._log.make(Topic(name=source, partitions=partitions))
        if known:
            shape["customers"] = known
        told: Iterator[Message] = tell_messages(messages, end=datetime.now(UTC), **shape)
        load(self._bootstrap, source, partitions, told)
        figures: Figures = {"sweep": sweep, "value": value, "known": known, "store": self._store}

        def prepare() -> None:
            if known:
                figures["journey_bytes"] = lay_journeys(
                    self._bootstrap, partitions, known, PSEUDONYM_KEY.encode()
                )
            figures["laid_ends"] = self._log.find_ends(JOURNEYS)

        def examine(process: WatchedProcess, _span: Span) -> None:
            figures["memory_bytes"] = process.memory_bytes
            figures["changelog_bytes_per_message"] = (
                asyncio.run(self._count_bytes(figures.pop("laid_ends"))) / messages
            )
            figures.update(find_recovery(process) if known else {})

        course = Course(self._bootstrap, self._log, {messages: source}, self._cores, partitions, self._store)
        run = course.run(OURS, OURS.find_python(), messages, prepare, examine)
        self._log.remove([source])
        return {
            **figures,
            "messages": messages,
            "messages_per_second": run.messages_per_second,
            "cpu_microseconds_per_message": run.cpu_microseconds_per_message,
            "peak_memory_bytes": run.peak_memory_bytes,
        }

    async def _count_bytes(self, laid_ends: Mapping[int, int]) -> int:
        return sum(
            [
                len(record.key) + len(record.value or b"")
                async for record in self._log.read(JOURNEYS, laid_ends)
            ]
        )


def find_recovery(process: WatchedProcess) -> Figures:
    """Return the journeys restored per second, as the worker's own log tells them, and the CPU time of each.

    Partitions overlap; and on a busy machine the CPU time is the figure to trust.
    """
    restored = [line for line in process.read_logged("partition restored") if line["topic"] == SCORED]
    ended = [datetime.fromisoformat(line["timestamp"]).timestamp() for line in restored]
    began = min(end - line["seconds"] for end, line in zip(ended, restored, strict=True))
    keys = sum(line["states"] for line in restored)
    cpu_seconds = process.find_cpu_seconds(max(ended)) - process.find_cpu_seconds(began)
    return {
        "recovery_keys_per_second": keys / (max(ended) - began),
        "recovery_cpu_microseconds_per_key": cpu_seconds / keys * 1e6,
    }


def summarise(found: Sequence[Figures], store: str) -> Figures:
    """Draw the figures that are asked for from those of the runs; bytes a customer are those that more of them add.

    What has been found with the other store stays.
    """
    grown = [one for one in found if one["sweep"] == "customers"]
    others = [one for one in read().get("growth", ()) if one["store"] != store]
    summary: Figures = {"growth": [*found, *others]}
    if len(grown) > 1 and store == "memory":
        least, most = grown[0], grown[-1]
        customers = most["known"] - least["known"]
        summary["bytes_per_customer"] = (most["memory_bytes"] - least["memory_bytes"]) / customers
        summary["recovery_keys_per_second"] = most["recovery_keys_per_second"]
        summary["throughput_of_most_by_least_customers"] = (
            most["messages_per_second"] / least["messages_per_second"]
        )
    return summary


def show(one: Figures) -> str:
    return f"{one['sweep']} {one['value']}: {one['messages_per_second']:,.0f} msg/s"


def print_table(found: Sequence[Figures]) -> None:
    table = Table(title="one core, backlog to drained", title_justify="left")
    for heading in ("what", "of", "messages"):
        table.add_column(heading)
    for heading in (
        "msg/s",
        "CPU µs/msg",
        "memory MiB",
        "peak MiB",
        "changelog B/msg",
        "journey B",
        "keys/s",
        "CPU µs/key",
    ):
        table.add_column(heading, justify="right")
    for one in found:
        table.add_row(
            one["sweep"],
            one["value"],
            f"{one['messages']:,}",
            f"{one['messages_per_second']:,.0f}",
            f"{one['cpu_microseconds_per_message']:.0f}",
            f"{one['memory_bytes'] / 2**20:,.0f}",
            f"{one['peak_memory_bytes'] / 2**20:,.0f}",
            f"{one['changelog_bytes_per_message']:,.0f}",
            f"{one.get('journey_bytes', 0):,}",
            f"{one.get('recovery_keys_per_second', 0):,.0f}",
            f"{one.get('recovery_cpu_microseconds_per_key', 0):.1f}",
        )
    console.print(table)


if __name__ == "__main__":
    main()
