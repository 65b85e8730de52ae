"""What travels on `monitor.scored.v1`: one customer's events, and the tick that makes time part of the log.

A further kind of event is a struct here, a member of `CustomerEvent`, and a case in `pipeline.move`. What moves no
journey but says whose it is, is an `IdentityEvent`, and a case in `handover.take`.
"""

from functools import lru_cache
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from monitor.core.finding import Complaint, Cues, Polarity, Sentiment
from monitor.core.message import Channel, Direction, Moment, Stage

#: `acknowledged`: somebody has it. `resolved`: it was right, and is done. `false_alarm`: it should not have fired.
Result = Literal["acknowledged", "resolved", "false_alarm"]
#: At most so much redacted text leaves with a complaint.
EXCERPT_MAX_CHARACTERS = 500
_SOURCES_REMEMBERED: Final = 4096


Traceparent = Annotated[
    str | None, msgspec.Meta(description="W3C trace context of the source record, where it has one.")
]


@lru_cache(_SOURCES_REMEMBERED)
def name_source(topic: str, partition: int) -> str:
    """Name a partition as a marker does."""
    return f"{topic}:{partition}"


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where a record stands in the log: the only identity that a replay cannot change."""

    topic: str
    partition: int
    offset: int

    @property
    def source(self) -> str:
        """Its partition, as a marker names it."""
        return name_source(self.topic, self.partition)


class Scored(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="scored", gc=False
):
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
    language: Annotated[str | None, msgspec.Meta(description="As the source declares it.")] = None
    unsupported_language: Annotated[
        str | None,
        msgspec.Meta(description="Set where its language is not read: rating and emoji alone are scored."),
    ] = None
    value: float | None = None
    sentiment: Sentiment
    polarity: Annotated[
        Polarity | None, msgspec.Meta(description="Probabilities; absent from records of earlier versions.")
    ] = None
    complaint: Complaint
    cues: Cues = Cues()
    asks: Annotated[bool, msgspec.Meta(description="Of a word that is no complaint: asks for an answer.")] = (
        False
    )
    promised_by: Annotated[
        Moment | None, msgspec.Meta(description="Of the brand: when it has promised to be heard of by.")
    ] = None
    excerpt: Annotated[str, msgspec.Meta(description="Of a complaint: the text, redacted.")] = ""
    permalink: Annotated[
        str | None, msgspec.Meta(description="Of a complaint: where it was said, if the source maps it.")
    ] = None
    traceparent: Traceparent = None


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
    traceparent: Traceparent = None


class Judgement(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="judgement"
):
    """What people say became of one of the customer's alerts."""

    customer: Annotated[str, msgspec.Meta(description="Pseudonym: the same customer has the same one.")]
    alert: Annotated[str, msgspec.Meta(description="Id of the alert.")]
    result: Result
    at: Moment
    received_at: Annotated[Moment, msgspec.Meta(description="Append time of the outcome.")]
    origin: Annotated[Origin, msgspec.Meta(description="The outcome's record.")]
    traceparent: Traceparent = None


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


#: What moves one customer's journey.
CustomerEvent: TypeAlias = Scored | StageEvent | Judgement


class Link(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="link"):
    """From here on one name stands for another customer; without `canonical`, for itself again."""

    customer: Annotated[str, msgspec.Meta(description="Pseudonym of the name: handle, e-mail or account.")]
    canonical: Annotated[str | None, msgspec.Meta(description="Pseudonym of whom it stands for.")] = None
    at: Annotated[Moment, msgspec.Meta(description="When it became known.")]
    origin: Annotated[Origin, msgspec.Meta(description="The identity record.")]
    traceparent: Traceparent = None


class Erasure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="erasure"):
    """What this customer has said up to `at` is to be forgotten, also what arrives later."""

    customer: Annotated[str, msgspec.Meta(description="Pseudonym.")]
    at: Moment
    origin: Annotated[Origin, msgspec.Meta(description="The identity record.")]
    traceparent: Traceparent = None


class Transfer(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="transfer"
):
    """The journey that has been kept under a name, handed over to the customer whom the name stands for."""

    customer: Annotated[str, msgspec.Meta(description="Pseudonym of whom it is handed to.")]
    path: Annotated[tuple[str, ...], msgspec.Meta(description="The names that it has passed, first its own.")]
    at: Annotated[Moment, msgspec.Meta(description="When the link became known.")]
    origin: Annotated[Origin, msgspec.Meta(description="The scored record at which it was handed over.")]
    journey: Annotated[
        bytes | None, msgspec.Meta(description="The workers' own; none if nothing had been said.")
    ] = None
    traceparent: Traceparent = None


class Forward(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="forward"):
    """An event that reached a name after its journey had been handed over, on its way to the customer."""

    customer: Annotated[str, msgspec.Meta(description="Pseudonym of whom it is handed to.")]
    path: Annotated[tuple[str, ...], msgspec.Meta(description="The names that it has passed, first its own.")]
    at: Annotated[Moment, msgspec.Meta(description="Of the event.")]
    origin: Annotated[Origin, msgspec.Meta(description="The scored record that is forwarded.")]
    event: CustomerEvent
    traceparent: Traceparent = None


IdentityEvent: TypeAlias = Link | Erasure | Transfer | Forward
#: One customer's. Each kind has `customer`, `at`, `origin` and `traceparent`, is keyed by the customer, and counts
#: once: whatever stands at or before the last origin applied of its partition is a repeat.
KeyedEvent: TypeAlias = CustomerEvent | IdentityEvent
#: What `pipeline.move` takes.
Event: TypeAlias = CustomerEvent | Tick
#: All that stands in the log.
LogEvent: TypeAlias = KeyedEvent | Tick
