"""The alert: a firing, updated or resolved finding that a person or a program should act on."""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated, Literal

import msgspec

from monitor.core.complaint import Category, Evidence
from monitor.core.complaint import Severity as ComplaintSeverity
from monitor.core.listeners import Listeners
from monitor.core.message import Channel, Moment, Stage
from monitor.core.scored import Origin

AlertKind = Literal[
    "detractor",
    "ignored_complaint",
    "advocate_lost",
    "repeat_failure",
    "unresolved_handoff",
    "former_at_risk",
    "prospect_lost",
    "recovered",
    "win_back",
]
#: `suppressed` repeats a state to say that nobody was paged for it: the alert is as open as it was.
AlertState = Literal["firing", "updated", "resolved", "suppressed"]
#: `info` asks for no hurry: it is good news.
AlertSeverity = Literal["info", "warning", "critical"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind says of a journey: it fires, how badly, against which threshold, and to answer by when."""

    origin: Annotated[Origin, msgspec.Meta(description="The record that opened the episode.")]
    severity: AlertSeverity
    headline: str
    threshold: float
    observed: float
    respond_by_seconds: float


class Alert(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="schema", tag="alert.v1"
):
    """One state of one alert; `id` and `sequence` together name it, in every replay the same."""

    id: str
    sequence: Annotated[int, msgspec.Meta(ge=0, description="0 when it fires, one more with each update.")]
    kind: AlertKind
    state: AlertState
    cause: Annotated[str, msgspec.Meta(description="Why it is told now.")]
    severity: AlertSeverity
    headline: str
    at: Annotated[Moment, msgspec.Meta(description="Event time of this state.")]
    opened_at: Moment
    respond_by: Moment
    customer: Annotated[str, msgspec.Meta(description="Pseudonym.")]
    policy: Annotated[str, msgspec.Meta(description="Hash of the policy that decided.")]
    listeners: Listeners
    threshold: float
    observed: float
    category: Category
    complaint_severity: ComplaintSeverity
    channel: Channel
    touchpoint: str | None = None
    product: str | None = None
    brand: str | None = None
    stage: Stage | None = None
    excerpt: str = ""
    evidence: tuple[Evidence, ...] = ()
    origin: Origin
    trigger: Annotated[
        Origin | None, msgspec.Meta(description="The record that led to it; none for a tick.")
    ] = None
    received_at: Annotated[Moment | None, msgspec.Meta(description="Append time of that record.")] = None


class OpenAlert(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What was last told of an alert that is firing; the journey keeps it."""

    id: str
    sequence: int
    opened_at: float
    expected: float
    verdict: Verdict


def name_alert(kind: AlertKind, customer: str, origin: Origin) -> str:
    """Make the id: a function of what opened the episode, never of a clock, a random number or a worker."""
    text = f"{kind}|{customer}|{origin.topic}|{origin.partition}|{origin.offset}"
    return blake2b(text.encode(), digest_size=12).hexdigest()


def moment(seconds: float) -> datetime:
    """Turn event-time seconds into a UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)
