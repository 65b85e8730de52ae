"""Makes the Faust app: one factory, no app at import time."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final

import faust
import structlog
from prometheus_client import CollectorRegistry

from monitor.core.held import Held
from monitor.core.scored import KeyedEvent
from monitor.core.surge import Baseline
from monitor.core.trend import TrendEvent
from monitor.errors import ConfigError
from monitor.metrics import Metrics
from monitor.registry import register_schemas
from monitor.resources import load_instruments, load_policy
from monitor.settings import Settings, StateSettings
from monitor.sources import compile_source
from monitor.stream.backlog import list_backlogs
from monitor.stream.batches import BatchSchema, BatchTransport
from monitor.stream.connection import make_broker_url, make_credentials, make_reader
from monitor.stream.follow import make_following
from monitor.stream.identities import make_identity_reader
from monitor.stream.keeper import Keeper, OpenStates, Shape, open_in_memory
from monitor.stream.lanes import run_lanes
from monitor.stream.notify import Notifying
from monitor.stream.outcomes import make_outcome_reader
from monitor.stream.outlet import Outlet
from monitor.stream.recovery import RestoringTableManager
from monitor.stream.score import Scoring
from monitor.stream.state import ChangelogReader
from monitor.stream.surge import make_surging
from monitor.stream.tables import TableReader
from monitor.stream.ticks import append_ticks, vouch_for
from monitor.topics import ALERTS, IDENTITIES, OUTCOMES, PAGES, SCORED, TRENDS

#: Between two looks at who is to be paged; who waits for less than that does not notice.
_DECIDE_SECONDS: Final = 1.0
#: A batch of trends stores the whole baseline of each subject, and a crowd is judged by the minute.
_GATHER_SECONDS: Final = 0.25
#: So far behind the end of the alerts, nobody is paged.
_BEHIND_SECONDS: Final = 10.0

log = structlog.get_logger(__name__)


class MonitorApp(faust.App):
    """A Faust app with the batch transport, and with our state in place of Faust's tables."""

    settings: Settings
    scoring: Scoring
    following: Keeper[Held, KeyedEvent]
    surging: Keeper[Baseline, TrendEvent]
    #: What every worker knows whole: identities and outcomes.
    readers: Sequence[TableReader]
    #: None where nobody is to be told.
    notifying: Notifying | None
    metrics: Metrics
    _couriers: Sequence[asyncio.Future[None]] = ()

    async def on_start(self) -> None:
        """Start the producers first of all, hand them to those who send, and learn the shapes of the topics."""
        await super().on_start()
        await self.producer.maybe_start()
        schema_ids = await register_schemas(self.settings.schema_registry)
        more = [await self.add_runtime_dependency(self._new_producer()) for _ in range(2)]
        scoring, telling, appending = [
            one._ensure_producer()  # noqa: SLF001 - Faust offers no other way to its producer
            for one in (self.producer, *more)
        ]
        outlet = Outlet(telling, appending, schema_ids)
        scored, trends, alerts, outcomes = [
            await outlet.count_partitions(topic) for topic in (SCORED, TRENDS, ALERTS, OUTCOMES)
        ]
        self.scoring.outlet = Outlet(scoring, appending, schema_ids)
        self.scoring.scored_partitions, self.scoring.trend_partitions = scored, trends
        for keeper, partitions in ((self.following, scored), (self.surging, trends)):
            keeper.outlet = outlet
            keeper.reader = ChangelogReader(keeper.kept.changelog, lambda: make_reader(self.settings.kafka))
            keeper.shape = Shape(partitions, alerts=alerts, trends=trends, outcomes=outcomes)
        for table in self.readers:
            await table.start(await outlet.count_partitions(table.topic))
        if self.notifying is not None:
            self.notifying.outlet = outlet
            self.notifying.reader = ChangelogReader(PAGES, lambda: make_reader(self.settings.kafka))
            self._couriers = [self.add_future(courier.run()) for courier in self.notifying.couriers]

    async def on_stop(self) -> None:
        """Stop the couriers before the producer, with which they note what they have told."""
        for courier in self._couriers:
            courier.cancel()
        await asyncio.gather(*self._couriers)
        await super().on_stop()
        for keeper in (self.following, self.surging):
            keeper.close()

    @property
    def keepers(self) -> tuple[Keeper[Any, Any] | Notifying, ...]:
        """The agents with state."""
        keepers = (self.following, self.surging)
        return keepers if self.notifying is None else (*keepers, self.notifying)

    def _new_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> BatchTransport:
        return BatchTransport(self.conf.broker_producer, self)

    def _create_directories(self) -> None:
        """Faust would make folders for table files; there are none."""


def make_app(settings: Settings) -> MonitorApp:
    """Build the app from settings; nothing is connected before it starts.

    Raises:
        ConfigError: a source mapping or the policy is wrong, or there is no source.

    """
    sources = {source.topic: source for source in map(compile_source, settings.source)}
    if not sources:
        raise ConfigError("no [[source]] is set: the worker would have nothing to read")
    policy = load_policy(settings.policy_file)
    key = settings.privacy.pseudonym_key
    if key is None:
        log.warning("privacy.pseudonym_key is not set: pseudonyms can be guessed from known identifiers")
    instruments = load_instruments(key.get_secret_value().encode() if key else b"")
    app = MonitorApp(settings.worker.group, **_choose_options(settings))
    app.settings = settings
    app.metrics = Metrics(CollectorRegistry(), policy.hash)
    app.readers = (
        make_identity_reader(instruments.identities, lambda: make_reader(settings.kafka)),
        make_outcome_reader(app.metrics, lambda: make_reader(settings.kafka)),
    )
    app.scoring = Scoring(sources, instruments, policy, settings, app.metrics)
    open_states, is_replay = choose_states(settings.state), settings.worker.replay
    app.following = make_following(policy, app.metrics, open_states, is_replay=is_replay)
    app.surging = make_surging(policy, app.metrics, open_states, is_replay=is_replay)
    app.notifying = Notifying(policy.paging, settings, app.metrics) if settings.notify.is_on else None
    _add_agents(app, list(sources))
    return app


