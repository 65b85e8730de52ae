"""`monitor outcome`: says what became of an alert; it closes the alert, and teaches `monitor tune`."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import EXIT_INPUT, app
from monitor.cli.options import BootstrapOption, ConfigOption, load_kafka_settings

if TYPE_CHECKING:
    from monitor.core.alert import Alert
    from monitor.settings import KafkaSettings


class Said(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    FALSE_ALARM = "false_alarm"


@app.command("outcome")
def outcome(  # noqa: PLR0917 - typer makes the command line of them
    alert: Annotated[
        str, typer.Argument(metavar="ALERT", help="Id of the alert, as `monitor tail` shows it.")
    ],
    result: Annotated[Said, typer.Argument(help="What became of it.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who says so.")],
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why, for those who tune the policy.")] = "",
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Say what became of ALERT: acknowledged, resolved (it was right), or a false alarm. The last word counts.

    Example: monitor outcome bf3d385412620c4dcf3dc106 false_alarm --by ann
    """
    from monitor.client import send_records
    from monitor.core.outcome import Outcome
    from monitor.records import describe_outcome, encode
    from monitor.topics import OUTCOMES

    kafka = load_kafka_settings(config, bootstrap).kafka
    found = _find_alert(kafka, alert)
    if found is None:
        print(f"monitor: there is no alert {alert} on {kafka.bootstrap}; see `monitor tail`", file=sys.stderr)
        raise typer.Exit(EXIT_INPUT)
    said = Outcome(
        alert=alert,
        kind=found.kind,
        result=result.value,
        by=by,
        at=datetime.now(UTC),
        customer=found.customer,
        note=note,
    )
    send_records(
        kafka.bootstrap,
        OUTCOMES,
        [(alert, encode(said), describe_outcome(said))],
        at=said.at,
        connection=kafka.client_options(),
        idempotent=kafka.idempotent,
    )
    print(f"{result.value}: {found.headline}")


def _find_alert(kafka: "KafkaSettings", alert_id: str) -> "Alert | None":
    from monitor.client import read_topic
    from monitor.records import decode_alert
    from monitor.topics import ALERTS

    key = alert_id.encode()
    records = read_topic(kafka.bootstrap, ALERTS, connection=kafka.client_options())
    values = [record.value for record in records if record.key == key and record.value is not None]
    return decode_alert(values[-1]) if values else None
