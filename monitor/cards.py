"""An alert as a person reads it: what happened, who, how bad, why it is thought so, and what to do by when.

Plain text in lines of a width; what customers wrote cannot steer a terminal.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from math import expm1
from textwrap import wrap
from typing import Final

from monitor.core.alert import Alert, Crowd, Group, Unit
from monitor.core.history import tell_span
from monitor.core.kinds.wording import PLACES
from monitor.core.printable import clean
from monitor.core.telling import Listeners

LABELS: Final = (
    "what",
    "who",
    "how bad",
    "why",
    "its words",
    "otherwise",
    "do",
    "by",
    "part of",
    "see",
    "trace",
)
LABEL_CHARACTERS: Final = 12
#: Reasons that move the listeners by less than this explain nothing.
_SHARE_MIN: Final = 0.02
#: Logits; a word that weighs less says little by itself.
_WEIGHT_MIN: Final = 1.0

#: Of so few customers in a time no number is worth saying.
_USUAL_MIN: Final = 0.1

#: What the finding says, and from where on it is an alert.
_MEASURES: Final[Mapping[Unit, str]] = {
    "listeners": "an alert from {threshold:.0f} on",
    "hours": "{observed:.0f} h passed, {threshold:.0f} h allowed",
    "mood": "their mood was {observed:+.2f} before, an advocate's from {threshold:+.2f} on",
    "complaints": "complaints in this case: {observed:.0f}",
    "risk": "the risk that they leave for good is {observed:.1f}, an alert from {threshold:.1f} on",
}
_MEASURE: Final = "{observed:.1f} {unit}, an alert from {threshold:.1f} on"


def write_card(alert: Alert, width: int = 100) -> str:
    """Write the whole alert, headline first."""
    lines = [clean(write_title(alert)), *wrap(clean(alert.headline), width)]
    for label, text in list_rows(alert):
        # A link is not broken at its hyphens.
        first, *more = wrap(clean(text), width - LABEL_CHARACTERS, break_on_hyphens=False) or [""]
        lines.append(f"{label:{LABEL_CHARACTERS}}{first}")
        lines += [" " * LABEL_CHARACTERS + line for line in more]
    return "\n".join(lines)


def write_title(alert: Alert) -> str:
    """Write what is seen first: how urgent, what kind, whose, and when."""
    return " · ".join(
        (alert.severity.upper(), alert.kind, alert.state, alert.action.owner, write_time(alert.at))
    )


def list_rows(alert: Alert) -> Iterator[tuple[str, str]]:
    """List what there is to read below the headline, label first; what is not known is left out."""
    yield "what", _tell_event(alert)
    if alert.customer is not None:
        worth = f"worth {alert.value:g} a year" if alert.value else None
        known = (alert.customer, alert.stage, worth, alert.language, alert.history)
        yield "who", ", ".join(part for part in known if part)
    if alert.crowd is not None and alert.crowd.customers:
        yield "who", _tell_crowd(alert.crowd)
    if alert.severity != "info":
        yield "how bad", _tell_size(alert)
        if alert.listeners is not None:
            yield "why", "; ".join(_list_reasons(alert.listeners))
        words = [f"“{span.text}”" for span in alert.evidence if span.weight >= _WEIGHT_MIN]
        if words:
            yield "its words", ", ".join(words)
    if alert.counterfactual is not None:
        yield "otherwise", alert.counterfactual
    if alert.state != "resolved":
        yield "do", f"{alert.action.advice} [{alert.action.advice_source}]"
        yield "by", _tell_deadline(alert)
    if alert.group is not None and (alert.group.parent or alert.group.similar):
        yield "part of", _tell_group(alert.group)
    action = alert.action
    dashboard = f"dashboard {action.dashboard}" if action.dashboard else None
    yield (
        "see",
        ", ".join(place for place in (alert.permalink, f"runbook {action.runbook}", dashboard) if place),
    )
    yield "trace", _tell_origin(alert)


def write_time(at: datetime) -> str:
    """Write a time as it is said, with its zone."""
    return f"{at:%a %d %b %Y %H:%M} {at.tzname()}"


def _tell_event(alert: Alert) -> str:
    named = {"brand": alert.brand, "product": alert.product, "touchpoint": alert.touchpoint}
    where = [f"{name} {value}" for name, value in named.items() if value]
    said = f": “{alert.excerpt}”" if alert.excerpt else ""
    return ", ".join([PLACES[alert.channel] if alert.channel else "in several places", *where]) + said


def _tell_size(alert: Alert) -> str:
    measure = _MEASURES.get(alert.unit, _MEASURE).format(
        observed=alert.observed, threshold=alert.threshold, unit=alert.unit.replace("_", " ")
    )
    if alert.listeners is None:
        return measure
    told = alert.listeners
    return (
        f"{told.expected:.0f} people are likely to hear of it (80% between {told.low:.0f} and {told.high:.0f};"
        f" more than 20: {told.p_over_20:.0%}); {measure}"
    )


def _list_reasons(listeners: Listeners) -> Iterator[str]:
    for one in listeners.contributions:
        moved = expm1(one.value)
        if one.basis == "prior":
            yield one.detail
        elif abs(moved) >= _SHARE_MIN:
            yield f"{one.detail} ({moved:+.0%}, {one.basis})"
        elif one.name == "complaint_probability":
            yield one.detail


def _tell_deadline(alert: Alert) -> str:
    left_seconds = (alert.respond_by - alert.at).total_seconds()
    if left_seconds > 0:
        return f"{write_time(alert.respond_by)}, {tell_span(left_seconds)} after this alert"
    return f"at once: it was due by {write_time(alert.respond_by)}"


def _tell_crowd(crowd: Crowd) -> str:
    said = f", who say: {'; '.join(f'“{sample}”' for sample in crowd.samples)}" if crowd.samples else ""
    usual = f"{crowd.usual:.1f}" if crowd.usual >= _USUAL_MIN else "hardly any"
    return (
        f"{crowd.customers} customers with {crowd.messages} messages since {write_time(crowd.since)}, where"
        f" {usual} are usual{said}"
    )


def _tell_group(group: Group) -> str:
    similar = f"{group.similar} other open alerts with the same subject" if group.similar else None
    return ", ".join(part for part in (group.parent and f"surge {group.parent}", similar) if part)


def _tell_origin(alert: Alert) -> str:
    origin = alert.origin
    replayed = ", replayed: nobody is to be paged" if alert.replay else ""
    return (
        f"{origin.topic}/{origin.partition}@{origin.offset}, alert {alert.id}.{alert.sequence},"
        f" policy {alert.policy}{replayed}"
    )
