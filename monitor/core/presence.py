"""Which subjects have been present in which minute: so that each minute is told of once.

Forgotten at a restart, which costs repeats and no more.
"""

from typing import Final

MINUTE_SECONDS: Final = 60.0
_SUBJECTS_MAX: Final = 65_536
#: Of each subject its latest minute, and of so many before it whether it was present: sources lag behind each other.
_REMEMBERED_MINUTES: Final = 240
_ALL: Final = 2**_REMEMBERED_MINUTES - 1


class Presence:
    """The minutes in which subjects have been present, as far as they are remembered."""

    def __init__(self) -> None:
        #: The latest minute, and the minutes up to it as bits, itself the lowest.
        self._minutes: dict[str, tuple[int, int]] = {}
        self._drafted: dict[str, tuple[int, int]] = {}

    def is_first(self, subject: str, at_seconds: float) -> bool:
        """Tell whether this is the first word of the subject in its minute, as far as is remembered."""
        minute = int(at_seconds // MINUTE_SECONDS)
        known = self._drafted.get(subject) or self._minutes.get(subject)
        if known is None:
            self._drafted[subject] = (minute, 1)
            return True
        latest, present = known
        if minute > latest:
            ahead = min(minute - latest, _REMEMBERED_MINUTES)
            self._drafted[subject] = (minute, (present << ahead | 1) & _ALL)
            return True
        behind = latest - minute
        if behind >= _REMEMBERED_MINUTES:
            return True
        if present >> behind & 1:
            return False
        self._drafted[subject] = (latest, present | 1 << behind)
        return True

    def drop(self) -> None:
        """Forget what was asked since the last `keep`: it will be asked again."""
        self._drafted.clear()

    def keep(self) -> None:
        """Remember what was asked, now that it has been told."""
        if len(self._minutes) >= _SUBJECTS_MAX:
            self._minutes.clear()
        self._minutes.update(self._drafted)
        self._drafted.clear()
