"""What would have kept an alert from firing: the explanation with its heaviest reasons taken away again."""

from collections.abc import Mapping
from math import exp, expm1
from typing import Final

from monitor.core.alert import AlertKind, Verdict
from monitor.core.case import Case
from monitor.core.journey import Journey
from monitor.core.kinds.former_at_risk import weigh_risk
from monitor.core.policy import Policy
from monitor.core.telling import Listeners

#: What each reason that raises the listeners is called.
_REASONS: Final[Mapping[str, str]] = {
    "severity": "the reproach",
    "arousal": "the agitation",
    "call_to_action": "the call to action",
    "threat_to_leave": "the threat to leave",
    "ignored": "the wait",
    "repeats": "the repeated complaints",
    "channel_switch": "the change of channel",
    "lost_advocate": "the lost advocate",
    "public_audience": "the public audience",
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
    kind: AlertKind, journey: Journey, listeners: Listeners, verdict: Verdict, policy: Policy
) -> str | None:
    """Say in a sentence what would have kept the alert from firing; good news needs none."""
    case = journey.case
    if case is None:
        return None
    phrase = _choose_phrase(kind, case)
    if phrase is not None:
        return phrase.format(verdict.threshold)
    if kind == "detractor":
        return _without_reasons(listeners, verdict.threshold, policy)
    if kind == "former_at_risk":
        return _without_risks(weigh_risk(journey, case, policy.former_at_risk), verdict.threshold)
    return None


def _choose_phrase(kind: AlertKind, case: Case) -> str | None:
    if kind == "repeat_failure" and case.repeated_cause is None:
        return "No alert had the brand been heard of when it said that it would be."
    if kind == "ignored_complaint" and case.staffed:
        return "No alert with a real reply within {:g} h of business time."
    return _PHRASES.get(kind)


def _without_reasons(listeners: Listeners, threshold: float, policy: Policy) -> str:
    values = {one.name: one.value for one in listeners.contributions}
    probability = exp(values.pop("complaint_probability"))
    audience = values.pop("public_audience", 0.0)
    told = exp(sum(values.values()))
    public = told * expm1(audience)
    reply = ""
    if "reply" not in values:
        answered = told * exp(policy.listeners.reply - values.get("ignored", 0.0))
        reply = f" A real reply brings it to about {probability * (answered + public):.0f}."
    values["public_audience"] = audience
    names: list[str] = []
    for name in sorted(_REASONS, key=lambda name: -values.get(name, 0.0)):
        if values.get(name, 0.0) <= 0:
            break
        names.append(_REASONS[name])
        if name == "public_audience":
            public = 0.0
        else:
            told *= exp(-values[name])
        if probability * (told + public) < threshold:
            return f"Below {threshold:g} listeners without {_list(names)}.{reply}"
    return f"Nothing that is known of them alone would have brought it below {threshold:g} listeners.{reply}"


def _without_risks(risks: Mapping[str, float], threshold: float) -> str:
    left = sum(risks.values())
    names: list[str] = []
    for name, weight in sorted(risks.items(), key=lambda item: -item[1]):
        names.append(_RISKS[name])
        left -= weight
        if left < threshold:
            break
    return f"No alert without {_list(names)}, or with a real reply."


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
