"""The batch transport: where it goes on after a rebalance."""

import asyncio
from contextlib import closing

from monitor.broker import EmbeddedBroker
from monitor.client import create_topics, send_lines
from monitor.settings import KafkaSettings, Settings, SourceSettings, WorkerSettings
from monitor.stream.app import MonitorApp, make_app
from monitor.topics import SCORED, Topic, declare_topics
from tests.kafka.topic_logs import Log

_MESSAGES = 10
_SECONDS = 20.0
_NEVER_SECONDS = 3600.0


def test_where_nothing_is_committed_a_seek_goes_to_the_beginning(embedded_broker: EmbeddedBroker) -> None:
    """A rebalance drops what was just fetched; without a committed offset only a seek brings it back."""
    bootstrap = embedded_broker.bootstrap
    create_topics(bootstrap, (*declare_topics(1), Topic(name="posts", partitions=1)))
    lines = [
        b'{"id":"m-%d","channel":"chat","at":"2026-03-02T08:00:00Z","text":"hello","author":"a"}' % number
        for number in range(_MESSAGES)
    ]
    send_lines(bootstrap, "posts", lines, idempotent=False)
    settings = Settings(
        kafka=KafkaSettings(bootstrap=bootstrap, replication=1, idempotent=False),
        worker=WorkerSettings(
            partitions=1,
            metrics_port=0,
            tick_seconds=_NEVER_SECONDS,
            commit_interval_seconds=_NEVER_SECONDS,
            session_timeout_seconds=6,
            rebalance_timeout_seconds=1,
        ),
        source=(SourceSettings(topic="posts"),),
    )
    with closing(Log(bootstrap, SCORED)) as scored:
        asyncio.run(_seek_once(make_app(settings), scored))


async def _seek_once(app: MonitorApp, scored: Log) -> None:
    app.in_worker = True
    await app.start()
    try:
        async with asyncio.timeout(_SECONDS):
            await _wait_for(scored, _MESSAGES)
            await app.consumer.perform_seek()
            await _wait_for(scored, 2 * _MESSAGES)
    finally:
        await app.stop()


async def _wait_for(log: Log, records: int) -> None:
    while len(log.records[0]) < records:
        await asyncio.to_thread(log.read_on)
