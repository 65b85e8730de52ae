"""`monitor link`, `unlink` and `erase` on the command line: pseudonyms go out, raw identifiers never do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.broker import EmbeddedBroker
from monitor.cli import app, identity
from monitor.client import Record, create_topics, read_identities, read_topic
from monitor.core.identity import Pseudonyms
from monitor.errors import BrokerError, ConfigError
from monitor.records import read_identity
from monitor.topics import IDENTITIES, declare_topics

COMMANDS = (identity,)
KEY = "a secret"
PSEUDONYMS = Pseudonyms(KEY.encode())
HANDLE = PSEUDONYMS.name_identifier("social:@Ann")
ADDRESS = PSEUDONYMS.name_identifier("ann@example.org")
CUSTOMER = PSEUDONYMS.name_identifier("customer:C-1")


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """Give a broker of its own: what one test says of identities is not to be known in another."""
    with EmbeddedBroker() as broker:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("MONITOR_KAFKA__IDEMPOTENT", "false")
        monkeypatch.setenv("MONITOR_KAFKA__BOOTSTRAP", broker.bootstrap)
        monkeypatch.setenv("MONITOR_PRIVACY__PSEUDONYM_KEY", KEY)
        create_topics(broker.bootstrap, declare_topics(4))
        yield broker.bootstrap


def call(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=answer)


def read(bootstrap: str) -> list[Record]:
    return sorted(
        read_topic(bootstrap, IDENTITIES), key=lambda record: (record.timestamp_ms, record.key or b"")
    )


def test_a_link_goes_out_under_pseudonyms_alone(bootstrap: str) -> None:
    done = call("link", "social:@Ann", "customer:C-1")
    assert (done.exit_code, done.stdout) == (0, f"linked {HANDLE} to {CUSTOMER}\n")
    (record,) = read(bootstrap)
    name, said = read_identity(record.key, record.value)
    assert said
    assert (name, said.name, said.customer) == (HANDLE, HANDLE, CUSTOMER)
    written = (record.key or b"") + (record.value or b"")
    assert b"nn" not in written
    assert b"C-1" not in written


def test_an_unlinked_name_stands_for_itself(bootstrap: str) -> None:
    call("link", "social:@Ann", "customer:C-1")
    assert read_identities(bootstrap).resolve(HANDLE) == CUSTOMER
    assert call("unlink", "social:@ann").stdout == f"unlinked {HANDLE}\n"
    assert read_identities(bootstrap).resolve(HANDLE) == HANDLE


def test_a_customer_is_erased_under_every_name_whichever_is_given(bootstrap: str) -> None:
    call("link", "social:@Ann", "customer:C-1")
    call("link", "ann@example.org", "social:@Ann")
    done = call("erase", ADDRESS, "--yes")
    assert set(done.stdout.split()) == {"erased", HANDLE, ADDRESS, CUSTOMER}
    tombstones = {record.key for record in read(bootstrap) if record.value is None}
    assert tombstones == {name.encode() for name in (HANDLE, ADDRESS, CUSTOMER)}
    assert read_identities(bootstrap).resolve(HANDLE) == HANDLE


def test_an_erasure_is_asked_for_twice(bootstrap: str) -> None:
    refused = call("erase", "customer:C-1", answer="n\n")
    assert refused.exit_code == 1
    assert CUSTOMER in refused.stderr
    assert read(bootstrap) == []
    assert call("erase", "customer:C-1", answer="y\n").exit_code == 0
    assert len(read(bootstrap)) == 1


def test_links_in_a_circle_are_refused(bootstrap: str) -> None:
    call("link", "social:@Ann", "customer:C-1")
    done = call("link", "customer:C-1", "social:@Ann")
    assert isinstance(done.exception, ConfigError)
    assert "unlink CUSTOMER first" in str(done.exception)
    assert isinstance(call("link", "social:@Ann", "social:@ANN").exception, ConfigError)
    assert len(read(bootstrap)) == 1


@pytest.mark.parametrize("identifier", ["ann", "@ann", "carrier_pigeon:ann", "customer:", "c-12"])
def test_an_identifier_that_is_none_is_refused_and_not_quoted(bootstrap: str, identifier: str) -> None:
    done = call("link", identifier, "customer:C-1")
    assert isinstance(done.exception, ConfigError)
    assert "an identifier is customer:ID" in str(done.exception)
    assert read(bootstrap) == []


def test_without_a_key_it_says_that_the_workers_must_have_none_either(
    bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MONITOR_PRIVACY__PSEUDONYM_KEY")
    done = call("link", "social:@Ann", "customer:C-1")
    assert "pseudonym_key is not set" in done.stderr
    assert len(read(bootstrap)) == 1


def test_a_missing_topic_is_named_with_the_fix(embedded_broker: EmbeddedBroker) -> None:
    done = call("unlink", "social:@Ann", "--bootstrap", embedded_broker.bootstrap)
    assert isinstance(done.exception, BrokerError)
    assert "monitor topics create" in str(done.exception)
