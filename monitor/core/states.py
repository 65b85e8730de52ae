"""The states of one partition as they are kept: encoded, by key, with the clocks that run in them.

`MemoryStates` is one of two that do the same; the other lies on the disk, for more than fits memory.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from heapq import heappop, heappush
from typing import Any, Final

from monitor.core.names import pack_name, unpack_name

#: Finds when the clock in an encoded state runs out, None while there is none.
FindWake = Callable[[bytes], float | None]

_BUCKET_SECONDS: Final = 60


def describe_mismatch(error: Exception) -> str:
    """Say what it means that a stored state cannot be read."""
    return (
        f"an entry was written by another version ({type(error).__name__}); "
        "run the version that wrote it, or start anew under other topics"
    )


class States(Mapping[str, bytes], ABC):
    """Encoded states by key; what is put counts at once, what is settled may outlive the process."""

    @abstractmethod
    def put(self, changes: Mapping[str, bytes | None]) -> None:
        """Put changed values in their places; None removes one."""

    @abstractmethod
    def list_due(self, at_seconds: float) -> list[tuple[str, float]]:
        """List the keys whose clocks have run out by then, each with its moment, in any order."""

    @abstractmethod
    def list_waking(self) -> Iterator[str]:
        """List the keys in which a clock is running."""

    @abstractmethod
    def clear(self) -> None:
        """Forget everything."""

    @property
    @abstractmethod
    def settled(self) -> bytes | None:
        """Return the place that was settled last; None where nothing is settled."""

    @abstractmethod
    def settle(self, place: bytes | None) -> None:
        """Keep all that was put, as one piece, and the place that it has come to; None leaves that as it was."""

    @abstractmethod
    def close(self) -> None:
        """Let go of whatever holds the states."""


class MemoryStates(States):
    """All in memory: nothing is ever settled, and each process reads the changelog from its beginning."""

    def __init__(self, find_wake: FindWake, states: Mapping[str, bytes] | None = None) -> None:
        self._find_wake = find_wake
        # By packed key, which saves a tenth of what a customer takes.
        self._states: dict[bytes | str, bytes] = {}
        #: By minute, the keys whose clocks run out in it, some of them more than once, or not any more.
        self._buckets: dict[int, list[bytes | str]] = {}
        self._minutes: list[int] = []
        self.put(states or {})

    def __getitem__(self, key: str) -> bytes:
        return self._states[pack_name(key)]

    def get(self, key: str, default: Any = None, /) -> Any:  # noqa: ANN401 - as the mapping's own has it
        # Asked for every customer who is heard, and the inherited one finds out by an exception that one is new.
        return self._states.get(pack_name(key), default)

    def __iter__(self) -> Iterator[str]:
        return map(unpack_name, self._states)

    def __len__(self) -> int:
        return len(self._states)

    def put(self, changes: Mapping[str, bytes | None]) -> None:
        # All of a million states come this way when a worker starts.
        states, find_wake, buckets = self._states, self._find_wake, self._buckets
        for name, value in changes.items():
            key = pack_name(name)
            if value is None:
                states.pop(key, None)
                continue
            wake_at = find_wake(value)
            if wake_at is not None:
                before = states.get(key)
                minute = int(wake_at // _BUCKET_SECONDS)
                if before is None or not self._is_in(minute, before):
                    bucket = buckets.get(minute)
                    if bucket is None:
                        self._file(minute, key)
                    else:
                        bucket.append(key)
            states[key] = value

    def list_due(self, at_seconds: float) -> list[tuple[str, float]]:
        last, due, waiting = at_seconds // _BUCKET_SECONDS, [], []
        while self._minutes and self._minutes[0] <= last:
            minute = heappop(self._minutes)
            waiting += [(minute, key) for key in self._list_bucket(minute)]
            del self._buckets[minute]
        for minute, key in waiting:
            self._file(minute, key)
            wake_at = self._find_wake(self._states[key])
            if wake_at is not None and wake_at <= at_seconds:
                due.append((unpack_name(key), wake_at))
        return due

    def list_waking(self) -> Iterator[str]:
        for minute in self._minutes:
            yield from map(unpack_name, self._list_bucket(minute))

    def clear(self) -> None:
        for kept in (self._states, self._buckets, self._minutes):
            kept.clear()

    @property
    def settled(self) -> bytes | None:
        return None

    def settle(self, place: bytes | None) -> None:
        """Keep nothing beyond the process."""

    def close(self) -> None:
        """Hold nothing but memory."""

    def _file(self, minute: int, key: bytes | str) -> None:
        bucket = self._buckets.get(minute)
        if bucket is None:
            self._buckets[minute] = [key]
            heappush(self._minutes, minute)
        else:
            bucket.append(key)

    def _list_bucket(self, minute: int) -> Iterator[bytes | str]:
        for key in dict.fromkeys(self._buckets[minute]):
            stored = self._states.get(key)
            if stored is not None and self._is_in(minute, stored):
                yield key

    def _is_in(self, minute: int, value: bytes) -> bool:
        wake_at = self._find_wake(value)
        return wake_at is not None and wake_at // _BUCKET_SECONDS == minute
