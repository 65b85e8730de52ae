"""Opens kafka-python's clients and turns every way in which a broker cannot be spoken to into BrokerError.

A malformed address never gets that far: it is ConfigError.
"""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final

from kafka.errors import KafkaError

from monitor.errors import BrokerError, ConfigError

#: How long a request may take; a user at a terminal waits no longer for an answer.
REQUEST_SECONDS: Final = 10.0

_CONNECT_SECONDS: Final = 4.0
_BOOTSTRAP_SECONDS: Final = 5.0
_BACKOFF_SECONDS: Final = 0.5


@contextmanager
def open_client(
    client: Callable[..., Any], bootstrap: str, connection: Mapping[str, Any] | None, **options: object
) -> Iterator[Any]:
    """Yield a connected client of kafka-python and close it; BrokerError in seconds if there is no Kafka."""
    require_reachable(bootstrap)
    try:
        opened = client(
            **{
                "bootstrap_timeout_ms": _BOOTSTRAP_SECONDS * 1000,
                "reconnect_backoff_max_ms": _BACKOFF_SECONDS * 1000,
                **options,
                **(connection or {}),
                "bootstrap_servers": _split(bootstrap),
            }
        )
    except (KafkaError, OSError) as error:
        raise BrokerError(
            f"{bootstrap} accepts connections but does not answer as Kafka ({error}); check that this is the"
            " listener meant for clients, and that the security settings under [kafka] match it"
        ) from error
    with closing(opened):
        try:
            yield opened
        except KafkaError as error:
            raise BrokerError(f"Kafka at {bootstrap} failed: {error}") from error


def require_reachable(bootstrap: str) -> None:
    """Raise BrokerError unless one of the addresses accepts a connection.

    kafka-python would retry for its whole bootstrap time and leave a thread and sockets behind.
    """
    addresses = [_parse(address) for address in _split(bootstrap)]
    reasons = []
    for address in addresses:
        try:
            socket.create_connection(address, timeout=_CONNECT_SECONDS / len(addresses)).close()
        except OSError as error:
            reasons.append(error.strerror or str(error))
        else:
            return
    raise BrokerError(
        f"no Kafka at {bootstrap} ({', '.join(dict.fromkeys(reasons))});"
        " start it, or correct the address: --bootstrap HOST:PORT, or bootstrap under [kafka] in monitor.toml"
    )


def _split(bootstrap: str) -> list[str]:
    addresses = [address.strip() for address in bootstrap.split(",") if address.strip()]
    if not addresses:
        raise ConfigError("no Kafka address given: use --bootstrap HOST:PORT, or bootstrap under [kafka]")
    return addresses


def _parse(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) <= 65535:  # noqa: PLR2004 - the last port
        raise ConfigError(f"{address!r} is not a Kafka address: write HOST:PORT, for example localhost:9092")
    return host.strip("[]"), int(port)
