"""The metrics are a closed list with closed label sets: dashboards and alert rules can rely on it."""

import re
import shutil
import subprocess
from datetime import timedelta
from typing import Final, get_args

import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from monitor import __version__
from monitor.core.alert import Alert, AlertKind, AlertSeverity, AlertState
from monitor.core.desk import Decision
from monitor.core.finding import CATEGORIES
from monitor.core.language import LANGUAGE_GROUPS
from monitor.core.message import CHANNELS, STAGES
from monitor.core.outcome import Outcome, measure_precision
from monitor.core.pipeline import score
from monitor.core.scored import Origin, Result, Scored
from monitor.core.touchpoints import TOUCHPOINTS
from monitor.core.trend import WHATS
from monitor.errors import REJECTED_REASONS
from monitor.metrics import IDENTITY_EVENTS, OUTCOMES, Metrics
from monitor.stream.backlog import Backlog
from monitor.stream.courier import AlertmanagerRound, WebhookRound
from monitor.stream.worker import find_lags
from tests.core.builders import (
    INSTRUMENTS,
    POLICY,
    at,
    build_message,
    build_scored,
    complain,
    follow_all,
    scored_messages,
    tick,
)

#: Name as it is exposed, type, and labels. A change here breaks somebody's dashboard.
CLOSED_LIST: Final[dict[str, tuple[str, set[str]]]] = {
    "monitor_advocates_gained_total": ("counter", set()),
    "monitor_outcomes": ("gauge", {"kind", "result"}),
    "monitor_alert_precision": ("gauge", {"kind"}),
    "monitor_open_alerts": ("gauge", {"kind"}),
    "monitor_open_listeners": ("gauge", {"kind"}),
    "monitor_alerts_total": ("counter", {"kind", "severity", "state"}),
    "monitor_baselines": ("gauge", {"partition"}),
    "monitor_batch_records": ("histogram", {"agent"}),
    "monitor_batch_seconds": ("histogram", {"agent"}),
    "monitor_build_info": ("gauge", {"version", "policy"}),
    "monitor_complaints_total": ("counter", {"category", "stage", "channel"}),
    "monitor_crowd_growth_ratio": ("histogram", {"kind"}),
    "monitor_dead_letters_total": ("counter", {"reason"}),
    "monitor_event_to_alert_seconds": ("histogram", set()),
    "monitor_followed_until_timestamp_seconds": ("gauge", {"partition"}),
    "monitor_identity_events_total": ("counter", {"event"}),
    "monitor_journeys": ("gauge", {"partition"}),
    "monitor_lag_seconds": ("gauge", {"topic", "partition"}),
    "monitor_late_messages_total": ("counter", {"topic"}),
    "monitor_listeners_expected": ("histogram", {"kind"}),
    "monitor_messages_total": ("counter", {"channel", "outcome"}),
    "monitor_notifications_total": ("counter", {"target", "outcome"}),
    "monitor_notifier_backlog": ("gauge", {"target"}),
    "monitor_notifier_last_success_timestamp_seconds": ("gauge", {"target"}),
    "monitor_pages_total": ("counter", {"owner", "decision"}),
    "monitor_first_reply_seconds": ("histogram", {"channel"}),
    "monitor_open_crowd_alerts": ("gauge", {"kind", "category"}),
    "monitor_repeats_total": ("counter", set()),
    "monitor_restore_seconds": ("histogram", set()),
    "monitor_sentiment_compound": ("histogram", {"channel"}),
    "monitor_positive_listeners_total": ("counter", set()),
    "monitor_skipped_records_total": ("counter", set()),
    "monitor_source_clock_skew_seconds": ("gauge", {"topic"}),
    "monitor_stage_events_total": ("counter", {"stage"}),
    "monitor_surged_until_timestamp_seconds": ("gauge", {"partition"}),
    "monitor_touchpoint_gaps_total": ("counter", {"stage"}),
    "monitor_touchpoint_messages_total": ("counter", {"stage", "touchpoint"}),
    "monitor_unhappy_customers_total": ("counter", {"seen_by"}),
    "monitor_trends_total": ("counter", {"what"}),
    "monitor_unsupported_language_total": ("counter", {"language"}),
}
#: Every value that a label may have; the others are numbers, or known when the worker starts.
CLOSED_VALUES: Final[dict[str, set[str]]] = {
    "result": set(get_args(Result)),
    "agent": {"score", "follow", "surge", "notify"},
    "category": {*CATEGORIES, "unknown"},
    "channel": {*CHANNELS, "unknown"},
    "decision": set(get_args(Decision)),
    "event": set(IDENTITY_EVENTS),
    "language": set(LANGUAGE_GROUPS),
    "kind": set(get_args(AlertKind)),
    "outcome": {"scored", "dead_lettered", *OUTCOMES},
    "owner": {POLICY.owners.default},
    "policy": {POLICY.hash},
    "reason": set(REJECTED_REASONS),
    "seen_by": {"support", "nobody"},
    "touchpoint": {name for names in TOUCHPOINTS.values() for name in names} | {"other", "unknown"},
    "severity": set(get_args(AlertSeverity)),
    "stage": {*STAGES, "unknown", "none"},
    "state": set(get_args(AlertState)),
    "target": {AlertmanagerRound.target, WebhookRound.target},
    "version": {__version__},
    "what": set(WHATS),
}


