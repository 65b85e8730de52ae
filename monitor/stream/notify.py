"""The `notify` agent: alerts in, pages out, within each owner's budget.

The order is what makes it exact: what goes unpaged is confirmed in the alert topic, then the desk with its marker in
the changelog, then the offset is committed; and only what the changelog holds as granted is sent. After a crash, at
most what was on its way is sent again, the same.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import structlog
from faust.types import TP

from monitor.core.alert import moment
from monitor.core.desk import Desk, Filed, Removed, Told
from monitor.core.kept_desk import DeskPlan, KeptDesk, find_wake
from monitor.core.policy import PagingPolicy
from monitor.core.routing import Route, Routing
from monitor.core.scored import Tick
from monitor.core.states import MemoryStates
from monitor.metrics import Metrics
from monitor.notifiers import make_alertmanager, make_webhook
from monitor.records import DeadLetter, decode_alert
from monitor.settings import NotifySettings, Settings
from monitor.stream.courier import AlertmanagerRound, Courier, WebhookRound
from monitor.stream.letters import send_letters, write_letter
from monitor.stream.outlet import Outlet
from monitor.stream.state import ChangelogReader, OwnedPartition
from monitor.stream.tellings import write_alerts, write_removals
from monitor.topics import ALERTS, PAGES

#: The alert topic's one partition: its order is that of all alerts, and the budget is one.
_PARTITION: Final = 0
#: Alerts taken as one batch of the changelog, which must fit whole.
_TAKEN_AT_ONCE: Final = 500

log = structlog.get_logger(__name__)


class Notifying:
    """Works alerts and ticks with the desk, if it is this worker's, and sends couriers."""

    topic: Final = ALERTS

    def __init__(self, policy: PagingPolicy, settings: Settings, metrics: Metrics) -> None:
        """Prepare.

        Raises:
            ConfigError: a certificate or a secret of a target cannot be used.

        """
        self._policy = policy
        self._clock = settings.clock
        self.metrics = metrics
        rounds = _make_rounds(settings)
        self.couriers = [Courier(work, self, metrics) for work in rounds]
        self._routing = make_routing(settings.notify, frozenset(work.target for work in rounds))
        #: The desk, under its partition; empty while it is another worker's.
        self._owned: dict[int, OwnedPartition[KeptDesk]] = {}
        #: Alerts, ticks and confirmations come from tasks of their own, and take turns.
        self._turn = asyncio.Lock()
        self.outlet: Outlet
        self.reader: ChangelogReader

    @property
    def desk(self) -> Desk | None:
        """The desk; None while it is another worker's."""
        return self._owned[_PARTITION].state.desk if self._owned else None

    async def own(self, partitions: set[int]) -> None:
        """Claim and restore the desk if its partition is assigned, and let go of it if not."""
        async with self._turn:
            owned = self._owned.pop(_PARTITION, None)
            if _PARTITION in partitions:
                owned = owned or OwnedPartition(
                    PAGES,
                    _PARTITION,
                    MemoryStates(find_wake),
                    KeptDesk,
                    outlet=self.outlet,
                    reader=self.reader,
                )
                entries = await owned.claim()
                self._owned[_PARTITION] = owned
                log.info("desk restored", entries=entries, pages=len(owned.state.desk.pages))
        self._wake()

    async def work(self, tp: TP, records: list[Any]) -> None:
        """Take a batch of alerts; return when what it changes is confirmed."""
        began = time.monotonic()
        for start in range(0, len(records), _TAKEN_AT_ONCE):
            await self._file(tp, records[start : start + _TAKEN_AT_ONCE])
        self.metrics.batch_records.labels("notify").observe(len(records))
        self.metrics.batch_seconds.labels("notify").observe(time.monotonic() - began)

    async def decide(self, now_seconds: float) -> None:
        """Let a tick of that wall time decide who is paged."""
        await self._take(Tick(at=moment(self._clock.event_seconds(now_seconds))))

    async def note(self, told: Told) -> None:
        """Note what a target has confirmed."""
        await self._take(told)

    async def _file(self, tp: TP, records: list[Any]) -> None:
        async with self._turn:
            owned = self._owned[tp.partition]
            filed, letters = self._sort_out(tp, records, owned.state.marker.next_offset)
            events = list(filed.values())
            plan = owned.state.plan(events, self._policy, self._routing, next_offset=records[-1].offset + 1)
            letters += _list_failures(plan, filed, tp, records)
            await self._set_aside(tp.partition, letters)
            await self._store(owned, plan)
        self._tell(plan)

    async def _take(self, event: Told | Tick) -> None:
        async with self._turn:
            owned = self._owned.get(_PARTITION)
            if owned is None:
                return  # another worker's now: it decides, and sends again what was not noted
            plan = owned.state.plan([event], self._policy, self._routing)
            if not (plan.states or plan.decisions):
                return
            await self._store(owned, plan)
        self._tell(plan)

    async def _store(self, owned: OwnedPartition[KeptDesk], plan: DeskPlan) -> None:
        told = [*write_alerts((*plan.unpaged, *plan.restated)), *write_removals(plan.removed)]
        if told:
            await self.outlet.send(ALERTS, {_PARTITION: told})
        await owned.store(plan)

    def _tell(self, plan: DeskPlan) -> None:
        for owner, decision in plan.decisions:
            self.metrics.pages.labels(owner, decision).inc()
        self._wake()

    def _sort_out(
        self, tp: TP, records: list[Any], next_offset: int
    ) -> tuple[dict[int, Filed | Removed], list[DeadLetter]]:
        """Decode the alerts that have not been taken yet, by offset."""
        filed: dict[int, Filed | Removed] = {}
        letters: list[DeadLetter] = []
        for record in records:
            if record.offset < next_offset:
                continue
            if record.value is None:
                filed[record.offset] = Removed((record.key or b"").decode())
                continue
            try:
                alert = decode_alert(record.value)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                letters.append(write_letter(tp, record, "not_json", f"no alert ({type(error).__name__})"))
            else:
                filed[record.offset] = Filed(alert, self._clock.event_seconds(record.timestamp / 1000))
        return filed, letters

    async def _set_aside(self, partition: int, letters: list[DeadLetter]) -> None:
        await send_letters(self.outlet, partition, letters)
        for letter in letters:
            log.error("record of the alert topic set aside", detail=letter.detail, offset=letter.offset)
            self.metrics.dead_letters.labels(letter.reason).inc()

    def _wake(self) -> None:
        for courier in self.couriers:
            courier.wake()


