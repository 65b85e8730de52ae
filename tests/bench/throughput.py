"""How many messages a second one core does, beside Quix Streams, Bytewax, stock Faust and the floor.

    python -m tests.bench.throughput [--rounds 5] [--messages 200000] [--only quix floor]

A command, not a test: on a real Apache Kafka, in interleaved rounds; `tests/bench/README.md` says what is compared
and how. Prints a table and merges its figures into build/bench.json.
"""

import argparse
import logging
import os
import platform
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from rich.table import Table

from monitor.topics import Topic
from tests.bench.completion import WorkUndone
from tests.bench.contestants import CONTESTANTS, OURS, PARTITIONS, Contestant, Course, Run
from tests.bench.environments import PeerUnavailable
from tests.bench.loads import CUSTOMERS, load_topics
from tests.bench.process import keep_to, split_cores
from tests.bench.report import console, merge, spread_of
from tests.bench.topic_log import TopicLog
from tests.kafka.cluster import APPEND_TIMES, ApacheKafka, KafkaUnavailable

#: They all do the same work.
PEERS: Final = ("quix", "bytewax", "faust")


def main() -> None:
    """Run the rounds, print the table, write the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [one.name for one in CONTESTANTS]
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "5")))
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument(
        "--only", nargs="+", choices=names, default=names, help="whom to compare Earshot with"
    )
    arguments = parser.parse_args()
    # What aiokafka retries it also logs as an error; what fails for good is raised.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    pythons, missing = find_pythons([one for one in CONTESTANTS if one.name in arguments.only])
    try:
        runs, message_bytes = measure(pythons, arguments.rounds, arguments.messages)
    except (KafkaUnavailable, WorkUndone) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    report = describe(runs, missing, message_bytes)
    print_report(report)
    merge(report)


def measure(pythons: Mapping[str, str], rounds: int, messages: int) -> tuple[dict[str, list[Run]], int]:
    """Start a broker, fill its source topics, run the rounds; return the runs and a message's mean bytes."""
    other_cores, worker_cores = split_cores()
    counts = sorted({count_messages(one, messages) for one in CONTESTANTS if one.name in pythons})
    sources = {count: f"bench.messages.{count}" for count in counts}
    with (
        keep_to(other_cores),
        ApacheKafka(APPEND_TIMES) as kafka,
        TopicLog(kafka.bootstrap) as log,
    ):
        log.make(*(Topic(name=name, partitions=PARTITIONS) for name in sources.values()))
        loads = {sources[count]: count for count in counts}
        message_bytes = load_topics(kafka.bootstrap, PARTITIONS, loads)
        course = Course(kafka.bootstrap, log, sources, worker_cores)
        # A broker is slow at first, and that must not be any contestant's loss.
        course.run(OURS, pythons[OURS.name], counts[0])
        return run_rounds(course, pythons, rounds, messages), message_bytes


