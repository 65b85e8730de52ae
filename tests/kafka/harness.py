"""Worker processes on a real broker, a stream that is fed to them meanwhile, and what lies on the topics afterwards.

Every wait here has a deadline, and fails with the end of every worker's log.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import msgspec
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from monitor.client import create_topics
from monitor.core.message import Message
from monitor.core.partition import Marker
from monitor.core.scored import Scored
from monitor.records import decode_dead_letter, decode_event
from monitor.stream.changelog import CLAIM_KEY, MARKER_KEY, Entry, Replica
from monitor.topics import ALERTS, DEAD_LETTERS, JOURNEYS, SCORED, Topic, declare_topics
from monitor.wire import encode_message
from tests.kafka.chatter import EVENT_START, tell_messages

PARTITIONS: Final = 4
PSEUDONYM_KEY: Final = "the fault tests' own key"
#: An hour of event time passes in a second, so that complaints are ignored within the test.
SPEED: Final = 3600.0
EXIT_CRASHED: Final = 70

_SOURCE_BYTES: Final = 4 * 1024 * 1024
_POLL_SECONDS: Final = 0.01
_STOP_SECONDS: Final = 20.0
_TAIL_LINES: Final = 25
_PATIENCE_MS: Final = 300


class WorkerProcess:
    """One `monitor worker` in a process group of its own, its log in a file."""

    def __init__(self, config: Path, log: Path) -> None:
        self._log = log
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "monitor", "worker", "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env=environment,
                start_new_session=True,
            )

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def kill(self) -> None:
        """End it as a crash of the machine would; nothing happens when it has ended."""
        if self.exit_code is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def terminate(self) -> int:
        """Ask it to stop, and return its exit code."""
        self._process.send_signal(signal.SIGTERM)
        self.wait_for("its end after SIGTERM", lambda: self.exit_code is not None, _STOP_SECONDS)
        return self._process.wait()

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def read_events(self, name: str) -> list[dict[str, Any]]:
        """Return the log lines of one event."""
        return [line for line in self._read_lines() if line.get("event") == name]

    def wait_until_restored(self, seconds: float = 40.0) -> None:
        """Wait until it has been given a partition and has restored it."""
        self.wait_for("a restored partition", lambda: bool(self.read_events("partition restored")), seconds)

    def wait_for(self, what: str, condition: Callable[[], bool], seconds: float) -> None:
        wait_until(what, condition, seconds, lambda: f"{self._log.name}:\n{self.read_tail()}")

    def read_tail(self) -> str:
        return "\n".join(self.read_log().splitlines()[-_TAIL_LINES:])

    def read_log(self) -> str:
        return self._log.read_text(errors="replace")

    def _read_lines(self) -> Iterator[dict[str, Any]]:
        for line in self.read_log().splitlines():
            try:
                parsed = json.loads(line)
            except ValueError:
                continue  # half a line, or one that no logger wrote
            if isinstance(parsed, dict):
                yield parsed


class Feeder:
    """Sends chatter at a steady rate, keyed by customer, until it is told to finish."""

    def __init__(self, bootstrap: str, topic: str, messages: Iterator[Message], per_second: float) -> None:
        self._topic = topic
        self._messages = messages
        self._per_second = per_second
        self._ahead = 0
        self._finished = threading.Event()
        self._failures: list[BaseException] = []
        self.sent: list[str] = []
        self._producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", reconnect_backoff_max_ms=500)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_finished(self) -> bool:
        return self._finished.is_set()

    def burst(self, messages: int) -> None:
        """Send so many at once, on top of the steady rate."""
        self._ahead += messages

    def finish(self, seconds: float = 60.0) -> int:
        """Stop, wait until the broker has confirmed everything, and return how many it is."""
        self._finished.set()
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "the feeder did not finish in time"
        self._producer.flush(seconds)
        self._producer.close()
        assert not self._failures, self._failures[0]
        return len(self.sent)

    def _run(self) -> None:
        began = time.monotonic()
        while not self._finished.is_set():
            due = self._ahead + int((time.monotonic() - began) * self._per_second)
            while len(self.sent) < due and not self._finished.is_set():
                message = next(self._messages)
                key = str(message.customer).encode()
                sending = self._producer.send(self._topic, key=key, value=encode_message(message))
                sending.add_errback(self._failures.append)
                self.sent.append(message.id)
            self._finished.wait(_POLL_SECONDS)


class Log:
    """One topic as far as it has been read; `read_on` reads what has come since."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._consumer = KafkaConsumer(
            bootstrap_servers=bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=5000,
        )
        numbers = sorted(self._consumer.partitions_for_topic(topic) or ())
        self._parts = [TopicPartition(topic, number) for number in numbers]
        self._consumer.assign(self._parts)
        self._consumer.seek_to_beginning(*self._parts)
        self.records: dict[int, list[Any]] = {number: [] for number in numbers}

    def read_on(self, patience_ms: int = 20) -> dict[int, list[Any]]:
        """Read up to the present end, and return what was new by partition."""
        ends = self._consumer.end_offsets(self._parts)
        fresh: dict[int, list[Any]] = {}
        while True:
            for part, records in self._consumer.poll(timeout_ms=patience_ms).items():
                self.records[part.partition].extend(records)
                fresh.setdefault(part.partition, []).extend(records)
            if all(self._consumer.position(part) >= ends[part] for part in self._parts):
                return fresh

    def read_all(self) -> dict[int, list[Any]]:
        """Read until nothing comes any more: the embedded broker's end offsets are too low."""
        while self.read_on(_PATIENCE_MS):
            pass
        return self.records

    def count(self) -> int:
        """Count the records there are now, read or not."""
        return sum(self._consumer.end_offsets(self._parts).values())

    def close(self) -> None:
        self._consumer.close()