def _list_failures(
    plan: DeskPlan, filed: Mapping[int, Filed | Removed], tp: TP, records: list[Any]
) -> list[DeadLetter]:
    """Write a letter for each record whose alert our own code could not take."""
    failed = {(alert.id, alert.sequence): error for alert, error in plan.failures}
    letters = []
    for record in records if failed else ():
        known = filed.get(record.offset)
        error = failed.get((known.alert.id, known.alert.sequence)) if isinstance(known, Filed) else None
        if error:
            letters.append(write_letter(tp, record, "processing_failed", error))
    return letters


def make_routing(notify: NotifySettings, targets: frozenset[str]) -> Routing:
    """Make of the settings what the core decides with."""
    return Routing(
        routes=tuple(
            Route(
                owner=route.owner,
                kinds=frozenset(route.kind),
                categories=frozenset(route.category),
                products=frozenset(route.product),
            )
            for route in notify.route
        ),
        products=frozenset(notify.products),
        good_news=notify.good_news,
        targets=targets,
    )


def _make_rounds(settings: Settings) -> list[AlertmanagerRound | WebhookRound]:
    alertmanager, webhook = make_alertmanager(settings), make_webhook(settings)
    rounds: list[AlertmanagerRound | WebhookRound] = []
    if alertmanager is not None:
        rounds.append(AlertmanagerRound(alertmanager, settings.notify.alertmanager.resend_seconds))
    if webhook is not None:
        rounds.append(WebhookRound(webhook))
    return rounds
