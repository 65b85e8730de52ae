"""The budget of pages: at most so many an hour for each owner, kept for those who would tell the most people.

Whoever bids at one moment is served best first, and the first refusal ends the moment: what is granted is never less
than what is refused. The last pages of the hour are held back for bids above the median of what the hour has granted,
so that an early crowd of small ones cannot use up what a larger one needs.
"""

from collections.abc import Sequence
from math import floor
from typing import Literal

import msgspec

from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.policy import PagingPolicy

Refusal = Literal["spent", "reserved"]


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """One page: when it was granted, and how many listeners were expected."""

    at: float
    expected: float


def keep_recent(grants: Sequence[Grant], now_seconds: float) -> tuple[Grant, ...]:
    """Keep what counts against the hour that ends now."""
    return tuple(grant for grant in grants if grant.at > now_seconds - HOUR_SECONDS)


def find_limit(owner: str, policy: PagingPolicy) -> int:
    """Find how many pages an hour an owner can bear."""
    return policy.pages_per_hour_of.get(owner, policy.pages_per_hour)


def grant_best(
    bids: Sequence[float], granted: Sequence[float], limit: int, reserved_share: float
) -> tuple[int, Refusal | None]:
    """Say how many of the bids are granted, and why not the next; `bids` best first, `granted` in this hour."""
    reserved = floor(limit * reserved_share)
    spent = list(granted)
    for place, bid in enumerate(bids):
        free = limit - len(spent)
        if free <= 0:
            return place, "spent"
        if free <= reserved and spent and bid <= find_median(spent):
            return place, "reserved"
        spent.append(bid)
    return len(bids), None


def find_median(values: Sequence[float]) -> float:
    """Find the middle one; of two middle ones the larger."""
    return sorted(values)[len(values) // 2]
