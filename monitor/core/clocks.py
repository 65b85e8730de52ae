"""The clocks of the states of one partition: which run, and which have run out by a moment."""

from collections.abc import Collection, Iterable, Mapping
from heapq import heapify, heappop, heappush


class Clocks:
    """When the next clock of each key runs out, where one is running."""

    def __init__(self, wakes: Iterable[tuple[str, float | None]]) -> None:
        self._wake_at = {key: wake_at for key, wake_at in wakes if wake_at is not None}
        #: Earliest first; also holds what was said before of a clock that has been reset since.
        self._queue = [(wake_at, key) for key, wake_at in self._wake_at.items()]
        heapify(self._queue)
        #: Their last event failed: no tick asks them again before a message has gone well.
        self._stuck: set[str] = set()

    @property
    def running(self) -> Collection[str]:
        """The keys with a clock that runs."""
        return self._wake_at.keys()

    def set(self, wakes: Mapping[str, float | None], stuck: Iterable[str]) -> None:
        """Set clocks anew, None for none, and note whose last event failed."""
        self._stuck.difference_update(wakes)
        self._stuck.update(stuck)
        for key, wake_at in wakes.items():
            if wake_at is None:
                self._wake_at.pop(key, None)
            elif self._wake_at.get(key) != wake_at:
                self._wake_at[key] = wake_at
                heappush(self._queue, (wake_at, key))

    def due(self, at_seconds: float, drafted: Mapping[str, float | None]) -> list[str]:
        """List the keys whose clocks have run out by then, earliest first; `drafted` goes before what is set.

        Those returned stay due until they are set anew.
        """
        found: dict[str, float] = {}
        while self._queue and self._queue[0][0] <= at_seconds:
            wake_at, key = heappop(self._queue)
            if self._wake_at.get(key) == wake_at:
                found[key] = wake_at
        for key, wake_at in found.items():
            heappush(self._queue, (wake_at, key))
        for key, drafted_wake_at in drafted.items():
            found.pop(key, None)
            if drafted_wake_at is not None and drafted_wake_at <= at_seconds:
                found[key] = drafted_wake_at
        for key in self._stuck.intersection(found):
            del found[key]
        return sorted(found, key=lambda key: (found[key], key))
