"""The policy of the kinds that watch crowds: names and bounds; the values stand in `monitor/policy.toml`."""

from datetime import datetime
from typing import Annotated

import msgspec

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
AboveOne = Annotated[float, msgspec.Meta(gt=1)]
AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]


class Campaign(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"start": "from"}
):
    """A time in which so many times the usual is expected; what is left out, it is for all."""

    start: Annotated[datetime, msgspec.Meta(tz=True)]
    until: Annotated[datetime, msgspec.Meta(tz=True)]
    factor: Positive
    brand: str | None = None
    product: str | None = None
    category: str | None = None
    stage: str | None = None


class SurgePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is usual for a subject, and when complaints about it have left that."""

    false_alarm_weeks: Positive
    multiples: Annotated[tuple[AboveOne, ...], msgspec.Meta(min_length=1, max_length=8)]
    independent_sums: Positive
    evidence_at_least: Positive
    evidence_of_end: Positive
    customers_at_least: AtLeastOne
    learn_for_hours: AtLeastOne
    caution: NotNegative
    unseen_hour_multiple: Annotated[float, msgspec.Meta(ge=1)]
    level_memory_complaints: Positive
    level_memory_hours_min: AboveOne
    level_memory_hours_max: AboveOne
    profile_half_life_weeks: Positive
    profile_prior: Positive
    week_hour_prior: Positive
    rate_error: NotNegative
    same_text_customers: AtLeastOne
    remembered_customers: Annotated[int, msgspec.Meta(ge=8, le=4096)]
    open_minutes: AtLeastOne
    late_hours: NotNegative
    update_growth: AboveOne
    critical_at_growth: AboveOne
    critical_at_customers: AtLeastOne
    accept_after_hours: Positive
    respond_within_hours: Positive
    campaigns: tuple[Campaign, ...]
