"""`monitor worker` as a user meets it: the first try with a broker of its own, and every way to start it wrongly."""

import json
import re
import signal
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor.broker import EmbeddedBroker
from monitor.client import create_topics
from monitor.topics import Topic, declare_topics
from tests.cli.program import Descendants, Program, run, start

SECRETS = {"MONITOR_PRIVACY__PSEUDONYM_KEY": "hunter2-key", "MONITOR_KAFKA__PASSWORD": "hunter2-password"}
INBOX = '[[source]]\ntopic = "inbox"\n'
COMPLAINTS = (
    "My order never arrived. Third time I call, avoid them!",
    "Charged twice!!! WORST company ever, nobody should buy there.",
    "They were rude to me and my parcel is lost. I am furious. Avoid!",
)


def find_free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def refuse(folder: Path, settings: str, *arguments: str, **variables: str) -> tuple[int, list[str]]:
    """Start a worker that must not run; return its exit code and what it says beside its log."""
    (folder / "monitor.toml").write_text(settings, encoding="utf-8")
    variables = {"MONITOR_WORKER__METRICS_PORT": "0", **variables}
    done = run("worker", "--config", "monitor.toml", *arguments, folder=folder, **variables)
    assert done.stdout == ""
    assert "hunter2" not in done.stderr
    return done.returncode, [line for line in done.stderr.splitlines() if not line.startswith("{")]


class FirstTry(NamedTuple):
    """A worker with an embedded broker."""

    program: Program
    bootstrap: str
    metrics: str
    folder: Path

    def count_messages(self, outcome: str) -> float:
        with urllib.request.urlopen(self.metrics, timeout=30) as answer:  # noqa: S310 - a loopback address
            text = answer.read().decode()
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "monitor_messages_total" and sample.labels["outcome"] == outcome
        )


@pytest.fixture(scope="module")
def first_try(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstTry]:
    """Start a worker with a broker of its own, and send it complaints."""
    folder = tmp_path_factory.mktemp("first-try")
    port = find_free_port()
    (folder / "monitor.toml").write_text(f"[worker]\npartitions = 2\nmetrics_port = {port}\n{INBOX}")
    command = ("worker", "--config", "monitor.toml", "--broker", "embedded")
    with start(*command, folder=folder, **SECRETS) as program:
        said = program.wait_for(lambda line: "In-memory broker" in line)
        found = re.search(r"127\.0\.0\.1:\d+", said)
        assert found
        now = datetime.now(UTC).isoformat()
        lines = [
            json.dumps({"id": f"m{number}", "channel": "social", "at": now, "author": "ann", "text": text})
            for number, text in enumerate(COMPLAINTS)
        ]
        (folder / "complaints.jsonl").write_text("\n".join([*lines, '{"id": "bad"}']) + "\n")
        program.wait_for(lambda line: "worker started" in line)
        arguments = ("send", "complaints.jsonl", "--topic", "inbox", "--bootstrap", found[0])
        sent = run(*arguments, folder=folder)
        assert (sent.returncode, sent.stderr) == (0, "sent 4 records to inbox, left out 0\n")
        yield FirstTry(program, found[0], f"http://127.0.0.1:{port}/metrics", folder)


def tail(first_try: FirstTry, stream: str) -> dict[str, Any]:
    shown = run(
        "tail", stream, "--from-beginning", "--limit", "1", "--json", "--bootstrap", first_try.bootstrap,
        folder=first_try.folder,
    )  # fmt: skip
    assert (shown.returncode, shown.stderr) == (0, "")
    record: dict[str, Any] = json.loads(shown.stdout)
    return record


def test_it_says_that_nothing_is_kept(first_try: FirstTry) -> None:
    assert "nothing is kept" in first_try.program.lines["stderr"][0]


def test_complaints_that_are_sent_become_an_alert(first_try: FirstTry) -> None:
    alert = tail(first_try, "alerts")
    assert (alert["kind"], alert["state"]) == ("detractor", "firing")
    assert "ann" not in alert["customer"]


def test_a_record_that_cannot_be_taken_becomes_a_dead_letter(first_try: FirstTry) -> None:
    letter = tail(first_try, "dead-letters")
    assert (letter["topic"], letter["reason"]) == ("inbox", "missing_field")


def test_its_metrics_count_what_became_of_the_messages(first_try: FirstTry) -> None:
    tail(first_try, "alerts")
    tail(first_try, "dead-letters")
    # Counted right after the broker has confirmed; the readers above may be faster.
    while (
        first_try.count_messages("scored") + first_try.count_messages("dead_lettered") < len(COMPLAINTS) + 1
    ):
        pass
    assert first_try.count_messages("scored") == len(COMPLAINTS)
    assert first_try.count_messages("dead_lettered") == 1