class Journal:
    """The changelog as a reader sees it: one replica per partition, and who has claimed what."""

    def __init__(self, bootstrap: str) -> None:
        self._log = Log(bootstrap, JOURNEYS)
        self.replicas = {partition: Replica() for partition in self._log.records}
        self.claims = 0

    def read_on(self) -> None:
        self._take(self._log.read_on())

    def read_all(self) -> None:
        self._take(self._log.read_all())

    def count(self) -> int:
        return self._log.count()

    @property
    def void_entries(self) -> int:
        return sum(replica.void_entries for replica in self.replicas.values())

    def read_owners(self) -> dict[int, bytes | None]:
        """Return the writer of the latest claim on each partition."""
        self.read_on()
        return {partition: replica.owner for partition, replica in self.replicas.items()}

    def read_marker(self, partition: int) -> Marker:
        """Return how far the state of a partition has come."""
        marker = self.replicas[partition].state.get(MARKER_KEY)
        return msgspec.msgpack.decode(marker, type=Marker) if marker else Marker()

    def close(self) -> None:
        self._log.close()

    def _take(self, fresh: Mapping[int, list[Any]]) -> None:
        for partition, records in fresh.items():
            entries = [_to_entry(record) for record in records]
            self.claims += sum(entry.key == CLAIM_KEY for entry in entries)
            self.replicas[partition].read(entries)