def make_metrics() -> Metrics:
    return Metrics(CollectorRegistry(), POLICY.hash)


def expose(metrics: Metrics) -> list[Metric]:
    return list(text_string_to_metric_families(generate_latest(metrics.registry).decode()))


def list_labels(metrics: Metrics) -> set[tuple[str, str]]:
    """List every label of every sample with its value."""
    samples = [sample for family in expose(metrics) for sample in family.samples]
    return {label for sample in samples for label in sample.labels.items() if label[0] != "le"}


def list_alerts() -> list[Alert]:
    """Alert, update and resolve."""
    first, worse = complain(0, 0, channel="support"), complain(1, 31, severity="blame", followers=9_000)
    worst = complain(2, 60, severity="blame", followers=90_000)
    _, alerts = follow_all([first, tick(30), worse, worst, tick(100), tick(900)])
    return alerts


def use_all() -> Metrics:
    """Use every metric with every value of its labels."""
    metrics = make_metrics()
    metrics.late.labels("inbox")
    metrics.practice.touchpoint_gaps.labels("customer")
    metrics.practice.count_said([build_scored(0, 0, touchpoint="billing", stage="customer")], POLICY)
    metrics.clock_skew.labels("inbox")
    for channel in CHANNELS:
        for stage in (*STAGES, None):
            for category in CATEGORIES:
                metrics.count_scored([complain(0, 0, channel=channel, stage=stage, category=category)])
    for reason in REJECTED_REASONS:
        metrics.count_dead_letter(reason)
    for alert in list_alerts():
        metrics.count_alert(alert, alert.at.timestamp())
    for agent in CLOSED_VALUES["agent"]:
        metrics.batch_records.labels(agent).observe(1)
        metrics.batch_seconds.labels(agent).observe(0.1)
    outcomes = [
        Outcome(alert="0", kind=kind, result=result, by="ann", at=at(0))
        for kind in get_args(AlertKind)
        for result in get_args(Result)
    ]
    metrics.show_outcomes(outcomes, measure_precision(outcomes))
    metrics.set_lags({("inbox", 0): 1.5})
    metrics.journeys.labels("0").set(1)
    metrics.baselines.labels("0").set(1)
    metrics.open_crowds.labels("surge", "billing").set(1)
    metrics.crowd_growth.labels("surge").observe(3)
    metrics.surged_until.labels("0").set(1)
    metrics.followed_until.labels("0").set(1)
    metrics.repeats.inc()
    metrics.restore_seconds.observe(1)
    for target in CLOSED_VALUES["target"]:
        metrics.show_target(target)
        metrics.notifier_last_success.labels(target).set(1)
    for decision in CLOSED_VALUES["decision"]:
        metrics.pages.labels(POLICY.owners.default, decision).inc()
    return metrics


def test_the_list_is_closed() -> None:
    found = {}
    for family in expose(use_all()):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        if name.endswith("_created") or name.startswith("process_"):
            continue  # the client's own: beside each counter and histogram, and of the process
        labels = {label for sample in family.samples for label in sample.labels if label != "le"}
        found[name] = (family.type, labels)
    assert found == CLOSED_LIST


def test_each_name_is_ours_and_says_its_base_unit() -> None:
    for name, (kind, _) in CLOSED_LIST.items():
        assert name.startswith("monitor_")
        assert not re.search(
            r"_(ms|millis|milliseconds|minutes|hours|days|kb|mb|kilobytes|megabytes)(_|$)", name
        )
        assert name.endswith("_total") == (kind == "counter")


def test_each_metric_has_a_help_text() -> None:
    assert all(family.documentation for family in expose(make_metrics()))


