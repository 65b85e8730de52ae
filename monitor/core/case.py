"""A case: what one customer is unhappy about, from the first complaint until it is settled or forgotten.

Times are event time in seconds since 1970 UTC.
"""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from monitor.core.complaint import SEVERITIES, Category, Evidence, Severity
from monitor.core.listeners import Telling
from monitor.core.message import Channel
from monitor.core.policy import JourneyPolicy
from monitor.core.scored import Origin, Scored

HOUR_SECONDS: Final = 3600.0
DAY_SECONDS: Final = 86400.0

CaseState = Literal["none", "waiting", "answered"]
CaseEvent = Literal["complaint", "reply", "settled", "quiet", "faded"]

#: The whole life of a case; a pair that is not here changes nothing.
TRANSITIONS: Final[dict[tuple[CaseState, CaseEvent], CaseState]] = {
    ("none", "complaint"): "waiting",
    ("waiting", "complaint"): "waiting",
    ("waiting", "reply"): "answered",
    ("waiting", "settled"): "none",
    ("waiting", "faded"): "none",
    ("answered", "complaint"): "waiting",
    ("answered", "settled"): "none",
    ("answered", "quiet"): "none",
}


class Case(msgspec.Struct, array_like=True, kw_only=True):
    """What one customer is unhappy about, from the first complaint until it is settled or forgotten."""

    state: CaseState
    opened_at: float
    last_at: float
    #: Where the complaint stands that opened the case, and the one that started the clock now running.
    origin: Origin
    waiting_origin: Origin
    waiting_since: float
    probability: float
    severity: Severity
    category: Category
    channel: Channel
    touchpoint: str | None
    product: str | None
    brand: str | None
    excerpt: str
    evidence: tuple[Evidence, ...]
    channels: tuple[Channel, ...]
    #: Those used since the clock now running began: the strictest of them sets it.
    waiting_channels: tuple[Channel, ...]
    complaints: int = 1
    arousal: float = 0.0
    call_to_action: bool = False
    threat_to_leave: bool = False
    lost_advocate: bool = False
    followers: int = 0
    reshares: int = 0
    likes: int = 0
    helpful: int = 0


def next_state(state: CaseState, event: CaseEvent) -> CaseState:
    """Look the transition up; what is not in the table changes nothing."""
    return TRANSITIONS.get((state, event), state)


def find_strictest_channel(case: Case, after_hours: Mapping[Channel, float]) -> Channel:
    """Find the channel that allows the shortest wait, of those the customer waits on."""
    return min(case.waiting_channels, key=lambda channel: after_hours[channel])


def open_case(scored: Scored, at: float, *, lost_advocate: bool) -> Case:
    """Begin a case; its first complaint is still to be taken."""
    return Case(
        state="none",
        opened_at=at,
        last_at=at,
        origin=scored.origin,
        waiting_origin=scored.origin,
        waiting_since=at,
        probability=scored.complaint.probability,
        severity=scored.complaint.severity,
        category=scored.complaint.category,
        channel=scored.channel,
        touchpoint=scored.touchpoint,
        product=scored.product,
        brand=scored.brand,
        excerpt=scored.excerpt,
        evidence=scored.complaint.evidence,
        channels=(scored.channel,),
        waiting_channels=(scored.channel,),
        complaints=0,
        lost_advocate=lost_advocate,
    )


def add_complaint(case: Case, scored: Scored, at: float) -> None:
    """Take a complaint into the case: what is worst stays, the public trace adds up."""
    complaint, cues = scored.complaint, scored.cues
    if case.state == "answered":
        case.waiting_since, case.waiting_origin = at, scored.origin
        case.waiting_channels = ()
    case.complaints += 1
    case.last_at = max(case.last_at, at)
    if scored.channel not in case.channels:
        case.channels = (*case.channels, scored.channel)
    if scored.channel not in case.waiting_channels:
        case.waiting_channels = (*case.waiting_channels, scored.channel)
    if (SEVERITIES.index(complaint.severity), complaint.probability) >= (
        SEVERITIES.index(case.severity),
        case.probability,
    ):
        case.severity, case.category = complaint.severity, complaint.category
        case.channel, case.touchpoint = scored.channel, scored.touchpoint
        case.product, case.brand = scored.product, scored.brand
        case.excerpt, case.evidence = scored.excerpt, complaint.evidence
    case.probability = max(case.probability, complaint.probability)
    case.arousal = max(case.arousal, cues.arousal)
    case.call_to_action = case.call_to_action or cues.call_to_action
    case.threat_to_leave = case.threat_to_leave or cues.threat_to_leave
    case.followers = max(case.followers, scored.followers or 0)
    case.reshares += scored.reshares or 0
    case.likes += scored.likes or 0
    case.helpful += scored.helpful or 0


def describe_telling(case: Case, clock: float) -> Telling:
    """Collect what the listeners depend on, as of the journey's clock."""
    waited_seconds = max(0.0, clock - case.waiting_since) if case.state == "waiting" else 0.0
    return Telling(
        probability=case.probability,
        severity=case.severity,
        arousal=case.arousal,
        waited_hours=waited_seconds / HOUR_SECONDS,
        complaints=case.complaints,
        channels=len(case.channels),
        call_to_action=case.call_to_action,
        threat_to_leave=case.threat_to_leave,
        lost_advocate=case.lost_advocate,
        replied=case.state == "answered",
        followers=case.followers,
        reshares=case.reshares,
        likes=case.likes,
        helpful=case.helpful,
    )


def end_of_case(case: Case, policy: JourneyPolicy) -> tuple[float, CaseEvent]:
    """Say when the case ends by silence, and as what."""
    if case.state == "answered":
        return case.last_at + policy.answered_quiet_hours * HOUR_SECONDS, "quiet"
    return case.last_at + policy.unanswered_fades_days * DAY_SECONDS, "faded"
