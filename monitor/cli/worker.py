"""`monitor worker`: runs one stream processor against Kafka."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import app
from monitor.cli.options import BootstrapOption, ConfigOption, load_kafka_settings

if TYPE_CHECKING:
    from monitor.settings import Settings


class Broker(StrEnum):
    """Which broker the worker brings along."""

    embedded = "embedded"


@app.command("worker")
def run(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    broker: Annotated[
        Broker | None,
        typer.Option(help="Start an in-memory broker for a first try; nothing outlives the worker."),
    ] = None,
    replay: Annotated[
        bool,
        typer.Option("--replay", help="Work the past again: alerts are marked as replayed and page nobody."),
    ] = False,
) -> None:
    """Run a worker until SIGTERM or Ctrl-C: score messages, follow customers, publish alerts and metrics."""
    from monitor.logs import configure_logs
    from monitor.page import serve_page
    from monitor.stream.worker import run_worker

    settings = load_kafka_settings(config, bootstrap)
    if replay:
        worker = settings.worker.model_copy(update={"replay": True})
        settings = settings.model_copy(update={"worker": worker})
    configure_logs(settings.log)
    if broker is None:
        with serve_page(settings):
            run_worker(settings, check_broker)
        return
    with bring_broker(settings) as adapted:
        typer.echo(
            f"In-memory broker at {adapted.kafka.bootstrap}: nothing is kept when this worker stops.",
            err=True,
        )
        with serve_page(adapted):
            run_worker(adapted, check_broker)


def check_broker(settings: "Settings") -> None:
    """Look at the broker and its topics before Faust does, which would retry or fail with a traceback.

    Raises:
        BrokerError: it cannot be reached, a topic is missing, or one of ours has the wrong shape.

    """
    from monitor.client import check_topics, list_topics
    from monitor.errors import BrokerError
    from monitor.topics import declare_topics

    kafka = settings.kafka
    check_topics(kafka.bootstrap, declare_topics(settings.worker.partitions), kafka.client_options())
    present = {topic.name for topic in list_topics(kafka.bootstrap, kafka.client_options())}
    missing = [source.topic for source in settings.source if source.topic not in present]
    if missing:
        raise BrokerError(
            f"missing on {kafka.bootstrap}: {', '.join(missing)}, which [[source]] names;"
            " create it, or correct its `topic`"
        )


@contextmanager
def bring_broker(settings: "Settings") -> Iterator["Settings"]:
    """Start an embedded broker with every topic, and yield the settings adapted to it."""
    from monitor.broker import EmbeddedBroker
    from monitor.client import create_topics
    from monitor.topics import Topic, declare_topics

    with EmbeddedBroker() as broker:
        kafka = settings.kafka.model_copy(
            update={"bootstrap": broker.bootstrap, "replication": 1, "idempotent": False}
        )
        # Joining a group takes this broker half the session timeout.
        worker = settings.worker.model_copy(
            update={"rebalance_timeout_seconds": 2.0, "session_timeout_seconds": 6.0}
        )
        sources = [
            Topic(name=source.topic, partitions=settings.worker.partitions) for source in settings.source
        ]
        create_topics(broker.bootstrap, (*declare_topics(settings.worker.partitions), *sources))
        yield settings.model_copy(update={"kafka": kafka, "worker": worker})
