"""Servers to be told: a real Alertmanager that can be stopped and started, and a receiver that keeps what it gets."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import msgspec
from aiohttp import web

from monitor.broker.child import Child
from tests.deploy.programs import answers, ask, find_free_port, find_program, wait_until

#: The shortest file that Alertmanager takes.
_CONFIG: Final = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


class RealAlertmanager:
    """Debian's Alertmanager on a port that stays its own; what it knew is forgotten when it stops."""

    def __init__(self, folder: Path, *options: str, scheme: str = "http", config: str = _CONFIG) -> None:
        self._program = find_program("prometheus-alertmanager", "apt-get install prometheus-alertmanager")
        self._folder = folder
        self._options = options
        self._address = f"127.0.0.1:{find_free_port()}"
        folder.mkdir(exist_ok=True)
        (folder / "alertmanager.yml").write_text(config, "utf-8")
        self.url = f"{scheme}://{self._address}"

    @contextmanager
    def run(self, is_ready: Callable[[], object] | None = None) -> Iterator[None]:
        """Run it until the block is left; `is_ready` asks where only a client with a certificate may."""
        child = Child(
            [
                self._program,
                f"--config.file={self._folder / 'alertmanager.yml'}",
                f"--storage.path={self._folder / 'data'}",
                f"--web.listen-address={self._address}",
                "--cluster.listen-address=",
                *self._options,
            ]
        )
        try:
            wait_until(is_ready or (lambda: answers(f"{self.url}/-/ready")), child.read_log)
            yield
        finally:
            child.stop()

    def list_alerts(self) -> dict[str, Any]:
        """List what it holds as open, by the label id."""
        return {one["labels"]["id"]: one for one in ask(f"{self.url}/api/v2/alerts")}


class Request(NamedTuple):
    """What a receiver was sent."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:  # noqa: ANN401 - any JSON
        return msgspec.json.decode(self.body)


class Receiver:
    """An HTTP server that answers with the next of the given statuses, and with 200 when they are used up."""

    def __init__(self, *statuses: int) -> None:
        self.requests: list[Request] = []
        self.statuses = list(statuses)
        self.port = find_free_port()
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.requests.append(Request(dict(request.headers), await request.read()))
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, text="said the receiver", headers={"Location": "/elsewhere"})


def make_certificates(folder: Path) -> None:
    """Make an authority, and for the server and for a client a certificate of it each."""

    def openssl(*arguments: str) -> None:
        subprocess.run(
            [find_program("openssl", "apt-get install openssl"), *arguments],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=60,
        )

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(
        "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority", "-days", "1"
    )
    for name in ("server", "client"):
        (folder / "extensions").write_text("subjectAltName = IP:127.0.0.1\n", "utf-8")
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signed = (
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "1",
            "-extfile",
            "extensions",
        )
        openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signed)


def run_async(doing: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - whatever it returns
    async def run() -> Any:  # noqa: ANN401 - the same
        return await doing()

    return asyncio.run(run())
