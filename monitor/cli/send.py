"""`monitor send`: sends a file of JSON lines to a topic; bad lines are named and left out."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from monitor.cli import EXIT_INPUT, app
from monitor.cli.options import BootstrapOption, ConfigOption, load_kafka_settings

_FAULTS_SHOWN = 20


@app.command("send")
def send(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.jsonl",
            help="One JSON document per line; - reads stdin.",
        ),
    ],
    topic: Annotated[str, typer.Option("--topic", metavar="TOPIC", help="Where to send it.")],
    key: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD",
            help="Dotted path of the record key, such as author.handle: records of one key keep their order.",
        ),
    ] = None,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Send each line of FILE to TOPIC; lines that are not JSON are reported and left out (exit code 1)."""
    from monitor.client import send_lines

    kafka = load_kafka_settings(config, bootstrap).kafka
    with _open_lines(file) as lines:
        report = send_lines(
            kafka.bootstrap,
            topic,
            lines,
            connection=kafka.client_options(),
            idempotent=kafka.idempotent,
            key_of=None if key is None else _reader_of(key),
        )
    for fault in report.faults[:_FAULTS_SHOWN]:
        print(f"monitor: {file}:{fault.line}: {fault.reason}", file=sys.stderr)
    if len(report.faults) > _FAULTS_SHOWN:
        print(f"monitor: … and {len(report.faults) - _FAULTS_SHOWN} more bad lines", file=sys.stderr)
    print(f"sent {report.sent} records to {topic}, left out {len(report.faults)}", file=sys.stderr)
    if report.faults:
        raise typer.Exit(EXIT_INPUT)


@contextmanager
def _open_lines(file: Path) -> Iterator[IO[bytes]]:
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    from rich import progress
    from rich.console import Console

    # stdout is data, so the bar is drawn on stderr, and only where somebody watches.
    if not file.is_file():
        raise typer.BadParameter(f"there is no file {file}", param_hint="FILE.jsonl")
    watched = sys.stderr.isatty()
    with progress.open(
        file, "rb", description="sending", console=Console(stderr=True), disable=not watched, transient=True
    ) as lines:
        yield lines


def _reader_of(path: str) -> Callable[[Any], bytes | None]:
    def read_key(document: Any) -> bytes | None:  # noqa: ANN401 - any JSON
        for field in path.split("."):
            document = document.get(field) if isinstance(document, dict) else None
        return str(document).encode() if isinstance(document, str | int) else None

    return read_key
