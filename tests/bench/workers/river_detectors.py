"""river's detectors of a change, in its own environment: tunes each on quiet weeks, tells its alarms in others.

    python river_detectors.py FOLDER

FOLDER holds quiet.npy and watched.npy: one row per subject, counts by the minute as multiples of the truly usual. That
is kinder than life: river knows no rhythm. It writes alarms.json: per detector the alarms of each watched row.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from river.drift import ADWIN, PageHinkley  # type: ignore[import-not-found] # in its own environment alone

LEARNING_MINUTES: Final = 4 * 7 * 24 * 60
BUDGET_MINUTES: Final = 4 * 7 * 24 * 60
QUIET_MINUTES: Final = 60

#: From eager to cautious; the first that keeps the budget is taken.
KNOBS: Final[dict[str, tuple[float, ...]]] = {
    "river ADWIN": (1e-2, 1e-4, 1e-6, 1e-9, 1e-13),
    "river PageHinkley": (5, 10, 20, 40, 60, 80, 120, 200, 400, 1000),
}


def make_detector(name: str, knob: float) -> Any:  # noqa: ANN401 - river publishes no common type
    if name == "river ADWIN":
        return ADWIN(delta=knob, clock=1)
    return PageHinkley(min_instances=1440, delta=0.5, threshold=knob, alpha=1.0, mode="up")


def find_alarms(detector: Any, values: list[float]) -> list[int]:  # noqa: ANN401 - the same
    alarms, last = [], -QUIET_MINUTES
    for minute, value in enumerate(values):
        before = getattr(detector, "estimation", 0.0)
        detector.update(value)
        # ADWIN also finds falls; only a rise is an alarm.
        if detector.drift_detected and getattr(detector, "estimation", 1.0) >= before:
            if minute - last > QUIET_MINUTES and minute >= LEARNING_MINUTES:
                alarms.append(minute)
            last = minute
    return alarms


def main() -> None:
    folder = Path(sys.argv[1])
    quiet, watched = np.load(folder / "quiet.npy"), np.load(folder / "watched.npy")
    watched_minutes = (quiet.shape[1] - LEARNING_MINUTES) * len(quiet)
    told = {}
    for name, knobs in KNOBS.items():
        for knob in knobs:
            alarms = sum(len(find_alarms(make_detector(name, knob), row.tolist())) for row in quiet)
            if alarms * BUDGET_MINUTES <= watched_minutes:
                break
        told[name] = [find_alarms(make_detector(name, knob), row.tolist()) for row in watched]
    (folder / "alarms.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main()
