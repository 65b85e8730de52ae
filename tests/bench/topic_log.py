"""What lies on the broker: topics made and removed, how far a group has come, when a record was appended."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Final, Self

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as Place
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError

from monitor.client import create_topics
from monitor.topics import Topic

_NO_COORDINATOR: Final = (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError)
_DELETE_SECONDS: Final = 30.0
_READ_SECONDS: Final = 120.0
_POLL_SECONDS: Final = 0.05
_FETCH_BYTES: Final = 4 * 1024 * 1024


class TopicLog:
    """Looks at a broker from outside; it joins no group and commits nothing.

    The broker must stamp every record with the time of its append.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._admin = KafkaAdminClient(bootstrap_servers=bootstrap)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._admin.close()

    def make(self, *topics: Topic) -> None:
        """Create empty topics."""
        create_topics(self._bootstrap, topics)

    def remove(self, names: Iterable[str]) -> None:
        """Delete those of the topics that are there, and return when they are gone."""
        doomed = set(names)
        left = doomed & set(self._admin.list_topics())
        if left:
            self._admin.delete_topics(sorted(left))
        deadline = time.monotonic() + _DELETE_SECONDS
        while doomed & set(self._admin.list_topics()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the broker did not delete {sorted(doomed)}")
            time.sleep(_POLL_SECONDS)

    def find_topics(self, part_of_name: str) -> list[str]:
        """List the topics whose name contains this."""
        return sorted(name for name in self._admin.list_topics() if part_of_name in name)

    def find_ends(self, topic: str) -> dict[int, int]:
        """Return each partition's end offset."""
        return {number: found.offset for number, found in self._ask(topic, OffsetSpec.LATEST).items()}

    def count(self, topic: str) -> int:
        """Count the records of a topic that nothing has been removed from."""
        return sum(self.find_ends(topic).values())

    def find_last_append_seconds(self, topics: Iterable[str]) -> float:
        """Return when the last record of all these topics was appended; 0 where there is none."""
        found = (one for topic in topics for one in self._ask(topic, OffsetSpec.MAX_TIMESTAMP).values())
        return max((one.timestamp / 1000 for one in found), default=0.0)

    def has_committed(self, group: str, topic: str, ends: Mapping[int, int]) -> bool:
        """Tell whether the group has committed these offsets or later ones."""
        try:
            committed = self._admin.list_group_offsets({group: None})[group]
        except _NO_COORDINATOR:
            return False  # nobody has committed anything on this broker yet
        places = {number: committed.get(TopicPartition(topic, number)) for number in ends}
        return all(place is not None and place.offset >= ends[number] for number, place in places.items())

    async def read(self, topic: str, begins: Mapping[int, int] | None = None) -> AsyncIterator[Any]:
        """Yield every record of the topic up to its present end; each partition in its order.

        `begins` names offsets before which nothing is read.
        """
        firsts = begins or {}
        ends = {number: end for number, end in self.find_ends(topic).items() if end > firsts.get(number, 0)}
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=_FETCH_BYTES,
        )
        await consumer.start()
        try:
            consumer.assign([Place(topic, number) for number in ends])
            for number in ends.keys() & firsts.keys():
                consumer.seek(Place(topic, number), firsts[number])
            async with asyncio.timeout(_READ_SECONDS):
                while ends:
                    for place, records in (await consumer.getmany(timeout_ms=500)).items():
                        for record in records:
                            yield record
                        if records[-1].offset + 1 >= ends.get(place.partition, 0):
                            ends.pop(place.partition, None)
        finally:
            await consumer.stop()

    def _ask(self, topic: str, spec: OffsetSpec) -> dict[int, Any]:
        described = self._admin.describe_topics([topic])[0]["partitions"]
        places = {TopicPartition(topic, one["partition_index"]): spec for one in described}
        answers = self._admin.list_partition_offsets(places)
        return {place.partition: found for place, found in answers.items()}
