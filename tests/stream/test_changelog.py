"""The single-writer changelog: owners, zombies, crashes and compaction in any order, and the state is never wrong.

The machine runs the product's own `OwnedPartition` by hand, from one append or fetch to the next, and chooses who
moves. The oracle is one fold of the same events, each applied once.
"""

from collections.abc import Coroutine, Iterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from rocksdict import Options
from structlog.testing import capture_logs

from monitor.core.alert import Alert
from monitor.core.held import Held
from monitor.core.machines import FOLLOW
from monitor.core.partition import Partition
from monitor.core.plan import Marker, Plan
from monitor.core.scored import Erasure, KeyedEvent, Link, Origin
from monitor.core.states import MemoryStates, States
from monitor.errors import ChangelogError, Deposed
from monitor.resources import load_policy
from monitor.stream.changelog import MARKER_KEY, Replica
from monitor.stream.rocks import RocksStates
from monitor.stream.state import OwnedPartition
from tests.core.events import CUSTOMERS, SCORED_LOG, START, UNBOUNDED, Events, make_scored, make_tick
from tests.stream.log import Log, LogOutlet, LogReader, Turn

POLICY: Final = load_policy()
WORKERS_AT_MOST: Final = 3


ADA, BO, CEM = CUSTOMERS
#: A journey goes over to another customer, and a name is its own again; another customer is erased.
SAID_OF_IDENTITIES: Final[dict[int, KeyedEvent]] = {
    offset: make(
        customer=name, at=START + timedelta(hours=offset * 1.7), origin=Origin("identities", 0, offset)
    )
    for offset, make, name in (
        (8, partial(Link, canonical=ADA), BO),
        (21, Link, BO),
        (27, Erasure, CEM),
        (32, partial(Link, canonical=BO), ADA),
    )
}


def _make_events(count: int) -> Events:
    """Make a scored partition in which every record changes a journey, and many tell an alert."""
    events: Events = []
    for offset in range(count):
        hours = offset * 1.7
        if offset % 5 == 4:
            events.append((offset, make_tick(hours)))
            continue
        if offset in SAID_OF_IDENTITIES:
            events.append((offset, SAID_OF_IDENTITIES[offset]))
            continue
        events.append(
            (
                offset,
                make_scored(
                    Origin("posts", offset % 2, offset),
                    CUSTOMERS[offset * offset % 3],
                    hours,
                    direction="outbound" if offset % 7 == 6 else "inbound",
                    probability=0.95,
                    severity="blame",
                    arousal=offset % 3 / 2,
                ),
            )
        )
    return events


EVENTS: Final = _make_events(40)


class Expected(msgspec.Struct, frozen=True):
    """What the first records of the input come to."""

    journeys: dict[str, bytes]
    marker: Marker
    outputs: dict[str, Alert | KeyedEvent]


def _fold(count: int) -> Expected:
    partition = Partition(FOLLOW, SCORED_LOG, {}, Marker())
    plan = partition.plan(EVENTS[:count], POLICY, UNBOUNDED)
    partition.apply(plan)
    return Expected(dict(partition.states), partition.marker, dict(list_outputs(plan)))


def list_outputs(plan: Plan) -> Iterator[tuple[str, Alert | KeyedEvent]]:
    """List what a plan tells and hands on, by name."""
    for alert in plan.alerts:
        yield f"{alert.id}.{alert.sequence}", alert
    for event in plan.handed:
        yield f"handed on at {event.origin.offset}", event


ORACLE: Final = [_fold(count) for count in range(len(EVENTS) + 1)]


def assert_exact(journeys: Mapping[str, bytes], marker: Marker) -> None:
    expected = ORACLE[marker.next_offset]
    assert marker == expected.marker
    assert journeys == expected.journeys


def restore(log: Log) -> dict[bytes, bytes]:
    """Read the state as a claimant would, if its claim came now."""
    replica = Replica()
    replica.read(log.entries())
    return replica.state


def read_marker(state: dict[bytes, bytes]) -> Marker:
    return msgspec.msgpack.decode(state[MARKER_KEY], type=Marker) if MARKER_KEY in state else Marker()


