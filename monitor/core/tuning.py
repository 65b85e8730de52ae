"""What past outcomes say about the policy: proposals with their reasons; it never changes anything itself."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from monitor.core.alert import Alert, AlertKind
from monitor.core.outcome import Outcome
from monitor.core.policy import Policy
from monitor.core.share import find_lower_bound

#: The value of the policy from which on a kind fires, where one number decides.
_THRESHOLDS: Final[Mapping[AlertKind, tuple[str, str]]] = {
    "detractor": ("detractor", "fire_at_expected"),
    "former_at_risk": ("former_at_risk", "fire_at_risk"),
    "unresolved_handoff": ("unresolved_handoff", "after_hours"),
}
_COMPLAINT: Final = ("complaint", "threshold")
#: Standard normal quantile of a two-sided 90 % interval.
_Z: Final = 1.6448536269514722


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """One value of the policy, what it might become, and what that would have done to the alerts that were judged."""

    section: str
    name: str
    now: float
    proposed: float
    kind: str
    judged: int
    right: int
    kept: int
    kept_right: int

    @property
    def reason(self) -> str:
        """Say it in a sentence."""
        return (
            f"{self.kind}: {self.right} of {self.judged} judged alerts were right; from {self.proposed:g} on it "
            f"would have been {self.kept_right} of {self.kept}, and {self.right - self.kept_right} right ones lost"
        )


class Judged(msgspec.Struct, frozen=True):
    """One alert that people have judged: by how much it fired, and whether that was right."""

    measure: float
    is_right: bool


def propose(
    alerts: Iterable[Alert],
    outcomes: Mapping[str, Outcome],
    policy: Policy,
    *,
    precision: float,
    judged_at_least: int,
) -> list[Proposal]:
    """Propose higher thresholds for kinds whose alerts were wrong too often.

    `outcomes` are the last ones by alert id. A threshold is proposed where so many alerts were judged, fewer than
    `precision` of them were right, and from some value on the judgements vouch for that share (Wilson, 90 %).
    It is the lowest such value: nothing that was right is lost without need. What was never told cannot be judged:
    a threshold that is too high shows in no outcome.
    """
    by_measure: defaultdict[AlertKind, list[Judged]] = defaultdict(list)
    by_confidence: list[Judged] = []
    for alert in alerts:
        outcome = outcomes.get(alert.id)
        if outcome is None or outcome.result == "acknowledged":
            continue
        is_right = outcome.result == "resolved"
        if alert.kind in _THRESHOLDS:
            by_measure[alert.kind].append(Judged(alert.observed, is_right))
        if alert.confidence is not None:
            by_confidence.append(Judged(alert.confidence, is_right))
    tables: list[tuple[str, tuple[str, str], Sequence[Judged]]] = [
        (kind, _THRESHOLDS[kind], judged) for kind, judged in sorted(by_measure.items())
    ]
    tables.append(("every kind", _COMPLAINT, by_confidence))
    found = (
        _propose_one(kind, key, judged, policy, precision=precision, judged_at_least=judged_at_least)
        for kind, key, judged in tables
    )
    return [proposal for proposal in found if proposal]


def _propose_one(
    kind: str,
    key: tuple[str, str],
    judged: Sequence[Judged],
    policy: Policy,
    *,
    precision: float,
    judged_at_least: int,
) -> Proposal | None:
    right = sum(one.is_right for one in judged)
    section, name = key
    now: float = getattr(getattr(policy, section), name)
    if len(judged) < judged_at_least or right >= precision * len(judged):
        return None
    for least in sorted({one.measure for one in judged if one.measure > now}):
        kept = [one for one in judged if one.measure >= least]
        kept_right = sum(one.is_right for one in kept)
        if find_lower_bound(kept_right, len(kept), _Z) >= precision:
            return Proposal(
                section=section,
                name=name,
                now=now,
                proposed=_round_down(least),
                kind=kind,
                judged=len(judged),
                right=right,
                kept=len(kept),
                kept_right=kept_right,
            )
    return None


def _round_down(value: float) -> float:
    """Give a threshold that a person would write, and that loses none of what it is to keep."""
    step = 0.01 if value < 1 else 0.1
    return round(int(value / step + 1e-9) * step, 2)
