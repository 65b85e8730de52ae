"""What states cost where they are kept, without a broker: memory and CPU time of restoring and following very many.

    python -m tests.bench.bench_states [--customers 10000 1000000] [--store memory rocksdb] [--messages 20000]

A command, not a test. CPU time is the process's, all threads, so that RocksDB's own work in the background counts and
a busy machine does not. Each case has a process of its own: four partitions, as the other benches have.
"""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from monitor.core.held import Held
from monitor.core.machine import Place
from monitor.core.machines import FOLLOW
from monitor.core.partition import Partition
from monitor.core.plan import Marker
from monitor.core.scored import KeyedEvent, Origin, Scored
from monitor.core.states import States
from monitor.replay import Arrival, replay
from monitor.resources import load_instruments, load_policy
from monitor.settings import StateSettings
from monitor.stream.app import choose_states
from monitor.stream.changelog import Entry, Sieve, name_writer
from monitor.topics import JOURNEYS, SCORED
from tests.bench.loads import tell_messages

PARTITIONS: Final = 4
_FETCH_RECORDS: Final = 5_000
_BATCH_RECORDS: Final = 2_000
_TEMPLATES: Final = 2_000
_UNBOUNDED: Final = 2**62
_PAGE_BYTES: Final = resource.getpagesize()


class Templates(msgspec.Struct, frozen=True):
    """Journeys, and what was scored of their customers, to be handed round."""

    journeys: tuple[bytes, ...]
    scored: tuple[Scored, ...]


def main() -> None:
    """Run every case in a process of its own, and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, nargs="+", default=(10_000, 1_000_000))
    parser.add_argument("--store", nargs="+", default=("memory", "rocksdb"))
    parser.add_argument("--messages", type=int, default=20_000)
    arguments = parser.parse_args()
    print("store     customers   B/customer  peak MiB  disk MiB  restore µs/key  follow µs/message")
    for customers in arguments.customers:
        for store in arguments.store:
            case = multiprocessing.get_context("spawn").Process(
                target=measure, args=(store, customers, arguments.messages)
            )
            case.start()
            case.join()


def measure(store: str, customers: int, messages: int) -> None:
    """Restore so many journeys, follow messages of them, and print what that took."""
    templates = tell_templates()
    with TemporaryDirectory(prefix="bench-states-") as folder:
        open_states = choose_states(
            StateSettings.model_validate({"store": store, "folder": folder, "cache_mib": 256})
        )
        kept = [open_states(JOURNEYS, number, FOLLOW.find_wake) for number in range(PARTITIONS)]
        before = find_memory()
        restore = sum(
            restore_states(states, templates, range(number, customers, PARTITIONS))
            for number, states in enumerate(kept)
        )
        after = find_memory()
        follow = follow_messages(kept, templates, customers, messages)
        on_disk = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(
            f"{store:9} {customers:9,}  {(after - before) / customers:10,.0f}  {peak / 2**20:8,.0f}"
            f"  {on_disk / 2**20:8,.0f}  {restore / customers * 1e6:14.1f}  {follow / messages * 1e6:17.1f}"
        )
        for states in kept:
            states.close()


def tell_templates() -> Templates:
    """Let real messages make the journeys of some customers."""
    at = datetime.now(UTC) - timedelta(hours=2)
    told = tell_messages(5 * _TEMPLATES // 2, end=at, customers=_TEMPLATES, seed=2)
    arrivals = [Arrival("load", message.at, message) for message in told]
    replayed = replay(arrivals, load_instruments(), load_policy())
    return Templates(tuple(replayed.journeys.values()), replayed.scored)


def restore_states(states: States, templates: Templates, numbers: range) -> float:
    """Put journeys into the states as reading a changelog does; return the CPU seconds that this took."""
    sieve, writer = Sieve(), name_writer(0)
    seconds = 0.0
    for first in range(0, len(numbers), _FETCH_RECORDS):
        entries = [
            # Memory of its own for each value, as a consumer gives it.
            Entry(number, writer, name_customer(number).encode(), bytes(bytearray(value)))
            for number in numbers[first : first + _FETCH_RECORDS]
            for value in (templates.journeys[number % len(templates.journeys)],)
        ]
        began = time.process_time()
        states.put({key.decode(): value for key, value in sieve.sift(entries).items()})
        states.settle(None)
        seconds += time.process_time() - began
    return seconds


def follow_messages(kept: list[States], templates: Templates, customers: int, messages: int) -> float:
    """Follow messages of random customers in batches; return the CPU seconds that this took."""
    policy, dice = load_policy(), Random(3)
    partitions: list[Partition[Held, KeyedEvent]] = [
        Partition(FOLLOW, Place(SCORED, number, PARTITIONS), states, Marker())
        for number, states in enumerate(kept)
    ]
    batches = [
        (number, list(tell_events(templates, dice, customers, number, first)))
        for first in range(0, messages // PARTITIONS, _BATCH_RECORDS)
        for number in range(PARTITIONS)
    ]
    began = time.process_time()
    for number, events in batches:
        plan = partitions[number].plan(events, policy, _UNBOUNDED)
        partitions[number].apply(plan)
        kept[number].settle(b"here")
    return time.process_time() - began


def tell_events(
    templates: Templates, dice: Random, customers: int, partition: int, first: int
) -> Iterator[tuple[int, Scored]]:
    """Tell a batch of one partition."""
    for offset in range(first, first + _BATCH_RECORDS):
        scored = templates.scored[dice.randrange(len(templates.scored))]
        customer = name_customer(dice.randrange(customers // PARTITIONS) * PARTITIONS + partition)
        origin = Origin("load", partition, offset)
        told = msgspec.structs.replace(scored, id=f"{partition}:{offset}", customer=customer, origin=origin)
        yield offset, told


def name_customer(number: int) -> str:
    """Name a customer as long as a pseudonym is."""
    return f"c-{number:020x}"


def find_memory() -> int:
    """Return the bytes that are resident."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES


if __name__ == "__main__":
    main()
