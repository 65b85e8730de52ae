"""One process on one core, watched from outside: what it says, its CPU time over time, its peak memory."""

import json
import os
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from monitor.broker.child import Child

_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
_SAMPLE_SECONDS: Final = 0.02
#: A line of the job's own; every other line is the program's log.
_MARK: Final = '{"bench"'


class WatchedProcess:
    """Runs a command on the given cores until the block ends; it cannot outlive the bench."""

    def __init__(self, command: Sequence[str], cores: set[int], environment: Mapping[str, str]) -> None:
        with keep_to(cores):
            self._child = Child(command, environment)
        self._pid = 0
        self._samples: list[tuple[float, float]] = []
        self.peak_memory_bytes = 0

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
            self._sample()
            time.sleep(_SAMPLE_SECONDS)
        self._sample()

    def read_said(self) -> dict[str, dict[str, Any]]:
        """Return the last line of each event that the job announced."""
        lines = [json.loads(line) for line in self._read_lines() if line.startswith(_MARK)]
        return {line["bench"]: line for line in lines}

    def read_logged(self, event: str) -> list[dict[str, Any]]:
        """Return the JSON lines of one event of the program's own log."""
        lines = [json.loads(line) for line in self._read_lines() if line.startswith('{"') and event in line]
        return [line for line in lines if line.get("event") == event]

    def find_cpu_seconds(self, at_seconds: float) -> float:
        """Return the CPU time that it had used at a moment, all threads together, between two samples."""
        index = bisect_left(self._samples, (at_seconds, 0.0))
        if index in {0, len(self._samples)}:
            return self._samples[min(index, len(self._samples) - 1)][1]
        (before, low), (after, high) = self._samples[index - 1 : index + 1]
        return low + (high - low) * (at_seconds - before) / (after - before)

    def _read_lines(self) -> Iterator[str]:
        *whole, _unfinished = (self._child.read_log() + "\n").splitlines(keepends=True) or [""]
        yield from whole
        yield _unfinished

    def _sample(self) -> None:
        if not self._pid:
            self._pid = self.read_said().get("begun", {}).get("pid", 0)
            return
        status = Path(f"/proc/{self._pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        self.peak_memory_bytes = int(peak.split()[1]) * 1024
        # After the name, which may hold anything: field 3 of proc(5) and on.
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
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
