"""The whole worker under faults on a real Kafka: afterwards state, scored log and alerts are the pure pipeline's."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random

import pytest

from monitor.topics import JOURNEYS, SCORED
from tests.conftest import FreshName
from tests.kafka.cluster import ApacheKafka
from tests.kafka.harness import EXIT_CRASHED, PARTITIONS, Feeder, Journal, Log, Run, WorkerProcess
from tests.kafka.oracle import Figures, Oracle

pytestmark = pytest.mark.kafka

PER_SECOND = 300.0

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


def test_ten_kills_in_mid_stream_lose_nothing_and_change_nothing(
    start_run: StartRun, oracle: Oracle
) -> None:
    run = start_run()
    dice = Random(7)
    feeder = run.feed(PER_SECOND)
    worker = run.start_worker()
    with (
        closing(Log(run.bootstrap, SCORED)) as scored,
        closing(Journal(run.bootstrap)) as journal,
    ):
        for _ in range(10):
            # Soon after a claim or a state batch, or anywhere in the scoring of what has piled up.
            log, growth = (
                (journal, dice.randint(1, 200)) if dice.random() < 0.5 else (scored, dice.randint(1, 1000))
            )
            target = log.count() + growth
            run.wait_for("progress before the next kill", lambda: log.count() >= target, 40.0)
            worker.kill()
            worker = run.start_worker()
    _finish(run, feeder, oracle, [worker])
