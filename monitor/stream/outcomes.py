"""What every worker learns of outcomes: how often each kind of alert is right, as a gauge."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer

from monitor.core.outcome import Outcome, measure_precision
from monitor.errors import Rejected
from monitor.metrics import Metrics
from monitor.stream.tables import TableReader
from monitor.topics import OUTCOMES
from monitor.wire import OUTCOME


def make_outcome_reader(metrics: Metrics, make_consumer: Callable[[], AIOKafkaConsumer]) -> TableReader:
    """Make the reader that keeps the precision of each kind up to date; the last word on an alert counts."""
    outcomes: dict[bytes | None, Outcome] = {}

    def learn(records: Sequence[Any]) -> None:
        for record in records:
            outcomes.pop(record.key, None)
            if record.value is not None:
                # What is no outcome, the score agent reads too, and sets aside.
                with suppress(Rejected):
                    outcomes[record.key] = OUTCOME.decode(record.value)
        # Once for all of them: it counts everything that is known.
        metrics.show_outcomes(outcomes.values(), measure_precision(outcomes.values()))

    return TableReader(OUTCOMES, make_consumer, learn)
