"""A real Prometheus with the committed configuration scrapes a real worker: every rule evaluates, and to something."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

import pytest
from kafka import KafkaProducer

from monitor.demo.stage import SOURCE, Stage, set_stage
from tests.deploy.played import aim
from tests.deploy.programs import DEPLOY, ask, find_free_port, find_program, serve, wait_until
from tests.deploy.rules import load_alerts, load_rules

COMPLAINTS: Final = (
    "My order never arrived. Third time I call, avoid them!",
    "Charged twice!!! WORST company ever, nobody should buy there.",
    "They were rude to me and my parcel is lost. I am furious. Avoid!",
)


class Scrape(NamedTuple):
    stage: Stage
    url: str

    def query(self, expression: str) -> list[Any]:
        answer = ask(f"{self.url}/api/v1/query?query={quote(expression)}")
        result: list[Any] = answer["data"]["result"]
        return result

    def list_empty(self) -> set[str]:
        return {rule.record for rule in load_rules() if rule.record and not self.query(rule.record)}


@pytest.fixture(scope="module")
def scrape(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scrape]:
    """Run a worker whose event time is the wall clock, Prometheus beside it, and then send complaints."""
    program = find_program("prometheus", "apt-get install prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    now = datetime.now(UTC)
    with set_stage(event_start=now, wall_start=now, speed=1.0, future_tolerance_seconds=60.0) as stage:
        target = urlsplit(stage.metrics_url).netloc
        (folder / "prometheus.yml").write_text(json.dumps(aim(target)), "utf-8")
        address = f"127.0.0.1:{find_free_port()}"
        command = [
            program,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={address}",
        ]
        with serve(command, f"http://{address}/-/ready"):
            found = Scrape(stage, f"http://{address}")
            # Seen at 0 before the load, so that there is an increase to see.
            wait_until(lambda: found.query("monitor_event_to_alert_seconds_count == 0"))
            send_complaints(stage, "first")
            # A labelled counter appears with its first value: only a second one is an increase.
            wait_until(lambda: len(found.query("count by (outcome) (monitor_messages_total)")) == 2)
            send_complaints(stage, "second")
            yield found


def send_complaints(stage: Stage, name: str) -> None:
    with closing(KafkaProducer(bootstrap_servers=stage.bootstrap, enable_idempotence=False)) as producer:
        at = datetime.now(UTC).isoformat()
        for number in range(60):
            text = COMPLAINTS[number % len(COMPLAINTS)]
            message = {
                "id": f"{name}-{number}",
                "channel": "social",
                "at": at,
                "author": f"a{number}",
                "text": text,
            }
            producer.send(SOURCE, key=b"a%d" % number, value=json.dumps(message).encode())
        producer.send(SOURCE, value=b"{not json")
        producer.flush()


def test_every_recording_rule_says_something_of_a_worker_under_load(scrape: Scrape) -> None:
    wait_until(lambda: not scrape.list_empty(), scrape.list_empty)
    (latency,) = scrape.query("job:monitor_event_to_alert_seconds:p99_5m")
    assert 0 < float(latency["value"][1]) < 60
    (partitions,) = scrape.query("job:monitor_partitions_followed:count")
    assert partitions["value"][1] == "4"
    categories = {
        found["metric"]["category"] for found in scrape.query("job_category_stage:monitor_complaints:rate5m")
    }
    assert {"delivery", "billing"} & categories


def test_every_rule_is_evaluated_without_an_error_and_none_fires_for_a_healthy_worker(scrape: Scrape) -> None:
    def list_rules() -> list[Any]:
        return [
            rule for group in ask(f"{scrape.url}/api/v1/rules")["data"]["groups"] for rule in group["rules"]
        ]

    wait_until(lambda: all(rule["health"] == "ok" for rule in list_rules()), list_rules)
    assert len(list_rules()) == len(load_rules())
    assert scrape.query('ALERTS{alertstate="firing"}') == []


def test_every_graph_link_is_a_query_that_prometheus_can_answer(scrape: Scrape) -> None:
    for alert in load_alerts():
        (encoded,) = re.findall(r"g0\.expr=([^&]*)&", alert.annotations["graph_url"])
        answer = ask(f"{scrape.url}/api/v1/query?query={encoded}")
        assert answer["status"] == "success", alert.alert


def test_the_health_check_of_the_image_tells_a_worker_that_serves_from_one_that_does_not(
    scrape: Scrape, tmp_path: Path
) -> None:
    (check,) = re.findall(
        r"HEALTHCHECK .*?CMD (\[.*?\])$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    _, *arguments = json.loads(check)

    def judge(port: int) -> int:
        environment = {**os.environ, "MONITOR_WORKER__METRICS_PORT": str(port)}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            check=False,
            timeout=30,
        )
        return done.returncode

    serving = urlsplit(scrape.stage.metrics_url).port
    assert serving
    assert judge(serving) == 0
    assert judge(find_free_port()) == 1
