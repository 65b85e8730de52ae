"""`monitor tune`: what the outcomes of past alerts say about the policy; it proposes, and changes nothing."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import app
from monitor.cli.options import BootstrapOption, ConfigOption, load_kafka_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.core.alert import Alert, AlertKind
    from monitor.core.outcome import Outcome, Precision
    from monitor.core.tuning import Proposal
    from monitor.settings import KafkaSettings


@app.command("tune")
def tune(
    precision: Annotated[
        float, typer.Option(min=0.01, max=0.99, help="Share of alerts that is to be right.")
    ] = 0.8,
    at_least: Annotated[
        int, typer.Option("--at-least", metavar="N", min=1, help="So many must have been judged.")
    ] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the page.")] = False,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Propose changes of the policy from the outcomes that people gave; nothing is ever applied.

    What it prints is a policy file that names only what would change: look at it, and put it into yours.
    """
    from monitor.core.outcome import measure_precision
    from monitor.core.tuning import propose
    from monitor.resources import load_policy

    settings = load_kafka_settings(config, bootstrap)
    policy = load_policy(settings.policy_file)
    outcomes, alerts = read_outcomes(settings.kafka), read_told(settings.kafka)
    found = propose(alerts.values(), outcomes, policy, precision=precision, judged_at_least=at_least)
    measured = measure_precision(outcomes.values())
    if as_json:
        import msgspec

        shares = {kind: {"right": one.right, "wrong": one.wrong} for kind, one in measured.items()}
        proposals = [{**msgspec.to_builtins(one), "reason": one.reason} for one in found]
        sys.stdout.buffer.write(msgspec.json.encode({"precision": shares, "proposals": proposals}) + b"\n")
        return
    _print(measured, found, at_least)


def read_outcomes(kafka: "KafkaSettings") -> "dict[str, Outcome]":
    """Read the last word on each alert; what is no outcome is left out, as the workers have set it aside."""
    from monitor.client import read_topic
    from monitor.errors import Rejected
    from monitor.topics import OUTCOMES
    from monitor.wire import OUTCOME

    found: dict[str, Outcome] = {}
    for record in read_topic(kafka.bootstrap, OUTCOMES, connection=kafka.client_options()):
        try:
            outcome = OUTCOME.decode(record.value)
        except Rejected:
            continue
        found[outcome.alert] = outcome
    return found


def read_told(kafka: "KafkaSettings") -> "dict[str, Alert]":
    """Read each alert as it was last told while it was open."""
    from monitor.client import read_topic
    from monitor.records import decode_alert
    from monitor.topics import ALERTS

    found: dict[str, Alert] = {}
    for record in read_topic(kafka.bootstrap, ALERTS, connection=kafka.client_options()):
        if record.value is not None:
            alert = decode_alert(record.value)
            # Compaction may have left the last state only; it has the same measures as when it was resolved.
            if alert.state != "resolved" or alert.id not in found:
                found[alert.id] = alert
    return found


def _print(measured: "Mapping[AlertKind, Precision]", found: "list[Proposal]", at_least: int) -> None:
    for kind, one in measured.items():
        print(f"# {kind}: {one.right} right, {one.wrong} false alarms ({one.share:.0%} right)")
    if not measured:
        print("# no alert has been judged yet: see `monitor outcome`")
    elif not found:
        print(f"# nothing to propose: kinds with fewer than {at_least} judged alerts are left alone")
    for proposal in found:
        print(f"\n# {proposal.reason}")
        print(f"[{proposal.section}]\n{proposal.name} = {proposal.proposed:g}  # now {proposal.now:g}")
