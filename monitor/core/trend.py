"""The trend: what one record means to the crowd, keyed by the subject whose baseline it moves.

A record gives its own trends, never a batch: batches are cut elsewhere after a crash, records are not. `message` and
`seen` say that something is there at all: the first of each minute is enough, and one too many changes nothing.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

import msgspec

from monitor.core.case import describe_telling
from monitor.core.crowd.bounds import TrendKind
from monitor.core.finding import Category, Severity
from monitor.core.journey import Journey
from monitor.core.kept import tell_origin
from monitor.core.listeners import expect_mean
from monitor.core.message import Channel, Moment, Stage
from monitor.core.policy import Policy
from monitor.core.scored import Erasure, Origin, Result, Scored
from monitor.errors import RejectedReason

#: Why a source is deaf beside the reasons to set a record aside: it was taken, and not understood.
UnsupportedLanguage = Literal["unsupported_language"]
What = Literal["complaint", "contact", "message", "post", "reply_to_post", "seen", "rejected"]

WHATS: Final[tuple[What, ...]] = get_args(What)
#: A record never gives more trends than this; it spaces their ranks.
TRENDS_PER_RECORD: Final = 8
MINUTE_SECONDS: Final = 60.0
_PRESENCE_MAX: Final = 65_536
EXCERPT_MAX_CHARACTERS: Final = 280
#: Fewer words are nobody's own.
_OWN_WORDS_MIN: Final = 5
#: Where the brand posts for all to read and to answer.
POST_CHANNELS: Final[frozenset[Channel]] = frozenset({"social"})
_WORD: Final = re.compile(r"[^\W\d_]+")


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


class Presence:
    """Which subjects have been present in which minute: forgotten at a restart, which costs repeats and no more."""

    def __init__(self) -> None:
        self._minutes: dict[str, int] = {}
        self._drafted: dict[str, int] = {}

    def is_first(self, subject: str, at_seconds: float) -> bool:
        """Tell whether this is the first word of the subject in its minute, as far as is remembered."""
        minute = int(at_seconds // MINUTE_SECONDS)
        if self._drafted.get(subject, self._minutes.get(subject)) == minute:
            return False
        self._drafted[subject] = minute
        return True

    def drop(self) -> None:
        """Forget what was asked since the last `keep`: it will be asked again."""
        self._drafted.clear()

    def keep(self) -> None:
        """Remember what was asked, now that it has been told."""
        if len(self._minutes) >= _PRESENCE_MAX:
            self._minutes.clear()
        self._minutes.update(self._drafted)
        self._drafted.clear()


@lru_cache(_PRESENCE_MAX)
def name_subject(kind: TrendKind, *parts: str | None) -> str:
    """Make the key of a subject: readable, and no two subjects alike."""
    return "|".join((kind, *((part or "").replace("%", "%25").replace("|", "%7C") for part in parts)))


def list_trends(
    scored: Scored,
    origin: Origin,
    journey: Journey,
    policy: Policy,
    presence: Presence,
    *,
    waiting_since: float | None = None,
) -> Iterator[Trend]:
    """List what a scored message, which stands at `origin` in the scored log and moved `journey`, means to the crowd.

    Ask only for a message that the journey had not seen before; `waiting_since` is when its clock began that ran then.
    """
    if scored.direction == "outbound":
        return _list_outbound(scored, origin, journey, waiting_since)
    return _list_inbound(scored, origin, journey, policy, presence)


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


def _list_inbound(
    scored: Scored, origin: Origin, journey: Journey, policy: Policy, presence: Presence
) -> Iterator[Trend]:
    stage = journey.stage or scored.stage
    is_complaint = scored.complaint.is_complaint
    touchpoint = name_subject("stage_neglected", scored.brand, stage, scored.touchpoint)
    is_first = presence.is_first(touchpoint, scored.at.timestamp())
    posts = _list_posts(scored) if scored.channel in POST_CHANNELS else ()
    if not (is_first or is_complaint or posts):
        return
    said = Trend(
        subject=touchpoint,
        what="message",
        at=scored.at,
        origin=origin,
        customer=scored.customer,
        brand=scored.brand,
        product=scored.product,
        stage=stage,
        touchpoint=scored.touchpoint,
        channel=scored.channel,
        compound=scored.sentiment.compound,
        is_complaint=is_complaint,
    )
    if is_first:
        yield said
    if is_complaint:
        listeners = 0.0
        if journey.case is not None:
            telling = describe_telling(journey.case, journey.clock)
            listeners = expect_mean(telling, policy.listeners)
        category = scored.complaint.category
        said = msgspec.structs.replace(
            said,
            category=category,
            severity=scored.complaint.severity,
            listeners=round(listeners, 3),
            excerpt=scored.excerpt[:EXCERPT_MAX_CHARACTERS],
            fingerprint=fingerprint(scored.excerpt),
        )
        yield msgspec.structs.replace(said, what="complaint", number=1, **_tell_case(scored, journey))
        crowd = name_subject("surge", scored.brand, scored.product, category, stage)
        yield msgspec.structs.replace(said, subject=crowd, what="complaint", number=2)
    for number, post in enumerate(posts, 3):
        subject = name_subject("brand_post_backlash", scored.brand, scored.channel, post)
        yield msgspec.structs.replace(said, subject=subject, what="reply_to_post", number=number)


def _list_posts(scored: Scored) -> tuple[str, ...]:
    """List what a message answers: a conversation is named by its first post, a reply may answer another of it."""
    named = dict.fromkeys((scored.reply_to, scored.thread))
    return tuple(post for post in named if post is not None and post != scored.id)


def _tell_case(scored: Scored, journey: Journey) -> dict[str, Any]:
    """Tell of a case, with the complaint that opens it, who saw the customer before and where they were content."""
    case = journey.case
    if case is None or tell_origin(case.origin) != scored.origin:
        return {}
    return {
        "first_seen_by": "support" if journey.seen_by_support else "nobody",
        "gap": case.content_before is not None,
    }


def _list_outbound(
    scored: Scored, origin: Origin, journey: Journey, waiting_since: float | None
) -> Iterator[Trend]:
    if scored.cues.auto_reply:
        return
    answered = scored.reply_to is not None or scored.thread not in {None, scored.id}
    case = journey.case
    stage = journey.stage or scored.stage
    brand, touchpoint = (case.brand, case.touchpoint) if case else (scored.brand, scored.touchpoint)
    ends_wait = waiting_since is not None and case is not None and case.state == "answered"
    said = Trend(
        subject=name_subject("stage_neglected", brand, stage, touchpoint),
        what="contact",
        answered_after_seconds=scored.at.timestamp() - (waiting_since or 0.0) if ends_wait else None,
        at=scored.at,
        origin=origin,
        customer=scored.customer,
        brand=brand,
        product=scored.product,
        stage=stage,
        touchpoint=touchpoint,
        channel=scored.channel,
    )
    yield said
    if scored.channel in POST_CHANNELS and not answered:
        subject = name_subject("brand_post_backlash", scored.brand, scored.channel, scored.id)
        yield msgspec.structs.replace(said, subject=subject, what="post", brand=scored.brand, number=1)


def fingerprint(text: str) -> int:
    """Make the number that texts share which differ in digits, marks, case and masked names alone.

    0 for a text so short that many would put it the same way.
    """
    words = _WORD.findall(text.casefold())
    if len(words) < _OWN_WORDS_MIN:
        return 0
    return int.from_bytes(blake2b(" ".join(words).encode(), digest_size=7).digest(), "big")