class Worker:
    """One process that holds the partition, or believes so."""

    def __init__(self, number: int, log: Log, states: States | None = None) -> None:
        self.number = number
        self.states = MemoryStates(FOLLOW.find_wake) if states is None else states
        self._log = log
        self.owned: OwnedPartition[Partition[Held, KeyedEvent]] = OwnedPartition(
            "journeys",
            0,
            self.states,
            partial(Partition, FOLLOW, SCORED_LOG),
            outlet=LogOutlet(log, number),
            reader=LogReader(log),
        )
        self.doing: Coroutine[None, None, None] | None = None
        self.is_working = False
        self.compactions_before = 0
        self.told: list[tuple[str, Alert | KeyedEvent]] = []
        self.stored_up_to = 0

    def begin(self, doing: Coroutine[None, None, None], *, is_work: bool = False) -> None:
        doing.send(None)
        self.doing, self.is_working = doing, is_work
        self.compactions_before = self._log.compactions

    async def claim(self) -> None:
        await self.owned.claim()
        self._check()

    async def work(self, records: int, behind: int, bytes_at_most: int) -> None:
        """Work the next records by its own marker, and some before it that were not committed."""
        was_deposed = self._log.owner != self.number
        begin = self.owned.state.marker.next_offset
        plan = self.owned.state.plan(EVENTS[max(0, begin - behind) : begin + records], POLICY, bytes_at_most)
        await Turn()
        self.told += list_outputs(plan)
        await self.owned.store(plan)
        assert not was_deposed, "a zombie stored, and did not notice"
        self.stored_up_to = plan.marker.next_offset
        self._check()

    def _check(self) -> None:
        assert_exact(self.owned.state.states, self.owned.state.marker)
        if self._log.owner == self.number:
            assert self.owned.state.marker == read_marker(self._log.truth)
            repaired_up_to = self._log.last_appended[self.number]
            assert self._log.find_repair_pending() > repaired_up_to, "a void value was left unrepaired"

    def step(self) -> bool:
        """Go on to the next append or fetch; return whether the worker lives."""
        assert self.doing is not None
        try:
            self.doing.send(None)
        except StopIteration:
            self.doing = None
        except ChangelogError:
            # Where compaction took away what it had yet to read back, even an owner may stop: it cannot know.
            undisturbed = self._log.compactions == self.compactions_before
            assert self._log.owner != self.number or not undisturbed, "the owner gave up"
            self.doing = None
            return False
        return True

    @property
    def is_restored(self) -> bool:
        return self.doing is None or self.is_working

    def cancel(self) -> None:
        if self.doing is not None:
            self.doing.close()


