"""How soon `surge` finds a rise, against the optimal detector, rules of thumb and river: a command, not a test.

    python -m tests.bench.bench_surge [--subjects 24] [--rates 5 50 5000] [--no-river]

Each subject has four weeks to learn from and eight to watch, with a daily and a weekly rhythm. False alarms are
counted in weeks without a rise, delays in weeks with one rise each, from its first minute to the end of the minute
that alarms. The optimal detector knows what is usual, by how much it rises and when it ends. The rules of thumb are
tuned on the very weeks in which their false alarms are counted, and river reads multiples of what is truly usual.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import Final

import numpy as np

from monitor.resources import load_policy
from tests.bench.detectors import (
    BUDGET_WEEKS,
    FALSE_ALARMS,
    Detect,
    alarm_above,
    calibrate_optimal,
    detect_optimally,
    detect_ours,
    score_fixed,
    score_z,
    tune,
)
from tests.bench.environments import PeerUnavailable, prepare
from tests.bench.oddities import PER_HOUR, list_oddities, work_trends
from tests.bench.weeks import RISE_MINUTES, WATCHED_WEEKS, Weeks, simulate, usual_weeks

MULTIPLES: Final = (2.0, 5.0)
RIVER: Final = Path(__file__).parent / "workers" / "river_detectors.py"
#: river takes minutes for each subject; of these its figures are.
RIVER_SUBJECTS: Final = 6
_RIVER_SECONDS: Final = 3600.0

Alarms = list[list[int]]


def find_delays(alarms: Alarms, watched: Sequence[Weeks]) -> list[float]:
    """Return, per rise, the minutes until the first alarm in it; infinite where there is none."""
    return [
        next((alarm - start + 1.0 for alarm in found if start <= alarm < start + RISE_MINUTES), inf)
        for found, weeks in zip(alarms, watched, strict=True)
        for start in weeks.rises
    ]


def count_false(alarms: Alarms) -> float:
    """Return the alarms of one subject in the budget's weeks."""
    return sum(map(len, alarms)) / len(alarms) * BUDGET_WEEKS / WATCHED_WEEKS


def run_river(quiet: Sequence[Weeks], watched: Sequence[Weeks]) -> dict[str, Alarms]:
    """Run river's detectors in their own environment."""
    python = prepare("river")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, runs in (("quiet", quiet), ("watched", watched)):
            np.save(folder / f"{file}.npy", np.stack([weeks.counts / weeks.usual for weeks in runs]))
        subprocess.run([python, RIVER, folder], check=True, timeout=_RIVER_SECONDS)
        told: dict[str, Alarms] = json.loads((folder / "alarms.json").read_text())
        return told


def show(name: str, false: float, delays: list[float], optimum: float) -> None:
    """Print one row of the table."""
    median = statistics.median(delays)
    found = sum(delay < inf for delay in delays)
    shown = f"{median:8.1f} {median / optimum:7.2f}x" if median < inf else "       -        -"
    print(f"  {name:20} {false:12.2f} {found:6} of {len(delays):<4} {shown}")


def compare(per_hour: float, multiple: float, quiet: list[Weeks], subjects: int, *, river: bool) -> None:
    """Print how all detectors did with one rate and one rise."""
    watched = [simulate(20_000 + subject, per_hour, multiple) for subject in range(subjects)]
    threshold = calibrate_optimal(multiple, usual_weeks(per_hour))
    detectors: dict[str, Detect] = {
        "optimal": detect_optimally(multiple, threshold),
        "ours": detect_ours(load_policy().surge),
        "fixed threshold": alarm_above(score_fixed, tune(score_fixed, quiet)),
        "z-score": alarm_above(score_z, tune(score_z, quiet)),
    }
    print(f"{per_hour:g} complaints an hour, rising to {multiple:g} times that")
    optimum = inf
    for name, detect in detectors.items():
        delays = find_delays([detect(weeks) for weeks in watched], watched)
        optimum = statistics.median(delays) if name == "optimal" else optimum
        show(name, count_false([detect(weeks) for weeks in quiet]), delays, optimum)
    if river:
        calm, risen = quiet[:RIVER_SUBJECTS], watched[:RIVER_SUBJECTS]
        for name, alarms in run_river(calm, calm + risen).items():
            delays = find_delays(alarms[len(calm) :], risen)
            show(name, count_false(alarms[: len(calm)]), delays, optimum)


def show_oddities(quiet: list[Weeks], subjects: int) -> None:
    """Print how many alarms are raised where there is no rise."""
    policy = load_policy()
    fixed, z_score = tune(score_fixed, quiet), tune(score_z, quiet)
    counts: dict[str, list[list[int]]] = {}
    for subject in range(subjects):
        for oddity in list_oddities(40_000 + 10 * subject, policy):
            alerts = work_trends(oddity)
            counts.setdefault(oddity.name, []).append(
                [
                    sum(alert.state == "firing" for alert in alerts),
                    len(alarm_above(score_fixed, fixed)(oddity.weeks)),
                    len(alarm_above(score_z, z_score)(oddity.weeks)),
                ]
            )
    print(
        f"alarms in {WATCHED_WEEKS} weeks at {PER_HOUR:g} an hour, of which {FALSE_ALARMS * 2:g} are the budget"
    )
    print(f"  {'':26} {'ours':>8} {'fixed':>8} {'z-score':>8}")
    for name, alarms in counts.items():
        print(
            f"  {name:26} " + " ".join(f"{statistics.mean(each):8.2f}" for each in zip(*alarms, strict=True))
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--subjects", type=int, default=24)
    parser.add_argument("--rates", type=float, nargs="+", default=[5.0, 50.0, 5000.0])
    parser.add_argument("--no-river", action="store_true")
    options = parser.parse_args()
    river = not options.no_river
    if river:
        try:
            prepare("river")
        except PeerUnavailable as reason:
            print(f"river is left out: {reason}", file=sys.stderr)
            river = False
    print(
        f"{options.subjects} subjects; false alarms of one subject in {BUDGET_WEEKS} weeks; delays in minutes"
    )
    print(f"  {'':20} {'false alarms':>12} {'found':>13} {'median':>8} {'optimal':>8}")
    for per_hour in options.rates:
        quiet = [simulate(subject, per_hour) for subject in range(options.subjects)]
        for multiple in MULTIPLES:
            compare(per_hour, multiple, quiet, options.subjects, river=river)
        if per_hour == PER_HOUR:
            show_oddities(quiet, options.subjects)
    return 0


if __name__ == "__main__":
    sys.exit(main())
