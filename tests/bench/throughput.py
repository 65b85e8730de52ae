"""How many messages a second one core does, beside Quix Streams, Bytewax, stock Faust and the floor: no test, a command.

    python -m tests.bench.throughput [--rounds 5] [--messages 200000] [--only ours,floor]

On a real Apache Kafka, in interleaved rounds; `tests/bench/README.md` says what is compared and how. Prints a table
and merges its figures into build/bench.json.
"""

import argparse
import os
import platform
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from monitor.topics import Topic
from tests.bench.contestants import CONTESTANTS, PARTITIONS, Contestant, Course, Run
from tests.bench.environments import BUILD, PeerUnavailable
from tests.bench.loads import CUSTOMERS, load_topics
from tests.bench.process import keep_to
from tests.bench.topic_log import TopicLog
from tests.kafka.cluster import ApacheKafka

REPORT: Final = BUILD / "bench.json"
OURS: Final = CONTESTANTS[0]

console: Final = Console(width=150)


def main() -> None:
    """Run the rounds, print the table, write the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "5")))
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument(
        "--only", type=lambda names: names.split(","), default=[one.name for one in CONTESTANTS]
    )
    arguments = parser.parse_args()
    pythons, missing = find_pythons([one for one in CONTESTANTS if one.name in arguments.only])
    *other_cores, worker_core = sorted(os.sched_getaffinity(0))
    if not other_cores:
        console.print("one core only: broker and workers share it, and the figures are too low")
    # The AppendTime of the broker is what tells when a contestant has finished.
    settings = {"log.message.timestamp.type": "LogAppendTime"}
    with (
        keep_to(set(other_cores) or {worker_core}),
        ApacheKafka(settings) as kafka,
        TopicLog(kafka.bootstrap) as log,
    ):
        counts = sorted({count_messages(one, arguments.messages) for one in CONTESTANTS})
        sources = {count: f"bench.messages.{count}" for count in counts}
        log.make(*(Topic(name=name, partitions=PARTITIONS) for name in sources.values()))
        message_bytes = load_topics(kafka.bootstrap, PARTITIONS, {sources[count]: count for count in counts})
        course = Course(kafka.bootstrap, log, sources, {worker_core})
        # The broker's first minute is slow; it must not be any contestant's.
        course.run(OURS, pythons[OURS.name], counts[0])
        runs = run_rounds(course, pythons, arguments.rounds, arguments.messages)
    report = describe(runs, missing, message_bytes)
    print_report(report)
    merge(report)
    console.print(f"written to {REPORT.relative_to(BUILD.parent)}")


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
    return runs


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


def spread_of(values: Sequence[float]) -> dict[str, float]:
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def print_report(report: Mapping[str, Any]) -> None:
    """Print one line per contestant."""
    throughput = report["throughput"]
    rounds = len(throughput["contestants"][OURS.name]["runs"])
    table = Table(
        "", "what it does", "messages", "msg/s per core", "CPU µs/message", "core busy", "peak MiB", "Earshot by it",
        "in CPU time", title=f"{rounds} rounds, messages of {throughput['message_bytes']} bytes; median (min to max)",
    )  # fmt: skip
    for name, one in throughput["contestants"].items():
        spread = report["ratio_spread"].get(name)
        table.add_row(
            one["label"],
            one["work"],
            f"{one['messages']:,}",
            show(one["messages_per_second"], ",.0f"),
            show(one["cpu_microseconds_per_message"], ".1f"),
            f"{one['core_share']['median']:.0%}",
            f"{one['peak_memory_bytes'] / 2**20:.0f}",
            show(spread["throughput"], ".2f") if spread else "",
            show(spread["cpu"], ".2f") if spread else "",
        )
    for name, reason in throughput["missing"].items():
        table.add_row(name, f"cannot be had here: {reason}")
    console.print(table)


def show(spread: Mapping[str, float], form: str) -> str:
    return f"{spread['median']:{form}} ({spread['min']:{form}} to {spread['max']:{form}})"


def merge(report: Mapping[str, Any]) -> None:
    """Write our keys into the report that the benches share, and leave the others' keys alone."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    before = msgspec.json.decode(REPORT.read_bytes()) if REPORT.exists() else {}
    encoded = msgspec.json.format(msgspec.json.encode({**before, **report}), indent=2)
    REPORT.write_bytes(encoded + b"\n")


if __name__ == "__main__":
    main()