def test_its_log_is_json_without_secrets_texts_or_names(first_try: FirstTry) -> None:
    tail(first_try, "alerts")
    for line in first_try.program.lines["stderr"][1:]:
        assert {"event", "level", "logger", "timestamp"} <= json.loads(line).keys()
    for secret in ("hunter2", "ann", "never arrived", "furious"):
        assert not re.search(rf"\b{secret}\b", first_try.program.stderr)


def test_a_second_one_on_the_same_metrics_port_is_a_wrong_setting(
    first_try: FirstTry, tmp_path: Path
) -> None:
    port = first_try.metrics.partition("/metrics")[0].rpartition(":")[2]
    variables = {"MONITOR_WORKER__METRICS_PORT": port, "MONITOR_WORKER__PARTITIONS": "2"}
    code, said = refuse(tmp_path, INBOX, "--bootstrap", first_try.bootstrap, **variables)
    assert (code, len(said)) == (2, 1)
    assert said[0].startswith("monitor: worker.metrics_port: cannot listen")


def test_sigterm_ends_it_in_order_and_takes_the_broker_along(tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text(f"[worker]\nmetrics_port = 0\npartitions = 1\n{INBOX}")
    with start("worker", "--broker", "embedded", folder=tmp_path, TMPDIR=str(tmp_path)) as program:
        program.wait_for(lambda line: "worker started" in line)
        started = Descendants(program.process.pid)
        assert started.commands
        assert program.end(signal.SIGTERM) == 0
        started.wait_until_gone()
        assert "worker stopped" in program.stderr.splitlines()[-1]
        assert program.stdout == ""


@pytest.mark.parametrize("arguments", [(), ("--broker", "embedded")])
def test_without_a_source_it_has_nothing_to_read(arguments: tuple[str, ...], tmp_path: Path) -> None:
    code, said = refuse(tmp_path, "", *arguments)
    assert (code, said[-1]) == (
        2,
        "monitor: no [[source]] is set: the worker would have nothing to read",
    )


def test_a_wrong_mapping_is_refused_with_the_field_named(tmp_path: Path) -> None:
    code, said = refuse(tmp_path, f'{INBOX}preset = "x"\nmap.rating = {{ path = "stars", scale = [5, 1] }}\n')
    assert (code, len(said)) == (2, 1)
    assert "source `inbox`: map.rating" in said[0]


def test_a_wrong_setting_is_refused_with_the_field_named(tmp_path: Path) -> None:
    code, said = refuse(tmp_path, f"[worker]\npartitons = 4\n{INBOX}")
    assert code == 2
    assert "`worker.partitons`: unknown setting; did you mean `partitions`?" in said[-1]


def test_a_broker_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    address = f"127.0.0.1:{find_free_port()}"
    code, said = refuse(tmp_path, INBOX, "--bootstrap", address, **SECRETS)
    assert (code, len(said)) == (3, 1)
    assert said[0].startswith(f"monitor: no Kafka at {address}")


def test_without_our_topics_it_names_the_command_that_creates_them(
    embedded_broker: EmbeddedBroker, tmp_path: Path
) -> None:
    code, said = refuse(tmp_path, INBOX, "--bootstrap", embedded_broker.bootstrap)
    assert (code, len(said)) == (3, 1)
    assert "`monitor topics create`" in said[0]
    assert all(topic.name in said[0] for topic in declare_topics(1))


def test_without_a_source_topic_it_names_the_topic(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    create_topics(embedded_broker.bootstrap, declare_topics(8))
    code, said = refuse(tmp_path, INBOX, "--bootstrap", embedded_broker.bootstrap)
    assert (code, len(said)) == (3, 1)
    assert f"missing on {embedded_broker.bootstrap}: inbox" in said[0]


def test_another_partition_count_than_set_is_refused(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    create_topics(embedded_broker.bootstrap, (*declare_topics(3), Topic(name="inbox", partitions=5)))
    code, said = refuse(tmp_path, INBOX, "--bootstrap", embedded_broker.bootstrap)
    assert code == 3
    assert all("has 3 partitions and must have 8" in line for line in said)


def test_a_password_that_is_refused_is_not_told(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    security = '[kafka]\nsecurity_protocol = "SASL_PLAINTEXT"\nusername = "earshot"\n'
    code, said = refuse(tmp_path, security + INBOX, "--bootstrap", embedded_broker.bootstrap, **SECRETS)
    assert (code, len(said)) == (3, 1)
    assert "security settings under [kafka]" in said[0]
