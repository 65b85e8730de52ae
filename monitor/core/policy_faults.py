"""What is wrong with a policy that the bounds of single values cannot say: keys left out, values in a wrong order."""

from collections.abc import Collection, Iterator
from itertools import pairwise
from math import isfinite

import msgspec

from monitor.core.business_hours import find_business_fault
from monitor.core.crowd.bounds import find_crowd_faults
from monitor.core.finding import Category, Severity
from monitor.core.message import Channel, Stage
from monitor.core.policy import Policy
from monitor.core.stages import silent_stages


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
    faults.extend(
        f"journey.business_hours.{source}: {fault}"
        for source, hours in policy.journey.business_hours.items()
        if (fault := find_business_fault(hours))
    )
    return tuple(faults)


def _list_tables(policy: Policy) -> tuple[tuple[str, Collection[str], tuple[str, ...]], ...]:
    """List the tables that must name everything there is, and what that is."""
    severities, categories = _literal_values(Severity), _literal_values(Category)
    risk = policy.former_at_risk
    return (
        ("listeners.severity", policy.listeners.severity, severities),
        ("journey.silence_ends_after_days", policy.journey.silence_ends_after_days, silent_stages()),
        ("worth.buys_again", policy.worth.buys_again, _literal_values(Stage)),
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
