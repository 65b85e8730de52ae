"""`monitor topics` on the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.broker import EmbeddedBroker
from monitor.cli import app, send, tail, topics
from monitor.errors import BrokerError
from monitor.topics import declare_topics

COMMANDS = (send, tail, topics)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MONITOR_KAFKA__REPLICATION", "1")


def test_create_tells_new_topics_from_those_that_exist(embedded_broker: EmbeddedBroker) -> None:
    command = ["topics", "create", "--bootstrap", embedded_broker.bootstrap]
    first, second = (CliRunner().invoke(app, command).stdout.splitlines() for _ in range(2))
    assert [line.split()[:2] for line in first] == [["created", topic.name] for topic in declare_topics(1)]
    assert all(line.startswith("exists ") for line in second)


def test_list_shows_partitions_policy_and_purpose(embedded_broker: EmbeddedBroker) -> None:
    CliRunner().invoke(app, ["topics", "create", "--bootstrap", embedded_broker.bootstrap])
    shown = CliRunner().invoke(app, ["topics", "list", "--bootstrap", embedded_broker.bootstrap])
    assert shown.exit_code == 0
    assert (
        "monitor.journeys.v1               8 x1 compact         changelog: one journey per customer"
        in shown.stdout
    )


def test_partitions_come_from_the_settings_file(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text("[worker]\npartitions = 3\n")
    created = CliRunner().invoke(app, ["topics", "create", "--bootstrap", embedded_broker.bootstrap])
    assert "monitor.scored.v1                 3 x1" in created.stdout


def test_another_partition_count_later_is_refused(embedded_broker: EmbeddedBroker, tmp_path: Path) -> None:
    CliRunner().invoke(app, ["topics", "create", "--bootstrap", embedded_broker.bootstrap])
    (tmp_path / "monitor.toml").write_text("[worker]\npartitions = 3\n")
    again = CliRunner().invoke(app, ["topics", "create", "--bootstrap", embedded_broker.bootstrap])
    assert isinstance(again.exception, BrokerError)
    assert "has 8 partitions and must have 3" in str(again.exception)
