"""`monitor send` on the command line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.broker import EmbeddedBroker
from monitor.cli import app, send, tail, topics
from monitor.client import create_topics, read_topic
from monitor.topics import Topic

COMMANDS = (send, tail, topics)


@pytest.fixture
def bootstrap(embedded_broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MONITOR_KAFKA__IDEMPOTENT", "false")
    monkeypatch.setenv("MONITOR_KAFKA__BOOTSTRAP", embedded_broker.bootstrap)
    create_topics(embedded_broker.bootstrap, [Topic(name="inbox", partitions=2)])
    return embedded_broker.bootstrap


def test_a_file_is_sent_whole_and_counted_on_stderr(bootstrap: str) -> None:
    Path("messages.jsonl").write_text("\n".join(f'{{"n": {number}}}' for number in range(100)) + "\n")
    done = CliRunner().invoke(app, ["send", "messages.jsonl", "--topic", "inbox"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "sent 100 records to inbox, left out 0\n"
    assert len(list(read_topic(bootstrap, "inbox"))) == 100


def test_a_dash_reads_stdin(bootstrap: str) -> None:
    done = CliRunner().invoke(app, ["send", "-", "--topic", "inbox"], input='{"n":1}\n{"n":2}\n')
    assert done.exit_code == 0
    assert len(list(read_topic(bootstrap, "inbox"))) == 2


def test_bad_lines_are_named_the_rest_is_sent_and_the_exit_code_is_one(bootstrap: str) -> None:
    Path("messages.jsonl").write_text('{"n":1}\n{oops\n{"n":2}\n')
    done = CliRunner().invoke(app, ["send", "messages.jsonl", "--topic", "inbox"])
    assert done.exit_code == 1
    assert "messages.jsonl:2: not JSON" in done.stderr
    assert "sent 2 records to inbox, left out 1" in done.stderr
    assert len(list(read_topic(bootstrap, "inbox"))) == 2


def test_a_flood_of_bad_lines_does_not_flood_the_terminal(bootstrap: str) -> None:
    done = CliRunner().invoke(app, ["send", "-", "--topic", "inbox"], input="oops\n" * 500)
    assert len(done.stderr.splitlines()) < 30
    assert "480 more bad lines" in done.stderr
    assert list(read_topic(bootstrap, "inbox")) == []


def test_a_dotted_path_becomes_the_record_key(bootstrap: str) -> None:
    lines = '{"author":{"handle":"ann"}}\n{"author":{"handle":7}}\n{"author":"bob"}\n'
    CliRunner().invoke(app, ["send", "-", "--topic", "inbox", "--key", "author.handle"], input=lines)
    assert {record.key for record in read_topic(bootstrap, "inbox")} == {b"ann", b"7", None}


def test_a_file_that_is_not_there_is_a_wrong_call(bootstrap: str) -> None:
    done = CliRunner().invoke(app, ["send", "none.jsonl", "--topic", "inbox"])
    assert done.exit_code == 2
    assert list(read_topic(bootstrap, "inbox")) == []
