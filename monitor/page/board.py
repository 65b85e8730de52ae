"""The board: the latest state of each alert that is open, and of those that ended last; bounded, and without I/O."""

from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from monitor.core.alert import Alert, AlertKind, AlertSeverity, AlertState

OPEN_MAX: Final = 20_000
ENDED_MAX: Final = 300


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the list shows of an alert; the rest is asked for by its id."""

    id: str
    sequence: int
    kind: AlertKind
    state: AlertState
    severity: AlertSeverity
    headline: str
    at: datetime
    opened_at: datetime
    respond_by: datetime
    expected: float = 0.0
    customer: str | None = None
    category: str | None = None
    channel: str | None = None
    stage: str | None = None
    product: str | None = None
    brand: str | None = None
    owner: str | None = None
    subject: str | None = None


def make_row(alert: Alert) -> Row:
    """Take from an alert what the list shows."""
    return Row(
        id=alert.id,
        sequence=alert.sequence,
        kind=alert.kind,
        state=alert.state,
        severity=alert.severity,
        headline=alert.headline,
        at=alert.at,
        opened_at=alert.opened_at,
        respond_by=alert.respond_by,
        expected=alert.listeners.expected if alert.listeners else 0.0,
        customer=alert.customer,
        category=alert.category,
        channel=alert.channel,
        stage=alert.stage,
        product=alert.product,
        brand=alert.brand,
        owner=alert.action.owner if alert.action else None,
        subject=alert.subject,
    )


def _rank(row: Row) -> tuple[int, bool]:
    """Order the states of one alert: that nobody is paged for it is said after it, under the same sequence."""
    return row.sequence, row.state == "suppressed"


class Board:
    """Keeps what the page shows, fed with the alert topic from its beginning; a repeat changes nothing."""

    def __init__(self, open_max: int = OPEN_MAX, ended_max: int = ENDED_MAX) -> None:
        self._open_max = open_max
        self._ended_max = ended_max
        self._open: OrderedDict[str, tuple[Row, bytes]] = OrderedDict()
        self._ended: OrderedDict[str, tuple[Row, bytes]] = OrderedDict()

    def take(self, alert: Alert, raw: bytes) -> Row | None:
        """Take one state of an alert, and return its row unless it is old news."""
        row = make_row(alert)
        known = self._open.get(alert.id) or self._ended.get(alert.id)
        if known is not None and _rank(known[0]) >= _rank(row):
            return None
        self._open.pop(alert.id, None)
        self._ended.pop(alert.id, None)
        target, most = (
            (self._ended, self._ended_max) if alert.state == "resolved" else (self._open, self._open_max)
        )
        target[alert.id] = (row, raw)
        if len(target) > most:
            target.popitem(last=False)
        return row

    def drop(self, alert_id: str) -> None:
        """Forget an alert that has been taken back: who watches has seen it end, and a new browser does not see it."""
        self._open.pop(alert_id, None)
        self._ended.pop(alert_id, None)

    def list_rows(self) -> Iterator[Row]:
        """List every row, those that ended first, so that nothing open is missed by a reader that stops early."""
        for kept in (self._ended, self._open):
            yield from [row for row, _ in kept.values()]

    def find(self, alert_id: str) -> bytes | None:
        """Return the whole alert as it was published."""
        known = self._open.get(alert_id) or self._ended.get(alert_id)
        return known[1] if known else None
