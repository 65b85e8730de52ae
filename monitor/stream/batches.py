"""A Faust transport that hands an agent one event per fetched batch of one partition.

A subclass of Faust's aiokafka driver. It must never acknowledge what has not been worked: an offset is committed only
when every batch before it is finished. (Faust's own bookkeeping counts the current offset into a gap and can commit
a record before it is processed; faust-streaming 0.15.3, `Consumer._add_gap`.)
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from faust import Event, Schema
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Producer, Transport
from faust.types import TP
from faust.types.tuples import ConsumerMessage
from mode.utils.futures import notify

from monitor.stream.parsed import hand_over_parsed
from monitor.stream.progress import Progress

#: How long one fetch may wait for records; also how long a partition that has just been resumed may wait.
_FETCH_SECONDS = 0.1


class BatchSchema(Schema):
    """Passes a batch through undecoded: the agents decode, and reject, record by record."""

    def compile(self, app: Any, **_: Any) -> Any:
        """Return the coroutine that Faust's conductor calls for every message."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG001 - Faust's signature
            return Event(app, message.key, message.value, message.headers, message)

        return decode


class PromptConsumerThread(AIOKafkaConsumerThread):
    """Faust's consumer thread, with fetches that wait only as long as we do, and records as they are parsed."""

    async def on_start(self) -> None:
        """Start the consumer, which fetches nothing before it is told what."""
        await super().on_start()
        hand_over_parsed(self._consumer)

    async def getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:  # noqa: ASYNC109 - Faust's signature
        """Fetch past the thread's queue of calls, which makes three tasks of each and as many detours."""
        consumer = self._ensure_consumer()
        fetch = self._fetch_records(
            consumer,
            active_partitions,
            timeout=timeout,
            max_records=consumer._max_poll_records,  # noqa: SLF001 - as Faust does
        )
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(fetch, self.thread_loop))

    def _create_consumer(self, loop: asyncio.AbstractEventLoop) -> Any:
        consumer = super()._create_consumer(loop)
        # Faust fixes 1.5 s. Kafka answers a waiting fetch when a record comes; Tansu only when its wait is over.
        consumer._fetch_max_wait_ms = int(_FETCH_SECONDS * 1000)  # noqa: SLF001 - read when the consumer starts
        return consumer


