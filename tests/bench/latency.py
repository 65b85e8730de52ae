"""How long a message takes to become an alert under a steady load, beside Quix Streams at the same rate.

    python -m tests.bench.latency [--seconds 20] [--capacity 8000] [--loads 0.1 0.5 0.8]

A command, not a test. From the broker's append of the source record to its append of the alert (of Quix Streams: of
the negative message): both stages, state and confirmations included, no clock but the broker's. Loads are shares of
the capacity that the throughput bench has measured. Alerts that time alone brings (a tick) have no source record.
"""

import argparse
import asyncio
import math
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import msgspec
from rich.table import Table

from monitor.records import decode_alert
from monitor.topics import SCORED, Topic
from tests.bench.completion import Announced, Journalled
from tests.bench.contestants import CONTESTANTS, OURS, PARTITIONS, Contestant, Course, start
from tests.bench.environments import PeerUnavailable
from tests.bench.feed import feed
from tests.bench.loads import tell_messages
from tests.bench.process import WatchedProcess, keep_to, split_cores
from tests.bench.report import console, merge, read
from tests.bench.topic_log import TopicLog
from tests.kafka.cluster import APPEND_TIMES, ApacheKafka, KafkaUnavailable

QUIX: Final = next(one for one in CONTESTANTS if one.name == "quix")
HEADLINE_LOAD: Final = 0.5

#: What is appended before that belongs to caches that are cold and a group that is forming.
_WARM_UP_SECONDS: Final = 5.0
_BROKER_WARM_UP_SECONDS: Final = 30.0
_READY_SECONDS: Final = 60.0
_DRAIN_SECONDS: Final = 60.0
_BAR_CHARACTERS: Final = 50


