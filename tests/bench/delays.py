"""How soon a detector found rises, and how often it alarmed without one: figures with intervals, and their table."""

import statistics
from collections.abc import Iterable, Sequence
from math import inf, isfinite
from typing import Any, Final

import numpy as np
from scipy.stats import chi2

from tests.bench.detectors import BUDGET_WEEKS
from tests.bench.weeks import RISE_MINUTES, WATCHED_WEEKS, Weeks

BEST, OURS = "optimal", "surge"
_RESAMPLES: Final = 2000
_SURE: Final = 0.95

Alarms = list[list[int]]
Delays = list[list[float]]
Figures = dict[str, Any]


def find_delays(alarms: Alarms, watched: Sequence[Weeks]) -> Delays:
    """Return, per subject and rise, the minutes until the first alarm in it; infinite where there is none."""
    return [
        [
            next((alarm - start + 1.0 for alarm in found if start <= alarm < start + RISE_MINUTES), inf)
            for start in weeks.rises
        ]
        for found, weeks in zip(alarms, watched, strict=True)
    ]


def find_median(delays: Delays) -> float:
    """Return the middle one of all delays."""
    return statistics.median(delay for one in delays for delay in one)


def count_false(alarms: Alarms) -> float:
    """Return the alarms of one subject in the budget's weeks."""
    return sum(map(len, alarms)) / len(alarms) * BUDGET_WEEKS / WATCHED_WEEKS


def measure(detector: str, calm: Alarms, delays: Delays, optimal: Delays) -> Figures:
    """Put together what one detector did; intervals are of 95 %."""
    median, best = find_median(delays), find_median(optimal)
    drawn, drawn_best = _resample(delays, optimal)
    found = sum(isfinite(delay) for one in delays for delay in one)
    return {
        "detector": detector,
        "false_alarms": count_false(calm),
        "false_alarms_interval": _bound_counts(sum(map(len, calm)), len(calm) * WATCHED_WEEKS / BUDGET_WEEKS),
        "rises": sum(map(len, delays)),
        "found": found,
        "delay_minutes": _finite(median),
        "delay_interval": _bound(drawn),
        "of_optimum": _finite(median / best),
        "of_optimum_interval": _bound(drawn / drawn_best),
    }


def _resample(delays: Delays, optimal: Delays) -> tuple[np.ndarray, np.ndarray]:
    """Draw subjects with replacement, the same ones for both, and return the medians of each draw (bootstrap)."""
    random = np.random.default_rng(1)
    drawn = random.integers(0, len(delays), (_RESAMPLES, len(delays)))
    ours, best = np.array(delays), np.array(optimal)
    return (
        np.median(ours[drawn].reshape(_RESAMPLES, -1), axis=1),
        np.median(best[drawn].reshape(_RESAMPLES, -1), axis=1),
    )


def _bound(drawn: np.ndarray) -> list[float | None]:
    low, high = np.quantile(drawn, [(1 - _SURE) / 2, (1 + _SURE) / 2], method="nearest")
    return [_finite(float(low)), _finite(float(high))]


def _bound_counts(count: int, over: float) -> list[float]:
    """Return the exact interval of a Poisson rate (Garwood 1936)."""
    low = chi2.ppf((1 - _SURE) / 2, 2 * count) / 2 if count else 0.0
    high = chi2.ppf((1 + _SURE) / 2, 2 * count + 2) / 2
    return [float(low) / over, float(high) / over]


def _finite(value: float) -> float | None:
    """JSON knows no infinity."""
    return value if isfinite(value) else None


def show_rows(rows: Iterable[Figures]) -> list[str]:
    """Write a Markdown table: a line for each rate and rise, what others did beside ours."""
    lines: dict[tuple[float, bool, float], dict[str, Figures]] = {}
    for row in rows:
        lines.setdefault((row["per_hour"], row["drifting"], row["multiple"]), {})[row["detector"]] = row
    others = list(dict.fromkeys(name for line in lines.values() for name in line if name not in {BEST, OURS}))
    headings = ["complaints/h", "rise", "optimal", "**surge**", "of the optimal", "its false alarms", *others]
    table = [f"| {' | '.join(headings)} |", f"|{'---:|' * len(headings)}"]
    for (per_hour, drifting, multiple), line in lines.items():
        ours = line[OURS]
        cells = [
            f"{per_hour:g}{', drifting' if drifting else ''}",
            f"{multiple:g} times",
            _show_delay(line[BEST]),
            f"**{_show_delay(ours)}** {_show(ours['delay_interval'], 0)}",
            f"**{_show_one(ours['of_optimum'], 2)}** {_show(ours['of_optimum_interval'], 2)}",
            f"{ours['false_alarms']:.2f} {_show(ours['false_alarms_interval'], 2)}",
            *(_show_delay(line[name]) if name in line else "" for name in others),
        ]
        table.append(f"| {' | '.join(cells)} |")
    return table


def _show_delay(row: Figures) -> str:
    missed = row["rises"] - row["found"]
    return _show_one(row["delay_minutes"], 1) + (f", {missed / row['rises']:.0%} missed" if missed else "")


def _show_one(value: float | None, digits: int) -> str:
    return "never" if value is None else f"{value:.{digits}f}"


def _show(interval: Sequence[float | None], digits: int) -> str:
    return f"({' to '.join(_show_one(bound, digits) for bound in interval)})"
