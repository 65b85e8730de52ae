"""Fixtures that every folder of tests shares: the brokers, and names that no other test uses."""

import os
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

with warnings.catch_warnings():
    # kafka-python 3 reads its message schemas with a function that Python 3.11 and 3.12 call deprecated.
    warnings.filterwarnings("ignore", "(read|open)_text is deprecated", DeprecationWarning)
    from monitor.broker import EmbeddedBroker
    from tests.kafka.cluster import ApacheKafka, KafkaUnavailable, given_bootstrap

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell without job control starts what it puts in the background like that, and every program that the tests
    # start would inherit it: none could be ended as by Ctrl-C at a terminal.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A law speaks of results; how fast a shared machine makes the examples is none of its business.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

FreshName = Callable[[str], str]


class Broker(NamedTuple):
    """A broker that a test runs against; the embedded one refuses idempotent producers."""

    bootstrap: str
    idempotent: bool


@pytest.fixture(scope="session")
def embedded() -> Iterator[str]:
    """Yield the address of an embedded broker that the whole session shares: use fresh names."""
    with EmbeddedBroker() as broker:
        yield broker.bootstrap


@pytest.fixture
def embedded_broker() -> Iterator[EmbeddedBroker]:
    """Start an empty embedded broker of one's own; it starts in milliseconds."""
    with EmbeddedBroker() as broker:
        yield broker


@pytest.fixture(scope="session")
def apache_kafka() -> Iterator[ApacheKafka]:
    """Start a real Apache Kafka of our own, for the tests that stop and kill it; they start it again."""
    with ExitStack() as stack:
        try:
            broker = stack.enter_context(ApacheKafka())
        except KafkaUnavailable as reason:
            if os.environ.get("CI"):
                pytest.fail(f"CI must test against a real Apache Kafka: {reason}")
            pytest.skip(f"NOT TESTED AGAINST A REAL KAFKA: {reason}")
        yield broker


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> str:
    """Return the address of a real Apache Kafka that the whole session shares: use fresh names."""
    given = given_bootstrap()
    if given is not None:
        return given
    own: ApacheKafka = request.getfixturevalue("apache_kafka")
    return own.bootstrap


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def each_broker(request: pytest.FixtureRequest) -> Broker:
    """Run the test against the embedded broker, and against the real one."""
    return Broker(request.getfixturevalue(request.param), idempotent=request.param == "kafka")


@pytest.fixture
def fresh_name() -> FreshName:
    """Make a topic's or a group's name that no other test uses."""
    return lambda prefix: f"{prefix}-{uuid4().hex[:12]}"


def pytest_configure(config: pytest.Config) -> None:
    # kafka-python 3.0 drops a socket that was refused without closing it; a bound one still counts as a leak.
    config.addinivalue_line(
        "filterwarnings", r"ignore:unclosed <socket.*laddr=\('0\.0\.0\.0':ResourceWarning"
    )
