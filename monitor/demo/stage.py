"""The demo's stage: an in-memory broker, its topics, and one worker process; all of it gone when the demo ends."""

import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from monitor.broker import EmbeddedBroker
from monitor.broker.child import Child
from monitor.client import create_topics
from monitor.errors import BrokerError
from monitor.topics import Topic, declare_topics

SOURCE: Final = "demo.messages"
PSEUDONYM_KEY: Final = "demo"
PARTITIONS: Final = 4
#: Gauges of the agents with state: up to when each partition has looked at all its clocks.
WORKED_UNTIL: Final = (
    "monitor_followed_until_timestamp_seconds",
    "monitor_surged_until_timestamp_seconds",
)

_READY_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.1
_LOG_TAIL: Final = 2_000

_SETTINGS: Final = """
kafka = {{ bootstrap = "{bootstrap}", replication = 1, idempotent = false }}
privacy = {{ pseudonym_key = "{key}" }}
clock = {{ speed = {speed}, event_start = {event_start}, wall_start = {wall_start} }}
source = [{{ topic = "{source}" }}]

[page]
port = {page_port}

[worker]
group = "monitor-demo"
partitions = {partitions}
tick_seconds = 0.25
future_tolerance_seconds = {future_tolerance_seconds}
metrics_port = {metrics_port}
# Joining a group takes this broker half the session timeout.
rebalance_timeout_seconds = 2.0
session_timeout_seconds = 6.0
"""


class Stage(msgspec.Struct, frozen=True):
    """Where everything is while it runs."""

    bootstrap: str
    metrics_url: str
    page_url: str
    worker: Child

    def read_metrics(self) -> dict[tuple[str, str], list[float]]:
        """Read the worker's metrics: the samples of each name and `outcome` label ("" where it has none).

        Raises:
            OSError: it does not answer.

        """
        with urllib.request.urlopen(self.metrics_url, timeout=5) as answer:  # noqa: S310 - our own loopback address
            text = answer.read().decode()
        samples: dict[tuple[str, str], list[float]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                key = (sample.name, sample.labels.get("outcome", ""))
                samples.setdefault(key, []).append(sample.value)
        return samples

    def check(self) -> None:
        """Raise BrokerError, with the end of its log, if the worker has ended."""
        if not self.worker.is_running:
            raise BrokerError(f"the demo's worker has ended:\n{self.worker.read_log()[-_LOG_TAIL:]}")


@contextmanager
def set_stage(
    *, event_start: datetime, wall_start: datetime, speed: float, future_tolerance_seconds: float
) -> Iterator[Stage]:
    """Start everything, and stop it however the block is left."""
    with EmbeddedBroker() as broker, TemporaryDirectory(prefix="monitor-demo-") as folder:
        topics = (*declare_topics(PARTITIONS), Topic(name=SOURCE, partitions=PARTITIONS))
        create_topics(broker.bootstrap, topics)
        port, page_port = _find_free_port(), _find_free_port()
        config = Path(folder, "monitor.toml")
        config.write_text(
            _SETTINGS.format(
                bootstrap=broker.bootstrap,
                key=PSEUDONYM_KEY,
                speed=speed,
                event_start=event_start.isoformat(),
                wall_start=wall_start.isoformat(),
                source=SOURCE,
                partitions=PARTITIONS,
                metrics_port=port,
                page_port=page_port,
                future_tolerance_seconds=future_tolerance_seconds,
            ),
            "utf-8",
        )
        command = [sys.executable, "-m", "monitor", "worker", "--config", str(config)]
        worker = Child(command)
        stage = Stage(
            broker.bootstrap, f"http://127.0.0.1:{port}/metrics", f"http://127.0.0.1:{page_port}/", worker
        )
        try:
            _wait_until_ready(stage)
            yield stage
        finally:
            worker.stop()


def _wait_until_ready(stage: Stage) -> None:
    """Wait until the worker has restored every partition."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        stage.check()
        try:
            metrics = stage.read_metrics()
            if all(len(metrics.get((name, ""), ())) == PARTITIONS for name in WORKED_UNTIL):
                return  # every partition is restored and has worked a first tick
        except (urllib.error.URLError, ConnectionError):
            pass  # it does not listen yet
        time.sleep(_POLL_SECONDS)
    raise BrokerError(f"the demo's worker was not ready within {_READY_SECONDS:.0f} s")


def _find_free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
