"""What lies on the topics of a run: each topic read on from where it was read to, and changelogs as replicas."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from kafka import KafkaConsumer, TopicPartition

from monitor.core.plan import Marker
from monitor.stream.changelog import CLAIM_KEY, MARKER_KEY, Replica
from monitor.stream.state import to_entry
from monitor.topics import JOURNEYS

PATIENCE_MS: Final = 300


class Log:
    """One topic as far as it has been read; `read_on` reads what has come since."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._consumer = KafkaConsumer(
            bootstrap_servers=bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            # In plain Python, the sums cost more than all else.
            check_crcs=False,
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
        while self.read_on(PATIENCE_MS):
            pass
        return self.records

    def count(self) -> int:
        """Count the records there are now, read or not."""
        return sum(self._consumer.end_offsets(self._parts).values())

    def close(self) -> None:
        self._consumer.close()


class Restored(msgspec.Struct, frozen=True):
    """What a changelog holds at the end, by partition."""

    markers: dict[int, Marker]
    states: dict[int, dict[str, bytes]]
    void_entries: int
    void_keys: int
    claims: int


class Journal:
    """A changelog as a reader sees it: one replica per partition, and who has claimed what."""

    def __init__(self, bootstrap: str, topic: str = JOURNEYS) -> None:
        self._log = Log(bootstrap, topic)
        self.replicas = {partition: Replica() for partition in self._log.records}
        self.claims = 0

    def read_on(self) -> None:
        self._take(self._log.read_on())

    def count(self) -> int:
        return self._log.count()

    @property
    def void_entries(self) -> int:
        return sum(replica.void_entries for replica in self.replicas.values())

    def read_owners(self) -> dict[int, bytes]:
        """Return the writer of the latest claim on each partition."""
        self.read_on()
        return {partition: replica.owner for partition, replica in self.replicas.items()}

    def read_marker(self, partition: int) -> Marker:
        """Return how far the state of a partition has come."""
        marker = self.replicas[partition].state.get(MARKER_KEY)
        return msgspec.msgpack.decode(marker, type=Marker) if marker else Marker()

    def restore(self) -> Restored:
        """Read everything, and return what a claimant would restore."""
        self._take(self._log.read_all())
        return Restored(
            markers={partition: self.read_marker(partition) for partition in self.replicas},
            states={
                partition: {key.decode(): value for key, value in replica.state.items() if key != MARKER_KEY}
                for partition, replica in self.replicas.items()
            },
            void_entries=self.void_entries,
            void_keys=sum(len(replica.void) for replica in self.replicas.values()),
            claims=self.claims,
        )

    def close(self) -> None:
        self._log.close()

    def _take(self, fresh: Mapping[int, list[Any]]) -> None:
        for partition, records in fresh.items():
            entries = [to_entry(record) for record in records]
            self.claims += sum(entry.key == CLAIM_KEY for entry in entries)
            self.replicas[partition].read(entries)


class Topics(msgspec.Struct, frozen=True):
    """Every record of a finished run by partition, and the state of the changelogs."""

    source: dict[int, list[Any]]
    scored: dict[int, list[Any]]
    trends: dict[int, list[Any]]
    alerts: dict[int, list[Any]]
    letters: dict[int, list[Any]]
    journeys: Restored
    baselines: Restored
