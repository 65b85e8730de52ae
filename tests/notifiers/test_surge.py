"""A real surge, from the messages to Alertmanager: it speaks for the alerts under it, and is over when they are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from monitor.broker import EmbeddedBroker
from tests.deploy.programs import DEPLOY, ask, wait_until
from tests.notifiers.servers import RealAlertmanager
from tests.notifiers.worker import PagingWorker

#: Six ordinary days lie before it; an alert of five hours ago is no news of yesterday.
BURST: Final = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
BEGINNING: Final = BURST - timedelta(days=6)
POLICY: Final = "[paging]\nsettle_seconds = 0\npages_per_hour = 100\n"
CARD: Final = {"brand": "acme", "product": "card", "stage": "customer"}
THINGS: Final = ("groceries", "a hotel", "one order", "lunch", "fuel", "my phone", "a train", "two books")
REPLY: Final = {
    "direction": "outbound",
    "text": "It was our mistake. You have your money back already. Yours, Eve",
}


@pytest.fixture
def alertmanager(tmp_path: Path) -> RealAlertmanager:
    config = (DEPLOY / "alertmanager" / "alertmanager.yml").read_text("utf-8")
    return RealAlertmanager(tmp_path / "alertmanager", config=config)


@pytest.fixture
def worker(tmp_path: Path, embedded_broker: EmbeddedBroker, alertmanager: RealAlertmanager) -> PagingWorker:
    notify = f"[notify.alertmanager]\nurls = ['{alertmanager.url}']\nresend_seconds = 0.5\n"
    return PagingWorker(tmp_path, embedded_broker.bootstrap, notify, POLICY, partitions=1, tick_seconds=0)


def tell_ordinary_days() -> Iterator[dict[str, object]]:
    """Tell of six days with four complaints each about a charge, each answered within the hour."""
    for number in range(24):
        at = BEGINNING + number * timedelta(hours=6)
        said = {"author": f"payer{number}", "channel": "support"}
        text = f"I was charged twice for {THINGS[number % len(THINGS)]}"
        yield {**said, **CARD, "text": text, "at": at.isoformat()}
        yield {**said, **REPLY, "brand": "acme", "at": (at + timedelta(hours=1)).isoformat()}


def tell_furious(first: int, last: int) -> Iterator[dict[str, object]]:
    """Tell of customers with an audience, one after the other, who have been charged twice."""
    for number in range(first, last):
        thing = THINGS[number % len(THINGS)]
        yield {
            **CARD,
            "author": f"holder{number}",
            "channel": "social",
            "followers": 9_000,
            "text": f"You charged me twice for {thing}, card number {number}!!! I am furious, avoid @acme!",
            "at": (BURST + number * timedelta(seconds=40)).isoformat(),
        }


def tell_content(last: int) -> Iterator[dict[str, object]]:
    """Tell of the same customers being answered, all at once, and being content with it."""
    at = BURST + timedelta(minutes=50)
    thanks = "Thank you so much, that is settled, I am happy!"
    for number in range(last):
        said = {"author": f"holder{number}", "channel": "social", **CARD}
        yield {**said, **REPLY, "at": at.isoformat()}
        yield {**said, "text": thanks, "at": (at + timedelta(minutes=5)).isoformat()}


def test_a_surge_speaks_in_alertmanager_for_the_alerts_under_it_until_it_is_over(
    worker: PagingWorker, alertmanager: RealAlertmanager
) -> None:
    def read_status(name: str) -> Any:  # noqa: ANN401 - any JSON
        return alertmanager.list_alerts()[name]["status"]

    with alertmanager.run(), worker.run():
        worker.say(*tell_ordinary_days())
        worker.pass_time(BURST - timedelta(minutes=1))
        assert worker.list_alerts() == []

        # Who complains before it is a surge is paged as anybody is.
        worker.say(*tell_furious(0, 3))
        wait_until(lambda: len(worker.find_alerts("detractor")) == 3, worker.list_alerts)
        early = worker.find_alerts("detractor").keys()
        wait_until(lambda: early <= alertmanager.list_alerts().keys(), alertmanager.list_alerts)
        assert not any(read_status(name)["inhibitedBy"] for name in early)

        worker.say(*tell_furious(3, 40))
        worker.pass_time(BURST + timedelta(minutes=28))
        wait_until(lambda: worker.find_alerts("surge"), worker.list_alerts)
        ((name, surge),) = worker.find_alerts("surge").items()
        assert surge.subject == "surge|acme|card|billing|customer"
        assert surge.crowd
        assert surge.crowd.customers >= 5
        wait_until(
            lambda: alertmanager.list_alerts().get(name, {}).get("labels", {}).get("severity") == "critical",
            alertmanager.list_alerts,
        )
        fingerprint = alertmanager.list_alerts()[name]["fingerprint"]
        wait_until(lambda: all(read_status(child)["inhibitedBy"] == [fingerprint] for child in early))
        assert read_status(name)["state"] == "active"

        # Who complains now is not paged at all, and the alert topic says whose child it is.
        worker.say(*tell_furious(40, 43))
        wait_until(lambda: len(worker.find_alerts("detractor")) == 43, worker.list_alerts)
        late = {one.id for one in worker.find_alerts("detractor").values() if one.at > surge.at}
        wait_until(lambda: len(worker.find_alerts("detractor", "suppressed").keys() & late) >= 3)
        for child in worker.find_alerts("detractor", "suppressed").values():
            assert child.cause == f"nobody is paged: grouped under the surge {name}"
            assert child.group
            assert child.group.parent == name
            assert child.group.similar >= 3
        held = alertmanager.list_alerts()
        paged = {child for child in held if held[child]["labels"]["kind"] == "detractor"}
        assert paged.isdisjoint(worker.find_alerts("detractor", "suppressed"))
        wait_until(lambda: all(read_status(child)["inhibitedBy"] == [fingerprint] for child in paged))
        groups = [one["labels"] for one in ask(f"{alertmanager.url}/api/v2/alerts/groups")]
        assert {"kind": "surge", "product": "card"} in groups
        assert {"kind": "detractor", "product": "card"} in groups

        worker.say(*tell_content(43))
        for hours in (1, 2, 3, 4):
            worker.pass_time(BURST + timedelta(hours=hours))
        wait_until(lambda: worker.find_alerts("surge", "resolved"), worker.list_alerts)
        wait_until(lambda: name not in alertmanager.list_alerts(), alertmanager.list_alerts)
        wait_until(lambda: alertmanager.list_alerts() == {}, lambda: alertmanager.list_alerts().keys())
