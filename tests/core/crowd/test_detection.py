"""A rise is found nearly as soon as by the optimal detector that knows what is usual, and hardly ever without one.

A small and pinned part of `make surges`, which has the figures.
"""

from math import sqrt

import pytest

from tests.bench.delays import count_false, find_delays, find_median
from tests.bench.detectors import BEGIN, BUDGET_WEEKS, calibrate_optimal, detect_optimally, detect_ours
from tests.bench.oddities import Oddity, list_trends, work_trends
from tests.bench.weeks import WATCHED_WEEKS, simulate, usual_weeks
from tests.core.builders import POLICY

SUBJECTS = 4
OURS = detect_ours(POLICY.surge)


@pytest.mark.parametrize(("per_hour", "multiple"), [(5.0, 5.0), (50.0, 2.0)])
def test_the_median_delay_is_within_one_and_a_half_of_the_optimum(per_hour: float, multiple: float) -> None:
    watched = [simulate(1000 + subject, per_hour, multiple) for subject in range(SUBJECTS)]
    optimal = detect_optimally(multiple, calibrate_optimal(multiple, usual_weeks(per_hour)))
    ours = find_delays([OURS(weeks) for weeks in watched], watched)
    best = find_delays([optimal(weeks) for weeks in watched], watched)
    assert find_median(ours) <= 1.5 * find_median(best)


def test_false_alarms_are_as_rare_as_the_policy_says() -> None:
    false = count_false([OURS(simulate(subject, 5.0)) for subject in range(SUBJECTS)])
    # One is expected in four weeks; in so few weeks chance adds as much as its two standard errors.
    assert false <= 1.0 + 2 / sqrt(SUBJECTS * WATCHED_WEEKS / BUDGET_WEEKS)


def test_what_the_bench_measures_is_what_surge_does() -> None:
    weeks = simulate(7, 5.0, 5.0)
    watched = range(BEGIN, len(weeks.counts))
    rise = Oddity("a rise", "alarm", weeks, list_trends(weeks), POLICY, watched)
    assert [minute for minute in rise.find_fired(work_trends(rise)) if minute in watched] == OURS(weeks)
