"""How soon `surge` finds a rise, against the optimal detector, rules of thumb and river: a command, not a test.

    python -m tests.bench.bench_surge [--subjects 24] [--rates 5 50 500 5000] [--no-river]

Each subject has four weeks to learn from and eight to watch, with a daily and a weekly rhythm. False alarms are
counted in weeks without a rise, delays in weeks with one rise each, from its first minute to the end of the minute
that alarms. The optimal detector knows what is usual, by how much it rises and when it ends. The rules of thumb are
tuned on the very weeks in which their false alarms are counted, and river reads multiples of what is truly usual.
Prints Markdown tables, and adds `surges` to build/bench.json.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from monitor.resources import load_policy
from tests.bench.delays import BEST, OURS, Alarms, Figures, find_delays, measure, show_rows
from tests.bench.detectors import (
    BUDGET_WEEKS,
    Detect,
    alarm_above,
    calibrate_optimal,
    detect_optimally,
    detect_ours,
    find_optimal_delay,
    score_fixed,
    score_z,
    tune,
)
from tests.bench.environments import PeerUnavailable, prepare
from tests.bench.oddities import PER_HOUR, list_oddities, work_trends
from tests.bench.report import merge
from tests.bench.weeks import Weeks, simulate, usual_weeks

MULTIPLES: Final = (2.0, 5.0)
#: The level of the drifting subjects doubles in so many weeks, again and again.
DRIFT_WEEKS: Final = 8.0
#: From here on most is found in the first minutes, and a third of the subjects says as much.
_BUSY: Final = 100.0
RIVER: Final = Path(__file__).parent / "workers" / "river_detectors.py"
#: river takes minutes for each subject; of these its figures are.
RIVER_SUBJECTS: Final = 3
_RIVER_SECONDS: Final = 7200.0
#: Mean minutes at a flat rate, per rate and multiple, that an optimal detector is expected to take.
REFERENCE: Final = {
    (5.0, 2.0): "186", (50.0, 2.0): "20", (5000.0, 2.0): "under 1",
    (5.0, 5.0): "30", (50.0, 5.0): "4", (5000.0, 5.0): "under 1",
}  # fmt: skip


def compare(per_hour: float, subjects: int, *, doubling_weeks: float | None, river: bool) -> list[Figures]:
    """Let all detectors watch subjects of one rate, quiet ones and each rise; return a row for each."""
    quiet = [simulate(subject, per_hour, doubling_weeks=doubling_weeks) for subject in range(subjects)]
    risen = {
        multiple: [
            simulate(20_000 + subject, per_hour, multiple, doubling_weeks) for subject in range(subjects)
        ]
        for multiple in MULTIPLES
    }
    others: dict[str, Detect] = {
        OURS: detect_ours(load_policy().surge),
        "z-score": alarm_above(score_z, tune(score_z, quiet)),
        "fixed threshold": alarm_above(score_fixed, tune(score_fixed, quiet)),
    }
    calm = {name: [detect(weeks) for weeks in quiet] for name, detect in others.items()}
    told = run_river(quiet, risen) if river else {}
    rows = []
    for multiple, watched in risen.items():
        optimal = detect_optimally(
            multiple, calibrate_optimal(multiple, usual_weeks(per_hour, doubling_weeks))
        )
        best = find_delays([optimal(weeks) for weeks in watched], watched)
        rows.append(measure(BEST, [optimal(weeks) for weeks in quiet], best, best))
        for name, detect in others.items():
            delays = find_delays([detect(weeks) for weeks in watched], watched)
            rows.append(measure(name, calm[name], delays, best))
        for name, alarms in told.items():
            delays = find_delays(alarms[multiple], watched[:RIVER_SUBJECTS])
            rows.append(measure(name, alarms[1.0], delays, best[:RIVER_SUBJECTS]))
        for row in rows[-1 - len(others) - len(told) :]:
            row |= {"per_hour": per_hour, "multiple": multiple, "drifting": doubling_weeks is not None}
    return rows


def run_river(quiet: Sequence[Weeks], risen: dict[float, list[Weeks]]) -> dict[str, dict[float, Alarms]]:
    """Run river's detectors in their own environment; return their alarms per multiple, 1 for no rise."""
    runs = {1.0: quiet[:RIVER_SUBJECTS], **{name: weeks[:RIVER_SUBJECTS] for name, weeks in risen.items()}}
    python = prepare("river")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        watched = [weeks for run in runs.values() for weeks in run]
        for file, rows in (("quiet", runs[1.0]), ("watched", watched)):
            np.save(folder / f"{file}.npy", np.stack([weeks.counts / weeks.usual for weeks in rows]))
        subprocess.run([python, RIVER, folder], check=True, timeout=_RIVER_SECONDS)
        told: dict[str, Alarms] = json.loads((folder / "alarms.json").read_text())
    return {
        detector: {
            name: alarms[place * len(runs[1.0]) : (place + 1) * len(runs[1.0])]
            for place, name in enumerate(runs)
        }
        for detector, alarms in told.items()
    }


