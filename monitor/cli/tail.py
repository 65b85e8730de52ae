"""`monitor tail`: shows the records of one of Earshot's topics as they come, one line each, or alerts in full."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from monitor.cli import app
from monitor.cli.lines import write_line
from monitor.cli.options import BootstrapOption, ConfigOption, load_kafka_settings
from monitor.cli.selection import (
    BrandOption,
    CategoryOption,
    CustomerOption,
    KindOption,
    MinListenersOption,
    OwnerOption,
    ProductOption,
    Selection,
    SeverityOption,
    SinceOption,
    StateOption,
    choose_records,
    read_since,
)
from monitor.topics import ALERTS, DEAD_LETTERS, SCORED

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from monitor.client import Record


class Stream(StrEnum):
    ALERTS = "alerts"
    SCORED = "scored"
    DEAD_LETTERS = "dead-letters"


_TOPICS: Final = {Stream.ALERTS: ALERTS, Stream.SCORED: SCORED, Stream.DEAD_LETTERS: DEAD_LETTERS}
_CARD_WIDTH_MAX: Final = 110

#: A record, and what it holds.
Shown = tuple["Record", Any]


@app.command("tail")
def tail(  # noqa: PLR0917 - typer makes the command line of them
    stream: Annotated[Stream, typer.Argument(help="Which of Earshot's topics.")] = Stream.ALERTS,
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Start with the oldest record, not with the next.")
    ] = False,
    since: SinceOption = None,
    follow: Annotated[bool, typer.Option(help="Wait for more at the end of the topic.")] = True,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Stop after N records.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Alerts with everything that they say.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The records as they are, one JSON line each.")
    ] = False,
    kind: KindOption = None,
    severity: SeverityOption = None,
    state: StateOption = None,
    owner: OwnerOption = None,
    min_listeners: MinListenersOption = None,
    customer: CustomerOption = None,
    brand: BrandOption = None,
    product: ProductOption = None,
    category: CategoryOption = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Show records as they come, until Ctrl-C."""
    from monitor.client import read_topic

    of_alerts = {"kind": kind, "severity": severity, "state": state, "owner": owner}
    about = {"brand": brand, "product": product, "category": category}
    selection = choose_records(of_alerts | about, customer, min_listeners)
    start = read_since(since, datetime.now(UTC)) if since else None
    kafka = load_kafka_settings(config, bootstrap).kafka
    records = read_topic(
        kafka.bootstrap,
        _TOPICS[stream],
        from_beginning=from_beginning,
        since=start,
        follow=follow,
        connection=kafka.client_options(),
    )
    shown = islice(_select(records, selection), limit)
    try:
        _print_json(shown) if as_json else _print_text(shown, full=full)
    except KeyboardInterrupt:
        return  # the way to end it


def _select(records: Iterable["Record"], selection: Selection) -> Iterator[Shown]:
    for record in records:
        document = decode(record.value)
        if selection.takes(document):
            yield record, document


def _print_json(shown: Iterable[Shown]) -> None:
    for record, document in shown:
        print(to_json_line(record, document).decode(), flush=True)


def to_json_line(record: "Record", document: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Return the record's own bytes, unless they are no JSON or take more than one line."""
    if isinstance(document, msgspec.DecodeError):
        place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        return msgspec.json.encode({"error": f"not JSON: {document}", **place})
    if record.value is None or b"\n" in record.value:
        return msgspec.json.encode(document)
    return record.value


def _print_text(shown: Iterable[Shown], *, full: bool) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for record, document in shown:
        if not (full and _print_card(console, record)):
            print_line(console, record, document)
        console.file.flush()


def print_line(console: "Console", record: "Record", document: Any) -> None:  # noqa: ANN401 - any JSON
    """Print a record on one line: cut at a terminal's edge, whole anywhere else."""
    from rich.text import Text

    line = Text.assemble(*write_line(record, document))
    if console.is_terminal:
        console.print(line, overflow="ellipsis", no_wrap=True)
    else:
        console.print(line, soft_wrap=True)


def _print_card(console: "Console", record: "Record") -> bool:
    """Print an alert in full; what cannot be read as one, of a later version perhaps, is left to be a line."""
    from rich.text import Text

    from monitor.cards import write_card
    from monitor.records import decode_alert

    try:
        alert = decode_alert(record.value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    title, *rest = write_card(alert, min(console.width, _CARD_WIDTH_MAX)).splitlines()
    style = {"critical": "bold red", "warning": "bold yellow", "info": "bold green"}[alert.severity]
    console.print(Text(title, style=style), *map(_write_row, rest), "", sep="\n", soft_wrap=True)
    return True


def _write_row(line: str) -> "Text":
    """Set the label of a row apart from what it says; the headline has none."""
    from rich.text import Text

    from monitor.cards import LABEL_CHARACTERS, LABELS

    row = Text(line)
    if line[:LABEL_CHARACTERS].strip() in LABELS:
        row.stylize("cyan", 0, LABEL_CHARACTERS)
    return row


def decode(value: bytes | None) -> Any:  # noqa: ANN401 - any JSON, or why it is none
    """Decode a record's value, whatever it is; what is no JSON becomes the error that says so."""
    if value is None:
        return None
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return msgspec.DecodeError(str(error))
