"""A worker with the desk in a changelog in memory, and alerts as it is handed them."""

from collections import defaultdict
from typing import Any, Final

import msgspec
from faust.types import TP
from prometheus_client import CollectorRegistry

from monitor.metrics import Metrics
from monitor.records import encode
from monitor.settings import Settings
from monitor.stream.notify import Notifying
from monitor.stream.outlet import Headers, Record
from monitor.topics import ALERTS
from tests.core.builders import BEGINNING, POLICY, complain, follow_all, overlay
from tests.stream.log import Log, LogOutlet, LogReader

(BASE,) = follow_all([complain(0, 0, severity="blame", followers=9_000)])[1]
TP_ALERTS: Final = TP(ALERTS, 0)
#: Two pages an hour, decided at once.
TIGHT: Final = overlay({"paging": {"pages_per_hour": 2, "reserved_share": 0.0, "settle_seconds": 0.0}}).paging
NOW: Final = BEGINNING.timestamp()
WEBHOOK: Final[dict[str, object]] = {
    "webhook": {"url": "http://127.0.0.1:1/hook", "secret": "a2tra2tra2tra2tra2tra2s="}
}


class Filed(msgspec.Struct, frozen=True):
    """One record of the alert topic, as the agent is handed it."""

    offset: int
    value: bytes | None
    timestamp: float = NOW * 1000
    topic: str = ALERTS
    partition: int = 0
    headers: Headers = []
    key: bytes | None = None


class Outlet(LogOutlet):
    """State goes into the log; what is sent to a topic is kept."""

    def __init__(self, log: Log, worker: int) -> None:
        super().__init__(log, worker)
        self.sent: defaultdict[str, list[Record]] = defaultdict(list)

    async def send(self, topic: str, by_partition: dict[int, list[Record]], *, large: bool = False) -> None:  # noqa: ARG002 - as the outlet's own
        for records in by_partition.values():
            self.sent[topic] += records


def make_worker(
    log: Log, number: int, *, notify: dict[str, object] = WEBHOOK, make: type[Notifying] = Notifying
) -> tuple[Notifying, Outlet]:
    """Make a worker that does not own the desk yet."""
    outlet = Outlet(log, number)
    settings = Settings.model_validate({"notify": notify})
    notifying = make(TIGHT, settings, Metrics(CollectorRegistry(), POLICY.hash))
    notifying.outlet, notifying.reader = outlet, LogReader(log)
    return notifying, outlet


def file(*names: str, first: int = 0, **fields: object) -> list[Any]:
    """Write alerts, the later ones with the larger audience."""
    assert BASE.listeners
    alerts = [
        msgspec.structs.replace(
            BASE,
            id=name,
            customer=f"c-{name}",
            listeners=msgspec.structs.replace(BASE.listeners, expected=20.0 + place),
            **fields,
        )
        for place, name in enumerate(names)
    ]
    return [Filed(first + place, encode(alert)) for place, alert in enumerate(alerts)]


def list_paged(notifying: Notifying) -> set[str]:
    assert notifying.desk
    return {name for name, one in notifying.desk.pages.items() if one.labels}
