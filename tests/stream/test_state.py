"""What counts as state: whose entries are void, what an owner repairs, and when it must stop.

Every order in which these can happen is tried in test_changelog.py.
"""

from collections.abc import Coroutine
from functools import partial
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from monitor.core.held import Held
from monitor.core.machines import FOLLOW
from monitor.core.partition import Partition
from monitor.core.plan import Marker, Plan
from monitor.core.scored import KeyedEvent
from monitor.core.states import MemoryStates
from monitor.errors import ChangelogError, Deposed
from monitor.resources import load_policy
from monitor.stream.changelog import CLAIM_KEY, MARKER_KEY, NOBODY, Entry, Replica, judge_landing, name_writer
from monitor.stream.outlet import Record
from monitor.stream.state import OwnedPartition, to_entry
from tests.core.events import SCORED_LOG, UNBOUNDED, complain, make_tick
from tests.stream.log import Log, LogOutlet, LogReader, Written

OLD, NEW = name_writer(3), name_writer(300)


def finish(doing: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever it returns
    """Run to the end with nobody else moving."""
    while True:
        try:
            doing.send(None)
        except StopIteration as returned:
            return returned.value


def own(log: Log, worker: int) -> OwnedPartition[Partition[Held, KeyedEvent]]:
    return OwnedPartition(
        "journeys",
        0,
        MemoryStates(FOLLOW.find_wake),
        partial(Partition, FOLLOW, SCORED_LOG),
        outlet=LogOutlet(log, worker),
        reader=LogReader(log),
    )


def claimed(log: Log, worker: int) -> OwnedPartition[Partition[Held, KeyedEvent]]:
    owned = own(log, worker)
    finish(owned.claim())
    return owned


def plan_of(owned: OwnedPartition[Partition[Held, KeyedEvent]], *customers: str) -> Plan:
    """Plan one complaint of each customer, from where the state has come to."""
    begin = owned.state.marker.next_offset
    events = [(begin + n, complain(begin + n, customer, begin + n)) for n, customer in enumerate(customers)]
    return owned.state.plan(events, load_policy(), UNBOUNDED)


def forge(log: Log, worker: int, *entries: tuple[bytes, bytes | None]) -> None:
    """Append as a worker does that has not noticed anything: under the id it had."""
    records: list[Record] = [(key, value, [("writer", name_writer(0))]) for key, value in entries]
    log.append(worker, records)


def read(*entries: Entry) -> Replica:
    replica = Replica()
    replica.read(entries)
    return replica


def test_ids_of_writers_compare_as_the_offsets_of_their_claims() -> None:
    offsets = [0, 1, 255, 256, 65_536, 2**40]
    assert sorted(map(name_writer, reversed(offsets))) == [name_writer(offset) for offset in offsets]
    assert name_writer(0) > NOBODY


def test_an_entry_of_an_older_writer_after_a_claim_is_void() -> None:
    replica = read(
        Entry(5, OLD, b"ada", b"1"), Entry(300, NOBODY, CLAIM_KEY, b""), Entry(301, OLD, b"ada", b"2")
    )
    assert (replica.state, replica.void, replica.void_entries) == ({b"ada": b"1"}, {b"ada"}, 1)


def test_an_entry_of_the_owner_heals_a_void_key() -> None:
    replica = read(
        Entry(300, NOBODY, CLAIM_KEY, b""), Entry(301, OLD, b"ada", b"2"), Entry(302, NEW, b"ada", b"3")
    )
    assert (replica.state, replica.void) == ({b"ada": b"3"}, set())


def test_an_entry_of_a_newer_writer_proves_the_claim_that_compaction_took_away() -> None:
    replica = read(
        Entry(3, NOBODY, CLAIM_KEY, b""), Entry(301, NEW, b"ada", b"1"), Entry(302, OLD, b"ada", b"2")
    )
    assert (replica.owner, replica.state, replica.void) == (NEW, {b"ada": b"1"}, {b"ada"})


def test_an_entry_that_names_no_writer_is_void_with_or_without_a_claim_before_it() -> None:
    entry = to_entry(Written(7, b"ada", b"1", [("content-type", b"text/plain")], is_void=True))
    assert entry.writer == NOBODY
    assert read(entry).state == {}
    assert read(entry).void == {b"ada"}


def test_an_entry_without_a_value_removes_its_key() -> None:
    assert read(Entry(5, OLD, b"ada", b"1"), Entry(6, OLD, b"ada", None)).state == {}


@pytest.mark.parametrize(
    "between",
    [
        [Entry(300, NOBODY, CLAIM_KEY, b"")],
        [Entry(9, NOBODY, b"bo", b""), Entry(300, NOBODY, CLAIM_KEY, b"")],
        [Entry(301, NEW, b"ada", b"1")],
        [],
    ],
    ids=["its claim", "its claim behind a void entry", "its entries without its claim", "nothing any more"],
)
def test_what_a_newer_owner_leaves_in_between_deposes_the_older(between: list[Entry]) -> None:
    assert judge_landing(OLD, between) == "deposed"


def test_what_an_older_writer_leaves_in_between_is_repaired() -> None:
    assert judge_landing(NEW, [Entry(301, OLD, b"ada", b"1")]) == "repair"


def test_a_claim_on_an_empty_partition_gives_an_empty_state() -> None:
    log = Log()
    owned = own(log, 1)
    assert finish(owned.claim()) == 1
    assert not owned.state.states
    assert owned.state.marker == Marker()


def test_the_next_claimant_restores_the_journeys_and_the_marker_that_were_stored() -> None:
    log = Log()
    first = claimed(log, 1)
    finish(first.store(plan_of(first, "c-ada", "c-bo")))
    second = claimed(log, 2)
    assert second.state.states == first.state.states
    assert second.state.marker == first.state.marker == Marker(2, {"posts:0": 1}, counted=2)


def test_a_state_of_which_nothing_is_left_is_removed_for_the_next_claimant_too() -> None:
    log = Log()
    owned = claimed(log, 1)
    finish(owned.store(plan_of(owned, "c-ada", "c-bo")))
    over = msgspec.structs.replace(plan_of(owned), states={"c-ada": None}, wakes={"c-ada": None})
    finish(owned.store(over))
    assert list(owned.state.states) == list(claimed(log, 2).state.states) == ["c-bo"]


def test_a_batch_that_lands_where_it_had_to_is_one_append_and_nothing_is_read() -> None:
    log = Log()
    owned = claimed(log, 1)
    end = log.next_offset
    storing = owned.store(plan_of(owned, "c-ada"))
    storing.send(None)  # before it lands
    storing.send(None)  # before it is confirmed
    with pytest.raises(StopIteration):
        storing.send(None)
    assert [record.key for record in log.records if record.offset >= end] == [b"c-ada", MARKER_KEY]


def test_an_owner_writes_the_true_values_over_void_ones_and_removes_keys_that_have_none() -> None:
    log = Log()
    owned = claimed(log, 1)
    claimed(log, 2)
    owner = claimed(log, 3)
    finish(owner.store(plan_of(owner, "c-ada")))
    truth = dict(log.truth)
    forge(log, 1, (b"c-ada", b"stale"), (b"c-nobody", b"stale"), (MARKER_KEY, b"stale"))
    with capture_logs() as logged:
        finish(owner.store(plan_of(owner)))
    assert [line["keys"] for line in logged] == [3]
    assert log.find_repair_pending() == log.next_offset
    log.compact(log.next_offset)
    kept = {record.key: record.value for record in log.records}
    del kept[CLAIM_KEY]
    assert kept == truth | {b"c-nobody": None}
    assert owned.state.states == {}


def test_a_claimant_repairs_more_void_keys_than_one_batch_may_hold() -> None:
    log = Log()
    claimed(log, 1)
    claimed(log, 2)
    keys = [f"c-{number}".encode() for number in range(2_500)]
    forge(log, 1, *((key, b"stale") for key in keys))
    with capture_logs():
        claimed(log, 3)
    assert log.find_repair_pending() == log.next_offset
    assert {record.key for record in log.records if record.value is None} == set(keys)


def test_a_deposed_owner_stops_at_its_next_store_and_what_it_wrote_is_void() -> None:
    log = Log()
    zombie = claimed(log, 1)
    finish(zombie.store(plan_of(zombie, "c-ada")))
    owner = claimed(log, 2)
    with pytest.raises(Deposed, match=r"journeys\[0\] has been claimed by another worker"):
        finish(zombie.store(plan_of(zombie, "c-bo")))
    assert list(owner.state.states) == ["c-ada"]
    with capture_logs():
        finish(owner.store(plan_of(owner, "c-cem")))
        assert sorted(claimed(log, 3).state.states) == ["c-ada", "c-cem"]


def test_a_claimant_that_was_overtaken_while_it_read_stops() -> None:
    log = Log()
    slow = own(log, 1)
    reading = slow.claim()
    for _ in range(3):
        reading.send(None)
    claimed(log, 2)
    with pytest.raises(ChangelogError):
        finish(reading)


def test_a_state_survives_its_encoding() -> None:
    log = Log()
    owned = claimed(log, 1)
    finish(owned.store(plan_of(owned, "c-ada", "c-çem")))
    tick = owned.state.plan([(2, make_tick(hours=10))], load_policy(), UNBOUNDED)
    finish(owned.store(tick))
    restored = claimed(log, 2).state
    again = Partition(FOLLOW, SCORED_LOG, dict(restored.states), restored.marker)
    assert again.clocks.due(make_tick(hours=1_000).at.timestamp(), {}) == ["c-ada", "c-çem"]
    assert msgspec.structs.asdict(restored.marker) == {
        "next_offset": 3,
        "sources": {"posts:0": 1},
        "clocks": {},
        "counted": 2,
    }
