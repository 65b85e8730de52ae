"""What an alert asks for: whose it is, and the first response, looked up in the policy."""

from monitor.core.alert import Action, AlertKind
from monitor.core.case import Case
from monitor.core.finding import Category
from monitor.core.policy import AdvicePolicy, Policy


def choose_action(kind: AlertKind, case: Case, policy: Policy) -> Action:
    """Choose owner, advice and runbook for an alert about a customer's case."""
    advice, source = _advise(kind, case, policy.advice)
    return Action(
        owner=find_owner(kind, case.category, policy),
        advice=advice,
        advice_source=source,
        runbook=name_runbook(kind),
    )


def advise_on_crowd(kind: AlertKind, category: Category | None, policy: Policy) -> Action:
    """Choose owner, advice and runbook for an alert about many: each such kind has an advice of its own."""
    return Action(
        owner=find_owner(kind, category, policy),
        advice=policy.advice.kind[kind],
        advice_source=policy.advice.kind_source,
        runbook=name_runbook(kind),
    )


def find_owner(kind: AlertKind, category: Category | None, policy: Policy) -> str:
    """Find the team or queue: a kind that is named goes first, then the category."""
    owners = policy.owners
    return owners.kind.get(kind) or (owners.category[category] if category else owners.default)


def name_runbook(kind: AlertKind) -> str:
    """Name the page of the runbooks, and the heading on it under which the duty manager begins."""
    return f"{kind}.md#how-to-fix-it"


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
