"""Finds and runs the programs that the deploy folder is for; where one is missing, says so loudly, and fails in CI."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec
import pytest

from monitor.broker.child import Child

ROOT: Final = Path(__file__).resolve().parents[2]
DEPLOY: Final = ROOT / "deploy"

_DEADLINE_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.1


def miss(what: str, remedy: str) -> NoReturn:
    reason = f"{what} is not installed: {remedy}"
    if os.environ.get("CI"):
        pytest.fail(f"CI must test with it: {reason}")
    pytest.skip(f"NOT TESTED: {reason}")


def find_program(name: str, remedy: str) -> str:
    """Find a program beside this interpreter or on the PATH."""
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return shutil.which(name, path=places) or miss(name, remedy)


def run_program(command: list[str]) -> str:
    """Run a program that must end well, in the deploy folder; return what it printed."""
    done = subprocess.run(command, cwd=DEPLOY, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def read_yaml(path: Path) -> Any:  # noqa: ANN401 - any document
    try:
        return msgspec.yaml.decode(path.read_bytes())
    except ImportError:
        miss("PyYAML", "pip install pyyaml")


def find_free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serve(command: list[str], url: str) -> Iterator[None]:
    """Run a server until the block is left; it is ready when `url` answers."""
    child = Child(command)
    try:
        wait_until(lambda: answers(url) or (not child.is_running and pytest.fail(child.read_log())))
        yield
    finally:
        child.stop()


def answers(url: str) -> bool:
    try:
        ask(url)
    except (urllib.error.URLError, ConnectionError):
        return False
    return True


def ask(url: str, document: object = None) -> Any:  # noqa: ANN401 - any JSON, or text
    """Get, or post JSON; return the answer, decoded where it is JSON."""
    data = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 - our own loopback address
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
        text = answer.read().decode()
    return json.loads(text) if text.startswith(("{", "[")) else text


def wait_until(holds: Callable[[], object], say: Callable[[], object] = lambda: "") -> None:
    """Ask again and again until it holds; `say` tells what was there instead when it never does."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"it did not come about in {_DEADLINE_SECONDS:.0f} s: {say()}"
        time.sleep(_POLL_SECONDS)
