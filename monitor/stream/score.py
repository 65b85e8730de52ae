"""The `score` agent: source records in, scored records out, keyed by customer; a bad one becomes a dead letter.

It also puts the identity records into the scored log, each into the partition of the name that it is about.
"""

import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
import structlog
from faust.types import TP

from monitor.core.alert import moment
from monitor.core.message import check_message
from monitor.core.milestone import Milestone, check_milestone
from monitor.core.outcome import pass_on
from monitor.core.pipeline import Instruments, note, score
from monitor.core.policy import Policy
from monitor.core.presence import Presence
from monitor.core.scored import (
    CustomerEvent,
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
    UnsupportedLanguage,
    tell_rejected,
    tell_seen,
)
from monitor.errors import Rejected, RejectedReason
from monitor.metrics import Metrics
from monitor.records import DeadLetter, read_identity
from monitor.settings import Settings
from monitor.sources import Source
from monitor.stream.arrivals import Arrivals
from monitor.stream.events import send_events
from monitor.stream.letters import send_letters, write_letter
from monitor.stream.outlet import Outlet
from monitor.stream.trends import send_trends
from monitor.topics import IDENTITIES, OUTCOMES
from monitor.traces import read_traceparent
from monitor.wire import OUTCOME

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
        letters: list[DeadLetter] = []
        events: list[KeyedEvent] = []
        trends: list[TrendEvent] = []
        is_source = tp.topic in self._sources
        for record in records:
            outcome = self._take(tp, record)
            if is_source:
                trends += self._hear(tp, record, outcome)
            if isinstance(outcome, DeadLetter):
                letters.append(outcome)
            elif isinstance(outcome, CrowdJudgement):
                trends.append(outcome)
            elif outcome is not None:
                events.append(outcome)
        await send_letters(self.outlet, tp.partition % self.scored_partitions, letters)
        # Before the scored records: a tick that comes after these has also heard of their sources.
        await send_trends(self.outlet, self._metrics, trends, self.trend_partitions)
        self._presence.keep()
        await send_events(self.outlet, events, self.scored_partitions)
        self._metrics.count_scored(event for event in events if isinstance(event, Scored | StageEvent))
        self._metrics.count_identity_events(events)
        self._metrics.practice.count_said([one for one in events if isinstance(one, Scored)], self._policy)
        self._arrivals.report(tp.topic)
        for letter in letters:
            self._metrics.count_dead_letter(letter.reason)
        self._metrics.batch_records.labels("score").observe(len(records))
        self._metrics.batch_seconds.labels("score").observe(time.monotonic() - began)

    def _take(self, tp: TP, record: Any) -> KeyedEvent | CrowdJudgement | DeadLetter | None:
        received_at_seconds = record.timestamp / 1000
        origin = Origin(tp.topic, tp.partition, record.offset)
        try:
            if tp.topic == IDENTITIES:
                return self._take_identity(record, origin)
            if tp.topic == OUTCOMES:
                return self._take_outcome(record, origin)
            message = self._sources[tp.topic].decode(record.value, tp.partition, record.offset)
            bounds = {
                "received_at_seconds": self._event_seconds(received_at_seconds),
                "future_tolerance_seconds": self._future_tolerance_seconds,
            }
            # Before the check: a clock that is ahead has all its messages refused.
            self._arrivals.note(tp.topic, message.at.timestamp(), bounds["received_at_seconds"])
            event: CustomerEvent
            if isinstance(message, Milestone):
                check_milestone(message, **bounds)
                event = note(message, origin, received_at_seconds, self._instruments, self._policy)
            else:
                check_message(message, **bounds)
                event = score(message, origin, received_at_seconds, self._instruments, self._policy)
            trace = read_traceparent(record.headers)
            return msgspec.structs.replace(event, traceparent=trace) if trace else event
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

    def _hear(
        self, tp: TP, record: Any, outcome: KeyedEvent | CrowdJudgement | DeadLetter | None
    ) -> Iterator[Trend]:
        """Tell what there is to know of the source, be it blind or not."""
        at_seconds = self._event_seconds(record.timestamp / 1000)
        reason: RejectedReason | UnsupportedLanguage | None = None
        is_first = False
        if isinstance(outcome, DeadLetter):
            reason = outcome.reason
        elif outcome is not None:
            is_first = self._presence.is_first(name_source(tp.topic, tp.partition), at_seconds)
            if isinstance(outcome, Scored) and outcome.unsupported_language is not None:
                reason = "unsupported_language"
        if reason is None and not is_first:
            return
        origin = Origin(tp.topic, tp.partition, record.offset)
        at = moment(at_seconds)
        if is_first and outcome is not None and not isinstance(outcome, DeadLetter):
            yield tell_seen(tp.topic, origin, at, outcome.at)
        if reason is not None:
            yield tell_rejected(tp.topic, origin, at, reason)

    def _set_aside(self, tp: TP, record: Any, error: Rejected) -> DeadLetter:
        keep_payload = self._settings.privacy.keep_dead_letter_payload
        return write_letter(tp, record, error.reason, error.detail, keep_payload=keep_payload)
