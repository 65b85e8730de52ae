"""Worker processes on a real broker, a stream that is fed to them meanwhile, and what lies on the topics afterwards.

Every wait here has a deadline, and fails with the end of every worker's log.
"""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import msgspec
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from monitor.client import create_topics
from monitor.core.scored import Scored
from monitor.core.trend import Trend
from monitor.records import decode_dead_letter, decode_event, decode_trend
from monitor.topics import ALERTS, BASELINES, DEAD_LETTERS, JOURNEYS, SCORED, TRENDS, Topic, declare_topics
from tests.kafka.chatter import EVENT_START, Feeder, tell_messages
from tests.kafka.processes import EXIT_CRASHED, WorkerProcess, wait_until
from tests.kafka.topic_logs import PATIENCE_MS, Journal, Log, Topics

PARTITIONS: Final = 4
PSEUDONYM_KEY: Final = "the fault tests' own key"
#: After a fault hours of event time come at once, late: all of it is to count, and to make alerts.
POLICY: Final = """
[surge]
learn_for_hours = 1
late_hours = 1_000_000
same_text_customers = 1_000
"""
#: An hour of event time passes in a second, so that complaints are ignored within the test.
SPEED: Final = 3600.0

_SOURCE_BYTES: Final = 4 * 1024 * 1024
_EXPECTED_EXITS: Final = (None, 0, -signal.SIGKILL, EXIT_CRASHED)


class Run:
    """A set of empty topics, the settings of its workers, and everything that was started for it."""

    def __init__(
        self,
        bootstrap: str,
        folder: Path,
        name: str,
        *,
        idempotent: bool = True,
        source_config: Mapping[str, str] | None = None,
        policy_file: Path | None = None,
        store: str = "memory",
        **worker: float,
    ) -> None:
        self.bootstrap = bootstrap
        self.is_idempotent = idempotent
        self.source = name
        self.group = name
        self._folder = folder
        self._store = store
        self.workers: list[WorkerProcess] = []
        self._feeder: Feeder | None = None
        _empty_topics(
            bootstrap, Topic(name=self.source, partitions=PARTITIONS, config=dict(source_config or {}))
        )
        if policy_file is None:
            policy_file = folder / "policy.toml"
            policy_file.write_text(POLICY)
        settings = _write_settings(bootstrap, name, idempotent=idempotent, worker=worker)
        self._settings = f'policy_file = "{policy_file}"\n{settings}'

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.kill()
        if self._feeder is not None and self._feeder.sent:
            self._feeder.finish()

    def feed(self, per_second: float, seed: int = 1) -> Feeder:
        """Begin to feed the source topic."""
        step = timedelta(seconds=SPEED / per_second)
        self._feeder = Feeder(self.bootstrap, self.source, tell_messages(seed, step), per_second)
        return self._feeder

    def start_worker(self, disk: int | None = None) -> WorkerProcess:
        """Start a worker; where states lie on a disk, it is a new one, or that of an earlier worker, by number."""
        number = len(self.workers)
        config = self._folder / f"worker-{number}.toml"
        folder = f"disk-{number if disk is None else disk}"
        state = f'[state]\nstore = "{self._store}"\nfolder = "{folder}"\ncache_mib = 16\n'
        config.write_text(self._settings + state)
        worker = WorkerProcess(config, self._folder / f"worker-{number}.log")
        self.workers.append(worker)
        return worker

    def wait_for(self, what: str, condition: Callable[[], bool], seconds: float) -> None:
        """Wait until the condition holds; fail at once if a worker has ended as no fault ends it."""

        def look() -> bool:
            assert all(worker.exit_code in _EXPECTED_EXITS for worker in self.workers), self.describe()
            return condition()

        wait_until(what, look, seconds, self.describe)

    def describe(self) -> str:
        """Show the end of each worker's log."""
        return "\n".join(
            f"--- worker {number}, exit code {worker.exit_code}\n{worker.read_tail()}"
            for number, worker in enumerate(self.workers)
        )

    def drain(self, seconds: float = 90.0) -> None:
        """Wait until every source record is scored or set aside and followed, and what it means to the crowd worked.

        The feeder must have finished.
        """
        with (
            closing(Log(self.bootstrap, self.source)) as source,
            closing(Log(self.bootstrap, SCORED)) as scored,
            closing(Log(self.bootstrap, DEAD_LETTERS)) as letters,
            closing(Journal(self.bootstrap)) as journal,
            closing(Log(self.bootstrap, TRENDS)) as trends,
            closing(Journal(self.bootstrap, BASELINES)) as baselines,
        ):
            source.read_all()
            waiting = {(record.partition, record.offset) for record in _all(source.records)}
            last_scored: dict[int, int] = {}

            def is_scored() -> bool:
                for record in _all(letters.read_on()):
                    letter = decode_dead_letter(record.value)
                    waiting.discard((letter.partition, letter.offset))
                for record in _all(scored.read_on()):
                    event = decode_event(record.value)
                    if isinstance(event, Scored):
                        waiting.discard((event.origin.partition, event.origin.offset))
                        last_scored[record.partition] = record.offset
                return not waiting

            def is_followed() -> bool:
                return _has_passed(journal, last_scored)

            deadline = time.monotonic() + seconds
            self.wait_for("every source record in the scored log or the dead letters", is_scored, seconds)
            self.wait_for("the markers behind every scored record", is_followed, deadline - time.monotonic())
            # The workers pass ticks on for as long as they live: it would be read without an end.
            while any(
                isinstance(decode_trend(record.value), Trend) for record in _all(trends.read_on(PATIENCE_MS))
            ):
                pass
            last_trends = {
                partition: record.offset
                for partition, records in trends.records.items()
                for record in records
                if isinstance(decode_trend(record.value), Trend)
            }
            self.wait_for(
                "the markers behind every trend",
                lambda: _has_passed(baselines, last_trends),
                deadline - time.monotonic(),
            )

    def read_topics(self) -> Topics:
        """Read everything; feeder and workers must have ended."""
        assert all(worker.exit_code is not None for worker in self.workers), self.describe()
        assert self._feeder is None or self._feeder.is_finished, "it would be read without an end"
        logs: dict[str, dict[int, list[Any]]] = {}
        for topic in (self.source, SCORED, TRENDS, ALERTS, DEAD_LETTERS):
            with closing(Log(self.bootstrap, topic)) as log:
                logs[topic] = log.read_all()
        restored = {}
        for topic in (JOURNEYS, BASELINES):
            with closing(Journal(self.bootstrap, topic)) as journal:
                restored[topic] = journal.restore()
        return Topics(
            source=logs[self.source],
            scored=logs[SCORED],
            trends=logs[TRENDS],
            alerts=logs[ALERTS],
            letters=logs[DEAD_LETTERS],
            journeys=restored[JOURNEYS],
            baselines=restored[BASELINES],
        )

    def read_committed(self, topic: str) -> dict[int, int]:
        """Return what the workers' group has committed for each partition of a topic, 0 where it has not."""
        with closing(
            KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=self.group, enable_auto_commit=False)
        ) as consumer:
            return {
                number: consumer.committed(TopicPartition(topic, number)) or 0 for number in range(PARTITIONS)
            }


