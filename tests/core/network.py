"""Several partitions of the scored log in memory: what one hands on is appended to another, worked in any order."""

from collections.abc import Iterator
from typing import Any, Final
from zlib import crc32

import msgspec

from monitor.core.alert import Alert
from monitor.core.held import Forwarding, Grave, Held
from monitor.core.journey import Journey
from monitor.core.machine import Place
from monitor.core.machines import FOLLOW
from monitor.core.partition import Partition
from monitor.core.plan import Marker
from monitor.core.policy import Policy
from monitor.core.scored import KeyedEvent, Tick

TOPIC: Final = "monitor.scored.v1"
_UNBOUNDED: Final = 2**62


class Network:
    """The logs, and the state of each."""

    def __init__(self, partitions: int, policy: Policy) -> None:
        self._policy = policy
        self.logs: list[list[KeyedEvent | Tick]] = [[] for _ in range(partitions)]
        self.states = [
            Partition(FOLLOW, Place(TOPIC, number, partitions), {}, Marker()) for number in range(partitions)
        ]
        self.alerts: list[Alert] = []

    def find_partition(self, name: str) -> int:
        return crc32(name.encode()) % len(self.logs)

    def append(self, *events: KeyedEvent | Tick) -> None:
        """Append each event to the partition of its customer, a tick to all of them."""
        for event in events:
            if isinstance(event, Tick):
                for log in self.logs:
                    log.append(event)
            else:
                self.logs[self.find_partition(event.customer)].append(event)

    def work(self, partition: int, records: int, *, dies: bool = False) -> bool:
        """Work the next records of a partition; who dies does so when what is handed on stands in the log."""
        state = self.states[partition]
        begin = state.marker.next_offset
        events = list(enumerate(self.logs[partition]))[begin : begin + records]
        plan = state.plan(events, self._policy, _UNBOUNDED)
        self.append(*plan.handed)
        if not dies:
            state.apply(plan)
            self.alerts += plan.alerts
        return bool(events)

    def finish(self) -> None:
        """Work everything off."""
        while sum(self.work(partition, _UNBOUNDED) for partition in range(len(self.logs))):
            pass

    def held(self) -> dict[str, Held]:
        """Return what is held under each name."""
        return {
            key: FOLLOW.decode(key, value) for state in self.states for key, value in state.states.items()
        }

    def journeys(self) -> dict[str, Journey]:
        return {name: held for name, held in self.held().items() if isinstance(held, Journey)}

    def forwardings(self) -> dict[str, str]:
        return {name: held.canonical for name, held in self.held().items() if isinstance(held, Forwarding)}

    def graves(self) -> dict[str, Grave]:
        return {name: held for name, held in self.held().items() if isinstance(held, Grave)}

    def mentions(self, name: str) -> Iterator[tuple[str, Any]]:
        """Yield every entry of the state in which the name stands anywhere."""
        for state in self.states:
            for key, value in state.states.items():
                if name in key or name.encode() in value:
                    yield key, msgspec.msgpack.decode(value)
