"""Tells each target, again and again, what it has not confirmed; while it cannot, the backlog waits on the desk.

The backlog holds the latest state of each paged alert: it is no longer than what the budget has granted.
"""

import asyncio
import time
from contextlib import suppress
from itertools import islice
from typing import Final, Protocol

import stamina
import structlog

from monitor.core.desk import Desk, Page, Told, list_untold
from monitor.errors import DeliveryError, DeliveryRefused
from monitor.metrics import Metrics
from monitor.notifiers import Alertmanager, Webhook

_BACKOFF_FIRST_SECONDS: Final = 0.5
_BACKOFF_AT_MOST_SECONDS: Final = 30.0
#: Messages that a webhook may fail to take before the rest waits, too.
_FAILURES_AT_MOST: Final = 3
#: So many are noted as one batch of the changelog.
_NOTED_AT_ONCE: Final = 500

log = structlog.get_logger(__name__)


class Post(Protocol):
    """Where the desk is kept."""

    @property
    def desk(self) -> Desk | None:
        """The desk; None while it is another worker's."""
        ...

    async def note(self, told: Told) -> None:
        """Note what a target has confirmed."""


class Report:
    """What is shown of one target."""

    def __init__(self, target: str, metrics: Metrics) -> None:
        self._target = target
        self._metrics = metrics
        metrics.show_target(target)

    def count(self, error: DeliveryError | None = None) -> None:
        """Count one request: sent, or why it was not."""
        if error is None:
            self._metrics.notifications.labels(self._target, "sent").inc()
            self._metrics.notifier_last_success.labels(self._target).set_to_current_time()
        elif isinstance(error, DeliveryRefused):
            self._metrics.notifications.labels(self._target, "refused").inc()
            log.error("notification refused", target=self._target, reason=str(error))
        else:
            self._metrics.notifications.labels(self._target, "failed").inc()

    def show(self, desk: Desk | None) -> None:
        """Show how much waits; nothing does where the desk is another worker's."""
        untold = sum(1 for _ in list_untold(desk, self._target)) if desk else 0
        self._metrics.notifier_backlog.labels(self._target).set(untold)


class AlertmanagerRound:
    """Tells news at once, and all that is open every so often, which also finds out early that nobody is there."""

    target: Final = "alertmanager"

    def __init__(self, client: Alertmanager, resend_seconds: float) -> None:
        self.client = client
        self._resend_seconds = resend_seconds
        self._resend_at = 0.0

    def find_pause_seconds(self) -> float | None:
        return max(0.0, self._resend_at - time.monotonic())

    async def go(self, post: Post, desk: Desk, report: Report) -> None:
        untold = dict(list_untold(desk, self.target))
        began = time.monotonic()
        is_due = began >= self._resend_at
        if not (untold or is_due):
            return
        pages = [one for one in desk.pages.values() if one.labels] if is_due else list(untold.values())
        try:
            errors = await self.client.send(pages, time.time())
        except DeliveryError as error:
            report.count(error)
            raise
        if is_due:
            self._resend_at = began + self._resend_seconds
        report.count()
        for away in errors:
            log.warning("one of several Alertmanagers was not told", reason=str(away))
            report.count(away)
        waiting = iter(untold.items())
        while some := dict(islice(waiting, _NOTED_AT_ONCE)):
            await post.note(Told(self.target, {name: page.version for name, page in some.items()}))


class WebhookRound:
    """Tells each state once."""

    target: Final = "webhook"

    def __init__(self, client: Webhook) -> None:
        self.client = client

    def find_pause_seconds(self) -> float | None:
        return None

    async def go(self, post: Post, desk: Desk, report: Report) -> None:
        failures: list[DeliveryError] = []
        for name, page in list_untold(desk, self.target):
            if len(failures) == _FAILURES_AT_MOST or post.desk is None:
                break
            error = await self._send(page)
            report.count(error)
            if error is None or isinstance(error, DeliveryRefused):
                await post.note(Told(self.target, {name: page.version}))
            else:
                failures.append(error)
        if failures:
            raise failures[-1]

    async def _send(self, page: Page) -> DeliveryError | None:
        try:
            await self.client.send(page, time.time())
        except DeliveryError as error:
            return error
        return None


class Courier:
    """Makes rounds until it is cancelled; `wake` it when there is news."""

    def __init__(self, work: AlertmanagerRound | WebhookRound, post: Post, metrics: Metrics) -> None:
        self._round = work
        self._post = post
        self._report = Report(work.target, metrics)
        self._news = asyncio.Event()

    def wake(self) -> None:
        self._report.show(self._post.desk)
        self._news.set()

    async def run(self) -> None:
        """Tell what is untold until all is told; then wait for news, or until it is time to tell it again."""
        self._round.client.open()
        try:
            while True:
                async for attempt in stamina.retry_context(
                    on=DeliveryError,
                    attempts=None,
                    timeout=None,
                    wait_initial=_BACKOFF_FIRST_SECONDS,
                    wait_max=_BACKOFF_AT_MOST_SECONDS,
                ):
                    with attempt:
                        await self._go()
                await self._pause()
        finally:
            await self._round.client.close()

    async def _go(self) -> None:
        self._news.clear()
        desk = self._post.desk
        if desk is not None:
            await self._round.go(self._post, desk, self._report)

    async def _pause(self) -> None:
        seconds = None if self._post.desk is None else self._round.find_pause_seconds()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
