"""Serves the page from a thread of its own: files, the event stream, and single alerts; it never writes anything."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import resources
from ipaddress import ip_address
from time import time
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from monitor.errors import ConfigError
from monitor.page.board import Board
from monitor.page.events import Events, TooManyBrowsers
from monitor.page.health import read_health
from monitor.page.reader import read_alerts

if TYPE_CHECKING:
    from monitor.settings import Settings

_FILES: Final = {
    "/": ("index.html", "text/html"),
    "/page.js": ("page.js", "text/javascript"),
    "/alert.js": ("alert.js", "text/javascript"),
    "/page.css": ("page.css", "text/css"),
    "/favicon.svg": ("favicon.svg", "image/svg+xml"),
}
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_FLUSH_SECONDS: Final = 0.25
_HEALTH_SECONDS: Final = 2.0

log = structlog.get_logger(__name__)


class PageServer:
    """The board, its events, and the HTTP server around them."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        self._board = Board()
        self._events = Events(self._board)

    def make_app(self) -> web.Application:
        """Build the application; every answer carries the same strict headers."""
        names = _LOOPBACK_NAMES if is_loopback(self._settings.page.host) else None
        app = web.Application(middlewares=[_guard(names)])
        for path in _FILES:
            app.router.add_get(path, _send_file)
        app.router.add_get("/alerts/{id:[0-9a-f]{1,64}}", self._send_alert)
        app.router.add_get("/events", self._send_events)
        return app

    async def run(self, listen: Callable[[web.AppRunner], Awaitable[None]], stop: asyncio.Event) -> None:
        """Serve until stopped."""
        loop = asyncio.get_running_loop()
        runner = web.AppRunner(self.make_app(), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        ended = threading.Event()
        try:
            await listen(runner)
            threading.Thread(
                target=read_alerts,
                args=(self._settings.kafka, self._board, ended),
                kwargs={"note": lambda rows: loop.call_soon_threadsafe(self._events.note, rows)},
                name="page-reader",
                daemon=True,
            ).start()
            async with asyncio.TaskGroup() as tasks:
                jobs = [
                    tasks.create_task(self._keep_flushing()),
                    tasks.create_task(self._keep_telling_health()),
                ]
                await stop.wait()
                for job in jobs:
                    job.cancel()
        finally:
            ended.set()
            await runner.cleanup()

    async def _keep_flushing(self) -> None:
        while True:
            self._events.flush()
            await asyncio.sleep(_FLUSH_SECONDS)

    async def _keep_telling_health(self) -> None:
        urls = self._settings.list_metrics_urls()
        clock = self._settings.clock
        while True:
            health = await asyncio.to_thread(read_health, urls)
            now = datetime.fromtimestamp(clock.event_seconds(time()), UTC)
            self._events.tell("health", {"now": now, "speed": clock.speed, "pipeline": health})
            await asyncio.sleep(_HEALTH_SECONDS)

    async def _send_alert(self, request: web.Request) -> web.StreamResponse:
        raw = self._board.find(request.match_info["id"])
        if raw is None:
            raise web.HTTPNotFound(text="this alert is not open any more")
        return web.Response(body=raw, content_type="application/json")

    async def _send_events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **_HEADERS})
        try:
            events = self._events.listen()
            first = await anext(events)
        except TooManyBrowsers:
            raise web.HTTPServiceUnavailable(text="too many browsers are watching") from None
        await response.prepare(request)
        with suppress(ConnectionError):  # the browser has left
            await response.write(first)
            async for event in events:
                await response.write(event)
        return response


@contextmanager
def serve_page(settings: "Settings") -> Iterator[str | None]:
    """Serve the page beside whatever runs in the block; yields its address, None where it is switched off.

    Raises:
        ConfigError: the port that was asked for is taken. A port that nobody chose is given up with a warning.

    """
    host, port = settings.page.host, settings.find_page_port()
    if port == 0:
        yield None
        return
    if not is_loopback(host):
        log.warning("the page shows what customers say, without a login, to whoever reaches it", host=host)
    started: list[OSError | None] = []
    ready, ended = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=lambda: asyncio.run(_serve(settings, host, port, started, ready, ended)),
        name="page",
        daemon=True,
    )
    thread.start()
    ready.wait()
    failure = started[0]
    if failure is not None:
        if settings.page.port is not None:
            raise ConfigError(
                f"page.port: cannot listen on {host}:{port}: {failure.strerror}; choose another port, or 0 for none"
            )
        log.warning("the page is not served: its port is taken", host=host, port=port)
        yield None
        return
    address = f"http://{host}:{port}/"
    log.info("page served", address=address)
    try:
        yield address
    finally:
        ended.set()
        thread.join()


async def _serve(  # noqa: PLR0917 - a thread's whole start
    settings: "Settings",
    host: str,
    port: int,
    started: list[OSError | None],
    ready: threading.Event,
    ended: threading.Event,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def listen(runner: web.AppRunner) -> None:
        await web.TCPSite(runner, host, port).start()
        started.append(None)
        ready.set()

    threading.Thread(
        target=lambda: (ended.wait(), loop.call_soon_threadsafe(stop.set)), name="page-end", daemon=True
    ).start()
    try:
        await PageServer(settings).run(listen, stop)
    except OSError as error:
        started.append(error)
        ready.set()


async def _send_file(request: web.Request) -> web.StreamResponse:
    name, content_type = _FILES[request.path]
    body = resources.files("monitor.page").joinpath("static", name).read_bytes()
    return web.Response(body=body, content_type=content_type, charset="utf-8")


def _guard(names: frozenset[str] | None) -> Middleware:
    """Put the headers on every answer; on loopback, refuse other host names, which only a rebinding attack has."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if names is not None and request.host.rsplit(":", 1)[0] not in names:
            return web.Response(
                status=421, text="ask for this page by its loopback address", headers=_HEADERS
            )
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(_HEADERS)
            raise
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    return guard


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
