"""The webhook's message is signed as Standard Webhooks 1.0 has it, and the sample receiver believes nothing else."""

import base64
import subprocess
import sys
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.desk import Page
from monitor.errors import ConfigError, DeliveryError, DeliveryRefused
from monitor.notifiers import Webhook
from monitor.notifiers.webhook import sign
from monitor.settings import WebhookSettings
from tests.deploy.programs import ROOT, find_free_port, wait_until
from tests.notifiers.pages import make_page
from tests.notifiers.servers import Receiver, Request, run_async

SAMPLE: Final = ROOT / "schemas" / "consumer" / "webhook.py"
SECRET: Final = base64.b64encode(b"k" * 32).decode()
OTHER: Final = base64.b64encode(b"o" * 32).decode()


def load_sample() -> ModuleType:
    spec = spec_from_file_location("webhook_sample", SAMPLE)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sample = load_sample()


def send(page: Page, *statuses: int, secret: str = SECRET, times: int = 1) -> list[Request]:
    """Send a page so many times; return what arrived."""

    async def run() -> list[Request]:
        async with Receiver(*statuses) as receiver:
            webhook = Webhook(WebhookSettings.model_validate({"url": receiver.url, "secret": secret}))
            webhook.open()
            try:
                for attempt in range(times):
                    await webhook.send(page, time.time() + 60 * attempt)
            finally:
                await webhook.close()
            return receiver.requests

    found: list[Request] = run_async(run)
    return found


def is_believed(request: Request, secret: str, later_seconds: float = 0, body: bytes | None = None) -> bool:
    headers = {name.lower(): value for name, value in request.headers.items()}
    believed: bool = sample.verify(
        base64.b64decode(secret), headers, request.body if body is None else body, time.time() + later_seconds
    )
    return believed


def test_the_signature_is_that_of_the_specification() -> None:
    """The example that Standard Webhooks gives."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    assert (
        sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_message_says_whose_it_is_and_carries_the_alert_as_its_contract_has_it() -> None:
    page = make_page()
    (request,) = send(page)
    assert request.document["type"] == "alert.firing"
    assert request.document["owner"] == "logistics"
    assert msgspec.convert(request.document["data"], Alert) == page.alert
    assert request.headers["webhook-id"] == "a1.0"


def test_the_sample_receiver_believes_who_holds_the_secret_and_nobody_else() -> None:
    (request,) = send(make_page())
    assert is_believed(request, SECRET)
    assert not is_believed(request, OTHER)
    assert not is_believed(request, SECRET, later_seconds=301)
    assert not is_believed(request, SECRET, body=request.body + b" ")
    renamed = request._replace(headers={**request.headers, "webhook-id": "a2.0"})
    assert not is_believed(renamed, SECRET)
    assert not is_believed(request._replace(headers={}), SECRET)


def test_while_one_secret_replaces_another_both_are_believed() -> None:
    (request,) = send(make_page(), secret=f"whsec_{SECRET} {OTHER}")
    assert is_believed(request, SECRET)
    assert is_believed(request, OTHER)


def test_what_is_sent_again_is_the_same_to_the_last_byte() -> None:
    first, second = send(make_page(), times=2)
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert is_believed(second, SECRET, later_seconds=60)


@pytest.mark.parametrize("status", [301, 401, 404, 429, 500, 503])
def test_what_may_be_taken_later_is_no_refusal(status: int) -> None:
    with pytest.raises(DeliveryError, match=f"status {status}") as caught:
        send(make_page(), status)
    assert not isinstance(caught.value, DeliveryRefused)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_will_never_be_taken_is_a_refusal(status: int) -> None:
    with pytest.raises(DeliveryRefused, match=f"status {status}"):
        send(make_page(), status)


@pytest.mark.parametrize("secret", ["", "short", "not base64 at all, but long enough for it", "c2hvcnQ="])
def test_a_secret_that_signs_nothing_is_refused_before_anything_runs(secret: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(secret, "utf-8")
    settings = {"url": "https://desk.example/hook", "secret_file": tmp_path / "secret"}
    with pytest.raises(ConfigError, match="the secret must be base64 of 16 bytes or more") as caught:
        Webhook(WebhookSettings.model_validate(settings))
    assert not secret or secret not in str(caught.value)


@given(st.binary(), st.text())
def test_no_message_that_nobody_signed_is_believed(body: bytes, signature: str) -> None:
    headers = {"webhook-id": "a.0", "webhook-timestamp": "1000", "webhook-signature": signature}
    assert not sample.verify(b"k" * 32, headers, body, 1000.0)


def test_the_sample_receiver_acts_once_on_a_message_that_comes_twice() -> None:
    port = find_free_port()
    page = make_page()
    receiver = subprocess.Popen(
        [sys.executable, str(SAMPLE), str(port), SECRET],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    webhook = Webhook(WebhookSettings.model_validate({"url": f"http://127.0.0.1:{port}", "secret": SECRET}))

    async def post() -> None:
        webhook.open()
        try:
            await webhook.send(page, time.time())
        finally:
            await webhook.close()

    def is_taken() -> bool:
        try:
            run_async(post)
        except DeliveryError:
            return False
        return True

    try:
        wait_until(is_taken)
        assert is_taken()
    finally:
        receiver.terminate()
        printed, _ = receiver.communicate(timeout=60)
    assert printed.splitlines() == [f"alert.firing logistics {page.alert.headline}"]
