"""The alert: a firing, updated or resolved finding that a person or a program should act on.

It answers from itself what happened, to whom, how bad it is, why it is thought so, and what to do by when.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated, Final, Literal

import msgspec

from monitor.core.finding import Category, Evidence
from monitor.core.finding import Severity as ComplaintSeverity
from monitor.core.message import Channel, Moment, Stage
from monitor.core.scored import Origin
from monitor.core.telling import Listeners

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
    "surge",
    "brand_post_backlash",
    "stage_neglected",
    "source_blind",
]
#: `suppressed` repeats a state to say that nobody was paged for it: the alert is as open as it was.
AlertState = Literal["firing", "updated", "resolved", "suppressed"]
#: `info` asks for no hurry: it is good news.
AlertSeverity = Literal["info", "warning", "critical"]
#: A share is a part of all, times are multiples of what is usual.
#: What `observed` and `threshold` count. A mood lies between -1 and 1; points of risk add up by the policy.
Unit = Literal["listeners", "hours", "mood", "complaints", "risk", "customers", "share", "times"]

UNITS: Final[Mapping[AlertKind, Unit]] = {
    "detractor": "listeners",
    "ignored_complaint": "hours",
    "advocate_lost": "mood",
    "repeat_failure": "complaints",
    "unresolved_handoff": "hours",
    "former_at_risk": "risk",
    "prospect_lost": "hours",
    "recovered": "hours",
    "win_back": "hours",
    "surge": "customers",
    "brand_post_backlash": "share",
    "stage_neglected": "hours",
    "source_blind": "times",
}


#: From which severity on one alert may speak for another.
RANKS: Final[Mapping[str, int]] = {"info": 0, "warning": 1, "critical": 2}
#: Kinds that speak for every alert of their subject.
SURGES: Final[frozenset[AlertKind]] = frozenset({"surge", "brand_post_backlash"})


class Verdict(msgspec.Struct, frozen=True, array_like=True):
    """What one kind says of a journey: it fires, how badly, against which threshold, and to answer by when."""

    origin: Annotated[Origin, msgspec.Meta(description="The record that opened the episode.")]
    severity: AlertSeverity
    headline: str
    threshold: float
    observed: float
    respond_by_seconds: float


class Action(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to do: who, what first and why that, and where it is written down."""

    owner: Annotated[str, msgspec.Meta(description="Team or queue, of the policy's [owners].")]
    advice: Annotated[str, msgspec.Meta(description="The first response, of the policy's [advice].")]
    advice_source: Annotated[str, msgspec.Meta(description="What supports the advice.")]
    runbook: Annotated[str, msgspec.Meta(description="Page of the runbooks, to be put after their address.")]
    dashboard: Annotated[
        str | None, msgspec.Meta(description="Dashboard of this alert, to be put after the address of all.")
    ] = None


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert belongs to, at the moment at which it was decided whether somebody is paged for it."""

    parent: Annotated[str | None, msgspec.Meta(description="Id of the open surge with the same subject.")] = (
        None
    )
    similar: Annotated[
        int, msgspec.Meta(ge=0, description="Other open alerts about single customers with the same subject.")
    ] = 0


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert about many knows of them; it parents the alerts about single customers with its subject."""

    since: Annotated[Moment, msgspec.Meta(description="When it began to rise.")]
    messages: Annotated[int, msgspec.Meta(ge=0, description="All that was said about it since.")]
    customers: Annotated[
        int, msgspec.Meta(ge=0, description="Who said it: each customer and text counted once.")
    ]
    usual: Annotated[float, msgspec.Meta(ge=0, description="How many customers are usual in this time.")]
    growth: Annotated[float, msgspec.Meta(ge=0, description="So many times the usual.")]
    phrases: Annotated[
        tuple[str, ...], msgspec.Meta(description="What sets these texts apart from those before.")
    ] = ()
    samples: Annotated[tuple[str, ...], msgspec.Meta(description="Some of the texts, redacted.")] = ()


