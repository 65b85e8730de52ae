"""A customer's chronicle: what was said, answered, done and told of one customer, in the order in which it happened."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from math import exp
from typing import Final, Literal

import msgspec

from monitor.core.alert import Alert, moment
from monitor.core.journey import Journey
from monitor.core.message import Stage
from monitor.core.scored import Scored, StageEvent
from monitor.core.stages import move_stage
from monitor.core.telling import Listeners

#: What moves the expected listeners by less is not worth a word.
_WORTH_TELLING: Final = 0.005

Happening = Literal["complaint", "message", "answer", "auto-reply", "event", "alert"]


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened; what does not apply to it is left out."""

    at: datetime
    what: Happening
    #: In a few words, and why it is thought so.
    summary: str
    why: tuple[str, ...] = ()
    channel: str | None = None
    touchpoint: str | None = None
    #: The stage that it led to, where it changed it.
    stage: Stage | None = None
    compound: float | None = None
    excerpt: str = ""
    #: The words of the excerpt that speak for a complaint.
    evidence: tuple[str, ...] = ()
    alert: str | None = None
    state: str | None = None
    severity: str | None = None
    listeners: float | None = None
    respond_by: datetime | None = None


class OpenCase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the customer is unhappy about now."""

    category: str
    state: str
    since: datetime
    channels: tuple[str, ...]
    promised_by: datetime | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the customer stands: the state that the worker keeps."""

    stage: Stage | None
    mood: float
    messages: int
    complaints: int
    replies: int
    first_at: datetime
    value: float | None = None
    case: OpenCase | None = None
    firing: tuple[str, ...] = ()
    #: When time alone changes something next.
    next_clock_at: datetime | None = None


class Chronicle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The whole story; the standing is missing where no worker has followed the customer yet."""

    customer: str
    standing: Standing | None
    steps: tuple[Step, ...]


def tell_chronicle(
    customer: str, events: Iterable[Scored | StageEvent], alerts: Iterable[Alert], journey: Journey | None
) -> Chronicle:
    """Put together what the logs hold of one customer; a record that stands there twice is told once."""
    by_origin = {event.origin: event for event in events}
    by_sequence = {(alert.id, alert.sequence, alert.state): alert for alert in alerts}
    # A message goes before the alert that it leads to, which carries the same time.
    steps = [
        *_tell_events(sorted(by_origin.values(), key=lambda event: event.at)),
        *(_tell_alert(alert) for _, alert in sorted(by_sequence.items(), key=lambda item: item[1].at)),
    ]
    steps.sort(key=lambda step: step.at)
    return Chronicle(
        customer=customer,
        standing=None if journey is None else _tell_standing(journey),
        steps=tuple(steps),
    )


def _tell_events(events: Iterable[Scored | StageEvent]) -> Iterator[Step]:
    stage: Stage | None = None
    for event in events:
        moved = stage if event.stage is None else move_stage(stage, event.stage)
        changed, stage = moved if moved != stage else None, moved
        if isinstance(event, StageEvent):
            yield Step(at=event.at, what="event", summary=event.name or "stage event", stage=changed)
        elif event.direction == "outbound":
            yield _tell_answer(event, changed)
        else:
            yield _tell_message(event, changed)


def _tell_answer(scored: Scored, stage: Stage | None) -> Step:
    promised = scored.promised_by
    return Step(
        at=scored.at,
        what="auto-reply" if scored.cues.auto_reply else "answer",
        summary="an automatic reply" if scored.cues.auto_reply else "the brand answers",
        why=() if promised is None else (f"promises to be heard of by {promised:%a %d %b %H:%M}",),
        channel=scored.channel,
        touchpoint=scored.touchpoint,
        stage=stage,
    )


def _tell_message(scored: Scored, stage: Stage | None) -> Step:
    complaint = scored.complaint
    about = complaint.category.replace("_", " ")
    cues = {name: getattr(scored.cues, name) for name in scored.cues.__struct_fields__ if name != "arousal"}
    rating = [] if scored.rating is None else [f"{scored.rating:g} of 5 stars"]
    nps = [] if scored.nps is None else [f"NPS {scored.nps}"]
    return Step(
        at=scored.at,
        what="complaint" if complaint.is_complaint else "message",
        summary=f"complains: {about}, {complaint.severity.replace('_', ' ')}, {complaint.probability:.0%} sure"
        if complaint.is_complaint
        else "says something",
        why=(*rating, *nps, *(name.replace("_", " ") for name, found in cues.items() if found)),
        channel=scored.channel,
        touchpoint=scored.touchpoint,
        stage=stage,
        compound=scored.sentiment.compound,
        excerpt=scored.excerpt,
        evidence=tuple(span.text for span in complaint.evidence if span.weight > 0),
    )


def _tell_alert(alert: Alert) -> Step:
    return Step(
        at=alert.at,
        what="alert",
        summary=alert.headline,
        why=() if alert.state == "resolved" else tuple(_explain(alert)),
        channel=alert.channel,
        alert=alert.kind,
        state=alert.state,
        severity=alert.severity,
        listeners=alert.listeners.expected if alert.listeners else None,
        respond_by=alert.respond_by,
    )


def _explain(alert: Alert) -> Iterator[str]:
    if alert.listeners is not None:
        yield f"{alert.listeners.expected:.0f} listeners: {_name_contributions(alert.listeners)}"
    if alert.counterfactual:
        yield alert.counterfactual


def _name_contributions(listeners: Listeners) -> str:
    """Name each contribution as the share by which it moves the number, beginning with the prior's people."""
    prior, *moves = listeners.contributions
    parts = [
        f"{move.name.replace('_', ' ')} {exp(move.value) - 1:+.0%}"
        for move in moves
        if abs(move.value) >= _WORTH_TELLING
    ]
    return ", ".join([f"{exp(prior.value):.0f} as a rule", *parts])


def _tell_standing(journey: Journey) -> Standing:
    case = journey.case
    is_open = case is not None and case.closing is None
    return Standing(
        stage=journey.stage,
        mood=journey.mood,
        messages=journey.messages,
        complaints=journey.complaints,
        replies=journey.replies,
        first_at=moment(journey.first_at),
        value=journey.value,
        case=OpenCase(
            category=case.category,
            state=case.state,
            since=moment(case.waiting_since if case.state == "waiting" else case.last_at),
            channels=case.waiting_channels if case.state == "waiting" else case.channels,
            promised_by=moment(case.promise.by) if case.promise else None,
        )
        if case is not None and is_open
        else None,
        firing=tuple(sorted(journey.open_alerts)),
        next_clock_at=None if journey.wake_at is None else moment(journey.wake_at),
    )