def _has_passed(journal: Journal, offsets: Mapping[int, int]) -> bool:
    journal.read_on()
    return all(journal.read_marker(partition).next_offset > offset for partition, offset in offsets.items())


def _all(by_partition: Mapping[int, list[Any]]) -> Iterator[Any]:
    for records in by_partition.values():
        yield from records


def _empty_topics(bootstrap: str, source: Topic) -> None:
    """Make our topics anew: their names are constants, and another test may have filled them."""
    ours = declare_topics(PARTITIONS)
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        left = sorted({topic.name for topic in ours} & set(admin.list_topics()))
        if left:
            admin.delete_topics(left)
            wait_until(
                "the deletion of the topics of the last test",
                lambda: not set(left) & set(admin.list_topics()),
                20.0,
                lambda: ", ".join(left),
            )
    source = msgspec.structs.replace(
        source, config={"max.message.bytes": str(_SOURCE_BYTES), **source.config}
    )
    create_topics(bootstrap, (*ours, source))


def _write_settings(bootstrap: str, name: str, *, idempotent: bool, worker: Mapping[str, float]) -> str:
    values = {
        "partitions": PARTITIONS,
        "tick_seconds": 0.5,
        "metrics_port": 0,
        "session_timeout_seconds": 3.0,
        "rebalance_timeout_seconds": 10.0,
        "commit_interval_seconds": 0.2,
        # Small batches: many boundaries at which a fault can strike.
        "batch_max_records": 50,
        # A burst runs ahead of the clock.
        "future_tolerance_seconds": 1e9,
        **worker,
    }
    lines = "\n".join(f"{key} = {value}" for key, value in values.items())
    return f"""
[kafka]
bootstrap = "{bootstrap}"
replication = 1
idempotent = {str(idempotent).lower()}

[worker]
group = "{name}"
{lines}

[privacy]
pseudonym_key = "{PSEUDONYM_KEY}"

[clock]
speed = {SPEED}
event_start = {EVENT_START.isoformat()}
wall_start = {datetime.now(UTC).isoformat()}

[[source]]
topic = "{name}"
"""