def test_every_label_value_comes_from_a_closed_set() -> None:
    for label, value in list_labels(use_all()):
        if label == "partition":
            assert value.isdigit()
        elif label == "topic":
            assert value == "inbox"
        else:
            assert value in CLOSED_VALUES[label], (label, value)


@given(scored_messages(customer="c-secret"))
def test_no_message_brings_a_new_label_value(scored: Scored) -> None:
    metrics = make_metrics()
    metrics.count_scored([scored])
    assert all(value in CLOSED_VALUES[label] for label, value in list_labels(metrics))


@given(st.text(min_size=1, max_size=30).filter(lambda text: not text.isspace()))
def test_nothing_that_a_customer_writes_is_exposed(word: str) -> None:
    secret = f"Zq{word}qZ"
    message = build_message(
        f"My order never arrived. {secret}", author=secret, product=secret, brand=secret, thread=secret
    )
    metrics = make_metrics()
    metrics.count_scored([score(message, Origin("inbox", 0, 0), 0.0, INSTRUMENTS, POLICY)])
    assert "Zq" not in generate_latest(metrics.registry).decode()


def test_an_outbound_message_has_no_sentiment_of_a_customer() -> None:
    metrics = make_metrics()
    answer = build_message("We are sorry.", direction="outbound")
    metrics.count_scored([score(answer, Origin("inbox", 0, 0), 0.0, INSTRUMENTS, POLICY)])
    assert value_of(metrics, "monitor_messages_total", channel="social", outcome="scored") == 1
    assert value_of(metrics, "monitor_sentiment_compound_count", channel="social") is None


def value_of(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_an_alert_is_counted_by_its_state_and_timed_from_its_record() -> None:
    metrics = make_metrics()
    alerts = list_alerts()
    assert {alert.state for alert in alerts} == {"firing", "updated", "resolved"}
    for alert in alerts:
        metrics.count_alert(alert, alert.at.timestamp() + 2)
    told = [alert for alert in alerts if alert.state != "resolved"]
    caused = [alert for alert in alerts if alert.received_at is not None]
    assert sum_of(metrics, "monitor_alerts_total") == len(alerts)
    assert sum_of(metrics, "monitor_listeners_expected_count") == len(told)
    assert value_of(metrics, "monitor_event_to_alert_seconds_count") == len(caused) > 0
    assert value_of(metrics, "monitor_event_to_alert_seconds_sum") == pytest.approx(2 * len(caused))


def test_a_clock_that_runs_behind_makes_no_negative_latency() -> None:
    metrics = make_metrics()
    alert = next(alert for alert in list_alerts() if alert.received_at is not None)
    metrics.count_alert(alert, (alert.at - timedelta(seconds=3)).timestamp())
    assert value_of(metrics, "monitor_event_to_alert_seconds_sum") == 0


def sum_of(metrics: Metrics, name: str) -> float:
    samples = [sample for family in expose(metrics) for sample in family.samples]
    return sum(sample.value for sample in samples if sample.name == name)


def test_the_lag_of_a_partition_that_has_gone_is_forgotten() -> None:
    metrics = make_metrics()
    metrics.set_lags({("inbox", 0): 1.5, ("inbox", 1): 0.0})
    metrics.set_lags({("inbox", 1): 2.0})
    assert value_of(metrics, "monitor_lag_seconds", topic="inbox", partition="0") is None
    assert value_of(metrics, "monitor_lag_seconds", topic="inbox", partition="1") == 2.0


def test_the_lag_is_the_age_of_what_was_worked_last_while_more_waits() -> None:
    backlogs = [
        Backlog(TP("inbox", 0), "empty", 10.0),
        Backlog(TP("inbox", 1), "waiting", 70.0),
        Backlog(TP("inbox", 2), "waiting", 130.0),
        Backlog(TP("inbox", 3), "waiting", None),
        Backlog(TP("inbox", 4), "unknown", 10.0),
    ]
    assert find_lags(backlogs, now_seconds=100.0) == {("inbox", 0): 0, ("inbox", 1): 30, ("inbox", 2): 0}


def test_two_workers_in_one_process_do_not_share_metrics() -> None:
    one, other = make_metrics(), make_metrics()
    one.repeats.inc()
    assert value_of(other, "monitor_repeats_total") == 0


def test_promtool_has_nothing_to_complain_of() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    checked = subprocess.run(
        [promtool, "check", "metrics"],
        input=generate_latest(use_all().registry),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
