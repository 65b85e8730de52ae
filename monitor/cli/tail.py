"""`monitor tail`: shows the records of one of Earshot's topics as they come, one line each."""

import sys
from collections.abc import Iterable
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from monitor.cli import app
from monitor.cli.options import BootstrapOption, ConfigOption, load_kafka_settings
from monitor.topics import ALERTS, DEAD_LETTERS, SCORED, TRENDS

if TYPE_CHECKING:
    from monitor.client import Record


class Stream(StrEnum):
    ALERTS = "alerts"
    SCORED = "scored"
    TRENDS = "trends"
    DEAD_LETTERS = "dead-letters"


_TOPICS: Final = {
    Stream.ALERTS: ALERTS,
    Stream.SCORED: SCORED,
    Stream.TRENDS: TRENDS,
    Stream.DEAD_LETTERS: DEAD_LETTERS,
}

#: Shown in this order where a record has them; a record with none of them is shown whole.
_FIELDS: Final = {
    Stream.ALERTS: ("at", "state", "severity", "kind", "customer", "headline"),
    Stream.SCORED: ("type", "at", "customer", "channel", "direction", "sentiment", "complaint", "excerpt"),
    Stream.TRENDS: ("type", "at", "what", "subject", "customer", "listeners", "excerpt"),
    Stream.DEAD_LETTERS: ("received_at", "reason", "topic", "partition", "offset", "detail"),
}
_STYLES: Final = {"firing": "red", "updated": "yellow", "resolved": "green", "suppressed": "dim"}
_WIDTH: Final = 200


@app.command("tail")
def tail(  # noqa: PLR0917 - typer makes the command line of them
    stream: Annotated[Stream, typer.Argument(help="Which of Earshot's topics.")] = Stream.ALERTS,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Start with the oldest record, not with the next.")
    ] = False,
    follow: Annotated[bool, typer.Option(help="Wait for more at the end of the topic.")] = True,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Stop after N records.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The records as they are, one JSON line each.")
    ] = False,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Show records as they come, until Ctrl-C."""
    from monitor.client import read_topic

    kafka = load_kafka_settings(config, bootstrap).kafka
    records = read_topic(
        kafka.bootstrap,
        _TOPICS[stream],
        from_beginning=from_beginning,
        follow=follow,
        connection=kafka.client_options(),
    )
    try:
        (_print_json if as_json else _print_lines)(islice(records, limit), stream)
    except KeyboardInterrupt:
        return  # the way to end it


def _print_json(records: Iterable["Record"], _stream: Stream) -> None:
    for record in records:
        print(to_json_line(record).decode(), flush=True)


def to_json_line(record: "Record") -> bytes:
    """Return the record's own bytes, unless they are no JSON or take more than one line."""
    document = _decode(record.value)
    if isinstance(document, msgspec.DecodeError):
        place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        return msgspec.json.encode({"error": f"not JSON: {document}", **place})
    if record.value is None or b"\n" in record.value:
        return msgspec.json.encode(document)
    return record.value


def _print_lines(records: Iterable["Record"], stream: Stream) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for record in records:
        document = _decode(record.value)
        state = document.get("state") if isinstance(document, dict) else None
        console.print(Text(format_line(record, stream), style=_STYLES.get(str(state), "")))
        sys.stdout.flush()


def format_line(record: "Record", stream: Stream) -> str:
    """Return one line for people; what customers wrote in it cannot steer the terminal."""
    document = _decode(record.value)
    if isinstance(document, msgspec.DecodeError):
        line = f"{_place(record)} not JSON, {len(record.value or b'')} bytes"
    elif document is None:
        line = f"{_place(record)} removed {(record.key or b'').decode(errors='replace')}"
    else:
        known = [field for field in _FIELDS[stream] if isinstance(document, dict) and field in document]
        parts = [document[field] for field in known] or [document]
        line = "  ".join(_show(part) for part in parts)
    clipped = line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"
    return "".join(sign if sign.isprintable() else " " for sign in clipped)


def _decode(value: bytes | None) -> Any:  # noqa: ANN401 - any JSON, or why it is none
    if value is None:
        return None
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return msgspec.DecodeError(str(error))


def _place(record: "Record") -> str:
    return f"{record.topic}/{record.partition}@{record.offset}"


def _show(part: Any) -> str:  # noqa: ANN401 - any JSON
    return part if isinstance(part, str) else msgspec.json.encode(part).decode()
