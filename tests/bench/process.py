"""One process on one core, watched from outside: what it says, its CPU time over time, its peak memory."""

import os
import re
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from monitor.broker.child import Child
from tests.kafka.processes import parse_json_lines

_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
_SAMPLE_SECONDS: Final = 0.02


class WatchedProcess:
    """Runs a command on the given cores until the block ends; it cannot outlive the bench."""

    def __init__(self, command: Sequence[str], cores: set[int], environment: Mapping[str, str]) -> None:
        with keep_to(cores):
            self._child = Child(command, environment)
        self._pid = 0
        self._samples: list[tuple[float, float]] = []
        self.peak_memory_bytes = 0
        #: As of the last sample.
        self.memory_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()

    def watch_until(self, is_done: Callable[[], bool], deadline_seconds: float) -> None:
        """Take a sample every 20 ms until it is done.

        Raises:
            RuntimeError: the process ended, or the deadline passed, before that.

        """
        deadline = time.monotonic() + deadline_seconds
        while not is_done():
            if not self._child.is_running or time.monotonic() > deadline:
                state = "took too long" if self._child.is_running else "ended early"
                raise RuntimeError(f"the process {state}; it printed:\n{self._child.read_log()[-4000:]}")
            self.sample()
            time.sleep(_SAMPLE_SECONDS)
        self.sample()

    def read_said(self) -> dict[str, dict[str, Any]]:
        """Return what the job has announced, by event."""
        return {line["bench"]: line for line in parse_json_lines(self._child.read_log()) if "bench" in line}

    def read_logged(self, event: str) -> list[dict[str, Any]]:
        """Return the lines of one event of the program's own log."""
        return [line for line in parse_json_lines(self._child.read_log()) if line.get("event") == event]

    def find_cpu_seconds(self, at_seconds: float) -> float:
        """Return the CPU time that it had used at a moment, all threads together, between two samples."""
        announced = [
            (float(line["at_seconds"]), float(line["cpu_seconds"])) for line in self.read_said().values()
        ]
        samples = sorted([*self._samples, *announced])
        index = bisect_left(samples, (at_seconds, 0.0))
        if index == len(samples):
            return samples[-1][1]
        if index == 0 or samples[index][0] == at_seconds:
            return samples[index][1]
        (before, low), (after, high) = samples[index - 1 : index + 1]
        return low + (high - low) * (at_seconds - before) / (after - before)

    def sample(self) -> None:
        """Note the CPU time and the memory used up to now."""
        if not self._pid:
            self._pid = self.read_said().get("begun", {}).get("pid", 0)
            return
        process = Path("/proc") / str(self._pid)
        try:
            status, stat = (process / "status").read_text(), (process / "stat").read_text()
        except OSError:
            return  # it has just ended, which is noticed in the next round
        peak = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
        if peak:
            self.peak_memory_bytes = int(peak[1]) * 1024
        resident = re.search(r"^VmRSS:\s*(\d+) kB", status, re.MULTILINE)
        if resident:
            self.memory_bytes = int(resident[1]) * 1024
        # After the name, which may hold anything: field 3 of proc(5) and on.
        fields = stat.rpartition(")")[2].split()
        self._samples.append((time.time(), (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND))


@contextmanager
def keep_to(cores: set[int]) -> Iterator[None]:
    """Keep this thread, and every process that it starts meanwhile, to these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def split_cores() -> tuple[set[int], set[int]]:
    """Divide the cores that we may use: those of broker and bench, and the one of the worker under test."""
    *others, last = sorted(os.sched_getaffinity(0))
    if not others:
        print("there is one core only: broker and workers share it, and the figures are too low")
    return set(others) or {last}, {last}
