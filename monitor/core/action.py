"""What an alert asks for: whose it is, and the first response, looked up in the policy."""

from typing import Final

from monitor.core.alert import Action, AlertKind
from monitor.core.case import Case
from monitor.core.finding import Category
from monitor.core.message import Channel, Stage
from monitor.core.policy import AdvicePolicy, Policy

_LOOK_BACK_SECONDS: Final = 86_400.0


def choose_action(kind: AlertKind, case: Case, policy: Policy, dashboard: str) -> Action:
    """Choose owner, advice and runbook for an alert about a customer's case."""
    advice, source = _advise(kind, case, policy.advice)
    return Action(
        owner=find_owner(kind, case.category, policy),
        advice=advice,
        advice_source=source,
        runbook=name_runbook(kind),
        dashboard=dashboard,
    )


def advise_on_crowd(kind: AlertKind, category: Category | None, policy: Policy, dashboard: str) -> Action:
    """Choose owner, advice and runbook for an alert about many: each such kind has an advice of its own."""
    return Action(
        owner=find_owner(kind, category, policy),
        advice=policy.advice.kind[kind],
        advice_source=policy.advice.kind_source,
        runbook=name_runbook(kind),
        dashboard=dashboard,
    )


def find_owner(kind: AlertKind, category: Category | None, policy: Policy) -> str:
    """Find the team or queue: a kind that is named goes first, then the category."""
    owners = policy.owners
    return owners.kind.get(kind) or (owners.category[category] if category else owners.default)


def name_runbook(kind: AlertKind) -> str:
    """Name the page of the runbooks, and the heading on it under which the duty manager begins."""
    return f"{kind}.md#how-to-fix-it"


def name_dashboard(
    kind: AlertKind, channel: Channel | None, stage: Stage | None, opened_at_seconds: float
) -> str:
    """Name the dashboard that shows an alert among the others, from the day before it opened."""
    since = f"from={(opened_at_seconds - _LOOK_BACK_SECONDS) * 1000:.0f}&to=now"
    if kind == "source_blind":
        return f"earshot-health?{since}"
    chosen = {"var-channel": channel, "var-stage": stage}
    return "&".join([f"earshot-voice?{since}", *(f"{name}={one}" for name, one in chosen.items() if one)])


def _advise(kind: AlertKind, case: Case, advice: AdvicePolicy) -> tuple[str, str]:
    if kind in advice.kind:
        return advice.kind[kind], advice.kind_source
    parts = [
        advice.category[case.category],
        advice.aroused if case.arousal >= advice.high_arousal else advice.calm,
    ]
    if any(channel in advice.public_channels for channel in case.channels):
        parts.append(advice.in_public)
    return " ".join(parts), advice.source
