"""What a target has not confirmed is told again, the same, until it has; and then not once more."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import pytest
import stamina

from monitor.core.desk import Told
from monitor.stream.notify import Notifying
from tests.deploy.programs import wait_until
from tests.notifiers.servers import Receiver
from tests.stream.desk import NOW, TP_ALERTS, file, list_paged, make_worker
from tests.stream.log import Log

SECRET: Final = base64.b64encode(b"k" * 32).decode()


@pytest.fixture(autouse=True)
def _without_backoff() -> Iterator[None]:
    with stamina.set_testing(True, attempts=10_000):
        yield


class Crash(Exception):
    """The worker ends here."""


class CrashingWorker(Notifying):
    """Ends between the answer of a target and the note of it."""

    async def note(self, told: Told) -> None:
        raise Crash(told)


@asynccontextmanager
async def couriers(notifying: Notifying) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """Let the couriers of a worker run."""
    tasks = [asyncio.create_task(courier.run()) for courier in notifying.couriers]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, Crash):
                await task


def webhook(receiver: Receiver) -> dict[str, object]:
    return {"webhook": {"url": receiver.url, "secret": SECRET}}


def alertmanager(receiver: Receiver, resend_seconds: float) -> dict[str, object]:
    return {"alertmanager": {"urls": [f"http://127.0.0.1:{receiver.port}"], "resend_seconds": resend_seconds}}


async def wait(holds: Callable[[], object]) -> None:
    await asyncio.to_thread(wait_until, holds)


async def start(
    log: Log, number: int, notify: dict[str, object], make: type[Notifying] = Notifying
) -> Notifying:
    """Start a worker that owns the desk."""
    notifying, _ = make_worker(log, number, notify=notify, make=make)
    await notifying.own({0})
    return notifying


def wake(notifying: Notifying) -> None:
    for courier in notifying.couriers:
        courier.wake()


def find_untold(notifying: Notifying, target: str) -> float | None:
    return notifying.metrics.registry.get_sample_value("monitor_notifier_backlog", {"target": target})


def test_a_state_is_told_once_and_a_restart_tells_nothing_again() -> None:
    async def run() -> list[str]:
        log = Log()
        async with Receiver() as receiver:
            first = await start(log, 1, webhook(receiver))
            async with couriers(first):
                await first.work(TP_ALERTS, file("a", "b"))
                await first.decide(NOW)
                await wait(lambda: first.desk and all(one.told for one in first.desk.pages.values()))
            second = await start(log, 2, webhook(receiver))
            async with couriers(second):
                await second.work(TP_ALERTS, file("c", first=2))
                await second.decide(NOW + 3600)
                await wait(lambda: len(receiver.requests) == 3)
            return [request.headers["webhook-id"] for request in receiver.requests]

    assert asyncio.run(run()) == ["a.0", "b.0", "c.0"]


def test_a_crash_before_the_note_repeats_the_same_message_and_no_other() -> None:
    async def run() -> list[bytes]:
        log = Log()
        async with Receiver() as receiver:
            crashing = await start(log, 1, webhook(receiver), CrashingWorker)
            async with couriers(crashing) as tasks:
                await crashing.work(TP_ALERTS, file("a"))
                await crashing.decide(NOW)
                await wait(tasks[0].done)
            second = await start(log, 2, webhook(receiver))
            async with couriers(second):
                wake(second)
                await wait(lambda: second.desk and second.desk.pages["a"].told)
            third = await start(log, 3, webhook(receiver))
            assert third.desk == second.desk
            return [request.body for request in receiver.requests]

    first, again = asyncio.run(run())
    assert first == again


def test_an_outage_is_waited_out_and_what_is_over_by_then_is_told_as_over() -> None:
    async def run() -> list[str]:
        async with Receiver(*[503] * 5) as receiver:
            notifying = await start(Log(), 1, webhook(receiver))
            async with couriers(notifying):
                await notifying.work(TP_ALERTS, file("a", "b"))
                await notifying.decide(NOW)
                await wait(lambda: len(receiver.requests) >= 3)
                await notifying.work(TP_ALERTS, file("a", first=2, state="resolved", sequence=1))
                await wait(lambda: list_paged(notifying) == {"b"} and find_untold(notifying, "webhook") == 0)
            failed = notifying.metrics.registry.get_sample_value(
                "monitor_notifications_total", {"target": "webhook", "outcome": "failed"}
            )
            assert failed == 5
            return [request.headers["webhook-id"] for request in receiver.requests[-2:]]

    assert set(asyncio.run(run())) <= {"a.0", "a.1", "b.0"}


def test_a_message_that_is_refused_is_set_aside_and_holds_back_no_other() -> None:
    async def run() -> None:
        async with Receiver(422) as receiver:
            notifying = await start(Log(), 1, webhook(receiver))
            async with couriers(notifying):
                await notifying.work(TP_ALERTS, file("a", "b"))
                await notifying.decide(NOW)
                await wait(lambda: len(receiver.requests) == 2 and find_untold(notifying, "webhook") == 0)
            counts = {
                outcome: notifying.metrics.registry.get_sample_value(
                    "monitor_notifications_total", {"target": "webhook", "outcome": outcome}
                )
                for outcome in ("sent", "refused", "failed")
            }
            assert counts == {"sent": 1, "refused": 1, "failed": 0}

    asyncio.run(run())


def test_what_is_open_is_told_to_alertmanager_again_and_again_even_if_it_is_nothing() -> None:
    async def run() -> list[int]:
        async with Receiver() as receiver:
            notifying = await start(Log(), 1, alertmanager(receiver, resend_seconds=0.05))
            async with couriers(notifying):
                wake(notifying)
                await wait(lambda: len(receiver.requests) >= 2)
                await notifying.work(TP_ALERTS, file("a", "b"))
                await notifying.decide(NOW)
                before = len(receiver.requests)
                await wait(lambda: len(receiver.requests) >= before + 3)
            return [len(request.document) for request in receiver.requests]

    sizes = asyncio.run(run())
    assert sizes[:2] == [0, 0]
    assert sizes[-2:] == [2, 2]


def test_what_only_one_of_two_targets_knows_is_told_to_the_other_alone() -> None:
    async def run() -> None:
        log = Log()
        async with Receiver() as one, Receiver(*[503] * 1_000) as two:
            notifying = await start(log, 1, {**webhook(one), **alertmanager(two, resend_seconds=60)})
            async with couriers(notifying):
                await notifying.work(TP_ALERTS, file("a"))
                await notifying.decide(NOW)
                await notifying.work(TP_ALERTS, file("a", first=1, state="resolved", sequence=1))
                await wait(lambda: find_untold(notifying, "webhook") == 0 and two.requests)
                assert find_untold(notifying, "alertmanager") == 1
                assert list_paged(notifying) == {"a"}
                two.statuses.clear()
                await wait(lambda: list_paged(notifying) == set())

    asyncio.run(run())