class Alert(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="schema", tag="alert.v1"
):
    """One state of one alert; `id` and `sequence` together name it, in every replay the same."""

    id: str
    sequence: Annotated[int, msgspec.Meta(ge=0, description="0 when it fires, one more with each update.")]
    supersedes: Annotated[
        str | None, msgspec.Meta(description="The state that this one replaces: id.sequence.")
    ] = None
    dedupe_key: Annotated[
        str, msgspec.Meta(description="The same for every episode of a kind with one customer or subject.")
    ]
    kind: AlertKind
    state: AlertState
    cause: Annotated[str, msgspec.Meta(description="Why it is told now.")]
    severity: AlertSeverity
    headline: str
    at: Annotated[Moment, msgspec.Meta(description="Event time of this state.")]
    opened_at: Moment
    respond_by: Moment
    customer: Annotated[
        str | None, msgspec.Meta(description="Pseudonym; none where it is not about one customer.")
    ] = None
    merged_into: Annotated[
        str | None, msgspec.Meta(description="Pseudonym under which this customer is followed from now on.")
    ] = None
    value: Annotated[
        float | None, msgspec.Meta(description="Worth of the customer a year, where a source says it.")
    ] = None
    priority: Annotated[
        float | None,
        msgspec.Meta(description="Expected listeners by the customer's weight: the greatest goes first."),
    ] = None
    history: Annotated[str | None, msgspec.Meta(description="The customer's past, in a line.")] = None
    policy: Annotated[str, msgspec.Meta(description="Hash of the policy that decided.")]
    listeners: Listeners | None = None
    unit: Annotated[Unit, msgspec.Meta(description="What `observed`, `threshold` and `margin` count.")]
    threshold: float
    observed: float
    margin: Annotated[float, msgspec.Meta(description="How far `observed` is beyond `threshold`.")]
    confidence: (
        Annotated[float, msgspec.Meta(ge=0, le=1, description="How sure it is that somebody complains.")]
        | None
    ) = None
    counterfactual: Annotated[
        str | None, msgspec.Meta(description="What would have kept the alert from firing.")
    ] = None
    category: Category | None = None
    complaint_severity: ComplaintSeverity | None = None
    channel: Channel | None = None
    touchpoint: str | None = None
    product: str | None = None
    brand: str | None = None
    stage: Stage | None = None
    touchpoint_gap: Annotated[
        str | None, msgspec.Meta(description="Touchpoint at which the customer was content just before.")
    ] = None
    language: str | None = None
    subject: Annotated[
        str,
        msgspec.Meta(
            description="What it is about, or the surge that it may be part of: surge|brand|product|category|stage."
        ),
    ]
    excerpt: str = ""
    evidence: tuple[Evidence, ...] = ()
    permalink: Annotated[
        str | None,
        msgspec.Meta(description="Where it was said, if the source maps it; it may name a person."),
    ] = None
    group: Annotated[
        Group | None,
        msgspec.Meta(
            description="What it belongs to, as targets are told, and in `suppressed`; else join by `subject`."
        ),
    ] = None
    crowd: Annotated[Crowd | None, msgspec.Meta(description="Of an alert about many: who and why.")] = None
    action: Action
    origin: Origin
    trigger: Annotated[
        Origin | None, msgspec.Meta(description="The record that led to it; none for a tick.")
    ] = None
    received_at: Annotated[Moment | None, msgspec.Meta(description="Append time of that record.")] = None
    traceparent: Annotated[
        str | None, msgspec.Meta(description="W3C trace context of that record's source, where it has one.")
    ] = None
    replay: Annotated[bool, msgspec.Meta(description="Made by a replay of the past: never page for it.")] = (
        False
    )


class OpenAlert(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What was last told of an alert that is firing; the journey keeps it."""

    id: str
    sequence: int
    opened_at: float
    expected: float
    verdict: Verdict
    #: People have closed it: nothing more is told of this episode.
    closed: bool = False


def name_alert(kind: AlertKind, customer: str, origin: Origin) -> str:
    """Make the id: a function of what opened the episode, never of a clock, a random number or a worker."""
    text = f"{kind}|{customer}|{origin.topic}|{origin.partition}|{origin.offset}"
    return blake2b(text.encode(), digest_size=12).hexdigest()


def moment(seconds: float) -> datetime:
    """Turn event-time seconds into a UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)
