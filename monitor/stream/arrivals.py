"""Watches how the messages of each source arrive against the time that they carry: late ones, and wrong clocks."""

from collections import deque
from typing import Final

import structlog

from monitor.core.arrival import estimate_skew
from monitor.core.policy import ArrivalPolicy
from monitor.metrics import Metrics

#: A clock is judged by so many of a source's last messages.
_REMEMBERED: Final = 500
#: Fewer than these among so many hardly move a median, which is looked for anew in every small batch otherwise.
_NEW_AT_LEAST: Final = 25

log = structlog.get_logger(__name__)


class Arrivals:
    """The latest arrivals of each source topic; what they show becomes metrics, and a log line when it changes."""

    def __init__(self, policy: ArrivalPolicy, metrics: Metrics) -> None:
        self._policy = policy
        self._metrics = metrics
        self._late_seconds = policy.late_after_hours * 3600
        self._ahead: dict[str, deque[float]] = {}
        #: How many have come since the clock was judged.
        self._new: dict[str, int] = {}
        self._late: dict[str, int] = {}
        self._skewed: dict[str, bool] = {}

    def note(self, topic: str, at_seconds: float, received_at_seconds: float) -> None:
        """Note one record's own time and its arrival, both on the event-time scale; also of one that is refused."""
        ahead = at_seconds - received_at_seconds
        known = self._ahead.get(topic)
        if known is None:
            known = self._ahead[topic] = deque(maxlen=_REMEMBERED)
        known.append(ahead)
        self._new[topic] = self._new.get(topic, 0) + 1
        if -ahead > self._late_seconds:
            self._late[topic] = self._late.get(topic, 0) + 1

    def report(self, topic: str) -> None:
        """Set the metrics of one source, and say it aloud when its clock turns out wrong or right again."""
        self._metrics.late.labels(topic).inc(self._late.pop(topic, 0))
        ahead_seconds = self._ahead.get(topic, ())
        if len(ahead_seconds) == _REMEMBERED and self._new.get(topic, 0) < _NEW_AT_LEAST:
            return
        self._new[topic] = 0
        skew_seconds = estimate_skew(ahead_seconds, self._policy)
        self._metrics.clock_skew.labels(topic).set(skew_seconds)
        is_skewed = skew_seconds != 0
        if is_skewed != self._skewed.get(topic, False):
            self._skewed[topic] = is_skewed
            if is_skewed:
                log.warning("the clock of a source is wrong", topic=topic, ahead_seconds=round(skew_seconds))
            else:
                log.info("the clock of a source is right again", topic=topic)
