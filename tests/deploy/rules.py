"""The Prometheus rules and their unit tests as committed, in typed form."""

from typing import Final

import msgspec

from tests.deploy.programs import DEPLOY, read_yaml

FOLDER: Final = DEPLOY / "prometheus"
UNIT_TESTS: Final = ("rules_test.yml", "rules_history_test.yml")
ANNOTATIONS: Final = {"summary", "description", "runbook_url", "dashboard_url", "graph_url"}
RUNBOOKS_URL: Final = "https://earshot.example/runbooks/"
GRAFANA_URL: Final = "https://grafana.example/d/"


class Rule(msgspec.Struct, rename={"for_": "for"}, forbid_unknown_fields=True):
    expr: str
    record: str = ""
    alert: str = ""
    for_: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Group(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    rules: list[Rule]


class Check(msgspec.Struct):
    alertname: str
    exp_alerts: list[dict[str, dict[str, str]]]

    @property
    def severities(self) -> set[str]:
        return {alert["exp_labels"]["severity"] for alert in self.exp_alerts}


class UnitTest(msgspec.Struct):
    name: str
    alert_rule_test: list[Check]


def load_rules() -> list[Rule]:
    groups = msgspec.convert(read_yaml(FOLDER / "rules.yml")["groups"], list[Group])
    return [rule for group in groups for rule in group.rules]


def load_alerts() -> list[Rule]:
    return [rule for rule in load_rules() if rule.alert]


def load_unit_tests() -> list[UnitTest]:
    return [
        test
        for name in UNIT_TESTS
        for test in msgspec.convert(read_yaml(FOLDER / name)["tests"], list[UnitTest])
    ]