class Topics(msgspec.Struct, frozen=True):
    """Every record of a finished run by partition, and the state of the changelog."""

    source: dict[int, list[Any]]
    scored: dict[int, list[Any]]
    alerts: dict[int, list[Any]]
    letters: dict[int, list[Any]]
    markers: dict[int, Marker]
    journeys: dict[int, dict[str, bytes]]
    void_entries: int
    void_keys: int
    claims: int


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
        **worker: float,
    ) -> None:
        self.bootstrap = bootstrap
        self.is_idempotent = idempotent
        self.source = name
        self.group = name
        self._folder = folder
        self._config = folder / "monitor.toml"
        self.workers: list[WorkerProcess] = []
        self._feeder: Feeder | None = None
        _empty_topics(
            bootstrap, Topic(name=self.source, partitions=PARTITIONS, config=dict(source_config or {}))
        )
        self._config.write_text(_write_settings(bootstrap, name, idempotent=idempotent, worker=worker))

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

    def start_worker(self) -> WorkerProcess:
        worker = WorkerProcess(self._config, self._folder / f"worker-{len(self.workers)}.log")
        self.workers.append(worker)
        return worker

    def wait_for(self, what: str, condition: Callable[[], bool], seconds: float) -> None:
        """Wait until the condition holds while the workers run."""
        wait_until(what, condition, seconds, self.describe)

    def describe(self) -> str:
        """Show the end of each worker's log."""
        return "\n".join(
            f"--- worker {number}, exit code {worker.exit_code}\n{worker.read_tail()}"
            for number, worker in enumerate(self.workers)
        )

    def drain(self, seconds: float = 90.0) -> None:
        """Wait until every source record is scored or set aside, and followed."""
        with (
            closing(Log(self.bootstrap, self.source)) as source,
            closing(Log(self.bootstrap, SCORED)) as scored,
            closing(Log(self.bootstrap, DEAD_LETTERS)) as letters,
            closing(Journal(self.bootstrap)) as journal,
        ):
            source.read_on()
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
                journal.read_on()
                return all(
                    journal.read_marker(partition).next_offset > offset
                    for partition, offset in last_scored.items()
                )

            deadline = time.monotonic() + seconds
            wait_until(
                "every source record in the scored log or the dead letters",
                is_scored,
                seconds,
                lambda: f"{len(waiting)} are not, like {sorted(waiting)[:5]}\n{self.describe()}",
            )
            wait_until(
                "the markers behind every scored record",
                is_followed,
                deadline - time.monotonic(),
                self.describe,
            )

    def read_topics(self) -> Topics:
        """Read everything; feeder and workers must have ended."""
        assert all(worker.exit_code is not None for worker in self.workers), self.describe()
        assert self._feeder is None or self._feeder.is_finished, "it would be read without an end"
        logs: dict[str, dict[int, list[Any]]] = {}
        for topic in (self.source, SCORED, ALERTS, DEAD_LETTERS):
            with closing(Log(self.bootstrap, topic)) as log:
                logs[topic] = log.read_all()
        with closing(Journal(self.bootstrap)) as journal:
            journal.read_all()
            return Topics(
                source=logs[self.source],
                scored=logs[SCORED],
                alerts=logs[ALERTS],
                letters=logs[DEAD_LETTERS],
                markers={partition: journal.read_marker(partition) for partition in journal.replicas},
                journeys={
                    partition: {
                        key.decode(): value for key, value in replica.state.items() if key != MARKER_KEY
                    }
                    for partition, replica in journal.replicas.items()
                },
                void_entries=journal.void_entries,
                void_keys=sum(len(replica.void) for replica in journal.replicas.values()),
                claims=journal.claims,
            )

    def read_committed(self, topic: str) -> dict[int, int]:
        """Return what the workers' group has committed for each partition of a topic, 0 where it has not."""
        with closing(
            KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=self.group, enable_auto_commit=False)
        ) as consumer:
            return {
                number: consumer.committed(TopicPartition(topic, number)) or 0 for number in range(PARTITIONS)
            }


def wait_until(what: str, condition: Callable[[], bool], seconds: float, describe: Callable[[], str]) -> None:
    """Look again and again until the condition holds; fail at the deadline with a description."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain for {what}\n{describe()}"
        time.sleep(_POLL_SECONDS)


def _all(by_partition: Mapping[int, list[Any]]) -> Iterator[Any]:
    for records in by_partition.values():
        yield from records


def _to_entry(record: Any) -> Entry:  # noqa: ANN401 - kafka-python publishes no types
    return Entry(record.offset, dict(record.headers)["writer"], record.key, record.value)


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
