"""The whole worker under faults on a real Kafka: afterwards state, scored log and alerts are the pure pipeline's."""

import gc
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import chain
from pathlib import Path
from random import Random

import pytest

from monitor.core.scored import Scored
from monitor.records import decode_event
from monitor.topics import BASELINES, SCORED, TRENDS
from tests.conftest import FreshName
from tests.kafka.chatter import Feeder
from tests.kafka.cluster import ApacheKafka
from tests.kafka.harness import PARTITIONS, Run
from tests.kafka.oracle import Figures, Oracle
from tests.kafka.processes import EXIT_CRASHED, WorkerProcess
from tests.kafka.topic_logs import Journal, Log

pytestmark = pytest.mark.kafka

PER_SECOND = 150.0
KILLS = 10
STOPS = 3
PAUSES_AT_MOST = 8
BURST = 1500
DOWN_SECONDS = 5.0

#: Where a worker keeps its states.
each_store = pytest.mark.parametrize("store", ["memory", "rocksdb"])

StartRun = Callable[..., Run]


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
def start_run(apache_kafka: ApacheKafka, tmp_path: Path, fresh_name: FreshName) -> Iterator[StartRun]:
    """Make a run whose workers and feeder end with the test."""
    with ExitStack() as stack:
        yield lambda **worker: stack.enter_context(
            Run(apache_kafka.bootstrap, tmp_path, fresh_name("posts"), **worker)
        )
    with warnings.catch_warnings():
        # kafka-python leaves the socket of each connection that is refused to the garbage collector.
        warnings.filterwarnings("ignore", "unclosed <socket", ResourceWarning)
        gc.collect()


@each_store
def test_ten_kills_in_mid_stream_lose_nothing_and_change_nothing(
    start_run: StartRun, oracle: Oracle, store: str
) -> None:
    """Each next worker finds what the last one kept on its disk, or what an earlier one did, or nothing."""
    run = start_run(store=store)
    dice = Random(7)
    feeder = run.feed(PER_SECOND)
    worker = run.start_worker(disk=0)
    with closing(Log(run.bootstrap, SCORED)) as scored, closing(Journal(run.bootstrap)) as journal:
        for _ in range(KILLS):
            # Soon after a claim or a state batch, or anywhere in the scoring of what has piled up.
            log, most = dice.choice(((journal, 100), (scored, 700)))
            _wait_for_growth(run, log, dice.randint(1, most))
            worker.kill()
            worker = run.start_worker(disk=dice.randrange(3))
    figures = _finish(run, feeder, oracle, [worker])
    assert figures.crowd_alerts > 0, "no crowd has been told of: this judges few alerts"


def test_workers_that_join_leave_and_die_change_nothing(start_run: StartRun, oracle: Oracle) -> None:
    run = start_run()
    feeder = run.feed(PER_SECOND)
    first = run.start_worker()
    with closing(Log(run.bootstrap, SCORED)) as scored:
        _wait_for_growth(run, scored, 300)
        second = run.start_worker()
        second.wait_until_restored()
        _wait_for_growth(run, scored, 300)
        assert second.terminate() == 0, run.describe()
        _wait_for_growth(run, scored, 300)
        third = run.start_worker()
        third.wait_until_restored()
        _wait_for_growth(run, scored, 300)
        third.kill()
        _wait_for_growth(run, scored, 300)
    assert first.exit_code is None, run.describe()
    _finish(run, feeder, oracle, [first])


