"""Runs `monitor worker` with the settings that ship, and samples on whose behalf its CPU time goes.

The kernel interrupts the process after each 2 ms of its CPU time; the innermost frame of a module that the table names
says which stage that was. Time in compiled code counts for the Python frame that called it.
"""

import signal
import sys
import time
from collections import Counter
from types import FrameType
from typing import Final

from monitor.cli import main
from tests.bench.workers.job import begin, say
from tests.bench.workers.ours import write_settings

_SAMPLE_CPU_SECONDS: Final = 0.002
_SAMPLES_PER_REPORT: Final = 250

OTHER: Final = "the rest: event loop, Faust"
#: Part of a module's path, and the stage that it works for; the first that fits counts.
STAGES: Final = (
    ("/core/sentiment", "score: VADER"),
    ("/core/lexicon", "score: VADER"),
    ("/core/cues", "score: cues"),
    ("/core/complaint", "complaint"),
    ("/core/words", "complaint"),
    ("/core/ngrams", "complaint"),
    ("/core/phrases", "complaint"),
    ("/core/vocabulary", "complaint"),
    ("/core/redaction", "complaint: redaction"),
    ("phonenumbers", "complaint: redaction"),
    ("/core/message", "decode and validate"),
    ("/sources/", "decode and validate"),
    ("monitor/wire", "decode and validate"),
    ("/core/identity", "score: identity"),
    ("/core/pipeline.py:assess", "score: the rest"),
    ("/core/pipeline.py:score", "score: the rest"),
    ("/stream/score", "score: encode, and its own loop"),
    ("/core/crowd", "surge"),
    ("/core/surge", "surge"),
    ("/core/trend", "surge"),
    ("/stream/surge", "surge"),
    ("/core/", "follow: journeys, listeners, alerts"),
    ("/stream/keeper", "follow: decode, and its own loop"),
    ("/stream/follow", "follow: decode, and its own loop"),
    ("monitor/records", "encode: headers"),
    ("monitor/metrics", "metrics"),
    ("prometheus_client", "metrics"),
    ("/stream/outlet", "produce"),
    ("/stream/state", "produce"),
    ("aiokafka/producer", "produce"),
    ("/stream/batches", "fetch and commit"),
    ("aiokafka", "fetch and commit"),
    ("faust/transport", "fetch and commit"),
)


class Sampler:
    """Counts samples by stage from the first one in which a message is worked."""

    def __init__(self) -> None:
        self._samples: Counter[str] = Counter()
        self._cpu_before = (0.0, 0.0)
        self._stages: dict[tuple[str, str], str | None] = {}

    def start(self) -> None:
        """Begin to be interrupted."""
        signal.signal(signal.SIGPROF, self._take)
        signal.setitimer(signal.ITIMER_PROF, _SAMPLE_CPU_SECONDS, _SAMPLE_CPU_SECONDS)

    def _take(self, _signal: int, frame: FrameType | None) -> None:
        stage = self._find_stage(frame)
        if not self._samples:
            if not stage.startswith(("score", "complaint", "decode")):
                return
            self._cpu_before = (time.process_time(), time.thread_time())
        self._samples[stage] += 1
        if self._samples.total() % _SAMPLES_PER_REPORT == 0:
            process, thread = self._cpu_before
            say(
                "profile",
                **self._samples,
                process_seconds=time.process_time() - process,
                loop_seconds=time.thread_time() - thread,
            )

    def _find_stage(self, frame: FrameType | None) -> str:
        while frame is not None:
            place = (frame.f_code.co_filename, frame.f_code.co_name)
            if place not in self._stages:
                named = ":".join(place)
                self._stages[place] = next((stage for part, stage in STAGES if part in named), None)
            stage = self._stages[place]
            if stage:
                return stage
            frame = frame.f_back
        return OTHER


def run() -> None:
    """Run the command in this very process."""
    sys.argv = ["monitor", "worker", "--config", str(write_settings(begin()))]
    Sampler().start()
    main()


if __name__ == "__main__":
    run()
