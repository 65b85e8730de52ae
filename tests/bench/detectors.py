"""Detectors of a rise: ours, the optimal one that knows the truth, and what people use instead.

Each reads weeks and returns the minutes at which it alarmed; those with a knob are tuned on weeks without a rise.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monitor.core.crowd.bounds import SurgePolicy
from monitor.core.crowd.series import begin_series, find_check
from tests.bench.weeks import LEARNING_WEEKS, MONDAY, RISE_MINUTES, WATCHED_WEEKS, WEEK_MINUTES, Weeks

Flags = NDArray[np.bool_]
Detect = Callable[[Weeks], list[int]]

BEGIN: Final = LEARNING_WEEKS * WEEK_MINUTES
#: The policy of this bench: one false alarm of one subject in four weeks.
FALSE_ALARMS: Final = 1.0
BUDGET_WEEKS: Final = 4
#: Alarms closer than this are one.
QUIET_MINUTES: Final = 60
_HOUR: Final = 60
_CALIBRATIONS: Final = 400
_DELAYS: Final = 2000


def detect_ours(policy: SurgePolicy) -> Detect:
    """Detect as `surge` does, which counts customers where this counts complaints."""

    def detect(weeks: Weeks) -> list[int]:
        series, alarms, calm, is_open = begin_series(MONDAY, policy), [], 0.0, False
        for minute in np.flatnonzero(weeks.counts).tolist():
            while is_open and (check := find_check(series)) <= MONDAY + minute:
                calm = series.weigh_calm(calm, 0.0, series.pass_until(check, (), policy), policy)
                is_open = calm < policy.evidence_of_end
                if not is_open:
                    series.resume(policy)
            expected = series.pass_until(MONDAY + minute, (), policy)
            count = float(weeks.counts[minute])
            expected += series.take(count, (), policy)
            if is_open:
                calm = series.weigh_calm(calm, count, expected, policy)
                if calm >= policy.evidence_of_end:
                    series.resume(policy)
                    is_open = False
            elif series.find_excess(policy) is not None:
                series.pause()
                calm, is_open = 0.0, True
                alarms.append(minute)
        return [alarm for alarm in alarms if alarm >= BEGIN]

    return detect


def detect_optimally(multiple: float, threshold: float) -> Detect:
    """Detect with the likelihood ratio of the true rise, by the minute, against the truly usual (Page's CUSUM)."""
    step = np.log(multiple)

    def detect(weeks: Weeks) -> list[int]:
        moves = weeks.counts * step - weeks.usual * (multiple - 1)
        alarms, total, ends = [], 0.0, dict.fromkeys(weeks.rises)
        resume = 0
        for minute in range(BEGIN, len(moves)):
            if minute < resume:
                continue
            total = max(0.0, total + float(moves[minute]))
            if total > threshold:
                alarms.append(minute)
                # It also knows when the rise is over.
                resume = next(
                    (start + RISE_MINUTES for start in ends if start <= minute < start + RISE_MINUTES), 0
                )
                total = 0.0
        return alarms

    return detect


def calibrate_optimal(multiple: float, usual: NDArray[np.float64], seed: int = 5) -> float:
    """Find the threshold that chance reaches once in the budget's weeks on average."""
    random, step = np.random.default_rng(seed), np.log(multiple)
    total = np.zeros(_CALIBRATIONS)
    highest = np.zeros(_CALIBRATIONS)
    for rate in usual[: BUDGET_WEEKS * WEEK_MINUTES]:
        total = np.maximum(0.0, total + step * random.poisson(rate, _CALIBRATIONS) - rate * (multiple - 1))
        np.maximum(highest, total, out=highest)
    # Alarms come as a Poisson process: with one expected, e^-1 of the runs see none.
    return float(np.quantile(highest, np.exp(-FALSE_ALARMS)))


def find_optimal_delay(multiple: float, per_hour: float, seed: int = 6) -> float:
    """Return the mean minutes that the optimal detector takes at a flat rate, for a rise that does not end."""
    usual = np.full(BUDGET_WEEKS * WEEK_MINUTES, per_hour / _HOUR)
    threshold = calibrate_optimal(multiple, usual)
    random, step = np.random.default_rng(seed), np.log(multiple)
    total, minutes = np.zeros(_DELAYS), np.zeros(_DELAYS)
    waiting = np.ones(_DELAYS, dtype=bool)
    while waiting.any():
        minutes += waiting
        moved = total + step * random.poisson(usual[0] * multiple, _DELAYS) - usual[0] * (multiple - 1)
        total = np.where(waiting, np.maximum(0.0, moved), total)
        waiting &= total <= threshold
    return float(minutes.mean())


def count_hour(weeks: Weeks) -> NDArray[np.float64]:
    """Count the last hour, at every minute."""
    total = np.concatenate(([0], np.cumsum(weeks.counts)))
    ends = np.arange(1, len(total))
    counted: NDArray[np.float64] = (total[ends] - total[np.maximum(ends - _HOUR, 0)]).astype(float)
    return counted


def score_fixed(weeks: Weeks) -> NDArray[np.float64]:
    """Score by the count of the last hour: an alarm above a fixed number."""
    return count_hour(weeks)


def score_z(weeks: Weeks) -> NDArray[np.float64]:
    """Score by standard deviations of the last hour from the same hours of the four weeks before."""
    counted = count_hour(weeks)
    past = np.stack([np.roll(counted, week * WEEK_MINUTES) for week in range(1, LEARNING_WEEKS + 1)])
    spread: NDArray[np.float64] = (counted - past.mean(axis=0)) / np.maximum(past.std(axis=0, ddof=1), 1.0)
    return spread


def alarm_above(score: Callable[[Weeks], NDArray[np.float64]], bound: float) -> Detect:
    """Alarm when a score passes a bound from below."""
    return lambda weeks: find_onsets(score(weeks) > bound)


def tune(score: Callable[[Weeks], NDArray[np.float64]], quiet: Sequence[Weeks]) -> float:
    """Find the least bound that keeps the budget on these very weeks: kinder than any user can be to it."""
    scores = [score(weeks) for weeks in quiet]
    low, high = 0.0, max(float(one[BEGIN:].max()) for one in scores)
    for _ in range(20):
        middle = (low + high) / 2
        alarms = sum(len(find_onsets(one > middle)) for one in scores)
        if alarms * BUDGET_WEEKS / WATCHED_WEEKS / len(scores) > FALSE_ALARMS:
            low = middle
        else:
            high = middle
    return high


def find_onsets(flags: Flags) -> list[int]:
    """Return the minutes at which an alarm begins, after the weeks of learning."""
    raised = [minute for minute in np.flatnonzero(flags).tolist() if minute >= BEGIN]
    return raised[:1] + [later for earlier, later in pairwise(raised) if later - earlier > QUIET_MINUTES]
