"""Alertmanager takes its configuration, tells the right people, and lets a larger finding speak for its children."""

import asyncio
import re
import time
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest

from monitor.notifiers import Alertmanager
from monitor.notifiers.annotations import Links
from monitor.resources import load_policy
from monitor.settings import AlertmanagerSettings
from tests.deploy.programs import (
    DEPLOY,
    ask,
    find_free_port,
    find_program,
    read_yaml,
    run_program,
    serve,
    wait_until,
)
from tests.deploy.rules import load_alerts
from tests.notifiers.pages import make_page

CONFIG: Final = DEPLOY / "alertmanager" / "alertmanager.yml"
ROUTES: Final = [
    ({"alertname": "MonitorAbsent", "severity": "critical", "job": "monitor"}, "on-call"),
    ({"alertname": "MonitorLagging", "severity": "warning", "job": "monitor"}, "tickets"),
    ({"kind": "detractor", "severity": "critical", "product": "Kettle"}, "duty-manager"),
    ({"kind": "detractor", "severity": "critical", "owner": "logistics"}, "duty-manager,logistics-team"),
    ({"kind": "ignored_complaint", "severity": "warning", "owner": "care"}, "customer-care"),
    ({"kind": "ignored_complaint", "severity": "warning", "owner": "billing"}, "billing-team"),
    ({"kind": "ignored_complaint", "severity": "warning"}, "customer-care"),
    ({"kind": "win_back", "severity": "info", "owner": "sales"}, "good-news"),
]
OWNERS: Final = load_policy().owners
SUBJECT: Final = {"brand": "acme", "product": "Kettle", "category": "billing", "stage": "customer"}


