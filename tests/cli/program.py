"""Runs the program as a user does: a process of its own, in a folder of its own, without this shell's settings."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Final

#: Generous, because the machine may be busy: what takes longer hangs.
DEADLINE_SECONDS: Final = 120.0
COMMAND: Final = (sys.executable, "-m", "monitor")


def make_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Make an environment in which nothing but `variables` sets anything of the program."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
    return {**inherited, "COLUMNS": "200", **variables}


def run(
    *arguments: str, folder: Path, stdin: str | bytes = b"", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; a traceback is never what a user should see."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        cwd=folder,
        env=make_environment(variables),
        capture_output=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    stdout, stderr = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in stderr, stderr
    return subprocess.CompletedProcess(done.args, done.returncode, stdout, stderr)


class Program:
    """A command that is running; its output is read as it comes."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.lines: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._fresh: dict[str, Queue[str | None]] = {"stdout": Queue(), "stderr": Queue()}
        self._readers = [Thread(target=self._read, args=(stream,), daemon=True) for stream in self.lines]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: str) -> None:
        pipe = getattr(self.process, stream)
        with pipe:
            for line in pipe:
                text = line.decode().rstrip("\n")
                self.lines[stream].append(text)
                self._fresh[stream].put(text)
        self._fresh[stream].put(None)

    def wait_for(self, says: Callable[[str], bool], stream: str = "stderr") -> str:
        """Return the next line of which `says` is true."""
        while True:
            try:
                line = self._fresh[stream].get(timeout=DEADLINE_SECONDS)
            except Empty:
                raise AssertionError(f"it did not say so in time: {self.lines}") from None
            assert line is not None, f"it ended before it said so: {self.lines}"
            if says(line):
                return line

    def end(self, number: signal.Signals | None = None) -> int:
        """Send a signal, if any, and return the exit code once it has ended and all its output is read."""
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(DEADLINE_SECONDS)
        for reader in self._readers:
            reader.join(DEADLINE_SECONDS)
        return code

    @property
    def stderr(self) -> str:
        return "\n".join(self.lines["stderr"])

    @property
    def stdout(self) -> str:
        return "\n".join(self.lines["stdout"])


@contextmanager
def start(*arguments: str, folder: Path, **variables: str) -> Iterator[Program]:
    """Start a command; it is killed if the block leaves it running."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=make_environment(variables),
    )
    program = Program(process)
    try:
        yield program
    finally:
        if process.poll() is None:
            process.kill()
        program.end()


class Descendants:
    """The processes that a process has started, and those that these have; they may outlive it."""

    def __init__(self, pid: int) -> None:
        self.commands: dict[int, str] = {}
        self._handles: dict[int, int] = {}
        for child in _list_descendants(pid):
            try:
                command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                self._handles[os.pidfd_open(child)] = child
            except (OSError, UnicodeDecodeError):
                continue  # it has just ended
            self.commands[child] = command

    def wait_until_gone(self) -> None:
        """Return when all of them have ended."""
        try:
            for handle, pid in self._handles.items():
                ended, _, _ = select.select([handle], [], [], DEADLINE_SECONDS)
                assert ended, f"left behind: {self.commands[pid]}"
        finally:
            for handle in self._handles:
                os.close(handle)


def _list_descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            yield child
            yield from _list_descendants(child)
