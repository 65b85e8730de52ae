"""Tells Alertmanager which alerts fire, over its API v2; what it is not told again ends by itself.

One bad label would make it refuse a whole batch and yet keep the good ones: labels are made to fit beforehand
(`core.routing.label`), and a batch that is refused all the same is sent again one by one.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from monitor.core.alert import moment
from monitor.core.desk import Page
from monitor.errors import DeliveryError, DeliveryRefused
from monitor.notifiers.annotations import Links, annotate
from monitor.notifiers.server import Server
from monitor.settings import AlertmanagerSettings

_PATH: Final = "/api/v2/alerts"
_BATCH: Final = 64
#: Resends that may fail in a row before Alertmanager takes an alert for over; Prometheus allows as many.
_RESENDS_MISSED: Final = 4

PostableAlert = dict[str, Any]


class Alertmanager:
    """All Alertmanagers of a cluster; what one of them has taken is told."""

    def __init__(
        self, settings: AlertmanagerSettings, links: Links, wall_seconds: Callable[[float], float]
    ) -> None:
        """Prepare; `wall_seconds` turns event time into the time that Alertmanager lives in."""
        self._servers = [Server(url.rstrip("/") + _PATH, settings) for url in settings.urls]
        self._links = links
        self._wall_seconds = wall_seconds
        self._lasts_seconds = _RESENDS_MISSED * settings.resend_seconds

    def open(self) -> None:
        for server in self._servers:
            server.open()

    async def close(self) -> None:
        for server in self._servers:
            await server.close()

    async def send(self, pages: Sequence[Page], now_seconds: float) -> list[DeliveryError]:
        """Tell every Alertmanager these alerts, or with none that we are there; `now_seconds` is wall time.

        Return what went wrong at some of them, refusals included.

        Raises:
            DeliveryError: none of them has taken the alerts.

        """
        alerts = [written for page in pages for written in self.write(page, now_seconds)]
        outcomes = await asyncio.gather(*(_send_all(server, alerts) for server in self._servers))
        unreached = [error for _, error in outcomes if error is not None]
        if len(unreached) == len(self._servers):
            raise unreached[0]
        return [refusal for refusals, _ in outcomes for refusal in refusals] + unreached

    def write(self, page: Page, now_seconds: float) -> list[PostableAlert]:
        """Write an alert as Alertmanager takes it, and beside it the milder one that it has replaced."""
        alert = page.alert
        starts_at = min(self._wall_seconds(alert.opened_at.timestamp()), now_seconds)
        filed_at = max(starts_at, min(self._wall_seconds(page.filed_at), now_seconds))
        annotations = annotate(alert, self._links)
        written = {
            "labels": page.labels,
            "annotations": annotations,
            "startsAt": moment(starts_at),
            "endsAt": moment(filed_at if page.is_resolved else now_seconds + self._lasts_seconds),
        }
        if "dashboard_url" in annotations:
            written["generatorURL"] = annotations["dashboard_url"]
        replaced = {**written, "labels": page.retired, "endsAt": moment(filed_at)}
        return [written, replaced] if page.retired else [written]


async def _send_all(
    server: Server, alerts: list[PostableAlert]
) -> tuple[list[DeliveryError], DeliveryError | None]:
    """Return what the server has refused, and why the rest did not reach it."""
    refusals: list[DeliveryError] = []
    waiting = [alerts[start : start + _BATCH] for start in range(0, len(alerts), _BATCH)] or [[]]
    while waiting:
        batch = waiting.pop(0)
        try:
            await server.post(msgspec.json.encode(batch), {})
        except DeliveryRefused as refusal:
            if len(batch) > 1:
                waiting = [[alert] for alert in batch] + waiting
            else:
                refusals.append(refusal)
        except DeliveryError as error:
            return refusals, error
    return refusals, None
