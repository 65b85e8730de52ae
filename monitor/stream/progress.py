"""How far one source partition has been worked: the offset that may be committed, and nothing beyond it."""

from collections import deque


class Progress:
    """Batch ends in flight, in delivery order; the committable offset is the end of the longest finished prefix."""

    def __init__(self) -> None:
        self._in_flight: deque[int] = deque()
        self._finished: set[int] = set()
        self.committable: int | None = None

    def deliver(self, end_offset: int) -> None:
        """Note a batch handed out; `end_offset` is one past its last record."""
        self._in_flight.append(end_offset)

    def finish(self, end_offset: int) -> None:
        """Note a batch finished."""
        self._finished.add(end_offset)
        while self._in_flight and self._in_flight[0] in self._finished:
            self.committable = self._in_flight.popleft()
            self._finished.discard(self.committable)

    @property
    def is_busy(self) -> bool:
        """Tell whether anything handed out is not finished."""
        return bool(self._in_flight)
