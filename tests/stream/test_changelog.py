"""The single-writer changelog: owners, zombies, crashes and compaction in any order, and the state is never wrong.

The machine runs the product's own `OwnedPartition` by hand, from one append or fetch to the next, and chooses who
moves. The oracle is one fold of the same events, each applied once.
"""

from collections.abc import Coroutine
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
from structlog.testing import capture_logs

from monitor.core.alert import Alert
from monitor.core.partition import Marker, Partition
from monitor.core.scored import Origin
from monitor.errors import ChangelogError, Deposed
from monitor.resources import load_policy
from monitor.stream.changelog import MARKER_KEY, Entry, Replica
from monitor.stream.state import OwnedPartition
from tests.core.events import CUSTOMERS, UNBOUNDED, Events, make_scored, make_tick, work_off
from tests.stream.log import Log, LogOutlet, LogReader, Turn

POLICY: Final = load_policy()
WORKERS_AT_MOST: Final = 3


def _make_events(count: int) -> Events:
    """Make a scored partition in which every record changes a journey, and many tell an alert."""
    events: Events = []
    for offset in range(count):
        hours = offset * 1.7
        if offset % 5 == 4:
            events.append((offset, make_tick(hours)))
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
    alerts: dict[tuple[str, int], Alert]


def _fold(count: int) -> Expected:
    partition = Partition({}, Marker())
    alerts, _ = work_off(partition, EVENTS[:count], POLICY)
    return Expected(
        partition.journeys, partition.marker, {(alert.id, alert.sequence): alert for alert in alerts}
    )


ORACLE: Final = [_fold(count) for count in range(len(EVENTS) + 1)]


def assert_exact(partition: Partition) -> None:
    expected = ORACLE[partition.marker.next_offset]
    assert partition.marker == expected.marker
    assert partition.journeys == expected.journeys


def restore(entries: list[Entry]) -> Partition:
    """Read the state as a claimant would, if its claim came now."""
    replica = Replica()
    replica.read(entries)
    return decode_state(replica.state)


def decode_state(state: dict[bytes, bytes]) -> Partition:
    marker = state.get(MARKER_KEY)
    return Partition(
        {key.decode(): value for key, value in state.items() if key != MARKER_KEY},
        msgspec.msgpack.decode(marker, type=Marker) if marker else Marker(),
    )


class Worker:
    """One process that holds the partition, or believes so."""

    def __init__(self, number: int, log: Log) -> None:
        self.number = number
        self._log = log
        self.owned = OwnedPartition("journeys", 0, LogOutlet(log, number), LogReader(log))
        self.doing: Coroutine[None, None, None] | None = None
        self.told: list[Alert] = []
        self.stored_up_to = 0

    def begin(self, doing: Coroutine[None, None, None]) -> None:
        doing.send(None)
        self.doing = doing

    async def claim(self) -> None:
        await self.owned.claim()
        assert_exact(self.owned.state)

    async def work(self, records: int, behind: int, bytes_at_most: int) -> None:
        """Work the next records by its own marker, and some before it that were not committed."""
        was_deposed = self._log.owner != self.number
        begin = self.owned.state.marker.next_offset
        plan = self.owned.state.plan(EVENTS[max(0, begin - behind) : begin + records], POLICY, bytes_at_most)
        await Turn()
        self.told += plan.alerts
        await self.owned.store(plan)
        assert not was_deposed, "a zombie stored, and did not notice"
        self.stored_up_to = plan.marker.next_offset
        assert_exact(self.owned.state)

    def step(self) -> bool:
        """Go on to the next append or fetch; return whether the worker lives."""
        assert self.doing is not None
        try:
            self.doing.send(None)
        except StopIteration:
            self.doing = None
        except ChangelogError:
            assert self._log.owner != self.number, "the owner gave up"
            self.doing = None
            return False
        return True

    @property
    def is_storing(self) -> bool:
        return self.doing is not None and self.doing.__name__ == "work"

    def crash(self) -> None:
        if self.doing is not None:
            self.doing.close()