class Changelog(RuleBasedStateMachine):
    """Any interleaving of workers, crashes and compaction on one partition."""

    def __init__(self) -> None:
        super().__init__()
        self.log = Log()
        self.workers: list[Worker] = []
        self.started = 0
        self.told: dict[str, Alert | KeyedEvent] = {}
        #: What has been reported as stored, and may be committed to the source.
        self.stored_up_to = 0

    def open_states(self) -> States:
        """Give a new worker something to keep its states in."""
        return MemoryStates(FOLLOW.find_wake)

    def crash(self, worker: Worker) -> None:
        """End a worker as it stands."""
        worker.cancel()

    def _start(self) -> Worker:
        self.started += 1
        worker = Worker(self.started, self.log, self.open_states())
        worker.begin(worker.claim())
        self.workers.append(worker)
        return worker

    def _step(self, worker: Worker) -> bool:
        lives = worker.step()
        for name, output in worker.told:
            assert self.told.setdefault(name, output) == output, "told twice, differently"
        worker.told.clear()
        self.stored_up_to = max(self.stored_up_to, worker.stored_up_to)
        if not lives:
            self.crash(worker)
            self.workers.remove(worker)
        return lives

    def _finish(self, worker: Worker) -> bool:
        while worker.doing is not None:
            if not self._step(worker):
                return False
        return True

    def _check(self) -> None:
        truth = self.log.truth
        marker = read_marker(truth)
        assert_exact({key.decode(): value for key, value in truth.items() if key != MARKER_KEY}, marker)
        assert marker.next_offset >= self.stored_up_to, "what was reported as stored is lost"
        assert restore(self.log) == truth
        assert restore(self.log.compacted(self.log.find_repair_pending())) == truth
        assert self.told.items() >= ORACLE[marker.next_offset].outputs.items(), "an output was never told"

    @precondition(lambda self: len(self.workers) < WORKERS_AT_MOST)
    @rule(at_once=st.booleans())
    def a_worker_is_given_the_partition(self, at_once: bool) -> None:
        worker = self._start()
        if at_once:
            self._finish(worker)

    @precondition(lambda self: self.workers)
    @rule(
        moves=st.lists(
            st.tuples(st.integers(0, WORKERS_AT_MOST - 1), st.integers(1, 4)), min_size=1, max_size=8
        ),
        records=st.integers(1, 3),
        behind=st.integers(0, 3),
        bytes_at_most=st.sampled_from((0, 1_000, UNBOUNDED)),
    )
    def workers_work(
        self, moves: list[tuple[int, int]], records: int, behind: int, bytes_at_most: int
    ) -> None:
        """Let one after the other take some turns; who is idle begins a batch."""
        for which, turns in moves:
            if not self.workers:
                return
            worker = self.workers[which % len(self.workers)]
            if worker.doing is None:
                worker.begin(worker.work(records, behind, bytes_at_most), is_work=True)
            for _ in range(turns):
                if worker.doing is not None and self._step(worker):
                    self._check()

    @precondition(lambda self: any(worker.is_restored for worker in self.workers))
    @rule(data=st.data(), at_once=st.booleans())
    def a_worker_is_given_it_again(self, data: st.DataObject, at_once: bool) -> None:
        """Its batch, if one is in work, is cancelled; a claim that is cancelled is never taken up again."""
        worker = data.draw(st.sampled_from([one for one in self.workers if one.is_restored]), "worker")
        worker.cancel()
        worker.begin(worker.claim())
        if at_once:
            self._finish(worker)

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def a_worker_crashes(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.workers), "worker")
        self.crash(worker)
        self.workers.remove(worker)

    @rule(data=st.data())
    def the_log_is_compacted(self, data: st.DataObject) -> None:
        furthest = self.log.find_repair_pending()
        self.log.compact(data.draw(st.just(furthest) | st.integers(0, furthest), "end"))

    @precondition(lambda self: self.log.batch_ends and all(worker.is_restored for worker in self.workers))
    @rule(data=st.data())
    def a_day_passes(self, data: st.DataObject) -> None:
        """Let go of what says that a key is no more, too: nobody takes a day to restore."""
        furthest = self.log.find_repair_pending()
        ends = [end for end in self.log.batch_ends if end <= furthest]
        if ends:
            self.log.drop_removals(data.draw(st.just(ends[-1]) | st.sampled_from(ends), "end"))

    @invariant()
    def a_claimant_would_restore_the_exact_state_and_nothing_stored_or_untold_is_lost(self) -> None:
        self._check()

    def teardown(self) -> None:
        """Let one last worker repair and finish everything; then compact all, and restore once more."""
        last = self._start()
        while last.doing is not None or last.owned.state.marker.next_offset < len(EVENTS):
            if last.doing is None:
                last.begin(last.work(7, 0, UNBOUNDED), is_work=True)
            assert self._finish(last)
        assert self.told == ORACLE[-1].outputs
        assert self.log.find_repair_pending() == self.log.next_offset
        self.log.compact(self.log.next_offset)
        assert not any(record.is_void for record in self.log.records)
        after = self._start()
        assert self._finish(after)
        assert after.owned.state.marker.next_offset == len(EVENTS)
        for worker in self.workers:
            self.crash(worker)


class ChangelogAndDisks(Changelog):
    """The same where each worker has its states on a disk, and whoever comes next may find what a crash has left."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._count = 0
        #: What has been left behind, by workers that may have gone on long ago.
        self._left: list[Path] = []
        self._next_left: int | None = None

    def open_states(self) -> States:
        folder = self._make_folder()
        if self._next_left is not None and self._left:
            copytree(self._left[self._next_left % len(self._left)], folder, dirs_exist_ok=True)
        return RocksStates(folder, make_options(), FOLLOW.find_wake)

    def crash(self, worker: Worker) -> None:
        """Leave what lies on the disk at this moment: what was not flushed is lost."""
        super().crash(worker)
        assert isinstance(worker.states, RocksStates)
        left = self._make_folder()
        copytree(worker.states.path, left, dirs_exist_ok=True)
        self._left.append(left)
        worker.states.close()

    @rule(which=st.none() | st.integers(0, 7))
    def the_next_worker_finds(self, which: int | None) -> None:
        """Whoever comes next finds an empty disk, or one that was left."""
        self._next_left = which

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def a_disk_is_written(self, data: st.DataObject) -> None:
        """All that has been settled lies on the disk now."""
        states = data.draw(st.sampled_from(self.workers), "worker").states
        assert isinstance(states, RocksStates)
        states.flush()

    def teardown(self) -> None:
        """Hold it to what holds without disks, and leave nothing."""
        super().teardown()
        self._folder.cleanup()

    def _make_folder(self) -> Path:
        self._count += 1
        folder = Path(self._folder.name) / str(self._count)
        folder.mkdir()
        return folder


def make_options() -> Options:
    """Make a database of which nothing changes behind a copy's back."""
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_disable_auto_compactions(True)
    return options


