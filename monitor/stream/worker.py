"""Runs one worker process: starts the app, serves its metrics, stops it in order, and ends hard when it fails."""

import asyncio
import ctypes
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

import structlog
from prometheus_client import start_http_server

from monitor.errors import ConfigError, EarshotError, StuckError
from monitor.resources import load_identifier
from monitor.settings import Settings
from monitor.stream.app import MonitorApp, make_app
from monitor.stream.backlog import Backlog, list_backlogs
from monitor.stream.watchdog import Watchdog

EXIT_CRASHED: Final = 70
#: Python's default of 700 looks through the young objects many times in every batch. What a worker holds of a backlog
#: is some 100,000 objects, none of them garbage: to look through them takes up to 50 ms, in which nothing else is done.
_GC_ALLOCATIONS: Final = 1_000_000

#: Python lets a thread that computes go on for 5 ms before another may: the fetcher, which needs the interpreter a
#: few times for each fetch and each time for next to nothing, would wait for the scoring that much each time.
_SWITCH_SECONDS: Final = 0.001

#: Left alone, glibc soon takes blocks of any size for something to keep: what a restore is made of then leaves holes
#: between what stays, a hundred megabytes of them. And it gives back and asks for again what every batch needs.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_LARGE_BLOCK_BYTES: Final = 2 * 1024 * 1024
_KEPT_BYTES: Final = 32 * 1024 * 1024

_LAG_SECONDS: Final = 1.0
#: Longer than any batch takes, and than a broker is usually away.
_PATIENCE_SECONDS: Final = 120.0

log = structlog.get_logger(__name__)


def run_worker(settings: Settings, check_broker: Callable[[Settings], None]) -> None:
    """Run until SIGTERM or SIGINT, then finish the batches in work, commit and leave the group.

    `check_broker` is called once the settings are known to be right, before anything is connected.

    An error ends the process at once, without a farewell to the group: whatever was not confirmed is done again by
    the next owner, which is what makes the state exact.
    """
    with asyncio.Runner() as runner:
        runner.run(_run(settings, check_broker))


async def _run(settings: Settings, check_broker: Callable[[Settings], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app = make_app(settings)
    # It blocks, and may: nothing runs yet.
    check_broker(settings)
    with _serve_metrics(app):
        app.in_worker = True
        _calm_garbage_collector()
        settle_memory()
        sys.setswitchinterval(_SWITCH_SECONDS)
        # While the group forms: else the first message that asks for it would hold everything up for a second.
        loading = asyncio.create_task(asyncio.to_thread(load_identifier))
        try:
            await app.start()
        except EarshotError:
            await app.stop()
            raise
        await loading
        app.add_future(_watch(app))
        log.info("worker started", group=settings.worker.group, bootstrap=settings.kafka.bootstrap)
        # Returns when a signal comes, and also when the app crashes.
        await app.wait(stop.wait())
        if app.crashed:
            _end(app.crash_reason)
        log.info("worker stopping: finishing the batches in work")
        await _stop(app, settings.worker.rebalance_timeout_seconds)
        log.info("worker stopped")


async def _stop(app: MonitorApp, seconds: float) -> None:
    """Stop in order, or end hard after so long: without a broker, what is under way never comes to its end.

    It is not cancelled, because aiokafka and Faust go on waiting where they are.
    """
    stopping = asyncio.ensure_future(app.stop())
    await asyncio.wait({stopping}, timeout=seconds)
    if not stopping.done():
        _end(StuckError("the batches in work did not finish in time; the next owner works them again"))
    await stopping


async def _watch(app: MonitorApp) -> None:
    """Measure lag, and end a worker that has stopped working: its group would wait for it for ever."""
    watchdog = Watchdog(_PATIENCE_SECONDS)
    while not app.should_stop:
        if app.consumer.flow_active and not app.rebalancing:
            backlogs = list(list_backlogs(app.consumer))
            app.metrics.set_lags(find_lags(backlogs, time.time()))
            stuck = watchdog.look(backlogs, time.monotonic())
            if stuck:
                await app.crash(
                    StuckError(f"{stuck.topic}[{stuck.partition}] waits, and nothing of it was worked")
                )
        await app.sleep(_LAG_SECONDS)


def find_lags(backlogs: Iterable[Backlog], now_seconds: float) -> dict[tuple[str, int], float]:
    """Find each partition's lag; one that waits, and of which nothing has been worked yet, has none to tell."""
    lags: dict[tuple[str, int], float] = {}
    for backlog in backlogs:
        place = (backlog.tp.topic, backlog.tp.partition)
        if backlog.state == "empty":
            lags[place] = 0.0
        elif backlog.state == "waiting" and backlog.since_seconds is not None:
            lags[place] = max(0.0, now_seconds - backlog.since_seconds)
    return lags


def _calm_garbage_collector() -> None:
    """Leave what lives as long as the worker out of every collection; batches of records are no cycles to look for."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_ALLOCATIONS, 10, 50)


def settle_memory() -> None:
    """Have the C library, if it is glibc, give large blocks back once they are free, and keep what batches need."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def _end(reason: BaseException | None) -> NoReturn:
    while isinstance(reason, BaseExceptionGroup):
        reason = reason.exceptions[0]
    known = isinstance(reason, EarshotError)
    log.critical(
        "worker failed",
        reason=str(reason) if known else type(reason).__name__,
        exc_info=None if known else reason,
    )
    sys.stderr.flush()
    os._exit(EXIT_CRASHED)


@contextmanager
def _serve_metrics(app: MonitorApp) -> Iterator[None]:
    worker = app.settings.worker
    if not worker.metrics_port:
        yield
        return
    try:
        server, thread = start_http_server(worker.metrics_port, worker.metrics_host, app.metrics.registry)
    except OSError as error:
        raise ConfigError(
            f"worker.metrics_port: cannot listen on {worker.metrics_host}:{worker.metrics_port}: {error.strerror}; "
            "choose another port, or 0 for none"
        ) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
