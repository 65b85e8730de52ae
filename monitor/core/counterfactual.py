"""What would have kept an alert from firing, worked out anew without the reasons that weigh most."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from monitor.core.alert import AlertKind, Verdict
from monitor.core.case import Case, describe_telling
from monitor.core.journey import Journey
from monitor.core.kinds.former_at_risk import weigh_risk
from monitor.core.listeners import Telling, expect_listeners
from monitor.core.policy import Policy

#: Each reason that moves the listeners: how it is called, and the telling without it.
_WITHOUT: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "severity": ("the reproach", {"severity": "disapproval"}),
    "arousal": ("the agitation", {"arousal": 0.0}),
    "call_to_action": ("the call to action", {"call_to_action": False}),
    "threat_to_leave": ("the threat to leave", {"threat_to_leave": False}),
    "ignored": ("the wait", {"waited_hours": 0.0}),
    "repeats": ("the repeated complaints", {"complaints": 1}),
    "channel_switch": ("the change of channel", {"channels": 1}),
    "lost_advocate": ("the lost advocate", {"lost_advocate": False}),
    "public_audience": ("the public audience", {"followers": 0, "reshares": 0, "likes": 0, "helpful": 0}),
}
_RISKS: Final[Mapping[str, str]] = {
    "former": "their having left",
    "threat_to_leave": "the threat to leave",
    "category": "this cause",
    "severity": "the reproach",
}


#: Kinds that one thing alone decides.
_PHRASES: Final[Mapping[AlertKind, str]] = {
    "ignored_complaint": "No alert with a real reply within {:g} h.",
    "prospect_lost": "No alert with a real reply within {:g} h.",
    "unresolved_handoff": "No alert with a person's reply within {:g} h of the change of channel.",
    "advocate_lost": "No alert had their mood been below {:+.2f} before the complaint.",
    "repeat_failure": "No alert had the same cause not been settled or answered before.",
}


def imagine_otherwise(
    kind: AlertKind, journey: Journey, case: Case, verdict: Verdict, policy: Policy
) -> str | None:
    """Say in a sentence what would have kept the alert from firing; good news needs none."""
    if kind == "repeat_failure" and case.repeated_cause is None:
        return "No alert had the brand been heard of when it said that it would be."
    if kind == "ignored_complaint" and case.staffed:
        return f"No alert with a real reply within {verdict.threshold:g} h of business time."
    if kind in _PHRASES:
        return _PHRASES[kind].format(verdict.threshold)
    if kind == "detractor":
        return _without_reasons(describe_telling(case, journey.clock), verdict.threshold, policy)
    if kind == "former_at_risk":
        return _without_risks(journey, case, verdict, policy)
    return None


def _without_reasons(telling: Telling, threshold: float, policy: Policy) -> str:
    contributions = expect_listeners(telling, policy.listeners).contributions
    answered = msgspec.structs.replace(telling, replied=True, waited_hours=0.0)
    expected = expect_listeners(answered, policy.listeners).expected
    reply = "" if telling.replied else f" A real reply brings it to about {expected:.0f}."
    reasons = [one for one in contributions if one.value > 0 and one.name in _WITHOUT]
    names: list[str] = []
    for reason in sorted(reasons, key=lambda one: -one.value):
        name, neutral = _WITHOUT[reason.name]
        names.append(name)
        telling = msgspec.structs.replace(telling, **neutral)
        if expect_listeners(telling, policy.listeners).expected < threshold:
            return f"Below {threshold:g} listeners without {_list(names)}.{reply}"
    return f"Nothing that is known of them alone would have brought it below {threshold:g} listeners.{reply}"


def _without_risks(journey: Journey, case: Case, verdict: Verdict, policy: Policy) -> str:
    risks = weigh_risk(journey, case, policy.former_at_risk)
    left = sum(risks.values())
    names: list[str] = []
    for name, weight in sorted(risks.items(), key=lambda item: -item[1]):
        names.append(_RISKS[name])
        left -= weight
        if left < verdict.threshold:
            break
    return f"No alert without {_list(names)}, or with a real reply."


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
