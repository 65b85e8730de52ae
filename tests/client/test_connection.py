"""A broker that cannot be spoken to is a clear error within seconds."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.client import list_topics
from monitor.client.connection import require_reachable
from monitor.errors import BrokerError, ConfigError

ROOT = Path(__file__).resolve().parents[2]
LIST_TOPICS = "import sys; from monitor.client import list_topics; list_topics(sys.argv[1])"


def _find_closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_an_address_where_nobody_listens_is_named_with_the_fix_at_once() -> None:
    address = f"127.0.0.1:{_find_closed_port()}"
    started = time.monotonic()
    with pytest.raises(BrokerError, match=rf"no Kafka at {address} \(Connection refused\).*--bootstrap"):
        list_topics(address)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "address", ["localhost", "localhost:", ":9092", "localhost:kafka", "localhost:70000"]
)
def test_a_malformed_address_is_refused_with_the_right_form(address: str) -> None:
    with pytest.raises(ConfigError, match="is not a Kafka address: write HOST:PORT"):
        list_topics(address)


def test_no_address_is_refused() -> None:
    with pytest.raises(ConfigError, match="no Kafka address given"):
        list_topics(" ,")


def test_one_reachable_address_of_several_is_enough(embedded: str) -> None:
    require_reachable(f"127.0.0.1:{_find_closed_port()}, {embedded}")


def test_a_listener_that_is_not_kafka_is_told_from_one_that_is_down() -> None:
    # In a process of its own: kafka-python leaves its thread and sockets behind when it gives up.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        started = time.monotonic()
        ended = subprocess.run(
            [sys.executable, "-c", LIST_TOPICS, address],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
    assert f"{address} accepts connections but does not answer as Kafka" in ended.stderr
    assert time.monotonic() - started < 15
