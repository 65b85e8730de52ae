"""`monitor tail` on the command line: readable lines, alerts in full, JSON as it is, and only what is asked for."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from rich.console import Console
from typer.testing import CliRunner

from monitor.broker import EmbeddedBroker
from monitor.cards import write_card
from monitor.cli import app, send, tail, topics
from monitor.cli.lines import write_line
from monitor.cli.selection import choose_records, read_since
from monitor.client import Record, create_topics, read_topic, send_lines
from monitor.records import decode_alert
from monitor.topics import ALERTS, DEAD_LETTERS, SCORED, declare_topics
from tests.contracts.examples import run_story

COMMANDS = (send, tail, topics)
#: Of each topic, the records of the story in their order.
STORY: Final = {
    topic: [record.value for record in run_story() if record.topic == topic]
    for topic in (ALERTS, SCORED, DEAD_LETTERS)
}
TOLD: Final[list[dict[str, Any]]] = [json.loads(value) for value in STORY[ALERTS]]


@pytest.fixture
def bootstrap(embedded_broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MONITOR_KAFKA__BOOTSTRAP", embedded_broker.bootstrap)
    create_topics(embedded_broker.bootstrap, declare_topics(1))
    for topic, values in STORY.items():
        send_lines(embedded_broker.bootstrap, topic, values, idempotent=False)
    return embedded_broker.bootstrap


def show(*arguments: str) -> str:
    shown = CliRunner().invoke(app, ["tail", *arguments, "--from-beginning", "--no-follow"])
    assert shown.exit_code == 0, shown.output
    return shown.stdout


def show_alerts(*arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in show("alerts", "--json", *arguments).splitlines()]


def record_of(value: bytes | None, key: bytes | None = None, topic: str = ALERTS) -> Record:
    return Record(topic, 1, 42, 0, key, value)


def write(value: bytes | None, key: bytes | None = None, topic: str = ALERTS) -> str:
    return "".join(text for text, _ in write_line(record_of(value, key, topic), tail.decode(value)))


@pytest.mark.usefixtures("bootstrap")
def test_each_alert_is_a_line_with_what_one_looks_for_first() -> None:
    lines = show().splitlines()
    assert len(lines) == len(TOLD)
    for line, alert in zip(lines, TOLD, strict=True):
        at = datetime.fromisoformat(alert["at"])
        assert line.split() == [
            *f"{at:%d %b %H:%M:%S}".split(), alert["state"], alert["severity"], alert["kind"],
            alert["action"]["owner"], alert["customer"][:10], *alert["headline"].split(),
        ]  # fmt: skip


@pytest.mark.usefixtures("bootstrap")
def test_a_scored_message_and_a_dead_letter_are_readable_lines_too() -> None:
    said = show("scored").splitlines()
    assert len(said) == len(STORY[SCORED])
    assert any(re.search(r"social +-0\.\d\d +\w+ blame +You stole my money", line) for line in said)
    assert any(line.endswith("tick") for line in said)
    assert any(line.endswith("reply") for line in said)
    letters = show("dead-letters")
    assert re.search(r"not_json +shop\.messages/0@3 ", letters)


@pytest.mark.usefixtures("bootstrap")
def test_json_shows_the_records_as_they_are() -> None:
    assert show("alerts", "--json").encode().splitlines() == STORY[ALERTS]


@pytest.mark.usefixtures("bootstrap")
def test_in_full_an_alert_is_its_card() -> None:
    shown = show("alerts", "--full", "--limit", "1")
    assert shown.split() == write_card(decode_alert(STORY[ALERTS][0])).split()


@pytest.mark.usefixtures("bootstrap")
@pytest.mark.parametrize(
    ("arguments", "field", "values"),
    [
        (("--kind", "detractor"), "kind", {"detractor"}),
        (("--kind", "detractor", "--kind", "ignored_complaint"), "kind", {"detractor", "ignored_complaint"}),
        (("--state", "resolved"), "state", {"resolved"}),
        (("--severity", "critical"), "severity", {"critical"}),
        (("--product", "card"), "product", {"card"}),
        (("--brand", "acme"), "brand", {"acme"}),
        (("--category", TOLD[0]["category"]), "category", {TOLD[0]["category"]}),
        (("--customer", TOLD[0]["customer"][:8]), "customer", {TOLD[0]["customer"]}),
    ],
)
def test_only_what_is_asked_for_is_shown(arguments: tuple[str, ...], field: str, values: set[str]) -> None:
    shown = show_alerts(*arguments)
    assert shown == [alert for alert in TOLD if alert.get(field) in values]
    assert {alert[field] for alert in shown} == values


@pytest.mark.usefixtures("bootstrap")
def test_owner_and_listeners_choose_by_what_lies_deeper() -> None:
    owner = TOLD[0]["action"]["owner"]
    assert show_alerts("--owner", owner) == [alert for alert in TOLD if alert["action"]["owner"] == owner]
    many = [alert for alert in TOLD if alert["listeners"]["expected"] >= 40]
    assert 0 < len(many) < len(TOLD)
    assert show_alerts("--min-listeners", "40") == many


@pytest.mark.usefixtures("bootstrap")
def test_every_choice_must_fit() -> None:
    shown = show_alerts("--kind", "ignored_complaint", "--state", "firing")
    assert shown == [one for one in TOLD if (one["kind"], one["state"]) == ("ignored_complaint", "firing")]
    assert show_alerts("--kind", "detractor", "--product", "none of these") == []


@pytest.mark.usefixtures("bootstrap")
def test_scored_messages_are_chosen_by_the_category_of_their_complaint() -> None:
    category = TOLD[0]["category"]
    shown = [json.loads(line) for line in show("scored", "--json", "--category", category).splitlines()]
    assert {one["complaint"]["category"] for one in shown} == {category}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "detracter"), "no kind is called detracter; did you mean detractor?"),
        (("--severity", "page"), "no severity is called page; known are critical, info, warning"),
        (("--since", "yesterday"), "yesterday is neither an age"),
    ],
)
def test_a_choice_that_there_is_not_is_a_wrong_call(arguments: tuple[str, ...], said: str) -> None:
    refused = CliRunner().invoke(app, ["tail", *arguments])
    assert refused.exit_code == 2
    assert said in re.sub(r"[\s│]+", " ", refused.output)


def test_since_takes_an_age_or_a_time() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert read_since("90m", now) == now - timedelta(minutes=90)
    assert read_since("7d", now) == now - timedelta(days=7)
    assert read_since("2026-01-31T12:00:00+02:00", now) == datetime(2026, 1, 31, 10, tzinfo=UTC)
    assert read_since("2026-01-31", now) == datetime(2026, 1, 31, tzinfo=UTC)


def test_since_begins_at_the_first_record_that_was_appended_then(bootstrap: str) -> None:
    first, *later = read_topic(bootstrap, DEAD_LETTERS)
    while datetime.now(UTC).timestamp() * 1000 <= later[-1].timestamp_ms:
        pass
    since = datetime.now(UTC)
    send_lines(bootstrap, DEAD_LETTERS, [b'{"late":1}'], idempotent=False)
    [late] = read_topic(bootstrap, DEAD_LETTERS, since=since)
    assert late.value == b'{"late":1}'
    oldest = datetime.fromtimestamp(first.timestamp_ms / 1000, UTC)
    assert len(list(read_topic(bootstrap, DEAD_LETTERS, since=oldest))) == len(later) + 2


@pytest.mark.parametrize("is_terminal", [True, False])
def test_colour_and_cutting_are_for_terminals_alone(is_terminal: bool, tmp_path: Path) -> None:
    with (tmp_path / "shown").open("w+") as file:
        console = Console(
            file=file,
            force_terminal=is_terminal,
            color_system="standard" if is_terminal else "auto",
            width=60,
            highlight=False,
        )
        tail.print_line(console, record_of(STORY[ALERTS][0]), TOLD[0])
        file.seek(0)
        shown = file.read()
    assert ("\x1b[" in shown) == is_terminal
    assert ("…" in shown) == is_terminal
    assert (TOLD[0]["headline"] in shown) != is_terminal


def test_in_json_a_record_that_is_not_json_stands_as_an_error_with_its_place() -> None:
    with_junk = [record_of(b"\xff\xfe"), record_of(None), record_of(b'{\n"n": 1}')]
    lines = [tail.to_json_line(record, tail.decode(record.value)) for record in with_junk]
    junk, removed, spread = map(msgspec.json.decode, lines)
    assert (junk["topic"], junk["partition"], junk["offset"]) == (ALERTS, 1, 42)
    assert (removed, spread) == (None, {"n": 1})
    assert not any(b"\n" in line for line in lines)


@pytest.mark.parametrize("topic", [ALERTS, SCORED, DEAD_LETTERS])
def test_what_customers_write_cannot_steer_the_terminal(topic: str) -> None:
    fields = '"headline":%s,"excerpt":%s,"detail":%s,"type":"scored","complaint":{"is_complaint":true}'
    wild = '"\\u001b[2J\\u202egone\\nsecond line"'
    shown = write(b"{%s}" % (fields % (wild, wild, wild)).encode(), topic=topic)
    assert shown.isprintable()
    assert "second line" in shown


def test_a_record_without_known_fields_is_shown_whole_but_clipped() -> None:
    line = write(b'{"other":"%s"}' % (b"x" * 1000))
    assert line.startswith('{"other":"xxx')
    assert len(line) == 200


@pytest.mark.parametrize("value", [b"[1,2]", b'"alert"', b"7", b'{"action":3,"at":"soon","kind":null}'])
def test_whatever_json_there_is_makes_a_line(value: bytes) -> None:
    assert write(value).strip()
    assert not choose_records({"owner": ["care"]}, None, None).takes(tail.decode(value))


def test_a_removed_record_is_shown_with_its_key_and_junk_with_its_size() -> None:
    assert write(None, b"alert-7") == f"{ALERTS}/1@42 removed alert-7"
    assert write(b"\xff\xfe") == f"{ALERTS}/1@42 not JSON, 2 bytes"


def test_in_full_what_is_no_alert_of_today_is_still_a_line(bootstrap: str) -> None:
    send_lines(
        bootstrap,
        ALERTS,
        [b'{"schema":"alert.v9","kind":"of_tomorrow","at":"2026-01-01T00:00:00Z"}'],
        idempotent=False,
    )
    assert "of_tomorrow" in show("alerts", "--full").splitlines()[-1]


def test_another_stream_than_the_three_is_a_wrong_call() -> None:
    assert CliRunner().invoke(app, ["tail", "journeys"]).exit_code == 2
