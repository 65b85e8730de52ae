"""`monitor journey`: tells one customer's story over time, from the scored messages, the alerts and the state kept."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from monitor.cli import app
from monitor.cli.options import BootstrapOption, ConfigOption, CustomerArgument, load_kafka_settings
from monitor.core.printable import clean
from monitor.errors import ConfigError
from monitor.topics import ALERTS, JOURNEYS, SCORED

if TYPE_CHECKING:
    from rich.console import RenderableType

    from monitor.chronicle import Chronicle, Standing, Step
    from monitor.core.held import Held
    from monitor.core.scored import Scored, StageEvent
    from monitor.settings import Settings

_STYLES: Final = {
    "complaint": ("✗", "red"),
    "message": ("·", ""),
    "answer": ("↩", "green"),
    "auto-reply": ("↩", "dim"),
    "event": ("◆", "cyan"),
}
_ALERT_STYLES: Final = {
    "firing": ("▲", "bold red"),
    "updated": ("▲", "yellow"),
    "resolved": ("✓", "green"),
    "suppressed": ("△", "dim"),
}


@app.command("journey")
def journey(
    customer: CustomerArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Tell one customer's story: what was said where, how it was answered, what was alerted and why."""
    settings = load_kafka_settings(config, bootstrap)
    pseudonym = _name(customer, settings)
    chronicle = _read_chronicle(pseudonym, settings)
    if not chronicle.steps and chronicle.standing is None:
        raise ConfigError(
            f"nothing is known of {customer} ({pseudonym}): check the id, and that privacy.pseudonym_key is the "
            "worker's; scored messages are kept for as long as their topic keeps them"
        )
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(chronicle)).decode())
        return
    _print(chronicle)


def _name(customer: str, settings: "Settings") -> str:
    from monitor.core.identity import Pseudonyms

    key = settings.privacy.pseudonym_key
    return Pseudonyms(key.get_secret_value().encode() if key else b"").name_identifier(customer)


def _read_chronicle(customer: str, settings: "Settings") -> "Chronicle":
    from monitor.chronicle import tell_chronicle
    from monitor.client import read_topic
    from monitor.core.held import Forwarding
    from monitor.core.journey import Journey
    from monitor.records import decode_alert

    held = _read_state(customer, settings)
    while isinstance(held, Forwarding):
        # The name stands for another customer, whose story is the whole one.
        customer = held.canonical
        held = _read_state(customer, settings)
    names, events = _read_events(customer, settings)
    kafka = settings.kafka
    told = read_topic(kafka.bootstrap, ALERTS, connection=kafka.client_options())
    alerts = [
        decode_alert(record.value)
        for record in told
        if record.value and any(name.encode() in record.value for name in names)
    ]
    return tell_chronicle(
        customer,
        events,
        [alert for alert in alerts if alert.customer in names],
        held if isinstance(held, Journey) else None,
    )


def _read_events(customer: str, settings: "Settings") -> "tuple[set[str], list[Scored | StageEvent]]":
    """Read what was said under every name that the customer has had, and those names."""
    from monitor.client import read_topic
    from monitor.core.scored import Forward, Scored, StageEvent, Transfer
    from monitor.records import decode_event

    kafka = settings.kafka
    names, unread = set[str](), {customer}
    events: list[Scored | StageEvent] = []
    while unread:
        name = unread.pop()
        names.add(name)
        key = name.encode()
        for record in read_topic(kafka.bootstrap, SCORED, key=key, connection=kafka.client_options()):
            if record.key != key or record.value is None:
                continue
            event = decode_event(record.value)
            if isinstance(event, Transfer):
                unread |= set(event.path) - names
            said = event.event if isinstance(event, Forward) else event
            if isinstance(said, Scored | StageEvent):
                events.append(said)
    return names, events


