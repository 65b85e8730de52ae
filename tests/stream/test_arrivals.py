"""The scoring agent itself notices late messages and a wrong clock, also while that clock has every message refused."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from faust.types import TP
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from monitor.metrics import Metrics
from monitor.settings import Settings, SourceSettings
from monitor.sources import compile_source
from monitor.stream.outlet import Record
from monitor.stream.score import Scoring
from monitor.wire import encode_message
from tests.contracts.worker import Fetched
from tests.core.builders import INSTRUMENTS, POLICY, at, build_message
from tests.stream.log import Log, LogOutlet

TOPIC = "chat"
MESSAGES = 2 * POLICY.arrival.skew_messages_min


class _Outlet(LogOutlet):
    """Confirms whatever is sent."""

    async def send(self, topic: str, by_partition: dict[int, list[Record]], *, large: bool = False) -> None:
        pass


def _work(*ahead_by: timedelta) -> tuple[Metrics, list[dict[str, Any]]]:
    """Score batches of messages that carry a time so far ahead of their arrival, less a delay of seconds."""
    metrics = Metrics(CollectorRegistry(), POLICY.hash)
    sources = {TOPIC: compile_source(SourceSettings(topic=TOPIC))}
    scoring = Scoring(sources, INSTRUMENTS, POLICY, Settings(), metrics)
    scoring.outlet, scoring.scored_partitions, scoring.trend_partitions = _Outlet(Log(), 0), 1, 1
    with capture_logs() as logs:
        for ahead in ahead_by:
            records = [
                Fetched(
                    TOPIC,
                    0,
                    number,
                    at(0).timestamp() * 1000 + number * 1000,
                    encode_message(build_message(id=f"m{number}", at=at(0) + ahead)),
                )
                for number in range(MESSAGES)
            ]
            asyncio.run(scoring.work(TP(TOPIC, 0), records))
    return metrics, [dict(line) for line in logs]


def _value(metrics: Metrics, name: str) -> float | None:
    return metrics.registry.get_sample_value(name, {"topic": TOPIC})


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_an_hour_off_is_reported_as_metric_and_once_in_the_log(hours: int) -> None:
    metrics, logs = _work(timedelta(hours=hours), timedelta(hours=hours))
    skew = _value(metrics, "monitor_source_clock_skew_seconds")
    assert skew == pytest.approx(hours * 3600, abs=MESSAGES)
    (line,) = [line for line in logs if "clock of a source" in line["event"]]
    assert (line["log_level"], line["topic"]) == ("warning", TOPIC)


def test_a_clock_that_is_set_right_is_reported_too() -> None:
    metrics, logs = _work(timedelta(hours=-1), *[timedelta()] * 30)
    assert _value(metrics, "monitor_source_clock_skew_seconds") == 0
    assert [line["log_level"] for line in logs if "clock of a source" in line["event"]] == ["warning", "info"]


def test_messages_beyond_the_bound_are_counted_as_late() -> None:
    late_hours = POLICY.arrival.late_after_hours
    assert _value(_work(timedelta(hours=-late_hours))[0], "monitor_late_messages_total") == MESSAGES - 1
    assert _value(_work(timedelta(hours=1 - late_hours))[0], "monitor_late_messages_total") == 0
