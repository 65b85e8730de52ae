"""What travels on `monitor.scored.v1`: one customer's events, and the tick that makes time part of the log.

A further kind of event is a struct here, a member of `CustomerEvent`, and a case in `pipeline.move`.
"""

from typing import Annotated, TypeAlias

import msgspec

from monitor.core.finding import Complaint, Cues, Polarity, Sentiment
from monitor.core.message import Channel, Direction, Moment, Stage

#: At most so much redacted text leaves with a complaint.
EXCERPT_MAX_CHARACTERS = 500


class Origin(msgspec.Struct, frozen=True):
    """Where a record stands in the log: the only identity that a replay cannot change."""

    topic: str
    partition: int
    offset: int


class Scored(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="scored"):
    """A message with sentiment, complaint finding and evidence; it carries no raw text and no raw identity."""

    id: str
    customer: Annotated[str, msgspec.Meta(description="Pseudonym: the same customer has the same one.")]
    channel: Channel
    at: Moment
    received_at: Annotated[Moment, msgspec.Meta(description="Append time of the source record.")]
    origin: Annotated[Origin, msgspec.Meta(description="The source record.")]
    direction: Direction = "inbound"
    brand: str | None = None
    product: str | None = None
    stage: Stage | None = None
    touchpoint: str | None = None
    thread: str | None = None
    reply_to: str | None = None
    rating: float | None = None
    nps: int | None = None
    followers: int | None = None
    reshares: int | None = None
    likes: int | None = None
    views: int | None = None
    helpful: int | None = None
    language: str | None = None
    value: float | None = None
    sentiment: Sentiment
    polarity: Annotated[
        Polarity | None, msgspec.Meta(description="Probabilities; absent from records of earlier versions.")
    ] = None
    complaint: Complaint
    cues: Cues = Cues()
    asks: Annotated[bool, msgspec.Meta(description="Of the customer: asks for an answer.")] = False
    promised_by: Annotated[
        Moment | None, msgspec.Meta(description="Of the brand: when it has promised to be heard of by.")
    ] = None
    excerpt: Annotated[str, msgspec.Meta(description="Of a complaint: the text, redacted.")] = ""
    permalink: Annotated[
        str | None, msgspec.Meta(description="Of a complaint: where it was said, if the source maps it.")
    ] = None
    traceparent: Annotated[
        str | None, msgspec.Meta(description="W3C trace context of the source record, where it has one.")
    ] = None


class StageEvent(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="stage-event"
):
    """What the user's own systems say of a customer: an order placed, a contract cancelled."""

    id: str
    customer: Annotated[str, msgspec.Meta(description="Pseudonym: the same customer has the same one.")]
    at: Moment
    received_at: Annotated[Moment, msgspec.Meta(description="Append time of the source record.")]
    origin: Annotated[Origin, msgspec.Meta(description="The source record.")]
    stage: Annotated[Stage | None, msgspec.Meta(description="Where it takes the customer.")] = None
    name: Annotated[str | None, msgspec.Meta(description="What happened: order_placed.")] = None
    brand: str | None = None
    product: str | None = None
    value: float | None = None
    traceparent: Annotated[
        str | None, msgspec.Meta(description="W3C trace context of the source record, where it has one.")
    ] = None


class Tick(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="tick"):
    """The event time that the owner of a partition vouches for: nothing older is still to come by its own doing.

    On the trends it speaks for one partition of the scored log, and time has passed when all of them have ticked.
    """

    at: Moment
    origin: Annotated[
        Origin | None,
        msgspec.Meta(description="On the trends: the tick of the scored log that is passed on."),
    ] = None
    partitions: Annotated[
        int, msgspec.Meta(ge=1, description="On the trends: how many partitions the scored log has.")
    ] = 1


#: One customer's. Each kind has `customer`, `at`, `origin` and `traceparent`, is keyed by the customer, and counts
#: once: whatever stands at or before the last origin applied of its partition is a repeat.
CustomerEvent: TypeAlias = Scored | StageEvent
Event: TypeAlias = CustomerEvent | Tick