@pytest.fixture(scope="module")
def amtool() -> str:
    return find_program("amtool", "apt-get install prometheus-alertmanager")


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a real Alertmanager with the committed configuration; its receivers answer nobody."""
    program = find_program("prometheus-alertmanager", "apt-get install prometheus-alertmanager")
    address = f"127.0.0.1:{find_free_port()}"
    command = [
        program,
        f"--config.file={CONFIG}",
        f"--storage.path={tmp_path_factory.mktemp('alertmanager')}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    with serve(command, f"http://{address}/-/ready"):
        yield f"http://{address}/api/v2/alerts"


def find_inhibited(url: str) -> dict[str, bool]:
    return {
        alert["labels"]["id"]: bool(alert["status"]["inhibitedBy"])
        for alert in ask(url)
        if "id" in alert["labels"]
    }


def test_alertmanager_takes_its_configuration(amtool: str) -> None:
    assert "SUCCESS" in run_program([amtool, "check-config", str(CONFIG)])


@pytest.mark.parametrize(
    ("labels", "receivers"),
    ROUTES,
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else "",
)
def test_an_alert_reaches_those_who_act_on_it(amtool: str, labels: dict[str, str], receivers: str) -> None:
    run_program(
        [
            *(
                amtool,
                "config",
                "routes",
                "test",
                f"--config.file={CONFIG}",
                f"--verify.receivers={receivers}",
            ),
            *(f"{name}={value}" for name, value in labels.items()),
        ]
    )


@pytest.mark.parametrize(
    "owner", sorted({*OWNERS.kind.values(), *OWNERS.category.values()} - {OWNERS.default})
)
def test_what_the_policy_gives_an_owner_reaches_their_team(amtool: str, owner: str) -> None:
    test_an_alert_reaches_those_who_act_on_it(
        amtool, {"kind": "detractor", "severity": "warning", "owner": owner}, f"{owner}-team"
    )


def test_alerts_about_customers_are_grouped_by_kind_and_product() -> None:
    (customers,) = [
        route for route in read_yaml(CONFIG)["route"]["routes"] if "kind =~" in route["matchers"][0]
    ]
    assert customers["group_by"] == ["kind", "product"]
    assert not any("group_by" in route for route in customers["routes"])


def test_every_receiver_is_a_placeholder_without_a_secret() -> None:
    for receiver in read_yaml(CONFIG)["receivers"]:
        assert receiver.keys() == {"name", "webhook_configs"}
        (webhook,) = receiver["webhook_configs"]
        assert webhook == {"url": f"http://127.0.0.1:9095/{receiver['name']}"}


def test_every_alert_that_an_inhibition_names_exists() -> None:
    names = {alert.alert for alert in load_alerts()} | {"Monitor.+"}
    text = CONFIG.read_text("utf-8")
    for listed in re.findall(r'alertname (?:=|=~|!=) "(.*?)"', text):
        assert set(listed.split("|")) <= names


def test_a_surge_speaks_for_its_children(alertmanager: str) -> None:
    """A critical one for all of them, a milder one not for a critical child, none for another subject or good news."""
    other = {**SUBJECT, "product": "Toaster"}
    sent: list[dict[str, str]] = [
        {"id": "surge", "kind": "surge", "severity": "critical", **SUBJECT},
        {"id": "child-critical", "kind": "detractor", "severity": "critical", **SUBJECT},
        {"id": "child-warning", "kind": "ignored_complaint", "severity": "warning", **SUBJECT},
        {"id": "good-news", "kind": "recovered", "severity": "info", **SUBJECT},
        {"id": "mild-surge", "kind": "surge", "severity": "warning", **other},
        {"id": "other-critical", "kind": "detractor", "severity": "critical", **other},
        {"id": "other-warning", "kind": "detractor", "severity": "warning", **other},
        {"id": "no-surge", "kind": "detractor", "severity": "warning", **SUBJECT, "category": "delivery"},
    ]
    expected = {
        "surge": False,
        "child-critical": True,
        "child-warning": True,
        "good-news": False,
        "mild-surge": False,
        "other-critical": False,
        "other-warning": True,
        "no-surge": False,
    }
    send(alertmanager, sent)
    wait_until(lambda: find_inhibited(alertmanager) == expected, lambda: find_inhibited(alertmanager))


def test_what_the_notify_agent_sends_is_grouped_by_kind_and_product_under_its_surge(
    alertmanager: str,
) -> None:
    grill = {"severity": "critical", "category": "billing", "brand": "acme", "product": "Grill"}
    surge, child, other = (
        make_page(name, ago_seconds=60, stage=stage, **grill)
        for name, stage in (("sent-surge", "customer"), ("sent-child", "customer"), ("sent-other", "former"))
    )
    pages = [
        msgspec.structs.replace(surge, labels={**surge.labels, "alertname": "surge", "kind": "surge"}),
        child,
        other,
    ]
    client = Alertmanager(
        AlertmanagerSettings(urls=(alertmanager.removesuffix("/api/v2/alerts"),)),
        Links(),
        lambda seconds: seconds,
    )

    async def tell() -> None:
        client.open()
        try:
            await client.send(pages, time.time())
        finally:
            await client.close()

    asyncio.run(tell())
    expected = {"sent-surge": False, "sent-child": True, "sent-other": False}
    wait_until(
        lambda: expected.items() <= find_inhibited(alertmanager).items(), lambda: find_inhibited(alertmanager)
    )
    groups = ask(f"{alertmanager}/groups")
    (group,) = [
        one["labels"]
        for one in groups
        if one["receiver"]["name"] == "logistics-team"
        and "sent-other" in {alert["labels"]["id"] for alert in one["alerts"]}
    ]
    assert group == {"kind": "detractor", "product": "Grill"}


def test_what_follows_from_another_alert_stays_quiet(alertmanager: str) -> None:
    labels: list[dict[str, str]] = [
        {
            "id": "lag-critical",
            "alertname": "MonitorLagging",
            "severity": "critical",
            "job": "a",
            "topic": "inbox",
        },
        {
            "id": "lag-warning",
            "alertname": "MonitorLagging",
            "severity": "warning",
            "job": "a",
            "topic": "inbox",
        },
        {
            "id": "lag-other-topic",
            "alertname": "MonitorLagging",
            "severity": "warning",
            "job": "a",
            "topic": "mail",
        },
        {"id": "absent", "alertname": "MonitorAbsent", "severity": "critical", "job": "b"},
        {"id": "silent", "alertname": "MonitorNoMessages", "severity": "critical", "job": "b"},
        {"id": "silent-elsewhere", "alertname": "MonitorNoMessages", "severity": "critical", "job": "c"},
        {"id": "channel-elsewhere", "alertname": "MonitorChannelSilent", "severity": "warning", "job": "c"},
    ]
    quiet = {"lag-warning", "silent", "channel-elsewhere"}
    expected = {one["id"]: one["id"] in quiet for one in labels}
    send(alertmanager, labels)
    found: dict[str, Any] = {}

    def is_as_expected() -> bool:
        found.update(find_inhibited(alertmanager))
        return expected.items() <= found.items()

    wait_until(is_as_expected, lambda: found)


def send(url: str, alerts: list[dict[str, str]]) -> None:
    ask(url, [{"labels": {"alertname": labels.get("kind", ""), **labels}} for labels in alerts])