def _read_state(customer: str, settings: "Settings") -> "Held | None":
    """Read the customer's state as a worker would restore it: what a deposed one wrote does not count."""
    from monitor.client import read_topic
    from monitor.core.machines import FOLLOW
    from monitor.stream.changelog import Entry, Replica
    from monitor.stream.state import find_writer

    kafka, key = settings.kafka, customer.encode()
    replica = Replica()
    for record in read_topic(kafka.bootstrap, JOURNEYS, key=key, connection=kafka.client_options()):
        # Of all others it matters who wrote, not what.
        value = record.value if record.key == key else None
        replica.read([Entry(record.offset, find_writer(record.headers), record.key or b"", value)])
    stored = replica.state.get(key)
    return None if stored is None else FOLLOW.decode(customer, stored)


def _print(chronicle: "Chronicle") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(chronicle.customer, "bold"))
    if chronicle.standing is not None:
        console.print(_draw_standing(chronicle.standing))
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    for width in (16, 8, 5, None):
        table.add_column(width=width, overflow="fold", no_wrap=width is not None)
    day: datetime | None = None
    for step in chronicle.steps:
        same_day = day is not None and step.at.date() == day.date()
        table.add_row(*_draw_step(step, same_day=same_day))
        day = step.at
    console.print()
    console.print(table)


def _draw_standing(standing: "Standing") -> "RenderableType":
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column()
    worth = "" if standing.value is None else f", worth {standing.value:g} a year"
    table.add_row(
        "stage", f"{standing.stage or 'unknown'}{worth}, known since {clean(_date(standing.first_at))}"
    )
    table.add_row(
        "so far",
        f"{standing.messages} messages, {standing.complaints} complaints, {standing.replies} answers; "
        f"mood {standing.mood:+.2f}",
    )
    case = standing.case
    if case is not None:
        promise = f"; promised to be heard of by {_time(case.promised_by)}" if case.promised_by else ""
        table.add_row(
            "case",
            f"{case.category.replace('_', ' ')}, {case.state} since {_time(case.since)} on {', '.join(case.channels)}"
            f"{promise}",
        )
    if standing.firing:
        table.add_row("firing", f"[red]{', '.join(standing.firing)}[/red]")
    if standing.next_clock_at is not None:
        table.add_row("next clock", _time(standing.next_clock_at))
    return table


def _draw_step(step: "Step", *, same_day: bool) -> Iterable[Any]:
    from rich.text import Text

    when = f"{'':10} {step.at:%H:%M}" if same_day else f"{_date(step.at)} {step.at:%H:%M}"
    is_alert = step.what == "alert"
    sign, style = _ALERT_STYLES[step.state or "firing"] if is_alert else _STYLES[step.what]
    if step.severity == "info":
        style = "green"
    what = Text.assemble((f"{sign} {_name_step(step)}", style))
    if step.stage is not None:
        what.append(f"  → {step.stage}", "cyan")
    lines = [f"  {clean(line)}" for line in step.why]
    if is_alert:
        lines.insert(0, f"  {clean(step.summary)}")
        if step.respond_by is not None and step.state in {"firing", "updated"}:
            lines.append(f"  Respond by {_time(step.respond_by)}.")
    for line in lines:
        what.append(f"\n{line}", "" if is_alert and line is lines[0] else "dim")
    if step.excerpt:
        said = Text(f"\n  “{clean(step.excerpt)}”", "italic")
        said.highlight_words([clean(words) for words in step.evidence], "not italic underline")
        what.append_text(said)
    place = "" if is_alert else step.channel or ""
    return Text(when, "dim" if same_day else ""), Text(place), _draw_mood(step.compound), what


def _name_step(step: "Step") -> str:
    if step.what != "alert":
        return clean(step.summary)
    named = f"{step.alert} {step.state}"
    return named if step.state == "resolved" else f"{named}, {step.severity}"


def _draw_mood(compound: float | None) -> Any:  # noqa: ANN401 - rich is imported when a command runs
    from rich.text import Text

    if compound is None:
        return Text("")
    return Text(f"{compound:+.2f}", "green" if compound > 0 else "red" if compound < 0 else "dim")


def _date(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
