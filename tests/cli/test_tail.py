"""`monitor tail` on the command line."""

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from monitor.broker import EmbeddedBroker
from monitor.cli import app, send, tail, topics
from monitor.cli.tail import Stream, format_line
from monitor.client import Record, create_topics, send_lines
from monitor.topics import ALERTS, declare_topics

COMMANDS = (send, tail, topics)
ALERT = (
    '{"at":"2026-01-02T03:04:05Z","kind":"detractor","state":"firing","severity":"page",'
    '"headline":"Ann is likely to tell 31 people","customer":"ann"}'
)


@pytest.fixture
def bootstrap(embedded_broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MONITOR_KAFKA__BOOTSTRAP", embedded_broker.bootstrap)
    create_topics(embedded_broker.bootstrap, declare_topics(2))
    send_lines(embedded_broker.bootstrap, ALERTS, [ALERT.encode()] * 3, idempotent=False)
    return embedded_broker.bootstrap


def _record(value: bytes | None, key: bytes | None = None) -> Record:
    return Record(ALERTS, 1, 42, 0, key, value)


@pytest.mark.usefixtures("bootstrap")
def test_alerts_are_shown_one_line_each() -> None:
    shown = CliRunner().invoke(app, ["tail", "--from-beginning", "--limit", "2"])
    assert shown.exit_code == 0
    assert shown.stdout == 2 * (
        "2026-01-02T03:04:05Z  firing  page  detractor  ann  Ann is likely to tell 31 people\n"
    )


@pytest.mark.usefixtures("bootstrap")
def test_json_shows_the_records_as_they_are() -> None:
    shown = CliRunner().invoke(app, ["tail", "alerts", "--from-beginning", "--no-follow", "--json"])
    assert shown.stdout == f"{ALERT}\n" * 3


def test_in_json_a_record_that_is_not_json_stands_as_an_error_with_its_place() -> None:
    with_junk = [_record(b"\xff\xfe"), _record(None), _record(b'{\n"n": 1}')]
    lines = [tail.to_json_line(record) for record in with_junk]
    junk, removed, spread = map(msgspec.json.decode, lines)
    assert (junk["topic"], junk["partition"], junk["offset"]) == (ALERTS, 1, 42)
    assert (removed, spread) == (None, {"n": 1})
    assert not any(b"\n" in line for line in lines)


def test_what_customers_write_cannot_steer_the_terminal() -> None:
    line = format_line(_record(b'{"headline":"\\u001b[2J\\u202egone\\nsecond line"}'), Stream.ALERTS)
    assert line.isprintable()


def test_a_trend_is_told_by_what_it_means_to_which_subject() -> None:
    value = (
        b'{"type":"trend","subject":"surge|acme||billing|","what":"complaint","at":"2026-01-02T03:04:05Z"}'
    )
    line = format_line(_record(value), Stream.TRENDS)
    assert line == "trend  2026-01-02T03:04:05Z  complaint  surge|acme||billing|"


def test_a_record_without_known_fields_is_shown_whole_but_clipped() -> None:
    line = format_line(_record(b'{"other":"%s"}' % (b"x" * 1000)), Stream.ALERTS)
    assert line.startswith('{"other":"xxx')
    assert len(line) == 200


def test_a_removed_record_is_shown_with_its_key() -> None:
    assert format_line(_record(None, b"alert-7"), Stream.ALERTS) == f"{ALERTS}/1@42 removed alert-7"


def test_another_stream_than_the_four_is_a_wrong_call() -> None:
    assert CliRunner().invoke(app, ["tail", "journeys"]).exit_code == 2
