"""An agent with state through rebalances: what it holds open is let go before it is opened again."""

import asyncio
from contextlib import suppress

from prometheus_client import CollectorRegistry

from monitor.core.states import FindWake, MemoryStates
from monitor.metrics import Metrics
from monitor.stream.follow import make_following
from monitor.stream.keeper import Shape
from tests.core.builders import POLICY
from tests.stream.log import Log, LogOutlet, LogReader, Turn


class Folder:
    """Opens states as a disk does: whoever opens what is open fails."""

    def __init__(self) -> None:
        self.is_open = False

    def open(self, _changelog: str, _partition: int, find_wake: FindWake) -> MemoryStates:
        assert not self.is_open, "opened twice"
        self.is_open = True
        return _Opened(self, find_wake)


class _Opened(MemoryStates):
    def __init__(self, folder: Folder, find_wake: FindWake) -> None:
        super().__init__(find_wake)
        self._folder = folder

    def close(self) -> None:
        self._folder.is_open = False


def test_a_rebalance_during_a_restore_waits_until_its_states_are_closed() -> None:
    async def rebalance_twice() -> set[int]:
        following = make_following(POLICY, Metrics(CollectorRegistry(), POLICY.hash), Folder().open)
        log = Log()
        following.outlet, following.reader = LogOutlet(log, 0), LogReader(log)
        following.shape = Shape(1, alerts=1, trends=1, outcomes=1)
        cut_short = asyncio.create_task(following.own({0}))
        while not log.records:  # its claim: from then on it reads
            await Turn()
        cut_short.cancel()
        await following.own({0})  # as Faust does: at once
        with suppress(asyncio.CancelledError):
            await cut_short
        return set(following.owned)

    assert asyncio.run(rebalance_twice()) == {0}
