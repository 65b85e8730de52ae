"""The demo's stage says why its worker could not start; `tests/cli/test_demo.py` shows that it leaves nothing."""

from datetime import UTC, datetime

import pytest

from monitor.demo.stage import set_stage
from monitor.errors import BrokerError

BEGINNING = datetime(2026, 3, 2, tzinfo=UTC)


def test_a_worker_that_cannot_start_is_told_with_its_own_words() -> None:
    with (
        pytest.raises(BrokerError, match=r"the demo's worker has ended:(.|\n)*`clock.speed`"),
        set_stage(event_start=BEGINNING, wall_start=BEGINNING, speed=-1, future_tolerance_seconds=1),
    ):
        pytest.fail("it must not come so far")
