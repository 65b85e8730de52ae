"""The `score` agent: source records in, scored records out, keyed by customer; a bad one becomes a dead letter.

It also puts the identity records into the scored log, each into the partition of the name that it is about.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeAlias

import msgspec
import structlog
from faust.types import TP

from monitor.core.alert import moment
from monitor.core.instruments import Instruments
from monitor.core.message import Message, check_message
from monitor.core.milestone import check_milestone
from monitor.core.outcome import pass_on
from monitor.core.pipeline import note, score
from monitor.core.policy import Policy
from monitor.core.presence import Presence
from monitor.core.scored import (
    Erasure,
    Judgement,
    KeyedEvent,
    Link,
    Origin,
    Scored,
    StageEvent,
    name_source,
)
from monitor.core.trend import (
    CrowdJudgement,
    Trend,
    TrendEvent,
    tell_rejected,
    tell_seen,
)
from monitor.errors import Rejected
from monitor.metrics import Metrics
from monitor.records import DeadLetter, read_identity
from monitor.settings import Settings
from monitor.sources import Decode, Source
from monitor.stream.arrivals import Arrivals
from monitor.stream.events import send_events
from monitor.stream.letters import send_letters, write_letter
from monitor.stream.outlet import Outlet
from monitor.stream.trends import send_trends
from monitor.topics import IDENTITIES, OUTCOMES
from monitor.traces import read_traceparent
from monitor.wire import OUTCOME

#: What becomes of a record.
Taken: TypeAlias = KeyedEvent | CrowdJudgement | DeadLetter | None
Take: TypeAlias = Callable[[Any, Origin], Taken]

log = structlog.get_logger(__name__)


class Scoring:
    """Works batches of source records; stateless, so any partition may be worked twice."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        instruments: Instruments,
        policy: Policy,
        settings: Settings,
        metrics: Metrics,
    ) -> None:
        self._sources = sources
        self._instruments = instruments
        self._policy = policy
        self._settings = settings
        self._event_seconds = settings.clock.event_seconds
        self._future_tolerance_seconds = settings.worker.future_tolerance_seconds
        self._metrics = metrics
        self._presence = Presence()
        self._arrivals = Arrivals(policy.arrival, metrics)
        self.outlet: Outlet
        self.scored_partitions = 0
        self.trend_partitions = 0

    @property
    def topics(self) -> Collection[str]:
        """The source topics."""
        return self._sources.keys()

    async def work(self, tp: TP, records: list[Any]) -> None:
        """Score a batch; return when everything it causes is confirmed."""
        began = time.monotonic()
        take = self._choose_take(tp.topic)
        taken = [self._take(tp, record, take) for record in records]
        letters: list[DeadLetter] = []
        events: list[KeyedEvent] = []
        said: list[Scored] = []
        trends: list[TrendEvent] = list(self._hear(tp, records, taken))
        for one in taken:
            if isinstance(one, Scored):
                said.append(one)
                events.append(one)
            elif isinstance(one, DeadLetter):
                letters.append(one)
            elif isinstance(one, CrowdJudgement):
                trends.append(one)
            elif one is not None:
                events.append(one)
        await send_letters(self.outlet, tp.partition % self.scored_partitions, letters)
        # Before the scored records: a tick that comes after these has also heard of their sources.
        await send_trends(self.outlet, self._metrics, trends, self.trend_partitions)
        self._presence.keep()
        await send_events(self.outlet, events, self.scored_partitions)
        self._metrics.count_scored(said)
        self._metrics.practice.count_said(said, self._policy)
        if len(said) < len(events):
            self._metrics.count_stage_events(events)
            self._metrics.count_identity_events(events)
        self._arrivals.report(tp.topic)
        for letter in letters:
            self._metrics.count_dead_letter(letter.reason)
        self._metrics.batch_records.labels("score").observe(len(records))
        self._metrics.batch_seconds.labels("score").observe(time.monotonic() - began)

    def _choose_take(self, topic: str) -> Take:
        if topic == IDENTITIES:
            return self._take_identity
        if topic == OUTCOMES:
            return self._take_outcome
        return partial(self._take_said, self._sources[topic].decode)

    def _take(self, tp: TP, record: Any, take: Take) -> Taken:
        origin = Origin(tp.topic, tp.partition, record.offset)
        try:
            return take(record, origin)
        except Rejected as error:
            return self._set_aside(tp, record, error)
        except Exception as error:  # noqa: BLE001 - a bug must not stop the flow: the record is set aside and counted
            # The error's own text may quote the message; its type and place may not.
            place = error.__traceback__
            while place is not None and place.tb_next is not None:
                place = place.tb_next
            where = f"{place.tb_frame.f_code.co_qualname}:{place.tb_lineno}" if place else "unknown"
            log.error(
                "record could not be scored", error=type(error).__name__, where=where, origin=str(origin)
            )
            rejected = Rejected("processing_failed", f"{type(error).__name__} in {where}")
            return self._set_aside(tp, record, rejected)

    def _take_said(self, decode: Decode, record: Any, origin: Origin) -> Scored | StageEvent:
        """Score a message, or note a milestone."""
        message = decode(record.value, origin.partition, origin.offset)
        received_at_seconds = record.timestamp / 1000
        arrived_at_seconds = self._event_seconds(received_at_seconds)
        tolerance_seconds = self._future_tolerance_seconds
        # Before the check: a clock that is ahead has all its messages refused.
        self._arrivals.note(origin.topic, message.at.timestamp(), arrived_at_seconds)
        event: Scored | StageEvent
        if isinstance(message, Message):
            check_message(
                message, received_at_seconds=arrived_at_seconds, future_tolerance_seconds=tolerance_seconds
            )
            event = score(message, origin, received_at_seconds, self._instruments, self._policy)
        else:
            check_milestone(
                message, received_at_seconds=arrived_at_seconds, future_tolerance_seconds=tolerance_seconds
            )
            event = note(message, origin, received_at_seconds, self._instruments, self._policy)
        trace = read_traceparent(record.headers)
        return msgspec.structs.replace(event, traceparent=trace) if trace else event

    def _take_identity(self, record: Any, origin: Origin) -> Link | Erasure:
        """Send the word on a name through the partition of that name, where its journey is."""
        name, identity = read_identity(record.key, record.value)
        at = moment(self._event_seconds(record.timestamp / 1000))
        trace = read_traceparent(record.headers)
        if identity is None:
            return Erasure(customer=name, at=at, origin=origin, traceparent=trace)
        return Link(customer=name, canonical=identity.customer, at=at, origin=origin, traceparent=trace)

    def _take_outcome(self, record: Any, origin: Origin) -> Judgement | CrowdJudgement | None:
        """Send what people say of an alert to its customer's journey, or to the crowds: who has it open closes it."""
        if record.value is None:
            return None  # taken back, or gone by compaction: what it has closed stays closed
        received_at_seconds = record.timestamp / 1000
        at = moment(self._event_seconds(received_at_seconds))
        judgement = pass_on(OUTCOME.decode(record.value), origin, at, received_at_seconds)
        trace = read_traceparent(record.headers)
        if trace and isinstance(judgement, Judgement):
            return msgspec.structs.replace(judgement, traceparent=trace)
        return judgement

    def _hear(self, tp: TP, records: list[Any], taken: Iterable[Taken]) -> Iterator[Trend]:
        """Tell what there is to know of a source, be it blind or not."""
        if tp.topic not in self._sources:
            return
        source = name_source(tp.topic, tp.partition)
        for record, one in zip(records, taken, strict=True):
            at_seconds = self._event_seconds(record.timestamp / 1000)
            if isinstance(one, DeadLetter):
                origin = Origin(tp.topic, tp.partition, record.offset)
                yield tell_rejected(tp.topic, origin, moment(at_seconds), one.reason)
                continue
            if one is None:
                continue
            if self._presence.is_first(source, at_seconds):
                yield tell_seen(tp.topic, one.origin, moment(at_seconds), one.at)
            if isinstance(one, Scored) and one.unsupported_language is not None:
                yield tell_rejected(tp.topic, one.origin, moment(at_seconds), "unsupported_language")

    def _set_aside(self, tp: TP, record: Any, error: Rejected) -> DeadLetter:
        keep_payload = self._settings.privacy.keep_dead_letter_payload
        return write_letter(tp, record, error.reason, error.detail, keep_payload=keep_payload)