class Changelog(RuleBasedStateMachine):
    """Any interleaving of workers, crashes and compaction on one partition."""

    def __init__(self) -> None:
        super().__init__()
        self.log = Log()
        self.workers: list[Worker] = []
        self.started = 0
        self.told: dict[tuple[str, int], Alert] = {}
        #: What has been reported as stored, and may be committed to the source.
        self.stored_up_to = 0

    def _start(self) -> Worker:
        self.started += 1
        worker = Worker(self.started, self.log)
        worker.begin(worker.claim())
        self.workers.append(worker)
        return worker

    def _step(self, worker: Worker) -> bool:
        lives = worker.step()
        for alert in worker.told:
            assert self.told.setdefault((alert.id, alert.sequence), alert) == alert, "told twice, differently"
        worker.told.clear()
        self.stored_up_to = max(self.stored_up_to, worker.stored_up_to)
        if not lives:
            self.workers.remove(worker)
        return lives

    def _finish(self, worker: Worker) -> bool:
        while worker.doing is not None:
            if not self._step(worker):
                return False
        return True

    def _choose(self, data: st.DataObject, *, busy: bool) -> Worker:
        return data.draw(
            st.sampled_from([one for one in self.workers if (one.doing is not None) == busy]), "worker"
        )

    @property
    def some_are_busy(self) -> bool:
        return any(worker.doing is not None for worker in self.workers)

    @property
    def some_are_idle(self) -> bool:
        return any(worker.doing is None for worker in self.workers)

    @precondition(lambda self: len(self.workers) < WORKERS_AT_MOST)
    @rule(at_once=st.booleans())
    def a_worker_is_given_the_partition(self, at_once: bool) -> None:
        worker = self._start()
        if at_once:
            self._finish(worker)

    @precondition(lambda self: self.some_are_idle)
    @rule(data=st.data())
    def a_worker_is_given_it_again(self, data: st.DataObject) -> None:
        worker = self._choose(data, busy=False)
        worker.begin(worker.claim())

    @precondition(lambda self: self.some_are_idle)
    @rule(
        data=st.data(),
        records=st.integers(1, 6),
        behind=st.integers(0, 3),
        bytes_at_most=st.sampled_from((0, 1_000, UNBOUNDED)),
        at_once=st.booleans(),
    )
    def a_worker_works(
        self, data: st.DataObject, records: int, behind: int, bytes_at_most: int, at_once: bool
    ) -> None:
        worker = self._choose(data, busy=False)
        worker.begin(worker.work(records, behind, bytes_at_most))
        if at_once:
            self._finish(worker)

    @precondition(lambda self: self.some_are_busy)
    @rule(data=st.data(), turns=st.integers(1, 4))
    def a_worker_goes_on(self, data: st.DataObject, turns: int) -> None:
        worker = self._choose(data, busy=True)
        for _ in range(turns):
            if worker.doing is None or not self._step(worker):
                return

    @precondition(lambda self: self.some_are_busy)
    @rule(data=st.data())
    def a_worker_finishes(self, data: st.DataObject) -> None:
        self._finish(self._choose(data, busy=True))

    @precondition(lambda self: any(worker.is_storing for worker in self.workers))
    @rule(data=st.data())
    def a_worker_is_given_it_again_in_the_middle_of_a_batch(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from([one for one in self.workers if one.is_storing]), "worker")
        worker.crash()
        worker.begin(worker.claim())

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def a_worker_crashes(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.workers), "worker")
        worker.crash()
        self.workers.remove(worker)

    @rule(data=st.data())
    def the_log_is_compacted(self, data: st.DataObject) -> None:
        furthest = self.log.find_repair_pending()
        self.log.compact(data.draw(st.just(furthest) | st.integers(0, furthest), "end"))

    @invariant()
    def a_claimant_would_restore_the_exact_state_and_nothing_stored_is_lost(self) -> None:
        truth = decode_state(self.log.truth)
        assert_exact(truth)
        assert truth.marker.next_offset >= self.stored_up_to
        for log in (self.log, self.log.compacted(self.log.find_repair_pending())):
            restored = restore(log.entries())
            assert restored.marker == truth.marker
            assert restored.journeys == truth.journeys

    @invariant()
    def what_the_state_has_left_behind_has_been_told(self) -> None:
        expected = ORACLE[decode_state(self.log.truth).marker.next_offset].alerts
        assert self.told.items() >= expected.items()

    def teardown(self) -> None:
        """Let one last worker repair and finish everything; then compact all, and restore once more."""
        last = self._start()
        while last.doing is not None or last.owned.state.marker.next_offset < len(EVENTS):
            if last.doing is None:
                last.begin(last.work(7, 0, UNBOUNDED))
            assert self._finish(last)
        assert self.told == ORACLE[-1].alerts
        assert self.log.find_repair_pending() == self.log.next_offset
        self.log.compact(self.log.next_offset)
        assert not any(record.is_void for record in self.log.records)
        after = self._start()
        assert self._finish(after)
        assert after.owned.state.marker.next_offset == len(EVENTS)
        for worker in self.workers:
            worker.crash()


def test_state_is_exact_under_any_interleaving_of_owners_zombies_crashes_and_compaction() -> None:
    with capture_logs():
        run_state_machine_as_test(
            Changelog,
            settings=settings(
                max_examples=150,
                stateful_step_count=40,
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
    worker.begin(worker.work(records, 0, UNBOUNDED))
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
    zombie.begin(zombie.work(1, 0, UNBOUNDED))
    for _ in range(2):
        assert zombie.step()
    claimed_worker(3, log)
    log.compact(log.find_repair_pending())
    with pytest.raises(Deposed):
        finish(zombie)


def test_a_store_cancelled_before_its_check_does_not_count_as_clean_at_the_next_claim() -> None:
    log = Log()
    owner = claimed_worker(1, log)
    work(owner, records=3)
    newer = claimed_worker(2, log)
    work(newer, records=3)
    newer.crash()
    owner.begin(owner.work(1, 0, UNBOUNDED))
    for _ in range(3):
        assert owner.step()
    owner.crash()
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
    assert_exact(owner.owned.state)
    work(owner, records=5)
    assert restore(log.entries()).marker.next_offset == 10
