"""Every threshold and weight that decides anything, in one frozen record with a hash that each alert carries.

Every key of the policy file is required, and none is unknown.

The values, each with its source beside it, stand in `monitor/policy.toml`; here are only their names and bounds.
"""

from collections.abc import Collection, Iterator
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from math import isfinite
from typing import Annotated

import msgspec

from monitor.core.crowd.bounds import (
    BrandPostBacklashPolicy,
    SourceBlindPolicy,
    StageNeglectedPolicy,
    SurgePolicy,
    find_crowd_faults,
)
from monitor.core.finding import Category, Severity
from monitor.core.message import Channel, Stage
from monitor.core.stages import silent_stages

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


class ListenersPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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


class JourneyPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a customer's journey remembers and forgets."""

    mood_half_life_days: Positive
    advocate_mood: Share
    advocate_messages: Annotated[int, msgspec.Meta(ge=1)]
    settled_compound: Share
    answered_quiet_hours: Positive
    unanswered_fades_days: Positive
    recent_message_ids: Annotated[int, msgspec.Meta(ge=1, le=64)]
    reply_after_late_hours: NotNegative
    silence_ends_after_days: dict[Stage, Positive]
    closed_causes: Annotated[int, msgspec.Meta(ge=1, le=16)]
    closed_cause_days: Positive
    closed_case_days: Positive
    self_service_channels: tuple[Channel, ...]
    asking_channels: tuple[Channel, ...]


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
    stale_after_hours: Positive


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The whole policy."""

    complaint: ComplaintPolicy
    listeners: ListenersPolicy
    journey: JourneyPolicy
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


def find_policy_faults(policy: Policy) -> tuple[str, ...]:
    """Name what the bounds of single values cannot: keys left out and values in the wrong order."""
    faults = [f"{name} must be a finite number" for name in _find_infinite("", msgspec.to_builtins(policy))]
    detractor, steps = policy.detractor, policy.listeners.waiting
    if detractor.resolve_below_expected > detractor.fire_at_expected:
        faults.append("detractor.resolve_below_expected must not exceed detractor.fire_at_expected")
    if detractor.critical_at_expected < detractor.fire_at_expected:
        faults.append("detractor.critical_at_expected must be at least detractor.fire_at_expected")
    if any(later.after_hours <= earlier.after_hours for earlier, later in pairwise(steps)):
        faults.append("listeners.waiting must rise in after_hours")
    risk = policy.former_at_risk
    if risk.critical_at_risk < risk.fire_at_risk:
        faults.append("former_at_risk.critical_at_risk must be at least former_at_risk.fire_at_risk")
    kept_hours = policy.journey.closed_case_days * 24
    faults.extend(
        f"{name}.for_hours must not exceed journey.closed_case_days"
        for name, hours in (
            ("recovered", policy.recovered.for_hours),
            ("win_back", policy.win_back.for_hours),
        )
        if hours > kept_hours
    )
    faults += find_crowd_faults(policy.surge, policy.brand_post_backlash, policy.advice.kind)
    faults.extend(
        f"{table}.{name} is missing"
        for table, values, names in _list_tables(policy)
        for name in names
        if name not in values
    )
    faults.extend(
        f"{table}.{kind} is no kind of alert"
        for table, kinds in (("owners.kind", policy.owners.kind), ("advice.kind", policy.advice.kind))
        for kind in kinds
        # Each kind has a table of its own name.
        if kind not in Policy.__struct_fields__
    )
    faults.extend(
        f"journey.silence_ends_after_days.{stage} is no stage that a silence ends"
        for stage in policy.journey.silence_ends_after_days
        if stage not in silent_stages()
    )
    return tuple(faults)


def _list_tables(policy: Policy) -> tuple[tuple[str, Collection[str], tuple[str, ...]], ...]:
    """List the tables that must name everything there is, and what that is."""
    severities, categories = _literal_values(Severity), _literal_values(Category)
    risk = policy.former_at_risk
    return (
        ("listeners.severity", policy.listeners.severity, severities),
        ("journey.silence_ends_after_days", policy.journey.silence_ends_after_days, silent_stages()),
        ("ignored_complaint.after_hours", policy.ignored_complaint.after_hours, _literal_values(Channel)),
        ("former_at_risk.category", risk.category, categories),
        ("former_at_risk.severity", risk.severity, severities),
        ("prospect_lost.after_hours", policy.prospect_lost.after_hours, categories),
        ("owners.category", policy.owners.category, categories),
        ("advice.category", policy.advice.category, categories),
    )


def _find_infinite(name: str, value: object) -> Iterator[str]:
    """Find the values that JSON cannot say, and that no comparison can be made with."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _find_infinite(f"{name}.{key}" if name else str(key), below)
    elif isinstance(value, list | tuple):
        for place, below in enumerate(value):
            yield from _find_infinite(f"{name}.{place}", below)
    elif isinstance(value, float) and not isfinite(value):
        yield name


def _literal_values(literal: object) -> tuple[str, ...]:
    values: tuple[str, ...] = getattr(literal, "__args__", ())
    return values