def choose_states(state: StateSettings) -> OpenStates:
    """Choose where states are kept.

    Raises:
        ConfigError: RocksDB is not installed, or the folder cannot be used.

    """
    if state.store == "memory" or state.folder is None:
        return open_in_memory
    state.require_extra()
    from monitor.stream.rocks import RocksFolder  # noqa: PLC0415 - an extra, which most installations lack

    return RocksFolder(state.folder, state.cache_mib).open


def _choose_options(settings: Settings) -> dict[str, Any]:
    kafka, worker = settings.kafka, settings.worker
    return {
        "broker": make_broker_url(kafka),
        "broker_credentials": make_credentials(kafka),
        "processing_guarantee": "at_least_once",
        # Fail-stop: any error ends the worker, and the next one restores.
        "agent_supervisor": "mode.CrashingSupervisor",
        "TableManager": RestoringTableManager,
        # A shutdown and a rebalance wait for the batches in work; without it they would be committed unseen.
        "stream_wait_empty": True,
        # Lanes bound what is queued; Faust's own valve sleeps a second once every partition is full.
        "stream_buffer_maxsize": 1_000_000,
        "key_serializer": "raw",
        "value_serializer": "raw",
        "consumer_auto_offset_reset": "earliest",
        "consumer_max_fetch_size": 4 * 1024 * 1024,
        "broker_max_poll_records": worker.batch_max_records,
        "broker_commit_interval": worker.commit_interval_seconds,
        "broker_session_timeout": worker.session_timeout_seconds,
        "broker_heartbeat_interval": worker.session_timeout_seconds / 10,
        "broker_rebalance_timeout": worker.rebalance_timeout_seconds,
        "broker_request_timeout": worker.session_timeout_seconds + worker.rebalance_timeout_seconds,
        "broker_max_poll_interval": 300.0,
        "producer_acks": -1,
        "producer_request_timeout": 60.0,
        "producer_linger": 0,
        "producer_max_request_size": 16 * 1024 * 1024,
        # Topics are declared by `monitor topics create`, with their retention and compaction.
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "web_enabled": False,
        "worker_redirect_stdouts": False,
    }


def _add_agents(app: MonitorApp, source_topics: list[str]) -> None:
    schema = BatchSchema()
    records_at_most = app.settings.worker.batch_max_records

    async def score(stream: Any) -> None:
        await run_lanes(stream, app.consumer, app.scoring.work, records_at_most)

    async def follow(stream: Any) -> None:
        await run_lanes(stream, app.consumer, app.following.work, records_at_most)

    async def surge(stream: Any) -> None:
        await run_lanes(stream, app.consumer, app.surging.work, records_at_most, _GATHER_SECONDS)

    async def tick() -> None:
        while not app.should_stop:
            await app.sleep(app.settings.worker.tick_seconds)
            await _tick(app)

    for table in app.readers:
        app.task(table.follow)
    app.agent(app.topic(*source_topics, IDENTITIES, OUTCOMES, schema=schema), name="score")(score)
    app.agent(app.topic(SCORED, schema=schema), name="follow")(follow)
    app.agent(app.topic(TRENDS, schema=schema), name="surge")(surge)
    if app.settings.worker.tick_seconds:
        app.task(tick)
    if app.notifying is not None:
        _add_notify(app, app.notifying)


async def _tick(app: MonitorApp) -> None:
    consumer = app.consumer
    if app.rebalancing or not consumer.flow_active:
        return
    sources = (backlog for backlog in list_backlogs(consumer) if backlog.tp.topic in app.scoring.topics)
    vouched = vouch_for(sources, time.time())
    if vouched is not None:
        await append_ticks(app.scoring.outlet, app.following.owned, app.settings.clock.event_seconds(vouched))


def _add_notify(app: MonitorApp, notifying: Notifying) -> None:
    async def notify(stream: Any) -> None:
        await run_lanes(stream, app.consumer, notifying.work, app.settings.worker.batch_max_records)

    async def decide() -> None:
        while not app.should_stop:
            await app.sleep(_DECIDE_SECONDS)
            await _decide(app, notifying)

    app.agent(app.topic(ALERTS, schema=BatchSchema()), name="notify")(notify)
    app.task(decide)


async def _decide(app: MonitorApp, notifying: Notifying) -> None:
    """Let the moment decide who is paged, unless older alerts wait to be read: some of them may be over."""
    consumer = app.consumer
    if app.rebalancing or not consumer.flow_active:
        return
    now_seconds = time.time()
    alerts = (backlog for backlog in list_backlogs(consumer) if backlog.tp.topic == ALERTS)
    vouched = vouch_for(alerts, now_seconds)
    if vouched is not None and now_seconds - vouched <= _BEHIND_SECONDS:
        await notifying.decide(now_seconds)
