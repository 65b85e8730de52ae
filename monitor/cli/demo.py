"""`monitor demo`: shows the whole product at work, on an in-memory broker, within a minute or so."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import EXIT_INPUT, app

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.core.alert import Alert
    from monitor.crowd_story import CrowdStory
    from monitor.demo import Report
    from monitor.demo.stage import Stage
    from monitor.story import Story

_STYLES = {"firing": "bold red", "updated": "yellow", "resolved": "green"}


@app.command("demo")
def demo(
    for_seconds: Annotated[
        float, typer.Option("--for", metavar="SECONDS", min=20, help="How long the ten days of stories take.")
    ] = 60,
    rate: Annotated[
        float, typer.Option(metavar="N", min=0, help="Other messages a second, around the stories.")
    ] = 25,
    as_json: Annotated[
        bool, typer.Option("--json", help="End with one JSON line; nothing else on stdout.")
    ] = False,
) -> None:
    """Send real texts, told as customer stories, through a real broker and worker; show the alerts that come.

    The exit code is 1 if a message was lost, or a story did not end as it tells.
    """
    from rich.console import Console

    console = Console(stderr=as_json, highlight=False)
    report = play(console, for_seconds=for_seconds, messages_per_second=rate)
    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    if not report.is_as_told:
        raise typer.Exit(EXIT_INPUT)


def play(console: "Console", *, for_seconds: float, messages_per_second: float) -> "Report":
    """Play the demo on a console, the closing table included."""
    from monitor.demo import Show

    with console.status("starting an in-memory Kafka and a worker") as status:
        show = Show(
            for_seconds=for_seconds,
            messages_per_second=messages_per_second,
            on_alert=lambda alert, story: _print_alert(console, alert, story),
            on_progress=lambda sent, share: status.update(
                f"day {min(int(share * 10) + 1, 10)} of 10, {sent} messages sent"
            ),
        )
        report = show.run(lambda stage: _introduce(console, stage))
    _print_report(console, report)
    return report


def _introduce(console: "Console", stage: "Stage") -> None:
    console.print(
        f"broker   {stage.bootstrap}   (another terminal: monitor tail --bootstrap {stage.bootstrap})",
        soft_wrap=True,
    )
    console.print(f"page     {stage.page_url}")
    console.print(f"metrics  {stage.metrics_url}")
    console.print("Ten days of customers' lives follow; only the alerts are shown.\n")


def _print_alert(console: "Console", alert: "Alert", story: "Story | CrowdStory | None") -> None:
    from rich.text import Text

    line = Text()
    line.append(f"{alert.at:%d %b %H:%M}  ", "dim")
    line.append(f"{alert.state:9}", _STYLES[alert.state])
    line.append(f"{alert.severity:9}{alert.kind:20}")
    line.append(
        f"{story.name:20}" if story else f"{(alert.customer or alert.subject)[:19]:20}",
        "cyan" if story else "dim",
    )
    line.append(alert.headline)
    if console.is_terminal:
        console.print(line, overflow="ellipsis", no_wrap=True)
    else:
        console.print(line, soft_wrap=True)


def _print_report(console: "Console", report: "Report") -> None:
    from rich.table import Table

    table = Table(title="\nHow the stories ended", title_justify="left")
    for heading in ("story", "fired", "open at the end", "as told"):
        table.add_column(heading)
    for name, end in report.stories.items():
        table.add_row(
            name,
            ", ".join(end.got.fired) or "silence",
            ", ".join(end.got.open) or "-",
            "yes" if end.got == end.expected else f"no: {end.expected}",
        )
    console.print(table)
    counts = report.messages
    console.print(
        f"\n{counts.taken_in} records in = {counts.scored} scored + {counts.dead_lettered} dead-lettered"
        f" (bad ones, sent on purpose), in {report.seconds:.0f} s"
    )
    kinds = ", ".join(f"{number} {kind}" for kind, number in report.alerts.items())
    console.print(f"alerts fired: {kinds or 'none'}")
