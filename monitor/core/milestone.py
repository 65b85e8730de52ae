"""The milestone: one thing that happened to a customer in the user's own systems, such as an order placed."""

from typing import Annotated, Final, Literal, get_args

import msgspec

from monitor.core.message import Channel, Moment, Name, Stage, check_time
from monitor.errors import Rejected

#: `none` is for what is worth telling and moves nothing.
Goal = Literal[Stage, "none"]

GOALS: Final[tuple[Goal, ...]] = (*get_args(Stage), "none")


class Milestone(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One milestone in canonical form: what happened to which customer, and the stage that it takes them to."""

    id: Annotated[
        Name, msgspec.Meta(description="Unique per topic; the same milestone twice has the same id.")
    ]
    at: Annotated[Moment, msgspec.Meta(description="When it happened: event time with an offset.")]
    stage: Annotated[Goal, msgspec.Meta(description="Where it takes the customer; none where nowhere.")]
    name: Annotated[Name | None, msgspec.Meta(description="What happened: order_placed.")] = None
    customer: Annotated[Name | None, msgspec.Meta(description="The brand's own id of the customer.")] = None
    author: Annotated[Name | None, msgspec.Meta(description="The customer's handle on `channel`.")] = None
    channel: Annotated[Channel | None, msgspec.Meta(description="Where `author` is known by that name.")] = (
        None
    )
    brand: Name | None = None
    product: Name | None = None
    value: (
        Annotated[float, msgspec.Meta(ge=0, le=1e12, description="Worth of the customer a year.")] | None
    ) = None


def check_milestone(
    milestone: Milestone, *, received_at_seconds: float, future_tolerance_seconds: float
) -> None:
    """Refuse what the type alone cannot: a milestone of nobody, or of a time to come.

    Raises:
        Rejected: with the reason.

    """
    if milestone.customer is None and (milestone.author is None or milestone.channel is None):
        raise Rejected("missing_author", "neither `customer` nor `author` with its `channel` is given")
    check_time(milestone.at, received_at_seconds, future_tolerance_seconds)