@each_store
def test_what_a_zombie_writes_is_void(start_run: StartRun, oracle: Oracle, store: str) -> None:
    """A worker is stopped past its session, another takes over, the first goes on: its entries do not count."""
    run = start_run(store=store)
    feeder = run.feed(PER_SECOND)
    standing = [run.start_worker(), run.start_worker()]
    for worker in standing:
        worker.wait_until_restored()
    outcomes: list[str] = []
    with closing(Log(run.bootstrap, SCORED)) as scored, closing(Journal(run.bootstrap)) as journal:
        while not journal.void_entries and len(outcomes) < PAUSES_AT_MOST:
            zombie = standing.pop(0)
            feeder.burst(BURST)
            _wait_for_growth(run, scored, BURST // 8)
            zombie.pause()
            owners = journal.read_owners()
            run.wait_for("the other's claim", lambda before=owners: journal.read_owners() != before, 40.0)  # type: ignore[misc]  # the default binds the loop's value
            outcomes.append(_resume(run, zombie))
            if zombie.exit_code is not None:
                zombie = run.start_worker(disk=run.workers.index(zombie))
                zombie.wait_until_restored()
            standing.append(zombie)
            journal.read_on()
    print(outcomes)
    figures = _finish(run, feeder, oracle, standing)
    assert figures.void_entries > 0, f"no zombie has written anything in {len(outcomes)} rounds: {outcomes}"
    assert figures.void_keys == 0, "an owner must write the true value over each void one"


def test_a_worker_that_is_asked_to_stop_finishes_commits_and_repeats_nothing(
    start_run: StartRun, oracle: Oracle
) -> None:
    run = start_run()
    feeder = run.feed(PER_SECOND)
    with closing(Journal(run.bootstrap)) as journal:
        for _ in range(STOPS):
            worker = run.start_worker()
            feeder.burst(BURST)
            _wait_for_growth(run, journal, BURST // 10)
            assert worker.terminate() == 0, run.describe()
            _require_all_committed(run)
    worker = run.start_worker()
    figures = _finish(run, feeder, oracle, [worker])
    assert figures.scored_duplicates == 0
    assert figures.alert_duplicates == 0


def test_a_worker_that_starts_again_on_its_disk_reads_what_has_come_since_and_on_another_one_all(
    start_run: StartRun, oracle: Oracle
) -> None:
    run = start_run(store="rocksdb")
    feeder = run.feed(PER_SECOND)
    entries = []
    with closing(Journal(run.bootstrap)) as journal:
        for disk in (0, 0, 1):
            worker = run.start_worker(disk)
            feeder.burst(BURST)
            _wait_for_growth(run, journal, BURST // 4)
            assert worker.terminate() == 0, run.describe()
            restored = worker.read_events("partition restored")
            entries.append(sum(line["entries"] for line in restored if line["topic"] == SCORED))
    assert entries[1] < BURST // 10 < entries[2]
    _finish(run, feeder, oracle, [run.start_worker(disk=0)])


def test_a_broker_that_is_away_for_seconds_costs_nothing(
    start_run: StartRun, oracle: Oracle, apache_kafka: ApacheKafka
) -> None:
    run = start_run()
    feeder = run.feed(PER_SECOND)
    standing = [run.start_worker()]
    with closing(Log(run.bootstrap, SCORED)) as scored:
        _wait_for_growth(run, scored, 500)

    def supervise(condition: Callable[[], bool]) -> bool:
        if standing[-1].exit_code is not None:
            assert standing[-1].exit_code == EXIT_CRASHED, run.describe()
            standing.append(run.start_worker())
        return condition()

    apache_kafka.stop()
    try:
        came_back = time.monotonic() + DOWN_SECONDS
        run.wait_for("the end of the outage", lambda: supervise(lambda: time.monotonic() > came_back), 40.0)
    finally:
        apache_kafka.start()
    with closing(Log(run.bootstrap, SCORED)) as scored:
        target = scored.count() + 500
        run.wait_for("scoring to go on", lambda: supervise(lambda: scored.count() >= target), 60.0)
    print(f"{len(standing) - 1} restarts")
    _finish(run, feeder, oracle, standing[-1:])


def test_a_worker_whose_broker_is_gone_ends_all_the_same_when_it_is_asked_to(
    start_run: StartRun, oracle: Oracle, apache_kafka: ApacheKafka
) -> None:
    """What is under way can never be confirmed: it is worked again by the next one."""
    run = start_run(rebalance_timeout_seconds=3.0)
    feeder = run.feed(PER_SECOND)
    worker = run.start_worker()
    with closing(Log(run.bootstrap, SCORED)) as scored:
        _wait_for_growth(run, scored, 300)
    apache_kafka.kill()
    try:
        assert worker.terminate() in {0, EXIT_CRASHED}, run.describe()
    finally:
        apache_kafka.start()
    _finish(run, feeder, oracle, [run.start_worker()])


def _wait_for_growth(run: Run, log: Log | Journal, records: int) -> None:
    target = log.count() + records
    run.wait_for(f"{records} further records", lambda: log.count() >= target, 60.0)


def _resume(run: Run, zombie: WorkerProcess) -> str:
    """Let a paused worker go on, and say how it found out that it has been replaced."""
    restored = len(zombie.read_events("partition restored"))
    zombie.resume()
    run.wait_for(
        "the zombie to end or to join again",
        lambda: zombie.exit_code is not None or len(zombie.read_events("partition restored")) > restored,
        40.0,
    )
    if zombie.exit_code is None:
        return "joined again"
    reasons = [line["reason"] for line in zombie.read_events("worker failed")]
    assert zombie.exit_code == EXIT_CRASHED, run.describe()
    assert reasons, run.describe()
    assert reasons[0].endswith("has been claimed by another worker"), run.describe()
    return "deposed"


def _require_all_committed(run: Run) -> None:
    """Hold the committed offsets against what the scored log and the changelog say is done."""
    with closing(Log(run.bootstrap, SCORED)) as scored, closing(Journal(run.bootstrap)) as journal:
        scored.read_on()
        journal.read_on()
        done = dict.fromkeys(range(PARTITIONS), 0)
        for record in chain.from_iterable(scored.records.values()):
            event = decode_event(record.value)
            if isinstance(event, Scored):
                origin = event.origin
                done[origin.partition] = max(done[origin.partition], origin.offset + 1)
        assert run.read_committed(run.source) == done
        followed = {partition: journal.read_marker(partition).next_offset for partition in done}
        assert run.read_committed(SCORED) == followed
    with closing(Journal(run.bootstrap, BASELINES)) as journal:
        journal.read_on()
        assert run.read_committed(TRENDS) == {
            partition: journal.read_marker(partition).next_offset for partition in done
        }


def _finish(run: Run, feeder: Feeder, oracle: Oracle, workers: list[WorkerProcess]) -> Figures:
    """Let the workers work everything off, stop them in order, and judge."""
    sent = feeder.finish()
    run.drain()
    assert [worker.terminate() for worker in workers] == [0] * len(workers), run.describe()
    figures = oracle.judge(run.read_topics())
    print(figures)
    assert figures.records == sent
    assert figures.letters == 0
    assert figures.told_by_ticks > 0
    return figures
