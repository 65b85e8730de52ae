"""A live worker that pages: its own embedded broker, its settings, and what customers and the brand say."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kafka import KafkaProducer

from monitor.broker.child import Child
from monitor.client import create_topics, read_topic
from monitor.core.alert import Alert
from monitor.core.scored import Tick
from monitor.records import decode_alert, encode
from monitor.topics import ALERTS, SCORED, Topic, declare_topics
from tests.deploy.programs import answers, ask, find_free_port, wait_until

SOURCE: Final = "messages"
_SETTINGS: Final = """
policy_file = "policy.toml"
kafka = {{ bootstrap = "{bootstrap}", replication = 1, idempotent = false }}
privacy = {{ pseudonym_key = "notify" }}
source = [{{ topic = "{source}" }}]

[worker]
partitions = {partitions}
tick_seconds = {tick_seconds}
metrics_port = {port}
# Joining a group takes this broker half the session timeout.
rebalance_timeout_seconds = 2.0
session_timeout_seconds = 6.0

{notify}
"""
_FURIOUS: Final = "Charged twice!!! WORST company ever, I am furious, nobody should buy there, avoid them!"


class PagingWorker:
    """One worker at a time; what it knows stays in the broker."""

    def __init__(
        self,
        folder: Path,
        bootstrap: str,
        notify: str,
        policy: str = "",
        *,
        partitions: int = 2,
        tick_seconds: float = 0.25,
    ) -> None:
        port = find_free_port()
        self._bootstrap = bootstrap
        self._metrics_url = f"http://127.0.0.1:{port}/metrics"
        self._folder = folder
        self._sent = 0
        (folder / "policy.toml").write_text(policy or "[paging]\nsettle_seconds = 0\n", "utf-8")
        settings = _SETTINGS.format(
            bootstrap=bootstrap,
            source=SOURCE,
            port=port,
            notify=notify,
            partitions=partitions,
            tick_seconds=tick_seconds,
        )
        (folder / "monitor.toml").write_text(settings, "utf-8")
        create_topics(bootstrap, (*declare_topics(partitions), Topic(name=SOURCE, partitions=partitions)))

    @contextmanager
    def run(self, *options: str) -> Iterator[Child]:
        """Run a worker until the block is left; its log is shown when something fails in there."""
        config = str(self._folder / "monitor.toml")
        worker = Child([sys.executable, "-m", "monitor", "worker", "--config", config, *options])
        try:
            wait_until(lambda: answers(self._metrics_url), worker.read_log)
            yield worker
        except BaseException:
            print(worker.read_log()[-8000:], file=sys.stderr)
            raise
        finally:
            worker.stop()

    def complain(self, author: str, text: str = _FURIOUS, **fields: object) -> None:
        """Let a customer with an audience be furious."""
        self._say(author, text, followers=9_000, **fields)

    def settle(self, author: str) -> None:
        """Let the brand answer them, and let them be content with it."""
        self._say(author, "I am so sorry, I have refunded it just now. Yours, Eve", direction="outbound")
        self._say(author, "Thank you so much, that is settled, I am happy!")

    def _say(self, author: str, text: str, **fields: object) -> None:
        self.say({"author": author, "text": text, "channel": "social", **fields})

    def say(self, *messages: Mapping[str, object]) -> None:
        """Send messages in their order, each as said now unless it says when."""
        with closing(KafkaProducer(bootstrap_servers=self._bootstrap, enable_idempotence=False)) as producer:
            for one in messages:
                self._sent += 1
                message = {"id": f"m{self._sent}", "at": datetime.now(UTC).isoformat(), **one}
                producer.send(SOURCE, key=str(one["author"]).encode(), value=json.dumps(message).encode())
            producer.flush()

    def pass_time(self, until: datetime) -> None:
        """Let time pass, for a worker without ticks of its own, once all that was sent is scored."""
        wait_until(lambda: self._count_scored() == self._sent)
        with closing(KafkaProducer(bootstrap_servers=self._bootstrap, enable_idempotence=False)) as producer:
            producer.send(SCORED, encode(Tick(at=until)), partition=0).get(60)

    def _count_scored(self) -> float:
        counted = self.read_metric("monitor_messages_total")
        return sum(number for labels, number in counted.items() if 'outcome="scored"' in labels)

    def list_alerts(self) -> list[Alert]:
        """List the alert topic."""
        return [decode_alert(record.value or b"") for record in read_topic(self._bootstrap, ALERTS)]

    def find_alerts(self, kind: str, state: str = "firing") -> dict[str, Alert]:
        """Find the alerts of a kind that have been told in that state, by id."""
        return {one.id: one for one in self.list_alerts() if (one.kind, one.state) == (kind, state)}

    def read_metrics(self) -> str:
        """Read all metrics as text."""
        return str(ask(self._metrics_url))

    def read_metric(self, name: str) -> dict[str, float]:
        """Read one metric: its values by the text of its labels."""
        lines = self.read_metrics().splitlines()
        found = [line.rpartition(" ") for line in lines if line.startswith(name + "{")]
        return {labels.removeprefix(name): float(value) for labels, _, value in found}
