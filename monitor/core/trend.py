"""The trend: what one record means to the crowd, keyed by the subject whose baseline it moves.

A record gives its own trends, never a batch: batches are cut elsewhere after a crash, records are not. `message` and
`seen` say that something is there at all: the first of each minute is enough, and one too many changes nothing.
"""

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Final, Literal, TypeAlias, get_args

import msgspec

from monitor.core.crowd.bounds import TrendKind
from monitor.core.finding import Category, Severity
from monitor.core.message import Channel, Moment, Stage
from monitor.core.scored import Erasure, Origin, Result
from monitor.errors import RejectedReason

#: Why a source is deaf beside the reasons to set a record aside: it was taken, and not understood.
UnsupportedLanguage = Literal["unsupported_language"]
What = Literal["complaint", "contact", "message", "post", "reply_to_post", "seen", "rejected"]

WHATS: Final[tuple[What, ...]] = get_args(What)
#: A record never gives more trends than this; it spaces their ranks.
TRENDS_PER_RECORD: Final = 8
_SUBJECTS_MAX: Final = 65_536
EXCERPT_MAX_CHARACTERS: Final = 280
#: Where the brand posts for all to read and to answer.
POST_CHANNELS: Final[frozenset[Channel]] = frozenset({"social"})


class Trend(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="trend"):
    """What one record means to one subject; whoever has seen `rank` of its origin partition drops it."""

    subject: Annotated[str, msgspec.Meta(description="The key: the alert kind and what it watches.")]
    what: What
    at: Annotated[Moment, msgspec.Meta(description="Event time; of `seen` and `rejected`: append time.")]
    origin: Annotated[Origin, msgspec.Meta(description="Scored record; of `seen` and `rejected`: source.")]
    number: Annotated[int, msgspec.Meta(ge=0, lt=TRENDS_PER_RECORD, description="Among its record's.")] = 0
    customer: Annotated[str | None, msgspec.Meta(description="Pseudonym.")] = None
    brand: str | None = None
    product: str | None = None
    category: Category | None = None
    stage: Stage | None = None
    touchpoint: str | None = None
    channel: Channel | None = None
    severity: Severity | None = None
    listeners: Annotated[float, msgspec.Meta(ge=0, description="Expected for this customer.")] = 0.0
    compound: float = 0.0
    first_seen_by: Annotated[
        Literal["support", "nobody"] | None,
        msgspec.Meta(description="Of a case's first complaint: whether support has ever seen the customer."),
    ] = None
    gap: Annotated[
        bool, msgspec.Meta(description="Of the same: the customer was content at another touchpoint before.")
    ] = False
    answered_after_seconds: (
        Annotated[
            float,
            msgspec.Meta(ge=0, description="Of a contact that is the first real reply: the wait for it."),
        ]
        | None
    ) = None
    is_complaint: bool = False
    excerpt: Annotated[str, msgspec.Meta(description="Of a complaint: the text, redacted and cut.")] = ""
    fingerprint: Annotated[int, msgspec.Meta(description="The same for one text told by many.")] = 0
    lag_seconds: Annotated[float, msgspec.Meta(description="Of `seen`: from event to append time.")] = 0.0
    reason: Annotated[
        RejectedReason | UnsupportedLanguage | None, msgspec.Meta(description="Of `rejected`: why.")
    ] = None

    @property
    def kind(self) -> TrendKind:
        """The alert kind whose subject this is."""
        kind: TrendKind = self.subject.partition("|")[0]  # type: ignore[assignment] # only name_subject makes them
        return kind

    @property
    def source(self) -> str:
        """The origin partition, as a marker names it."""
        return self.origin.source

    @property
    def rank(self) -> int:
        """The place among all trends of the origin partition, in which a marker counts."""
        return self.origin.offset * TRENDS_PER_RECORD + self.number


class CrowdJudgement(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="crowd-judgement"
):
    """What people say became of an alert about many: whichever subject has it open is meant."""

    alert: Annotated[str, msgspec.Meta(description="Id of the alert.")]
    result: Result
    at: Annotated[Moment, msgspec.Meta(description="Event time of its arrival.")]
    origin: Annotated[Origin, msgspec.Meta(description="The outcome's record.")]


#: What moves baselines: a trend that of its subject, the others whichever holds what they are about.
TrendEvent: TypeAlias = Trend | Erasure | CrowdJudgement


@lru_cache(_SUBJECTS_MAX)
def name_subject(kind: TrendKind, *parts: str | None) -> str:
    """Make the key of a subject: readable, and no two subjects alike."""
    return "|".join((kind, *((part or "").replace("%", "%25").replace("|", "%7C") for part in parts)))


def tell_seen(topic: str, origin: Origin, received_at: datetime, said_at: datetime) -> Trend:
    """Say that a source partition is alive; for the first good record of each minute (ask `Presence`).

    Offsets are dense, so the first one of a minute also says how many records there were before.
    """
    return Trend(
        subject=name_subject("source_blind", topic),
        what="seen",
        at=received_at,
        origin=origin,
        lag_seconds=(received_at - said_at).total_seconds(),
    )


def tell_rejected(
    topic: str, origin: Origin, received_at: datetime, reason: RejectedReason | UnsupportedLanguage
) -> Trend:
    """Say that a record of a source could not be taken, or not be understood; for every such record."""
    return Trend(
        subject=name_subject("source_blind", topic),
        what="rejected",
        at=received_at,
        origin=origin,
        number=1,
        reason=reason,
    )
