"""The Prometheus rules are valid, speak of metrics that exist, and each alert is tested both ways."""

import re
from typing import Final, get_args

import pytest
from prometheus_client import CollectorRegistry

from monitor.core.alert import AlertKind
from monitor.core.message import CHANNELS
from monitor.errors import REJECTED_REASONS
from monitor.metrics import OUTCOMES, Metrics
from tests.deploy.programs import DEPLOY, find_program, read_yaml, run_program
from tests.deploy.rules import (
    ANNOTATIONS,
    FOLDER,
    GRAFANA_URL,
    RUNBOOKS_URL,
    UNIT_TESTS,
    load_alerts,
    load_rules,
    load_unit_tests,
)

METRIC: Final = re.compile(r"(?<![\w:])monitor_\w+(?![\w:])")
RECORD: Final = re.compile(r"\w+:\w+:\w+")
#: What a label may be matched with, apart from `le`, which the histogram itself tells.
VALUES: Final[dict[str, set[str]]] = {
    "job": {"monitor"},
    "outcome": {"scored", "dead_lettered", *OUTCOMES},
    "reason": set(REJECTED_REASONS),
    "channel": {*CHANNELS, "unknown"},
    "kind": set(get_args(AlertKind)),
}


@pytest.fixture(scope="module")
def promtool() -> str:
    return find_program("promtool", "apt-get install prometheus")


def list_exposed() -> dict[str, set[str]]:
    """List every name that a worker exposes, with its bounds where it is a bucket without labels."""
    exposed: dict[str, set[str]] = {}
    for family in Metrics(CollectorRegistry(), "hash").registry.collect():
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
        for suffix in suffixes.get(family.type, ("",)):
            name = family.name + suffix
            bounds = {sample.labels["le"] for sample in family.samples if "le" in sample.labels}
            exposed[name] = bounds if suffix == "_bucket" else set()
    return exposed


def test_prometheus_takes_its_configuration_and_its_rules(promtool: str) -> None:
    checked = run_program([promtool, "check", "config", "prometheus/prometheus.yml"])
    assert f"{len(load_rules())} rules found" in checked


@pytest.mark.parametrize("name", UNIT_TESTS)
def test_the_unit_tests_of_the_rules_pass(promtool: str, name: str) -> None:
    assert "SUCCESS" in run_program([promtool, "test", "rules", f"prometheus/{name}"])


def test_each_alert_is_tested_firing_and_not_firing() -> None:
    """All that fires under a name is compared: a check that does not list a severity says that it is silent."""
    checks = [check for test in load_unit_tests() for check in test.alert_rule_test]
    for alert in load_alerts():
        severity = alert.labels["severity"]
        fires = {severity in check.severities for check in checks if check.alertname == alert.alert}
        assert fires == {True, False}, (alert.alert, severity)


def test_each_unit_test_names_the_alert_that_it_checks() -> None:
    names = {alert.alert for alert in load_alerts()}
    for test in load_unit_tests():
        assert test.name.split()[0] in names & {check.alertname for check in test.alert_rule_test}, test.name


def test_every_metric_in_a_rule_is_one_that_a_worker_exposes() -> None:
    exposed = list_exposed()
    for rule in load_rules():
        found = set(METRIC.findall(rule.expr))
        assert found <= exposed.keys(), rule.expr
        assert found or RECORD.search(rule.expr) or "up{" in rule.expr, rule.expr


def test_every_value_that_a_rule_matches_can_occur() -> None:
    exposed = list_exposed()
    for rule in load_rules():
        for name, matchers in re.findall(r"(\w+)\{(.*?)\}", rule.expr):
            for label, listed in re.findall(r'(\w+)=~?"(.*?)"', matchers):
                known = exposed[name] if label == "le" else VALUES[label]
                assert set(listed.split("|")) <= known, (name, label, listed)


def test_every_recorded_name_that_an_alert_uses_is_recorded_and_names_a_metric_and_its_aggregation() -> None:
    families = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in list_exposed()}
    recorded = {rule.record for rule in load_rules() if rule.record}
    for rule in load_rules():
        assert set(RECORD.findall(rule.expr)) <= recorded, rule.expr
    for name in recorded:
        assert RECORD.fullmatch(name)
        assert any(metric.startswith(("monitor_", *families)) for metric in name.split(":")), name


def test_all_burn_rates_have_one_objective() -> None:
    burns = [rule for rule in load_rules() if ":burnrate" in rule.record]
    forms = set()
    for rule in burns:
        window = rule.record.rpartition("burnrate")[2]
        assert set(re.findall(r"\[(\w+)\]", rule.expr)) == {window}
        forms.add(rule.expr.replace(f"[{window}]", "[]"))
    assert len(burns) == 6
    assert len(forms) == 1


def test_each_alert_says_what_is_wrong_and_where_to_look() -> None:
    dashboards = {f"{GRAFANA_URL}{path.stem}" for path in (DEPLOY / "grafana" / "dashboards").glob("*.json")}
    for alert in load_alerts():
        assert set(alert.annotations) == ANNOTATIONS, alert.alert
        assert alert.labels.keys() == {"severity"}
        assert alert.labels["severity"] in {"critical", "warning"}
        assert alert.annotations["runbook_url"].startswith(f"{RUNBOOKS_URL}{alert.alert}.md#")
        assert alert.annotations["dashboard_url"] in dashboards
        assert alert.annotations["graph_url"].startswith("{{ $externalURL }}/graph?g0.expr=")
        assert alert.annotations["summary"].endswith(".")


def test_no_two_alerts_share_name_and_severity() -> None:
    named = [(alert.alert, alert.labels["severity"]) for alert in load_alerts()]
    assert len(named) == len(set(named))


def test_prometheus_scrapes_the_job_that_the_rules_look_for() -> None:
    config = read_yaml(DEPLOY / "prometheus" / "prometheus.yml")
    assert [scrape["job_name"] for scrape in config["scrape_configs"]] == ["monitor"]
    assert config["rule_files"] == ["rules.yml"]


@pytest.mark.parametrize("name", UNIT_TESTS)
def test_the_unit_tests_evaluate_every_group_in_the_order_of_the_file(name: str) -> None:
    groups = [group["name"] for group in read_yaml(FOLDER / "rules.yml")["groups"]]
    assert read_yaml(FOLDER / name)["group_eval_order"] == groups
