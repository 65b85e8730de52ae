"""`monitor journey` on the command line tells what a real worker has made of a customer."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from monitor.broker import EmbeddedBroker
from monitor.client import create_topics, read_topic, send_lines
from monitor.core.identity import Pseudonyms
from monitor.core.journey import Journey
from monitor.core.machines import FOLLOW
from monitor.topics import JOURNEYS, Topic, declare_topics
from tests.cli.program import DEADLINE_SECONDS, run, start

KEY: Final = "journey-test"
ANN: Final = Pseudonyms(KEY.encode()).hide("customer:C-7")
SOURCES: Final = '[[source]]\ntopic = "posts"\n[[source]]\ntopic = "orders"\nkind = "event"\n'
NOW: Final = datetime.now(UTC)


def _said(name: str, hours_ago: float, text: str, **fields: object) -> bytes:
    at = NOW - timedelta(hours=hours_ago)
    known = {"id": name, "channel": "chat", "customer": "C-7", "at": at.isoformat(), "text": text}
    return json.dumps(known | fields).encode()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """Let a worker follow one customer through an order, a complaint and an answer, and another one."""
    folder = tmp_path_factory.mktemp("journey")
    (folder / "monitor.toml").write_text(SOURCES)
    order = {
        "id": "o-1",
        "customer": "C-7",
        "at": (NOW - timedelta(hours=60)).isoformat(),
        "stage": "purchase",
    }
    with EmbeddedBroker() as broker:
        settings = {
            "MONITOR_KAFKA__BOOTSTRAP": broker.bootstrap,
            "MONITOR_KAFKA__IDEMPOTENT": "false",
            "MONITOR_KAFKA__REPLICATION": "1",
            "MONITOR_PRIVACY__PSEUDONYM_KEY": KEY,
            "MONITOR_WORKER__TICK_SECONDS": "0.2",
            "MONITOR_WORKER__PARTITIONS": "2",
            "MONITOR_WORKER__METRICS_PORT": "0",
            "MONITOR_WORKER__SESSION_TIMEOUT_SECONDS": "6",
            "MONITOR_WORKER__REBALANCE_TIMEOUT_SECONDS": "2",
        }
        sources = [Topic(name=name, partitions=1) for name in ("posts", "orders")]
        create_topics(broker.bootstrap, (*declare_topics(2), *sources))
        send_lines(
            broker.bootstrap,
            "orders",
            [json.dumps(order | {"name": "order_placed"}).encode()],
            idempotent=False,
        )
        posts = [
            _said("m-1", 50, "My order never arrived. Nobody answers!", value=300),
            _said("m-2", 49, "We have received your message.", direction="outbound"),
            _said("m-3", 20, "I am sorry. I will call you back within 24 hours.", direction="outbound"),
            _said("m-4", 1, "Lovely kettle.", customer="C-8"),
            _said("m-5", 70, "Is there a blue kettle?", customer=None, author="@ann", channel="social"),
        ]
        send_lines(broker.bootstrap, "posts", posts, idempotent=False)
        with start("worker", folder=folder, **settings) as worker:
            worker.wait_for(lambda line: "worker started" in line)
            _wait_for_the_answer(broker.bootstrap)
            yield folder, settings


def _wait_for_the_answer(bootstrap: str) -> None:
    """Wait until the state says that Ann has been answered, and that Kim has been heard."""
    waiting = {ANN.encode(): "answered", Pseudonyms(KEY.encode()).hide("customer:C-8").encode(): None}
    for record in read_topic(bootstrap, JOURNEYS, follow=True, for_seconds=60):
        if record.key in waiting and record.value:
            held = FOLLOW.decode(record.key.decode(), record.value)
            state = held.case.state if isinstance(held, Journey) and held.case else None
            if state == waiting[record.key]:
                del waiting[record.key]
        if not waiting:
            return
    pytest.fail(f"the worker has not followed {waiting}")


def _tell(told: tuple[Path, dict[str, str]], who: str) -> dict[str, Any]:
    folder, settings = told
    done = run("journey", who, "--json", folder=folder, **settings)
    assert (done.returncode, done.stderr) == (0, "")
    chronicle: dict[str, Any] = json.loads(done.stdout)
    return chronicle


def test_json_tells_the_story_in_the_order_in_which_it_happened(told: tuple[Path, dict[str, str]]) -> None:
    chronicle = _tell(told, "customer:C-7")
    assert chronicle["customer"] == ANN
    steps = [(step["what"], step.get("alert"), step.get("state")) for step in chronicle["steps"]]
    assert [what for what, _, _ in steps if what != "alert"] == ["event", "complaint", "auto-reply", "answer"]
    assert ("alert", "ignored_complaint", "firing") in steps
    assert ("alert", "ignored_complaint", "resolved") in steps
    times = [step["at"] for step in chronicle["steps"]]
    assert times == sorted(times)


def test_the_standing_is_the_state_that_the_worker_keeps(told: tuple[Path, dict[str, str]]) -> None:
    standing = _tell(told, "customer:C-7")["standing"]
    assert (standing["stage"], standing["messages"], standing["value"]) == ("purchase", 3, 300)
    assert standing["case"]["state"] == "answered"
    assert "promised_by" in standing["case"]


def test_why_it_was_alerted_stands_beside_the_alert(told: tuple[Path, dict[str, str]]) -> None:
    fired = next(step for step in _tell(told, "customer:C-7")["steps"] if step.get("state") == "firing")
    assert "12 as a rule" in " ".join(fired["why"])
    assert fired["respond_by"]


def test_a_pseudonym_names_the_same_customer_as_the_raw_id(told: tuple[Path, dict[str, str]]) -> None:
    assert _tell(told, ANN) == _tell(told, "customer:C-7")


def test_people_read_it_as_lines(told: tuple[Path, dict[str, str]]) -> None:
    folder, settings = told
    done = run("journey", "customer:C-7", folder=folder, **settings)
    assert done.returncode == 0
    for said in (
        "purchase",
        "complains: ",
        "▲ ignored_complaint firing",
        "the brand answers",
        "promises to be heard",
    ):
        assert said in done.stdout, said
    assert "C-7" not in done.stdout


def test_another_customer_is_another_story(told: tuple[Path, dict[str, str]]) -> None:
    chronicle = _tell(told, "customer:C-8")
    assert [step["what"] for step in chronicle["steps"]] == ["message"]


def test_a_handle_that_is_linked_tells_the_story_of_the_customer(told: tuple[Path, dict[str, str]]) -> None:
    folder, settings = told
    assert [step["what"] for step in _tell(told, "social:@ann")["steps"]] == ["message"]
    linked = run("link", "social:@ann", "customer:C-7", folder=folder, **settings)
    assert linked.returncode == 0
    until = time.monotonic() + DEADLINE_SECONDS
    while _tell(told, "customer:C-7")["standing"]["messages"] < 4:
        assert time.monotonic() < until, "the handle's journey has not been handed over"
    chronicle = _tell(told, "social:@ann")
    assert chronicle["customer"] == ANN
    assert chronicle["steps"][0]["channel"] == "social"
    assert chronicle["standing"]["messages"] == 4


def test_of_somebody_unknown_it_says_so_and_what_to_check(told: tuple[Path, dict[str, str]]) -> None:
    folder, settings = told
    done = run("journey", "chat:nobody", folder=folder, **settings)
    assert done.returncode == 2
    assert "nothing is known of chat:nobody" in done.stderr
    assert "privacy.pseudonym_key" in done.stderr