# Shrinking what it finds can take Hypothesis five minutes; without it a failure tells little.
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("machine", "examples"), [(Changelog, 500), (ChangelogAndDisks, 40)])
def test_state_is_exact_under_any_interleaving_of_owners_zombies_crashes_and_compaction(
    machine: type[Changelog], examples: int
) -> None:
    with capture_logs():
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )


def claimed_worker(number: int, log: Log) -> Worker:
    worker = Worker(number, log)
    worker.begin(worker.claim())
    finish(worker)
    return worker


def work(worker: Worker, records: int = 1) -> None:
    worker.begin(worker.work(records, 0, UNBOUNDED), is_work=True)
    finish(worker)


def finish(worker: Worker) -> None:
    while worker.doing is not None:
        if not worker.step():
            raise Deposed


def test_a_claim_that_compaction_takes_away_in_mid_restore_still_counts() -> None:
    log = Log()
    for number in (1, 2, 3):
        work(claimed_worker(number, log), records=number)
    restoring = Worker(4, log)
    restoring.begin(restoring.claim())
    for _ in range(3):
        assert restoring.step()
    log.compact(log.find_repair_pending())
    finish(restoring)
    assert restoring.owned.state.marker.next_offset == 6


def test_a_zombie_notices_though_compaction_has_taken_away_all_that_was_written_before_its_batch() -> None:
    log = Log()
    zombie = claimed_worker(1, log)
    claimed_worker(2, log)
    zombie.begin(zombie.work(1, 0, UNBOUNDED), is_work=True)
    for _ in range(2):
        assert zombie.step()
    claimed_worker(3, log)
    log.compact(log.find_repair_pending())
    with pytest.raises(Deposed):
        finish(zombie)


def test_a_claimant_that_was_overtaken_while_compaction_took_what_it_had_to_read_stops() -> None:
    log = Log()
    zombie = claimed_worker(1, log)
    work(zombie, records=3)
    slow = Worker(2, log)
    slow.begin(slow.claim())
    assert slow.step()
    with pytest.raises(Deposed):
        work(zombie, records=3)
    overtaking = log.next_offset
    claimed_worker(3, log)
    log.compact(overtaking)
    with pytest.raises(ChangelogError):
        finish(slow)


def test_a_store_cancelled_before_it_landed_leaves_the_state_where_it_was() -> None:
    log = Log()
    owner = claimed_worker(1, log)
    work(owner, records=3)
    owner.begin(owner.work(3, 0, UNBOUNDED), is_work=True)
    assert owner.step()
    owner.cancel()
    owner.begin(owner.claim())
    finish(owner)
    assert owner.owned.state.marker.next_offset == 3


def test_a_store_cancelled_before_its_check_does_not_count_as_clean_at_the_next_claim() -> None:
    log = Log()
    owner = claimed_worker(1, log)
    work(owner, records=3)
    newer = claimed_worker(2, log)
    work(newer, records=3)
    newer.cancel()
    owner.begin(owner.work(1, 0, UNBOUNDED), is_work=True)
    for _ in range(3):
        assert owner.step()
    owner.cancel()
    owner.begin(owner.claim())
    finish(owner)
    assert owner.owned.state.marker.next_offset == 6


def test_a_claim_again_with_nothing_in_between_reads_nothing_and_keeps_the_state() -> None:
    log = Log()
    owner = claimed_worker(1, log)
    work(owner, records=5)
    end_of_log = log.next_offset
    owner.begin(owner.claim())
    for _ in range(2):
        assert owner.step()
    assert owner.doing is None
    assert log.next_offset == end_of_log + 1
    assert_exact(owner.owned.state.states, owner.owned.state.marker)
    work(owner, records=5)
    assert read_marker(restore(log)).next_offset == 10
