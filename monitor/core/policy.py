"""Every threshold and weight that decides anything, in one frozen record with a hash that each alert carries.

Every key of the policy file is required, and none is unknown.

The values, each with its source beside it, stand in `monitor/policy.toml`; here are only their names and bounds.
"""

from functools import cached_property
from hashlib import sha256
from math import exp
from typing import Annotated

import msgspec

from monitor.core.business_hours import BusinessHours
from monitor.core.crowd.bounds import (
    BrandPostBacklashPolicy,
    SourceBlindPolicy,
    StageNeglectedPolicy,
    SurgePolicy,
)
from monitor.core.finding import Category, Severity
from monitor.core.message import Channel, Stage

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
PageCount = Annotated[int, msgspec.Meta(ge=1)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class ComplaintPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a message counts as a complaint."""

    threshold: Share


class WaitingStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Having waited this long moves the listeners by this much (log space)."""

    after_hours: Positive
    weight: float


class ResharedPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How followers tell whether a post is reshared more than 20 times, in logits."""

    bias: Annotated[float, msgspec.Meta(ge=-100, le=100)]
    per_log_followers: NotNegative


class ListenersPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The prior and every contribution, in natural-log space."""

    prior_median: Positive
    prior_sigma: Positive
    arousal: float
    severity: dict[Severity, float]
    waiting: tuple[WaitingStep, ...]
    repeat: float
    repeats_at_most: Annotated[int, msgspec.Meta(ge=1)]
    channel_switch: float
    call_to_action: float
    threat_to_leave: float
    lost_advocate: float
    reply: float
    people_per_reshare: NotNegative
    people_per_like: NotNegative
    people_per_helpful_vote: NotNegative
    share_of_followers: Share
    reshared: ResharedPolicy
    content_tells: NotNegative

    @cached_property
    def prior_mean(self) -> float:
        """How many an unhappy customer tells, of whom nothing else is known."""
        return self.prior_median * exp(self.prior_sigma * self.prior_sigma / 2)


class JourneyPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a customer's journey remembers and forgets."""

    mood_half_life_days: Positive
    advocate_mood: Share
    advocate_messages: Annotated[int, msgspec.Meta(ge=1)]
    settled_compound: Share
    answered_quiet_hours: Positive
    unanswered_fades_days: Positive
    recent_message_ids: Annotated[int, msgspec.Meta(ge=1, le=64)]
    remembered_alerts: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    reply_after_late_hours: NotNegative
    silence_ends_after_days: dict[Stage, Positive]
    closed_causes: Annotated[int, msgspec.Meta(ge=1, le=16)]
    closed_cause_days: Positive
    closed_case_days: Positive
    self_service_channels: tuple[Channel, ...]
    asking_channels: tuple[Channel, ...]
    support_channels: tuple[Channel, ...]
    business_hours: dict[str, BusinessHours]


class ArrivalPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a message counts as late, and a source's clock as wrong."""

    late_after_hours: Positive
    skew_seconds_min: Positive
    skew_messages_min: Annotated[int, msgspec.Meta(ge=1)]
    skew_spread_max: Share


class WorthPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How what a customer is worth moves the priority of their alerts."""

    buys_again: dict[Stage, Annotated[float, msgspec.Meta(gt=0, le=1)]]
    typical_value_a_year: Positive
    exponent: NotNegative
    weight_min: Annotated[float, msgspec.Meta(gt=0, le=1)]
    weight_max: Annotated[float, msgspec.Meta(ge=1)]


class IdentityPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a link is old enough to be scored by, and how long it is remembered that a customer was erased."""

    settled_after_seconds: Positive
    erased_days: Positive


class DetractorPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a customer is expected to tell too many."""

    fire_at_expected: Positive
    resolve_below_expected: Positive
    critical_at_expected: Positive
    update_growth: Annotated[float, msgspec.Meta(gt=1)]
    respond_within_hours: Positive


class IgnoredComplaintPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a complaint may stay without a real reply, by channel."""

    after_hours: dict[Channel, Positive]
    critical_at_p_over_20: Share


class AdvocateLostPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How soon an advocate who complains is to be answered, and when that is urgent."""

    respond_within_hours: Positive
    critical_at_p_over_20: Share


class RepeatFailurePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How soon a cause that came back is to be answered, and when that is urgent."""

    respond_within_hours: Positive
    critical_at_complaints: Annotated[int, msgspec.Meta(ge=1)]


class UnresolvedHandoffPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a customer who left a machine may wait for a person."""

    after_hours: Positive
    critical_at_p_over_20: Share


class FormerAtRiskPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What speaks for a customer's leaving; the weights add up."""

    fire_at_risk: Positive
    critical_at_risk: Positive
    former: NotNegative
    threat_to_leave: NotNegative
    category: dict[Category, NotNegative]
    severity: dict[Severity, NotNegative]
    respond_within_hours: Positive


class ProspectLostPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long friction before the sale may stay without a real reply, by what it is about."""

    after_hours: dict[Category, Positive]
    critical_at_p_over_20: Share


class RecoveredPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long it is news that an alerted customer is content."""

    for_hours: Positive


class WinBackPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long it is news that a former customer may come back."""

    for_hours: Positive


class OwnersPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose an alert is: a kind named here goes first, then the category, then the default."""

    default: Text
    kind: dict[str, Text]
    category: dict[Category, Text]


class AdvicePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first response: a kind's own, or one by cause, arousal and whether others read along."""

    high_arousal: Share
    aroused: Text
    calm: Text
    in_public: Text
    public_channels: tuple[Channel, ...]
    source: Text
    category: dict[Category, Text]
    kind: dict[str, Text]
    kind_source: Text


class PagingPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many pages an owner can bear, and which alerts are worth one."""

    pages_per_hour: PageCount
    pages_per_hour_of: dict[str, PageCount]
    reserved_share: Annotated[float, msgspec.Meta(ge=0, lt=1)]
    settle_seconds: NotNegative
    together_minutes: NotNegative
    stale_after_hours: Positive


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The whole policy."""

    complaint: ComplaintPolicy
    listeners: ListenersPolicy
    journey: JourneyPolicy
    identity: IdentityPolicy
    arrival: ArrivalPolicy
    worth: WorthPolicy
    detractor: DetractorPolicy
    ignored_complaint: IgnoredComplaintPolicy
    advocate_lost: AdvocateLostPolicy
    repeat_failure: RepeatFailurePolicy
    unresolved_handoff: UnresolvedHandoffPolicy
    former_at_risk: FormerAtRiskPolicy
    prospect_lost: ProspectLostPolicy
    recovered: RecoveredPolicy
    win_back: WinBackPolicy
    surge: SurgePolicy
    brand_post_backlash: BrandPostBacklashPolicy
    stage_neglected: StageNeglectedPolicy
    source_blind: SourceBlindPolicy
    owners: OwnersPolicy
    advice: AdvicePolicy
    paging: PagingPolicy

    @cached_property
    def hash(self) -> str:
        """Twelve hex digits that change with every value."""
        return sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:12]
