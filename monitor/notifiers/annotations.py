"""Owns what a person reads of an alert where it is told: everything that is no label."""

from datetime import datetime
from typing import Final

import msgspec

from monitor.core.alert import Alert
from monitor.core.telling import Listeners

_CHARACTERS: Final = 1000
_REASONS: Final = 3


class Links(msgspec.Struct, frozen=True):
    """Where runbooks and dashboards are served."""

    runbooks_url: str | None = None
    dashboards_url: str | None = None


def annotate(alert: Alert, links: Links) -> dict[str, str]:
    """Write an alert's annotations; what is not known is left out."""
    named = {
        "summary": alert.headline,
        "description": _explain(alert),
        "listeners": _count_listeners(alert.listeners),
        "respond_by": _write_time(alert.respond_by),
        "opened_at": _write_time(alert.opened_at),
        "customer": alert.customer,
        "history": alert.history,
        "touchpoint": alert.touchpoint,
        "excerpt": alert.excerpt,
        "permalink": alert.permalink,
        "advice": alert.action.advice,
        "counterfactual": alert.counterfactual,
        "policy": alert.policy,
        "surge": alert.group.parent if alert.group else None,
        "similar": str(alert.group.similar) if alert.group and alert.group.similar else None,
        "runbook_url": _link(links.runbooks_url, alert.action.runbook),
        "dashboard_url": _link(links.dashboards_url, alert.action.dashboard),
    }
    return {name: _clip(value) for name, value in named.items() if value}


def _link(address: str | None, page: str | None) -> str | None:
    return f"{address.rstrip('/')}/{page}" if address and page else None


def _explain(alert: Alert) -> str:
    """Say why in a line: what led to it now, and what moves the listeners most."""
    if alert.listeners is None:
        return alert.cause
    moved = [one for one in alert.listeners.contributions if one.basis != "prior"]
    strongest = sorted(moved, key=lambda one: -abs(one.value))[:_REASONS]
    return f"{alert.cause}: {'; '.join(one.detail for one in strongest)}" if strongest else alert.cause


def _count_listeners(listeners: Listeners | None) -> str | None:
    if listeners is None:
        return None
    likely = f"{listeners.low:.0f} to {listeners.high:.0f}"
    return f"{listeners.expected:.0f} expected, likely {likely}; {listeners.p_over_20:.0%} for more than 20"


def _write_time(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _clip(text: str) -> str:
    return text if len(text) <= _CHARACTERS else text[: _CHARACTERS - 1] + "…"
