"""Simulated weeks: complaints by the minute with a daily and a weekly rhythm, and rises at known moments."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

WEEK_MINUTES: Final = 7 * 24 * 60
LEARNING_WEEKS: Final = 4
WATCHED_WEEKS: Final = 8
RISE_MINUTES: Final = 20 * 60
#: A Monday at midnight, in minutes since 1970.
MONDAY: Final = (4 + 7 * 2920) * 24 * 60

Counts = NDArray[np.int64]
Rates = NDArray[np.float64]


class Weeks(NamedTuple):
    """What was counted, what was usual, and the first minutes of the rises."""

    counts: Counts
    usual: Rates
    rises: tuple[int, ...] = ()


def shape_week() -> Rates:
    """Return what is usual in each minute of a week, relative to its mean: weekends are of another shape."""
    hours = np.arange(WEEK_MINUTES) / 60
    hour, day = hours % 24, (hours // 24).astype(int)
    working = 0.35 + 1.1 * np.exp(-(((hour - 11) / 3.2) ** 2)) + 0.9 * np.exp(-(((hour - 19.5) / 2.4) ** 2))
    weekend = 0.35 + 1.2 * np.exp(-(((hour - 14) / 4.0) ** 2)) + 0.6 * np.exp(-(((hour - 21) / 2.0) ** 2))
    level = np.array([1.15, 1.1, 1.05, 1.05, 1.0, 0.75, 0.7])[day]
    shape = np.where(day >= 5, weekend, working) * level
    relative: Rates = shape / shape.mean()
    return relative


def usual_weeks(per_hour: float, doubling_weeks: float | None = None) -> Rates:
    """Return what is usual in each minute of a run; the level may double in so many weeks, again and again."""
    weeks = LEARNING_WEEKS + WATCHED_WEEKS
    usual = np.tile(shape_week(), weeks) * per_hour / 60
    if doubling_weeks is not None:
        usual = usual * 2 ** (np.arange(len(usual)) / WEEK_MINUTES / doubling_weeks)
    return usual


def simulate(
    seed: int, per_hour: float, multiple: float | None = None, doubling_weeks: float | None = None
) -> Weeks:
    """Simulate weeks to learn from and weeks to watch, with one rise a week to that multiple of the usual."""
    random = np.random.default_rng(seed)
    usual = usual_weeks(per_hour, doubling_weeks)
    if multiple is None:
        return Weeks(random.poisson(usual), usual)
    starts = tuple(
        int((LEARNING_WEEKS + week) * WEEK_MINUTES + random.integers(0, WEEK_MINUTES - 2 * RISE_MINUTES))
        for week in range(WATCHED_WEEKS)
    )
    risen = usual.copy()
    for start in starts:
        risen[start : start + RISE_MINUTES] *= multiple
    return Weeks(random.poisson(risen), usual, starts)