def main() -> None:
    """Measure each load, print the table and histograms, write the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="measured time at each load")
    parser.add_argument("--capacity", type=float, help="messages per second; default: what was measured last")
    parser.add_argument("--loads", type=float, nargs="+", default=[0.1, HEADLINE_LOAD, 0.8])
    arguments = parser.parse_args()
    capacity = arguments.capacity or find_capacity()
    try:
        measured = measure(capacity, arguments.loads, arguments.seconds)
    except KafkaUnavailable as error:
        sys.exit(str(error))
    print_table(measured)
    headline = next(
        (one for one in measured if one["load"] == HEADLINE_LOAD and one["name"] == OURS.name), None
    )
    figures = {key: headline[key] for key in ("p50_seconds", "p99_seconds")} if headline else {}
    merge({"latency": {**figures, "capacity_messages_per_second": capacity, "runs": measured}})


def find_capacity() -> float:
    """Return the capacity that the throughput bench has measured."""
    try:
        ours = read()["throughput"]["contestants"][OURS.name]
    except KeyError:
        sys.exit("no capacity is known: run tests.bench.throughput first, or give --capacity")
    return float(ours["messages_per_second"]["median"])


def measure(capacity: float, loads: Sequence[float], seconds: float) -> list[dict[str, Any]]:
    """Run each contestant under each load on one broker; return a figure set per run."""
    other_cores, worker_cores = split_cores()
    found = []
    with keep_to(other_cores), ApacheKafka(APPEND_TIMES) as kafka, TopicLog(kafka.bootstrap) as log:
        course = Course(kafka.bootstrap, log, {}, worker_cores)
        # A broker is slow at first, and that must not be the first contestant's loss.
        run(course, OURS, OURS.find_python(), capacity * HEADLINE_LOAD, _BROKER_WARM_UP_SECONDS)
        for load in loads:
            for contestant in (OURS, QUIX):
                try:
                    python = contestant.find_python()
                except PeerUnavailable as reason:
                    console.print(f"{contestant.label} NOT MEASURED, it cannot be had here: {reason}")
                    continue
                latencies = run(course, contestant, python, capacity * load, seconds)
                found.append(describe(contestant, load, capacity * load, latencies))
                print_histogram(found[-1], latencies)
    return found


def run(
    course: Course, contestant: Contestant, python: str, per_second: float, seconds: float
) -> list[float]:
    """Feed one contestant at a steady rate, and return the seconds that each output took, in no order."""
    count = int(per_second * (seconds + _WARM_UP_SECONDS))
    span = timedelta(seconds=count / per_second)
    probe, *messages = tell_messages(count, end=datetime.now(UTC) + span, span=span)
    source = f"bench.latency.{uuid4().hex[:8]}"
    course.log.make(Topic(name=source, partitions=PARTITIONS))
    with (
        course.lay_out(contestant, source, count) as job,
        start(contestant, python, job, course.cores) as process,
    ):
        # One message first: a contestant that has handled it is up, and its group has formed.
        asyncio.run(feed(course.bootstrap, source, PARTITIONS, [probe], per_second))
        process.watch_until(lambda: is_up(course.log, contestant, process), _READY_SECONDS)
        asyncio.run(feed(course.bootstrap, source, PARTITIONS, messages, per_second))
        completion = (Journalled if contestant.is_ours else Announced)(course.log, job)
        process.watch_until(lambda: completion.is_done(process), _DRAIN_SECONDS)
        latencies = asyncio.run(find_latencies(course.log, contestant, source, job.output))
    course.log.remove([source])
    return latencies


def is_up(log: TopicLog, contestant: Contestant, process: WatchedProcess) -> bool:
    """Tell whether a contestant has begun to handle messages."""
    return log.count(SCORED) > 0 if contestant.is_ours else "first" in process.read_said()


async def find_latencies(log: TopicLog, contestant: Contestant, source: str, output: str) -> list[float]:
    """Return the seconds from append of a source record to append of what it caused, warm-up left out."""
    appended = {msgspec.json.decode(one.value)["id"]: one.timestamp async for one in log.read(source)}
    measured_from = sorted(appended.values())[1] + _WARM_UP_SECONDS * 1000
    latencies = []
    async for record in log.read(output):
        caused_at = find_cause(record.value, contestant, appended)
        if caused_at is not None and caused_at >= measured_from:
            latencies.append((record.timestamp - caused_at) / 1000)
    if not latencies:
        raise RuntimeError(f"{contestant.label} put out nothing after the warm-up")
    return latencies


def find_cause(value: bytes, contestant: Contestant, appended: dict[str, int]) -> float | None:
    """Return when the source record of an output was appended, in milliseconds; none for what time alone caused."""
    if not contestant.is_ours:
        return appended[msgspec.json.decode(value)["id"]]
    alert = decode_alert(value)
    return alert.received_at.timestamp() * 1000 if alert.trigger and alert.received_at else None


def describe(
    contestant: Contestant, load: float, per_second: float, latencies: Sequence[float]
) -> dict[str, Any]:
    """Put one run into figures."""
    ranked = sorted(latencies)
    return {
        "name": contestant.name,
        "label": contestant.label,
        "load": load,
        "messages_per_second": per_second,
        "outputs": len(ranked),
        "p50_seconds": percentile(ranked, 0.5),
        "p99_seconds": percentile(ranked, 0.99),
        "max_seconds": ranked[-1],
    }


def percentile(ranked: Sequence[float], share: float) -> float:
    """Return the value that `share` of the ranked ones do not exceed."""
    return ranked[math.ceil(share * len(ranked)) - 1]


def print_histogram(figures: dict[str, Any], latencies: Sequence[float]) -> None:
    """Print how many outputs took how long, in steps that double."""
    rate = f"{figures['messages_per_second']:,.0f} msg/s"
    console.print(f"{figures['label']} at {figures['load']:.0%} of Earshot's capacity, {rate}")
    buckets = Counter(max(0, math.ceil(math.log2(max(one * 1000, 1)))) for one in latencies)
    most = max(buckets.values())
    for power in range(min(buckets), max(buckets) + 1):
        bar = "█" * math.ceil(buckets[power] / most * _BAR_CHARACTERS)
        console.print(f"  up to {2**power:>6,} ms {buckets[power]:>8,} {bar}")


def print_table(measured: Sequence[dict[str, Any]]) -> None:
    table = Table(title="append of the source record to append of the output", title_justify="left")
    table.add_column()
    for heading in ("load", "msg/s", "outputs", "p50 ms", "p99 ms", "max ms"):
        table.add_column(heading, justify="right")
    for one in measured:
        times = (f"{one[key] * 1000:,.0f}" for key in ("p50_seconds", "p99_seconds", "max_seconds"))
        rate = f"{one['messages_per_second']:,.0f}"
        table.add_row(one["label"], f"{one['load']:.0%}", rate, f"{one['outputs']:,}", *times)
    console.print(table)


if __name__ == "__main__":
    main()
