"""Builds messages, scored messages and policies for the tests of the core, and sets what does not matter."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, Final

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.finding import SEVERITIES, Category, Complaint, Cues, Sentiment, Severity
from monitor.core.journey import Journey
from monitor.core.message import STAGES, Channel, Message, Stage
from monitor.core.pipeline import follow
from monitor.core.policy import Policy
from monitor.core.scored import Event, Origin, Scored, Tick
from monitor.resources import load_instruments, load_policy

#: How long an example takes is the machine's business: others work on it at the same time.
law: Final = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
POLICY: Final = load_policy()
INSTRUMENTS: Final = load_instruments(b"builders")


def at(hours: float) -> datetime:
    """Return so many hours after the beginning."""
    return BEGINNING + timedelta(hours=hours)


def build_message(text: str = "My order never arrived.", /, **fields: object) -> Message:
    """Build a message by ann on social media."""
    merged: dict[str, Any] = {"id": "m1", "channel": "social", "at": at(0), "author": "ann", **fields}
    return Message(text=text, **merged)


def build_scored(offset: int, hours: float, **fields: object) -> Scored:
    """Build a message that stands at this offset of the source and says nothing of note."""
    defaults: dict[str, Any] = {
        "id": f"m{offset}",
        "customer": "c-ann",
        "channel": "social",
        "at": at(hours),
        "received_at": at(hours),
        "origin": Origin("source", 0, offset),
        "sentiment": Sentiment(neg=0.0, neu=1.0, pos=0.0, compound=0.0),
        "complaint": Complaint(probability=0.1, is_complaint=False, category="other", severity="no_reproach"),
        **fields,
    }
    return Scored(**defaults)


def complain(
    offset: int,
    hours: float,
    *,
    probability: float = 0.9,
    severity: Severity = "disapproval",
    category: Category = "delivery",
    **fields: object,
) -> Scored:
    """Build a complaint."""
    finding = Complaint(probability=probability, is_complaint=True, category=category, severity=severity)
    return build_scored(offset, hours, complaint=finding, excerpt="It never came.", **fields)


def reply(offset: int, hours: float, **fields: object) -> Scored:
    """Build an answer that a person at the brand wrote."""
    return build_scored(offset, hours, direction="outbound", **fields)


def auto_reply(offset: int, hours: float, **fields: object) -> Scored:
    """Build an answer that a program wrote."""
    return build_scored(offset, hours, direction="outbound", cues=Cues(auto_reply=True), **fields)


def settle(offset: int, hours: float, **fields: object) -> Scored:
    """Build a customer's word that the matter is settled."""
    return build_scored(offset, hours, cues=Cues(settled=True), **fields)


def tick(hours: float) -> Tick:
    """Build a tick."""
    return Tick(at=at(hours))


def follow_all(
    events: Iterable[Event], policy: Policy = POLICY, journey: Journey | None = None
) -> tuple[Journey | None, list[Alert]]:
    """Follow one customer through events, in order."""
    alerts: list[Alert] = []
    for event in events:
        journey, told = follow(journey, event, policy)
        alerts += told
    return journey, alerts


def tell(alerts: Iterable[Alert]) -> list[tuple[str, str]]:
    """Return state and kind of each alert."""
    return [(alert.state, alert.kind) for alert in alerts]


def overlay(table: Mapping[str, Any], policy: Policy = POLICY) -> Policy:
    """Change single values of a policy."""
    merged = {
        section: {**values, **table.get(section, {})}
        for section, values in msgspec.to_builtins(policy).items()
    }
    return msgspec.convert(merged, Policy)


def number_offsets(events: Sequence[Scored | Tick], partition: int = 0) -> list[Scored | Tick]:
    """Give each message an origin of its own, in order."""
    return [
        event
        if isinstance(event, Tick)
        else msgspec.structs.replace(event, origin=Origin("source", partition, offset))
        for offset, event in enumerate(events)
    ]


_AUDIENCES: Final[tuple[dict[str, int], ...]] = (
    {},
    {"followers": 3000, "likes": 20},
    {"reshares": 1, "helpful": 4},
)
_CUES: Final = (
    Cues(),
    Cues(arousal=0.5),
    Cues(arousal=1.0, call_to_action=True),
    Cues(arousal=0.2, threat_to_leave=True, repeated=True),
)
_SOME_CHANNELS: Final[tuple[Channel, ...]] = ("social", "email", "review", "survey")
_TALKING_CHANNELS: Final[tuple[Channel, ...]] = ("chat", "call")
_SOME_SEVERITIES: Final[tuple[Severity, ...]] = ("disapproval", "blame")
_ANY_STAGE: Final[tuple[Stage | None, ...]] = (None, *STAGES)
_SOME_CATEGORIES: Final[tuple[Category, ...]] = ("billing", "delivery", "website_app", "other")
#: Messages of every sort, ready made: to draw each of their fields would take Hypothesis too long.
_COMPLAINTS: Final = [
    msgspec.structs.replace(
        complain(0, 0, probability=probability, severity=severity, cues=cues, channel=channel), **audience
    )
    for probability, severity, cues, channel, audience in product(
        (0.5, 0.8, 1.0), SEVERITIES, _CUES, _SOME_CHANNELS, _AUDIENCES
    )
]
_COMPLAINTS_BY_STAGE: Final = [
    complain(0, 0, severity=severity, category=category, channel=channel, stage=stage)
    for severity, category, channel, stage in product(
        _SOME_SEVERITIES, _SOME_CATEGORIES, _TALKING_CHANNELS, _ANY_STAGE
    )
]
_WORDS: Final[tuple[dict[str, object], ...]] = (
    {},
    {"direction": "outbound"},
    {"direction": "outbound", "cues": Cues(auto_reply=True)},
    {"cues": Cues(settled=True)},
    {"sentiment": Sentiment(neg=0.0, neu=0.2, pos=0.8, compound=0.9)},
    {"sentiment": Sentiment(neg=0.8, neu=0.2, pos=0.0, compound=-0.9)},
)
_OTHERS: Final = [
    build_scored(0, 0, channel=channel, stage=stage, **words)
    for channel, stage, words in product((*_SOME_CHANNELS, *_TALKING_CHANNELS), _ANY_STAGE, _WORDS)
]
_HOURS: Final = st.one_of(
    st.integers(0, 24 * 40), st.sampled_from([0, 4, 23.99, 24, 48, 72, 168, 504]), st.floats(0, 24 * 40)
)


def scored_messages(customer: str = "c-ann") -> st.SearchStrategy[Scored]:
    """Draw any scored message of one customer; give it an origin with `number_offsets`."""
    return st.builds(
        lambda ready, hours, name: msgspec.structs.replace(ready, at=at(hours), id=name, customer=customer),
        st.one_of(
            st.sampled_from(_COMPLAINTS), st.sampled_from(_COMPLAINTS_BY_STAGE), st.sampled_from(_OTHERS)
        ),
        _HOURS,
        st.sampled_from("abcdefghijklmnopqrstuvwxyz"),
    )


def event_lists(customer: str = "c-ann", max_size: int = 12) -> st.SearchStrategy[list[Scored | Tick]]:
    """Draw messages of one customer and ticks, in any order of time, with origins in log order."""
    events = st.one_of(scored_messages(customer), scored_messages(customer), _HOURS.map(tick))
    return st.lists(events, max_size=max_size).map(number_offsets)
