"""A case: what one customer is unhappy about, from the first complaint until it is settled or forgotten.

Times are event time in seconds since 1970 UTC.
"""

from typing import Final, Literal

import msgspec

from monitor.core.finding import Category, Severity
from monitor.core.kept import KeptOrigin
from monitor.core.message import Channel

CaseState = Literal["none", "waiting", "answered", "closed"]
CaseEvent = Literal["complaint", "reply", "follow_up", "settled", "quiet", "faded", "interest", "forgotten"]

#: The whole life of a case; a pair that is not here changes nothing. A closed case is kept only while it is news
#: (see `journey.keeps_closed`): any other is forgotten at once. A complaint then begins a new case.
TRANSITIONS: Final[dict[tuple[CaseState, CaseEvent], CaseState]] = {
    ("none", "complaint"): "waiting",
    ("waiting", "complaint"): "waiting",
    ("waiting", "reply"): "answered",
    ("waiting", "settled"): "closed",
    ("waiting", "faded"): "closed",
    ("answered", "complaint"): "waiting",
    ("answered", "follow_up"): "waiting",
    ("answered", "settled"): "closed",
    ("answered", "quiet"): "closed",
    ("none", "interest"): "closed",
    ("closed", "complaint"): "waiting",
    ("closed", "forgotten"): "none",
}


class Closing(msgspec.Struct, frozen=True, array_like=True):
    """How and when a case ended, and in which state that found it."""

    state: CaseState
    event: CaseEvent
    at: float


class ClosedCause(msgspec.Struct, frozen=True, array_like=True):
    """What a case of the past was about, and how it ended."""

    category: Category
    at: float
    event: CaseEvent


class Handoff(msgspec.Struct, frozen=True, array_like=True):
    """The message with which a customer left a machine's channel to reach a person on another."""

    origin: KeptOrigin
    at: float
    left: Channel
    reached: Channel


class Promise(msgspec.Struct, frozen=True, array_like=True):
    """The brand's word to be heard of by a moment, and the message that gave it."""

    origin: KeptOrigin
    by: float


class Case(msgspec.Struct, array_like=True):
    """What one customer is unhappy about, from the first complaint until it is settled or forgotten."""

    state: CaseState
    opened_at: float
    last_at: float
    #: Where the complaint stands that opened the case, and the one that started the clock now running.
    origin: KeptOrigin
    waiting_origin: KeptOrigin
    waiting_since: float
    #: When they last asked for an answer, by a complaint or a question, and where that stands.
    asked_at: float
    asked_origin: KeptOrigin
    probability: float
    severity: Severity
    category: Category
    channel: Channel
    touchpoint: str | None
    product: str | None
    brand: str | None
    excerpt: str
    #: Its spans, packed: they are told with an alert, and lie still meanwhile.
    evidence: bytes
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
    #: Of a lost advocate: the mood before the first complaint.
    mood_before: float = 0.0
    #: The cause that was complained of anew after it had been resolved or answered.
    repeated_cause: Category | None = None
    #: In the clock now running: where a program has answered, and the change to another channel.
    bot_channels: tuple[Channel, ...] = ()
    handoff: Handoff | None = None
    #: An alert that calls for action has fired.
    alerted: bool = False
    closing: Closing | None = None
    #: Of the channels in the clock now running, those that are not always open, with the source that says when.
    staffed: dict[Channel, str] = {}
    promise: Promise | None = None
    #: The other touchpoint at which the customer was content just before the first complaint.
    content_before: str | None = None
    #: Of the worst complaint, as its excerpt is.
    language: str | None = None
    permalink: str | None = None