def show_optimum() -> list[Figures]:
    """Show that the optimal detector of this bench takes what is expected of it."""
    print("| complaints/h, flat | rise | optimal, mean minutes | reference |\n|---:|---:|---:|---:|")
    found = []
    for (per_hour, multiple), reference in REFERENCE.items():
        minutes = find_optimal_delay(multiple, per_hour)
        print(f"| {per_hour:g} | {multiple:g} times | {minutes:.1f} | {reference} |")
        found.append({"per_hour": per_hour, "multiple": multiple, "minutes": minutes, "reference": reference})
    print()
    return found


def show_oddities(subjects: int) -> list[Figures]:
    """Show how often there is an alarm on a day on which something odd happens."""
    policy = load_policy()
    quiet = [simulate(subject, PER_HOUR) for subject in range(subjects)]
    rules = {score: alarm_above(score, tune(score, quiet)) for score in (score_fixed, score_z)}
    counts: dict[tuple[str, str], list[list[bool]]] = {}
    for subject in range(subjects):
        for oddity in list_oddities(40_000 + 10 * subject, policy):
            alarms = [
                oddity.find_fired(work_trends(oddity)),
                *(rule(oddity.weeks) for rule in rules.values()),
            ]
            hits = [any(minute in oddity.day for minute in minutes) for minutes in alarms]
            counts.setdefault((oddity.name, oddity.wanted), []).append(hits)
    print(f"Of {subjects} subjects at {PER_HOUR:g} complaints an hour, those with an alarm on the day:\n")
    print("| on that day | wanted | **surge** | fixed threshold | z-score |\n|---|---|---:|---:|---:|")
    found = []
    for (name, wanted), told in counts.items():
        sums = [sum(each) for each in zip(*told, strict=True)]
        print(f"| {name} | {wanted} | {' | '.join(map(str, sums))} |")
        found.append({"day": name, "subjects": subjects, "wanted": wanted, "alarmed": sums})
    print()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--subjects", type=int, default=24)
    parser.add_argument("--rates", type=float, nargs="+", default=[5.0, 50.0, 500.0, 5000.0])
    parser.add_argument("--no-river", action="store_true")
    options = parser.parse_args()
    river = not options.no_river
    if river:
        try:
            prepare("river")
        except PeerUnavailable as reason:
            print(f"river is left out: {reason}", file=sys.stderr)
            river = False
    report = {"optimum": show_optimum(), "rows": [], "days": []}
    for per_hour in options.rates:
        subjects = options.subjects if per_hour < _BUSY else max(options.subjects // 3, 1)
        report["rows"] += compare(per_hour, subjects, doubling_weeks=None, river=river)
    report["rows"] += compare(PER_HOUR, options.subjects, doubling_weeks=DRIFT_WEEKS, river=False)
    print(
        f"Median minutes to an alarm; false alarms of one subject in {BUDGET_WEEKS} weeks; in parentheses intervals"
        " of 95 %.\n"
    )
    print("\n".join(show_rows(report["rows"])), end="\n\n")
    report["days"] = show_oddities(max(options.subjects // 3, 1))
    merge({"surges": report})
    return 0


if __name__ == "__main__":
    sys.exit(main())
