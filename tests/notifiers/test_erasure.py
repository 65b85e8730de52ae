"""No compacted topic of a live worker keeps a name or a word of who is erased; an outcome closes a crowd's alert."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from kafka import KafkaProducer

from monitor.broker import EmbeddedBroker
from monitor.client import read_topic, send_erasures
from monitor.core.alert import Alert
from monitor.core.identity import Pseudonyms
from monitor.core.outcome import Outcome
from monitor.core.scored import Erasure, Origin, Result
from monitor.core.surge import list_traces
from monitor.records import decode_alert, encode
from monitor.topics import ALERTS, BASELINES, JOURNEYS, OUTCOMES, PAGES, declare_topics
from tests.deploy.programs import wait_until
from tests.notifiers.servers import RealAlertmanager
from tests.notifiers.worker import PagingWorker

WHO: Final = Pseudonyms(b"notify").name_identifier("social:zebulon")
OWN_WORDS: Final = "My zebra striped card, charged twice!!! WORST company ever, I am furious, avoid them!"
POLICY: Final = """
[paging]
settle_seconds = 0
pages_per_hour = 1

[stage_neglected]
customers_at_least = 1
unanswered_hours = 0.0001
"""
COMPACTED: Final = [topic.name for topic in declare_topics(1) if "compact" in topic.config["cleanup.policy"]]


@pytest.fixture
def alertmanager(tmp_path: Path) -> RealAlertmanager:
    return RealAlertmanager(tmp_path / "alertmanager")


@pytest.fixture
def worker(tmp_path: Path, embedded_broker: EmbeddedBroker, alertmanager: RealAlertmanager) -> PagingWorker:
    notify = f"[notify.alertmanager]\nurls = ['{alertmanager.url}']\nresend_seconds = 0.5\n"
    return PagingWorker(tmp_path, embedded_broker.bootstrap, notify, POLICY)


def find_topics(bootstrap: str) -> set[str]:
    """Find the compacted topics that would still name or quote the customer once they are compacted."""
    erasure = Erasure(customer=WHO, at=datetime.now(UTC), origin=Origin("identities", 0, 0))
    traces = (*list_traces(erasure), b"zebra striped", b"zebulon")
    found = set()
    for topic in COMPACTED:
        latest = {record.key: record.value or b"" for record in read_topic(bootstrap, topic)}
        found |= {topic for value in latest.values() if any(trace in value for trace in traces)}
    return found


def judge(bootstrap: str, alert: Alert, result: Result) -> None:
    said = Outcome(
        alert=alert.id,
        kind=alert.kind,
        result=result,
        by="ann",
        at=datetime.now(UTC),
        customer=alert.customer,
        note="zebulon was right",
    )
    with closing(KafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=False)) as producer:
        producer.send(OUTCOMES, key=alert.id.encode(), value=encode(said)).get(60)


def test_nothing_is_left_of_an_erased_customer_in_any_compacted_topic(
    worker: PagingWorker, alertmanager: RealAlertmanager, embedded_broker: EmbeddedBroker
) -> None:
    bootstrap = embedded_broker.bootstrap
    with alertmanager.run(), worker.run():
        for author in ("ann", "bob", "zebulon"):
            own = {"text": OWN_WORDS} if author == "zebulon" else {}
            worker.complain(author, **own, brand="acme", stage="customer", touchpoint="product")
        wait_until(
            lambda: (
                any("zebra" in one.excerpt for one in worker.find_alerts("stage_neglected").values())
                or any(
                    "zebra" in one.excerpt
                    for one in worker.find_alerts("stage_neglected", "updated").values()
                )
            ),
            worker.list_alerts,
        )
        wait_until(lambda: worker.find_alerts("detractor", "suppressed"), worker.list_alerts)
        mine = next(one for one in worker.find_alerts("detractor").values() if one.customer == WHO)
        judge(bootstrap, mine, "resolved")
        wait_until(lambda: mine.id in worker.find_alerts("detractor", "resolved"), worker.list_alerts)
        wait_until(lambda: find_topics(bootstrap) == {JOURNEYS, BASELINES, ALERTS, OUTCOMES, PAGES})
        send_erasures(bootstrap, [WHO], idempotent=False)
        wait_until(lambda: not find_topics(bootstrap), lambda: find_topics(bootstrap))
        told = [decode_alert(record.value) for record in read_topic(bootstrap, ALERTS) if record.value]
        crowd = [one for one in told if one.kind == "stage_neglected"]
        assert crowd[-1].cause == "erased"
        assert crowd[-1].state in {"updated", "suppressed"}


def test_an_outcome_closes_an_alert_about_many(
    worker: PagingWorker, alertmanager: RealAlertmanager, embedded_broker: EmbeddedBroker
) -> None:
    with alertmanager.run(), worker.run():
        worker.complain("ann", brand="acme", stage="customer", touchpoint="billing")
        wait_until(lambda: worker.find_alerts("stage_neglected"), worker.list_alerts)
        (fired,) = worker.find_alerts("stage_neglected").values()
        judge(embedded_broker.bootstrap, fired, "false_alarm")
        wait_until(lambda: worker.find_alerts("stage_neglected", "resolved"), worker.list_alerts)
        (over,) = worker.find_alerts("stage_neglected", "resolved").values()
        assert (over.id, over.sequence, over.cause, over.excerpt) == (fired.id, 1, "false_alarm", "")
        wait_until(lambda: fired.id not in alertmanager.list_alerts(), alertmanager.list_alerts)
