"""A share of few: how much of it the counts can vouch for."""

from math import sqrt


def find_lower_bound(counted: int, total: int, quantile: float) -> float:
    """Return the lower end of Wilson's interval for a share; `quantile` is that of the standard normal distribution."""
    if not total:
        return 0.0
    share, square = counted / total, quantile * quantile
    spread = quantile * sqrt(share * (1 - share) / total + square / (4 * total * total))
    return (share + square / (2 * total) - spread) / (1 + square / total)
