"""Where our restore hooks into Faust: with no Table declared, its recovery only resumes the streams."""

from typing import Any

from faust.tables.manager import TableManager
from faust.tables.recovery import RebalanceAgain, Recovery, ServiceStopped


class RestoringRecovery(Recovery):
    """Restores the state of the assigned partitions before any stream is resumed."""

    async def _resume_streams(self, generation_id: int = 0) -> None:
        consumer = self.app.consumer
        try:
            if self.app.consumer_generation_id == generation_id:
                assignment = consumer.assignment()
                for keeper in self.app.keepers:
                    assigned = {tp.partition for tp in assignment if tp.topic == keeper.topic}
                    # Faust cancels this wait when another rebalance begins.
                    await self._wait(keeper.own(assigned))
                # Records fetched before the rebalance must be gone before the seek to the committed offsets.
                await self._wait(consumer.parked.wait(), timeout=self.app.conf.broker_request_timeout)
            await super()._resume_streams(generation_id)
        except (RebalanceAgain, ServiceStopped):
            raise
        except Exception as error:  # noqa: BLE001 - Faust logs what its recovery raises and goes on; we must not
            await self.app.crash(error)


class RestoringTableManager(TableManager):
    """Faust's table manager, with no tables and our recovery."""

    _recovery: Any = None

    @property
    def recovery(self) -> Any:
        """Return the one recovery service."""
        if self._recovery is None:
            self._recovery = RestoringRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        """Begin at once: Faust would wait a second for tables to be declared, in every start of a worker."""
        await self._update_channels()
        await self.recovery.start()
