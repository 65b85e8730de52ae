"""A child process that cannot outlive its parent: ended on request, on error, and when the parent is killed.

A shell between the two reads from a pipe that only the parent holds open: the name of a signal, or the end of
the pipe, which comes however the parent ends, SIGKILL included. Linux's parent-death signal is not used: it
follows the thread that started the child, not the process, and needs code between fork and exec.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Final

#: Runs the program, sends it the signal that stdin names (SIGKILL where stdin ends), and outlives it.
_WATCH: Final = """
exec 3<&0
"$@" 3<&- </dev/null & program=$!
( read -r name <&3; kill -s "${name:-KILL}" $program ) & watch=$!
exec 3<&-
wait $program; code=$?
kill $watch 2>/dev/null
exit $code
"""

_STOP_SECONDS: Final = 15.0
_LOG_BYTES: Final = 1 << 20


class Child:
    """One running program in a session of its own, so that Ctrl-C at a terminal reaches the parent only."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the program has ended
        self._process = subprocess.Popen(  # noqa: S603 - the caller names the program; no user input
            ["/bin/sh", "-c", _WATCH, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=None if environment is None else dict(environment),
            start_new_session=True,
        )

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def read_log(self) -> str:
        """Return what the program has printed so far; it is forgotten once it has been ended."""
        return os.pread(self._log.fileno(), _LOG_BYTES, 0).decode(errors="replace").strip()

    def stop(self) -> None:
        """Ask the program to end (SIGTERM), and kill it if it takes too long."""
        self._signal(b"TERM\n")
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
        self.kill()

    def kill(self) -> None:
        """End the program at once (SIGKILL) and return when it is gone; the second time does nothing."""
        self._signal(b"KILL\n")
        self._process.wait()
        self._log.close()

    def _signal(self, name: bytes) -> None:
        pipe = self._process.stdin
        # A broken pipe: it has ended by itself. A closed one: it has had its signal.
        with suppress(BrokenPipeError):
            if pipe is not None and not pipe.closed:
                pipe.write(name)
                pipe.close()
