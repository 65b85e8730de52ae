"""Builds messages, scored messages and policies for the tests of the core, and sets what does not matter."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.complaint import CATEGORIES, SEVERITIES, Category, Complaint, Cues, Severity
from monitor.core.identity import Pseudonyms
from monitor.core.journey import Journey
from monitor.core.message import CHANNELS, STAGES, Channel, Message
from monitor.core.pipeline import Instruments, follow
from monitor.core.policy import Policy
from monitor.core.scored import Origin, Scored, Tick
from monitor.core.sentiment import Analyzer, Sentiment
from monitor.resources import load_complaint_model, load_lexicon, load_policy

BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
POLICY: Final = load_policy()
INSTRUMENTS: Final = Instruments(Analyzer(load_lexicon()), load_complaint_model(), Pseudonyms(b"builders"))


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
    events: Iterable[Scored | Tick], policy: Policy = POLICY, journey: Journey | None = None
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


_HOURS: Final = st.one_of(
    st.integers(0, 24 * 40).map(float),
    st.sampled_from([0.0, 4.0, 23.99, 24.0, 48.0, 72.0, 168.0, 504.0]),
    st.floats(0, 24 * 40),
)


@st.composite
def scored_messages(draw: st.DrawFn, customer: str = "c-ann") -> Scored:
    """Draw any scored message of one customer; give it an origin with `number_offsets`."""
    outbound = draw(st.booleans())
    channel: Channel = draw(st.sampled_from(CHANNELS))
    complaint = not outbound and draw(st.booleans())
    compound = draw(st.floats(-1, 1))
    return build_scored(
        0,
        draw(_HOURS),
        id=draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz")),
        customer=customer,
        channel=channel,
        direction="outbound" if outbound else "inbound",
        stage=draw(st.sampled_from([None, *STAGES])),
        product=draw(st.sampled_from([None, "kettle"])),
        followers=draw(st.one_of(st.none(), st.integers(0, 10_000))),
        reshares=draw(st.one_of(st.none(), st.integers(0, 5))),
        likes=draw(st.one_of(st.none(), st.integers(0, 50))),
        helpful=draw(st.one_of(st.none(), st.integers(0, 5))),
        sentiment=Sentiment(neg=0.0, neu=1.0, pos=0.0, compound=compound),
        complaint=Complaint(
            probability=draw(st.floats(0.5, 1) if complaint else st.floats(0, 0.5)),
            is_complaint=complaint,
            category=draw(st.sampled_from(CATEGORIES)),
            severity=draw(st.sampled_from(SEVERITIES)),
        ),
        cues=Cues(
            arousal=draw(st.floats(0, 1)),
            call_to_action=draw(st.booleans()),
            threat_to_leave=draw(st.booleans()),
            auto_reply=outbound and draw(st.booleans()),
            settled=not outbound and draw(st.booleans()),
        ),
    )


def event_lists(customer: str = "c-ann", max_size: int = 12) -> st.SearchStrategy[list[Scored | Tick]]:
    """Draw messages of one customer and ticks, in any order of time, with origins in log order."""
    ticks = _HOURS.map(tick)
    return st.lists(
        st.one_of(scored_messages(customer), scored_messages(customer), ticks), max_size=max_size
    ).map(number_offsets)