def find_pythons(contestants: Sequence[Contestant]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the interpreter of each contestant, and why the others cannot take part."""
    pythons, missing = {}, {}
    for one in (OURS, *contestants):
        try:
            pythons[one.name] = one.find_python()
        except PeerUnavailable as reason:
            missing[one.name] = str(reason)
    return pythons, missing


def count_messages(contestant: Contestant, messages: int) -> int:
    return int(messages * contestant.share)


def run_rounds(
    course: Course, pythons: Mapping[str, str], rounds: int, messages: int
) -> dict[str, list[Run]]:
    """Run every contestant once a round, each round beginning with another one."""
    present = [one for one in CONTESTANTS if one.name in pythons]
    runs: defaultdict[str, list[Run]] = defaultdict(list)
    for number in range(rounds):
        turn = number % len(present)
        for one in (*present[turn:], *present[:turn]):
            run = course.run(one, pythons[one.name], count_messages(one, messages))
            runs[one.name].append(run)
            console.print(
                f"round {number + 1} of {rounds}  {one.label:13}{run.messages_per_second:>10,.0f} msg/s"
                f"{run.cpu_microseconds_per_message:>9.1f} CPU µs/message{run.outputs:>9,} outputs"
            )
    check_outputs(runs)
    return runs


def check_outputs(runs: Mapping[str, Sequence[Run]]) -> None:
    """Refuse runs of the same work that put out different numbers of messages: somebody did less.

    Raises:
        WorkUndone: with the numbers.

    """
    found: defaultdict[int, set[int]] = defaultdict(set)
    for peer in PEERS:
        for run in runs.get(peer, ()):
            found[run.messages].add(run.outputs)
    if any(len(outputs) > 1 for outputs in found.values()):
        raise WorkUndone(f"the peers put out different numbers of negative messages: {dict(found)}")


def describe(runs: Mapping[str, list[Run]], missing: Mapping[str, str], message_bytes: int) -> dict[str, Any]:
    """Put every figure into one JSON object; each ratio is ours by another's, of one and the same round."""
    spreads = {name: compare(runs[OURS.name], theirs) for name, theirs in runs.items() if name != OURS.name}
    return {
        "ratios": {name: spread["throughput"]["median"] for name, spread in spreads.items()},
        "ratio_spread": spreads,
        "throughput": {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            "message_bytes": message_bytes,
            "customers": CUSTOMERS,
            "partitions": PARTITIONS,
            "missing": dict(missing),
            "contestants": {
                one.name: summarise(one, runs[one.name]) for one in CONTESTANTS if one.name in runs
            },
        },
    }


def compare(ours: Sequence[Run], theirs: Sequence[Run]) -> dict[str, dict[str, float]]:
    pairs = list(zip(ours, theirs, strict=True))
    return {
        "throughput": spread_of(
            [our.messages_per_second / their.messages_per_second for our, their in pairs]
        ),
        "cpu": spread_of(
            [their.cpu_microseconds_per_message / our.cpu_microseconds_per_message for our, their in pairs]
        ),
    }


def summarise(contestant: Contestant, runs: Sequence[Run]) -> dict[str, Any]:
    return {
        "label": contestant.label,
        "work": contestant.work,
        "messages": runs[0].messages,
        "messages_per_second": spread_of([run.messages_per_second for run in runs]),
        "cpu_microseconds_per_message": spread_of([run.cpu_microseconds_per_message for run in runs]),
        "core_share": spread_of([run.cpu_seconds / run.seconds for run in runs]),
        "peak_memory_bytes": max(run.peak_memory_bytes for run in runs),
        "outputs": sorted({run.outputs for run in runs}),
        "runs": [msgspec.to_builtins(run) for run in runs],
    }


def print_report(report: Mapping[str, Any]) -> None:
    """Print one line per contestant, and below it what each of them does."""
    throughput = report["throughput"]
    rounds = len(throughput["contestants"][OURS.name]["runs"])
    of = f"{throughput['message_bytes']} bytes, {CUSTOMERS:,} customers, {PARTITIONS} partitions"
    table = Table(title=f"median of {rounds} rounds; one core; messages of {of}", title_justify="left")
    table.add_column()
    for heading in (
        "messages", "msg/s", "CPU µs/message", "core busy", "peak MiB",
        "Earshot / it", "min to max", "by CPU time", "min to max",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for name, one in throughput["contestants"].items():
        spread = report["ratio_spread"].get(name, {})
        ratios = [text for measure in ("throughput", "cpu") if spread for text in show(spread[measure])]
        table.add_row(
            one["label"],
            f"{one['messages']:,}",
            f"{one['messages_per_second']['median']:,.0f}",
            f"{one['cpu_microseconds_per_message']['median']:.1f}",
            f"{one['core_share']['median']:.0%}",
            f"{one['peak_memory_bytes'] / 2**20:.0f}",
            *ratios,
        )
    console.print(table)
    for one in throughput["contestants"].values():
        console.print(f"{one['label']:13} {one['work']}")
    for name, reason in throughput["missing"].items():
        console.print(f"{name:13} NOT MEASURED, it cannot be had here: {reason}")


def show(spread: Mapping[str, float]) -> tuple[str, str]:
    return f"{spread['median']:.2f}", f"{spread['min']:.2f} to {spread['max']:.2f}"


if __name__ == "__main__":
    main()
