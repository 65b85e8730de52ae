"""How long a subject is usually silent: the longest silence that ended on each of the last days."""

from typing import Final

import msgspec

from monitor.core.business_hours import DAY_SECONDS, HOUR_SECONDS

#: Two weeks hold two weekends.
DAYS: Final = 14


class Gaps(msgspec.Struct, array_like=True, kw_only=True):
    """When somebody was heard last, and per day the longest silence before somebody was."""

    last_at: float
    #: Days since 1970 with the longest silence that ended on them, in seconds; oldest first.
    days: list[tuple[int, float]] = []

    def hear(self, at: float) -> None:
        """Hear somebody; who comes late ends no silence."""
        if at <= self.last_at:
            return
        day, silence = int(at // DAY_SECONDS), at - self.last_at
        self.last_at = at
        if self.days and self.days[-1][0] == day:
            self.days[-1] = (day, max(silence, self.days[-1][1]))
        else:
            self.days = [*self.days, (day, silence)][-DAYS:]

    def find_silent_at(self, multiple: float, at_least_hours: float, learn_days: int) -> float | None:
        """Find when the silence that goes on now becomes unusual; None before so many days."""
        if len(self.days) < learn_days:
            return None
        return self.last_at + max(multiple * self.usual, at_least_hours * HOUR_SECONDS)

    @property
    def usual(self) -> float:
        """The longest silence of the last days, in seconds."""
        return max((silence for _, silence in self.days), default=0.0)
