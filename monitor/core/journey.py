"""The state kept per customer; times in it are event time in seconds since 1970 UTC."""

import msgspec

from monitor.core.alert import OpenAlert
from monitor.core.case import Case, ClosedCause
from monitor.core.message import Stage


class Journey(msgspec.Struct, array_like=True, tag="journey"):
    """One customer's journey; `wake_at` says when a clock in it runs out next."""

    customer: str
    wake_at: float | None = None
    clock: float = 0.0
    stage: Stage | None = None
    first_at: float = 0.0
    messages: int = 0
    complaints: int = 0
    replies: int = 0
    last_reply_at: float | None = None
    mood: float = 0.0
    mood_weight: float = 0.0
    mood_at: float = 0.0
    content_messages: int = 0
    case: Case | None = None
    open_alerts: dict[str, OpenAlert] = {}
    recent: tuple[int, ...] = ()
    #: What the last closed cases were about, oldest first.
    closed: tuple[ClosedCause, ...] = ()
    #: Event time of the last word or milestone that named a stage, and of the last sign of life.
    stage_at: float = 0.0
    heard_at: float = 0.0
    #: Worth of the customer a year, as it was last said.
    value: float | None = None
    value_at: float = 0.0
    seen_by_support: bool = False
    #: The touchpoint, or else the channel, of the last word if the customer was content there.
    content_at: str | None = None
    #: What was said before has been erased, and does not come back.
    erased_at: float | None = None
    #: Ids of the alerts that have been told, oldest first: an erasure takes them back.
    told: tuple[str, ...] = ()
