"""What a worker of the bench is told, and how it says where it is; standard library only, every peer imports it."""

import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import Final, NoReturn

#: vaderSentiment's own threshold for a negative text.
NEGATIVE: Final = -0.05


@dataclass(frozen=True)
class Job:
    """One run: `messages` records of `source`; every topic that the worker makes must carry `group` in its name."""

    bootstrap: str
    source: str
    output: str
    group: str
    messages: int
    partitions: int
    folder: str
    deadline_seconds: int
    #: Where our worker keeps its states.
    store: str = "memory"


class Tally:
    """Counts the messages handled, and says when the first one is taken."""

    def __init__(self, messages: int) -> None:
        self.handled = 0
        self._messages = messages

    @property
    def is_complete(self) -> bool:
        return self.handled >= self._messages

    def take(self) -> None:
        """Count one message, before anything is done with it."""
        if not self.handled:
            say("first")
        self.handled += 1


def begin() -> Job:
    """Read the job; from now on the process ends by itself (SIGALRM), at its deadline at the latest."""
    job = Job(**json.loads(sys.argv[1]))
    signal.alarm(job.deadline_seconds)
    say("begun", pid=os.getpid())
    return job


def say(event: str, **facts: float) -> None:
    """Print one line for the bench, with the time and this process's CPU time."""
    now = {"at_seconds": time.time(), "cpu_seconds": time.process_time()}
    print(json.dumps({"bench": event, **now, **facts}), flush=True)


def rest() -> NoReturn:
    """Wait to be ended: the bench still reads this process's CPU time and memory."""
    while True:
        signal.pause()