class BatchConsumer(Consumer):
    """Fetches batches, delivers each as one message, and commits the finished prefix of every partition."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._progress: defaultdict[TP, Progress] = defaultdict(Progress)
        self._full: set[TP] = set()
        self._positions: dict[TP, int | None] = {}
        self._room = asyncio.Event()
        #: Append time of the last record worked, per partition, since the assignment.
        self.worked_at_seconds: dict[TP, float] = {}
        #: Set while the drain loop holds no fetched records, so that a seek cannot be overtaken by them.
        self.parked = asyncio.Event()
        self.parked.set()

    def _new_consumer_thread(self) -> PromptConsumerThread:
        return PromptConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def hold(self, tp: TP) -> None:
        """Stop fetching a partition whose lane is full."""
        self._full.add(tp)

    def release(self, tp: TP) -> None:
        """Fetch the partition again."""
        self._full.discard(tp)
        self._room.set()

    def begin(self, message: ConsumerMessage) -> None:
        """Note that work on a batch has begun: a rebalance and a shutdown wait for it."""
        self._unacked_messages.add(message)

    def ack(self, message: ConsumerMessage) -> bool:
        """Note that a batch is finished."""
        if message.acked:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        if message.generation_id == self.app.consumer_generation_id:
            self._progress[message.tp].finish(message.offset + 1)
            self.worked_at_seconds[message.tp] = message.timestamp
        notify(self._waiting_for_ack)
        return True

    def is_busy(self, tp: TP) -> bool:
        """Tell whether a batch of the partition is in flight."""
        return tp in self._progress and self._progress[tp].is_busy

    def find_position(self, tp: TP) -> int | None:
        """Find the offset up to which everything fetched has been handed out; None while it is not known.

        It is taken after each delivery: in between, aiokafka's own position counts what is still on its way to us.
        """
        return self._positions.get(tp)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek to the beginning where nothing is committed yet.

        There aiokafka would stay where it is: behind the records that it fetched during a rebalance, and that we
        have dropped.
        """
        committed: Mapping[TP, int] = await super().seek_to_committed()
        untouched = [tp for tp, offset in committed.items() if not offset]
        if untouched:
            await self._thread.seek_to_beginning(*untouched)
        return committed

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let the base class wait for running batches and commit them; then forget."""
        await super().on_partitions_revoked(revoked)
        self._progress.clear()
        self._positions.clear()
        self.worked_at_seconds.clear()
        self._full.clear()

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Keep the flow stopped until the state of the new partitions is restored."""
        self.stop_flow()
        await super().on_partitions_assigned(assigned, generation_id)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (tp for tp in self._progress if topics is None or tp in topics or tp.topic in topics)

    def _filter_committable_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        found = {}
        for tp in tps:
            offset = self._progress[tp].committable
            committed = self._committed_offset[tp]
            if offset is not None and (committed is None or offset > committed):
                found[tp] = offset
        return found

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self.should_stop or fetcher.should_stop):
                if self.flow_active:
                    await self._fetch_once()
                else:
                    self.parked.set()
                    # Faust tells a fetcher to stop in no other way than this flag.
                    await self.wait_first(self.can_resume_flow.wait(), fetcher._stopped.wait(), timeout=1.0)  # noqa: SLF001
        finally:
            self.parked.set()

    async def _fetch_once(self) -> None:
        self.parked.clear()
        active = self._get_active_partitions() - self._full
        if not active:
            self._room.clear()
            await self.wait_first(self._room.wait(), self.suspend_flow.wait(), timeout=1.0)
            return
        generation_id = self.app.consumer_generation_id
        records = await self._getmany(active_partitions=active, timeout=_FETCH_SECONDS)
        if records:
            delivery = self._deliver(records, generation_id)
            if self.app.flow_control.is_active():
                await delivery  # waits for nothing else: the lanes have it before anything else is done
            else:
                await self.wait_first(delivery, self.suspend_flow.wait())
        if self.flow_active and generation_id == self.app.consumer_generation_id:
            self._note_positions(active)

    def _note_positions(self, tps: Iterable[TP]) -> None:
        # Faust reaches for the same attributes; `position()` would wait until there is one.
        assignment = self._thread._ensure_consumer()._subscription.subscription.assignment  # noqa: SLF001
        for tp in tps:
            if tp in assignment.tps:
                self._positions[TP(tp.topic, tp.partition)] = assignment.state_value(tp)._position  # noqa: SLF001

    async def _deliver(self, records: Mapping[TP, list[Any]], generation_id: int) -> None:
        for tp, batch in records.items():
            if not self.flow_active or generation_id != self.app.consumer_generation_id:
                return  # the seek that follows every rebalance fetches them again
            if not batch:
                continue
            message = self._to_batch_message(tp, batch, generation_id)
            self._progress[message.tp].deliver(message.offset + 1)
            await self.callback(message)

    def _to_batch_message(self, tp: TP, batch: list[Any], generation_id: int) -> ConsumerMessage:
        last = batch[-1]
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            last.offset,
            last.timestamp / 1000,
            last.timestamp_type,
            (),
            None,
            batch,
            None,
            0,
            0,
            TP(tp.topic, tp.partition),
            generation_id=generation_id,
        )


class ConfirmedProducer(Producer):
    """The aiokafka producer that Faust keeps alive, idempotent where the broker can be."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": self.app.settings.kafka.idempotent}


class BatchTransport(Transport):
    """The aiokafka driver with both of them."""

    Consumer = BatchConsumer
    Producer = ConfirmedProducer
