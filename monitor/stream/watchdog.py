"""Notices a worker that looks alive and does nothing: records wait, and none is worked."""

from collections.abc import Iterable

from faust.types import TP

from monitor.stream.backlog import Backlog


class Watchdog:
    """Remembers, per partition, since when it waits without any progress."""

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._stalled: dict[TP, tuple[float | None, float]] = {}

    def look(self, backlogs: Iterable[Backlog], now_seconds: float) -> TP | None:
        """Return a partition that has waited too long; `now_seconds` is of a clock that never jumps."""
        waiting = {backlog.tp: backlog.since_seconds for backlog in backlogs if backlog.state == "waiting"}
        known = self._stalled
        self._stalled = {
            tp: known[tp] if tp in known and known[tp][0] == since_seconds else (since_seconds, now_seconds)
            for tp, since_seconds in waiting.items()
        }
        for tp, (_, stalled_at_seconds) in self._stalled.items():
            if now_seconds - stalled_at_seconds > self._patience_seconds:
                return tp
        return None
