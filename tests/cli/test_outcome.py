"""`monitor outcome` and `monitor tune` beside a live worker: who judges an alert closes it, and is counted."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from kafka import KafkaProducer

from monitor.client import read_topic
from monitor.core.alert import Alert
from monitor.demo.stage import SOURCE, Stage, set_stage
from monitor.records import decode_alert
from monitor.topics import ALERTS
from tests.cli.program import DEADLINE_SECONDS, run
from tests.deploy.programs import wait_until

TEXT: Final = (
    "They charged me twice and nobody answers. Third time I call. WORST company EVER, avoid them all!!!"
)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Run a worker whose event time is the wall clock."""
    now = datetime.now(UTC)
    with set_stage(event_start=now, wall_start=now, speed=1.0, future_tolerance_seconds=60.0) as found:
        yield found


def complain(stage: Stage, author: str) -> None:
    message = {
        "id": f"m-{author}",
        "channel": "social",
        "at": datetime.now(UTC).isoformat(),
        "author": author,
        "text": TEXT,
        "followers": 9_000,
    }
    with closing(KafkaProducer(bootstrap_servers=stage.bootstrap, enable_idempotence=False)) as producer:
        producer.send(SOURCE, key=author.encode(), value=json.dumps(message).encode())
        producer.flush()


def wait_for(stage: Stage, wanted: Callable[[Alert], bool]) -> Alert:
    """Return the first alert that is wanted."""
    with closing(read_topic(stage.bootstrap, ALERTS, follow=True, for_seconds=DEADLINE_SECONDS)) as records:
        return next(
            alert for record in records if record.value and wanted(alert := decode_alert(record.value))
        )


def judge(stage: Stage, folder: Path, alert_id: str, result: str) -> tuple[int, str, str]:
    done = run(
        "outcome", alert_id, result, "--by", "ann", "--bootstrap", stage.bootstrap,
        folder=folder, MONITOR_KAFKA__IDEMPOTENT="false",
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def read_metrics(stage: Stage) -> str:
    with urllib.request.urlopen(stage.metrics_url, timeout=10) as answer:  # noqa: S310 - our own loopback address
        text: str = answer.read().decode()
    return text


def test_a_false_alarm_closes_its_alert_counts_against_its_kind_and_is_read_by_tune(
    stage: Stage, tmp_path: Path
) -> None:
    complain(stage, "bea")
    alert = wait_for(stage, lambda one: (one.kind, one.state) == ("detractor", "firing"))
    assert judge(stage, tmp_path, alert.id, "false_alarm") == (0, f"false_alarm: {alert.headline}\n", "")
    closed = wait_for(stage, lambda one: one.id == alert.id and one.state == "resolved")
    assert (closed.sequence, closed.cause) == (alert.sequence + 1, "false_alarm")
    shown = 'monitor_alert_precision{kind="detractor"} 0.0'
    wait_until(lambda: shown in read_metrics(stage), lambda: read_metrics(stage))
    assert 'monitor_open_alerts{kind="detractor"} 0.0' in read_metrics(stage)
    done = run("tune", "--json", "--bootstrap", stage.bootstrap, folder=tmp_path)
    assert json.loads(done.stdout) == {"precision": {"detractor": {"right": 0, "wrong": 1}}, "proposals": []}
    page = run("tune", "--bootstrap", stage.bootstrap, folder=tmp_path)
    assert page.stdout.startswith("# detractor: 0 right, 1 false alarms (0% right)\n# nothing to propose")


def test_an_alert_that_there_is_not_is_refused_and_nothing_is_sent(stage: Stage, tmp_path: Path) -> None:
    code, stdout, stderr = judge(stage, tmp_path, "0" * 24, "resolved")
    assert (code, stdout) == (1, "")
    assert stderr.startswith(f"monitor: there is no alert {'0' * 24}")
