"""How a source's messages arrive against the time that they carry: whether its clock is wrong, or they are merely late.

A clock that is wrong shifts every message alike; a queue, or an import of the past, delays each by something else.
"""

from collections.abc import Sequence
from statistics import median

from monitor.core.policy import ArrivalPolicy


def estimate_skew(ahead_seconds: Sequence[float], policy: ArrivalPolicy) -> float:
    """Estimate by how much a source's clock is ahead; 0 where it is right, or where nothing shows that it is wrong.

    `ahead_seconds` are the latest differences of the time said and the time of arrival, one for each message. Their
    median is not moved by the few that are far off; nothing but a wrong clock makes it lie in the future.
    """
    if len(ahead_seconds) < policy.skew_messages_min:
        return 0.0
    shift = median(ahead_seconds)
    if abs(shift) < policy.skew_seconds_min:
        return 0.0
    spread = median([abs(ahead - shift) for ahead in ahead_seconds])
    return shift if shift > 0 or spread <= policy.skew_spread_max * -shift else 0.0
