"""The policy of the kinds that watch crowds: names and bounds; the values stand in `monitor/policy.toml`."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Annotated, Final, Literal, get_args

import msgspec

#: The alert kinds that watch crowds; a subject belongs to one of them.
TrendKind = Literal["surge", "brand_post_backlash", "stage_neglected", "source_blind"]
TREND_KINDS: Final[tuple[TrendKind, ...]] = get_args(TrendKind)

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
    false_alarm_shares: tuple[Annotated[float, msgspec.Meta(gt=0, le=1)], ...]
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


class BrandPostBacklashPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the replies to one post of the brand have turned negative."""

    negative_compound: Annotated[float, msgspec.Meta(ge=-1, le=0)]
    customers_at_least: AtLeastOne
    usual_share: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    fire_share: Share
    resolve_share: Share
    critical_at_customers: AtLeastOne
    quiet_hours: Positive
    respond_within_hours: Positive


class StageNeglectedPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long customers may complain at a touchpoint where the brand is not, and how long it may be silent."""

    customers_at_least: AtLeastOne
    unanswered_hours: Positive
    critical_at_customers: AtLeastOne
    silent_multiple: AboveOne
    silent_hours_at_least: Positive
    learn_for_days: Annotated[int, msgspec.Meta(ge=1, le=14)]
    respond_within_hours: Positive


class SourceBlindPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a source counts as silent, unreadable, foreign or late, as multiples of what is usual for it."""

    silent_multiple: AboveOne
    silent_hours_at_least: Positive
    learn_for_days: Annotated[int, msgspec.Meta(ge=1, le=14)]
    rejected_at_least: AtLeastOne
    rejected_multiple: AboveOne
    rejected_share_floor: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    lags_at_least: AtLeastOne
    late_multiple: AboveOne
    late_minutes_floor: Positive
    respond_within_hours: Positive


def find_crowd_faults(
    surge: SurgePolicy, backlash: BrandPostBacklashPolicy, advised_kinds: Collection[str]
) -> Iterator[str]:
    """Name what the bounds of single values cannot."""
    if list(surge.multiples) != sorted(set(surge.multiples)):
        yield "surge.multiples must rise"
    if len(surge.false_alarm_shares) != len(surge.multiples):
        yield "surge.false_alarm_shares must name one share for each of surge.multiples"
    if surge.level_memory_hours_max < surge.level_memory_hours_min:
        yield "surge.level_memory_hours_max must be at least surge.level_memory_hours_min"
    for place, campaign in enumerate(surge.campaigns):
        if campaign.until <= campaign.start:
            yield f"surge.campaigns.{place}.until must be later than its `from`"
    if backlash.resolve_share > backlash.fire_share:
        yield "brand_post_backlash.resolve_share must not exceed brand_post_backlash.fire_share"
    for kind in TREND_KINDS:
        if kind not in advised_kinds:
            yield f"advice.kind.{kind} is missing"
