"""Which clocks of a partition have run out by a moment; the states know which are running."""

from collections.abc import Iterable, Mapping

from monitor.core.states import States


class Clocks:
    """The clocks that run in the states, but for those whose last event has failed."""

    def __init__(self, states: States) -> None:
        self._states = states
        #: Their last event failed: no tick asks them again before a message has gone well.
        self._stuck: set[str] = set()

    def note(self, moved: Iterable[str], failed: Iterable[str]) -> None:
        """Note which states have been put anew, and whose last event failed."""
        self._stuck.difference_update(moved)
        self._stuck.update(failed)

    def due(self, at_seconds: float, drafted: Mapping[str, float | None]) -> list[str]:
        """List the keys whose clocks have run out by then, earliest first; `drafted` goes before the states.

        Those returned stay due until their states are put anew.
        """
        found = dict(self._states.list_due(at_seconds))
        for key, drafted_wake_at in drafted.items():
            found.pop(key, None)
            if drafted_wake_at is not None and drafted_wake_at <= at_seconds:
                found[key] = drafted_wake_at
        for key in self._stuck.intersection(found):
            del found[key]
        return sorted(found, key=lambda key: (found[key], key))
