"""The canonical message: one thing said at a touchpoint, inbound (customer) or outbound (the brand)."""

from datetime import datetime
from typing import Annotated, Final, Literal, get_args

import msgspec

from monitor.errors import Rejected

Channel = Literal["social", "review", "support", "survey", "call", "email", "chat", "sale"]
Direction = Literal["inbound", "outbound"]
Stage = Literal["prospect", "purchase", "customer", "former"]

CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

#: A longer text is no message a customer types; one must not hold up a partition.
TEXT_MAX_CHARACTERS: Final = 32_768

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
#: A time with its offset.
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
#: Nothing but the web, in plain ASCII, without a user's name or password in it.
Permalink = Annotated[
    str,
    msgspec.Meta(
        max_length=2048,
        pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][!#-;=?-\[\]_a-z~]*)?$(?!\n)",
        description="Where it can be read. On a public platform it may name the person: no preset maps it.",
    ),
]
#: The bound is the largest whole number that every JSON reader keeps exact.
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Message(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """One message in canonical form: one thing said at a touchpoint, by the customer or by the brand."""

    id: Annotated[
        Name, msgspec.Meta(description="Unique per channel; the same message twice has the same id.")
    ]
    channel: Channel
    at: Annotated[datetime, msgspec.Meta(tz=True, description="When it was said: event time with an offset.")]
    text: Annotated[
        str, msgspec.Meta(description="May be empty only where a rating or an nps speaks for it.")
    ]
    direction: Direction = "inbound"
    author: Annotated[
        Name | None, msgspec.Meta(description="The customer's handle on this channel, for both directions.")
    ] = None
    customer: Annotated[Name | None, msgspec.Meta(description="The brand's own id of the customer.")] = None
    brand: Name | None = None
    product: Name | None = None
    stage: Stage | None = None
    touchpoint: Annotated[
        Name | None, msgspec.Meta(description="The finer place: billing, delivery, ad.")
    ] = None
    thread: Annotated[Name | None, msgspec.Meta(description="Conversation or ticket this belongs to.")] = None
    reply_to: Annotated[Name | None, msgspec.Meta(description="Id of the message that this answers.")] = None
    rating: Annotated[float, msgspec.Meta(ge=1, le=5, description="Stars, on a scale of 1 to 5.")] | None = (
        None
    )
    nps: Annotated[int, msgspec.Meta(ge=0, le=10)] | None = None
    followers: Count | None = None
    reshares: Count | None = None
    likes: Count | None = None
    views: Count | None = None
    helpful: Annotated[Count | None, msgspec.Meta(description="Readers who voted the review helpful.")] = None
    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    value: (
        Annotated[float, msgspec.Meta(ge=0, le=1e12, description="Worth of the customer a year.")] | None
    ) = None
    permalink: Permalink | None = None


def check_message(message: Message, *, received_at_seconds: float, future_tolerance_seconds: float) -> None:
    """Refuse what the type alone cannot: no customer, nothing said, a text too long, a time to come.

    `received_at_seconds` is when the record was appended to its topic, on the event-time scale.

    Raises:
        Rejected: with the reason.

    """
    if message.author is None and message.customer is None:
        raise Rejected("missing_author", "neither `author` nor `customer` is given")
    if len(message.text) > TEXT_MAX_CHARACTERS:
        raise Rejected(
            "text_too_long", f"`text` has {len(message.text)} characters, at most {TEXT_MAX_CHARACTERS}"
        )
    if message.rating is None and message.nps is None and not message.text.strip():
        raise Rejected("empty_text", "`text` is empty and there is no `rating` or `nps`")
    check_time(message.at, received_at_seconds, future_tolerance_seconds)


def check_time(at: datetime, received_at_seconds: float, future_tolerance_seconds: float) -> None:
    """Refuse a time that lies further ahead of the record's arrival than is tolerated.

    Raises:
        Rejected: with the reason.

    """
    ahead_seconds = at.timestamp() - received_at_seconds
    if ahead_seconds > future_tolerance_seconds:
        raise Rejected(
            "future_time",
            f"`at` lies {ahead_seconds:.0f} s after the record's arrival, tolerated are "
            f"{future_tolerance_seconds:.0f} s",
        )
