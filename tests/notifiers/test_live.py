"""From a message to the duty manager, through a live worker: paged, resolved, and nothing lost in between."""

from pathlib import Path
from typing import Final

import pytest

from monitor.broker import EmbeddedBroker
from tests.deploy.programs import wait_until
from tests.notifiers.servers import RealAlertmanager
from tests.notifiers.worker import PagingWorker

RESEND_SECONDS: Final = 0.5


@pytest.fixture
def alertmanager(tmp_path: Path) -> RealAlertmanager:
    return RealAlertmanager(tmp_path / "alertmanager")


@pytest.fixture
def worker(tmp_path: Path, embedded_broker: EmbeddedBroker, alertmanager: RealAlertmanager) -> PagingWorker:
    notify = f"[notify.alertmanager]\nurls = ['{alertmanager.url}']\nresend_seconds = {RESEND_SECONDS}\n"
    return PagingWorker(tmp_path, embedded_broker.bootstrap, notify)


def test_a_complaint_pages_with_its_labels_and_the_answer_ends_it(
    worker: PagingWorker, alertmanager: RealAlertmanager
) -> None:
    with alertmanager.run(), worker.run():
        worker.complain("zebulon", product="Kettle", brand="acme", stage="customer")
        wait_until(lambda: worker.find_alerts("detractor"), worker.list_alerts)
        ((name, fired),) = worker.find_alerts("detractor").items()
        wait_until(lambda: name in alertmanager.list_alerts(), alertmanager.list_alerts)
        assert alertmanager.list_alerts()[name]["labels"] == {
            "alertname": "detractor",
            "kind": "detractor",
            "severity": fired.severity,
            "owner": "billing",
            "id": fired.id,
            "category": "billing",
            "channel": "social",
            "stage": "customer",
            "brand": "acme",
            "product": "Kettle",
        }
        assert "zebulon" not in str(alertmanager.list_alerts())
        worker.settle("zebulon")
        wait_until(lambda: not alertmanager.list_alerts(), worker.list_alerts)
        wait_until(lambda: worker.read_metric("monitor_notifier_backlog")['{target="alertmanager"}'] == 0)


def test_beyond_the_budget_nobody_is_paged_and_the_alert_topic_says_so(
    tmp_path: Path, embedded_broker: EmbeddedBroker, alertmanager: RealAlertmanager
) -> None:
    notify = f"[notify.alertmanager]\nurls = ['{alertmanager.url}']\n"
    policy = "[paging]\npages_per_hour = 1\nsettle_seconds = 0\n"
    worker = PagingWorker(tmp_path, embedded_broker.bootstrap, notify, policy)
    with alertmanager.run(), worker.run():
        worker.complain("zebulon")
        worker.complain("bob")
        wait_until(lambda: len(worker.find_alerts("detractor", "suppressed")) >= 1, worker.list_alerts)
        fired, unpaged = worker.find_alerts("detractor"), worker.find_alerts("detractor", "suppressed")
        assert all(
            one.cause == "nobody is paged: billing has had the 1 pages of the hour"
            for one in unpaged.values()
        )
        assert {name: one.sequence for name, one in unpaged.items()}.items() <= {
            name: one.sequence for name, one in fired.items()
        }.items()
        wait_until(alertmanager.list_alerts, alertmanager.list_alerts)
        assert len(alertmanager.list_alerts()) == 1
        assert not unpaged.keys() & alertmanager.list_alerts().keys()
        pages = worker.read_metric("monitor_pages_total")
        assert pages['{decision="granted",owner="billing"}'] == 1
        assert pages['{decision="suppressed",owner="billing"}'] >= len(unpaged)


def test_alertmanager_away_for_a_while_loses_nothing(
    worker: PagingWorker, alertmanager: RealAlertmanager
) -> None:
    """Of what fired, grew and ended meanwhile, it is told what is true when it is back."""
    with worker.run():
        with alertmanager.run():
            worker.complain("zebulon")
            wait_until(lambda: worker.find_alerts("detractor").keys() & alertmanager.list_alerts().keys())
            (first,) = worker.find_alerts("detractor")
        worker.complain("bob")
        worker.settle("zebulon")
        wait_until(
            lambda: worker.find_alerts("detractor", "resolved") and len(worker.find_alerts("detractor")) == 2
        )
        (second,) = worker.find_alerts("detractor").keys() - {first}
        wait_until(lambda: worker.read_metric("monitor_notifier_backlog")['{target="alertmanager"}'] >= 2)
        failed = '{outcome="failed",target="alertmanager"}'
        wait_until(lambda: worker.read_metric("monitor_notifications_total")[failed] > 0)
        with alertmanager.run():
            wait_until(lambda: second in alertmanager.list_alerts(), alertmanager.list_alerts)
            assert first not in alertmanager.list_alerts()
            wait_until(lambda: worker.read_metric("monitor_notifier_backlog")['{target="alertmanager"}'] == 0)


def test_another_worker_goes_on_where_the_killed_one_was(
    worker: PagingWorker, alertmanager: RealAlertmanager
) -> None:
    with alertmanager.run():
        with worker.run() as first:
            worker.complain("zebulon")
            wait_until(lambda: worker.find_alerts("detractor").keys() & alertmanager.list_alerts().keys())
            held = alertmanager.list_alerts()
            first.kill()
            worker.complain("bob")
            worker.settle("zebulon")
        with worker.run():
            wait_until(lambda: len(worker.find_alerts("detractor")) == 2, worker.list_alerts)
            (second,) = worker.find_alerts("detractor").keys() - held.keys()
            wait_until(lambda: second in alertmanager.list_alerts(), alertmanager.list_alerts)
            wait_until(lambda: not held.keys() & alertmanager.list_alerts().keys(), alertmanager.list_alerts)


def test_what_a_replay_tells_is_marked_and_pages_nobody(
    worker: PagingWorker, alertmanager: RealAlertmanager
) -> None:
    replayed = '{decision="replayed",owner="billing"}'
    with alertmanager.run():
        with worker.run("--replay"):
            worker.complain("zebulon")
            wait_until(lambda: worker.find_alerts("detractor"), worker.list_alerts)
            assert all(alert.replay for alert in worker.list_alerts())
            wait_until(lambda: worker.read_metric("monitor_pages_total").get(replayed, 0) >= 1)
            # Told that we are there, twice and more, and of nothing else.
            sent = '{outcome="sent",target="alertmanager"}'
            wait_until(lambda: worker.read_metric("monitor_notifications_total")[sent] >= 2)
            assert alertmanager.list_alerts() == {}
            assert worker.read_metric("monitor_pages_total").keys() == {replayed}
            assert "monitor_event_to_alert_seconds_count 0.0" in worker.read_metrics()
        with worker.run():
            worker.complain("bob")
            wait_until(lambda: len(worker.find_alerts("detractor")) == 2, worker.list_alerts)
            (fresh,) = [alert for alert in worker.find_alerts("detractor").values() if not alert.replay]
            wait_until(lambda: fresh.id in alertmanager.list_alerts(), alertmanager.list_alerts)
            assert {fresh.customer} == {alert.customer for alert in worker.list_alerts() if not alert.replay}
