"""A worker as a process of its own, with the signals and the log that a test has of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

EXIT_CRASHED: Final = 70

_POLL_SECONDS: Final = 0.01
_STOP_SECONDS: Final = 20.0
_TAIL_LINES: Final = 25


class WorkerProcess:
    """One `monitor worker` in a process group of its own, its log in a file."""

    def __init__(self, config: Path, log: Path) -> None:
        self._log = log
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "monitor", "worker", "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env=environment,
                start_new_session=True,
            )

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def kill(self) -> None:
        """End it as a crash of the machine would; nothing happens when it has ended."""
        if self.exit_code is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def terminate(self) -> int:
        """Ask it to stop, and return its exit code."""
        self._process.send_signal(signal.SIGTERM)
        self.wait_for("its end after SIGTERM", lambda: self.exit_code is not None, _STOP_SECONDS)
        return self._process.wait()

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def read_events(self, name: str) -> list[dict[str, Any]]:
        """Return the log lines of one event."""
        return [line for line in parse_json_lines(self.read_log()) if line.get("event") == name]

    def wait_until_restored(self, seconds: float = 40.0) -> None:
        """Wait until it has been given a partition and has restored it."""
        self.wait_for("a restored partition", lambda: bool(self.read_events("partition restored")), seconds)

    def wait_for(self, what: str, condition: Callable[[], bool], seconds: float) -> None:
        wait_until(what, condition, seconds, lambda: f"{self._log.name}:\n{self.read_tail()}")

    def read_tail(self) -> str:
        return "\n".join(self.read_log().splitlines()[-_TAIL_LINES:])

    def read_log(self) -> str:
        return self._log.read_text(errors="replace")


def parse_json_lines(text: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of a log, one a line; half a line, or one that no logger wrote, is passed over."""
    for line in text.splitlines():
        try:
            parsed = json.loads(line)
        except ValueError:
            continue
        if isinstance(parsed, dict):
            yield parsed


def wait_until(what: str, condition: Callable[[], bool], seconds: float, describe: Callable[[], str]) -> None:
    """Look again and again until the condition holds; fail at the deadline with a description."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain for {what}\n{describe()}"
        time.sleep(_POLL_SECONDS)
