"""A real Alertmanager takes what is sent, through TLS, with a password; one of two that is away holds nobody up."""

import time
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from monitor.core.alert import Group
from monitor.errors import ConfigError, DeliveryError, DeliveryRefused
from monitor.notifiers import Alertmanager
from monitor.notifiers.annotations import Links
from monitor.settings import AlertmanagerSettings
from tests.deploy.programs import find_free_port
from tests.notifiers.pages import make_page
from tests.notifiers.servers import RealAlertmanager, Receiver, make_certificates, run_async

LINKS: Final = Links("https://earshot.example/runbooks", "https://grafana.example/d")
TOKEN: Final = "s3cret-token"  # noqa: S105 - of a receiver in these tests
#: bcrypt of "hunter2", as `htpasswd -nB` writes it.
WEB_CONFIG: Final = """
basic_auth_users: {earshot: $2b$05$abcdefghijklmnopqrstuuoXuKqgZXLiJqzfmMXDDhSFPIvxV7t8.}
tls_server_config:
  {cert_file: server.pem, key_file: server.key, client_ca_file: ca.pem, client_auth_type: RequireAndVerifyClientCert}
"""


def make_client(*urls: str, **settings: Any) -> Alertmanager:  # noqa: ANN401 - any setting
    return Alertmanager(AlertmanagerSettings(urls=urls, **settings), LINKS, lambda seconds: seconds)


def send(client: Alertmanager, *pages: Any, now_seconds: float | None = None) -> list[DeliveryError]:  # noqa: ANN401 - pages
    async def run() -> list[DeliveryError]:
        client.open()
        try:
            return await client.send(pages, now_seconds or time.time())
        finally:
            await client.close()

    found: list[DeliveryError] = run_async(run)
    return found


def test_alertmanager_holds_an_alert_with_its_labels_until_it_is_told_that_it_is_over(tmp_path: Path) -> None:
    alertmanager = RealAlertmanager(tmp_path)
    page, other = make_page("a1", group=Group(parent="0ddba11", similar=12)), make_page("a2")
    with alertmanager.run():
        client = make_client(alertmanager.url)
        assert send(client, page, other) == []
        held = alertmanager.list_alerts()
        assert held.keys() == {"a1", "a2"}
        assert held["a1"]["labels"] == page.labels
        annotations = held["a1"]["annotations"]
        assert annotations["summary"] == page.alert.headline
        assert annotations["runbook_url"] == "https://earshot.example/runbooks/detractor.md#how-to-fix-it"
        assert annotations["excerpt"] == "It never came."
        assert "for more than 20" in annotations["listeners"]
        dashboard = annotations["dashboard_url"]
        assert dashboard.startswith("https://grafana.example/d/earshot-voice?from=")
        assert held["a1"]["generatorURL"] == dashboard
        assert (annotations["surge"], annotations["similar"]) == ("0ddba11", "12")
        over = msgspec.structs.replace(page, alert=msgspec.structs.replace(page.alert, state="resolved"))
        assert send(client, over, other) == []
        assert alertmanager.list_alerts().keys() == {"a2"}


def test_what_is_not_sent_again_ends_after_four_resends() -> None:
    page = make_page()
    now = time.time()
    (written,) = make_client("http://127.0.0.1:9093", resend_seconds=30).write(page, now)
    assert written["endsAt"].timestamp() == pytest.approx(now + 120)
    assert written["startsAt"] == page.alert.opened_at


def test_a_rise_to_critical_ends_the_milder_alert_in_the_same_breath(tmp_path: Path) -> None:
    alertmanager = RealAlertmanager(tmp_path)
    mild = make_page(severity="warning")
    risen = msgspec.structs.replace(
        mild, labels={**mild.labels, "severity": "critical"}, retired=mild.labels, filed_at=time.time()
    )
    with alertmanager.run():
        send(make_client(alertmanager.url), mild)
        send(make_client(alertmanager.url), risen)
        assert alertmanager.list_alerts()["a1"]["labels"]["severity"] == "critical"


def test_an_event_time_still_to_come_starts_now(tmp_path: Path) -> None:
    alertmanager = RealAlertmanager(tmp_path)
    with alertmanager.run():
        early = make_page(ago_seconds=-240)
        over = msgspec.structs.replace(early, alert=msgspec.structs.replace(early.alert, state="resolved"))
        assert send(make_client(alertmanager.url), early) == []
        assert send(make_client(alertmanager.url), over) == []


def test_whatever_a_product_is_called_the_whole_batch_is_taken(tmp_path: Path) -> None:
    alertmanager = RealAlertmanager(tmp_path)
    names = ["\x00", '"}]', "ü" * 400, "a\nb", "\u202e", "🫖", "{{ .Values }}", " "]
    pages = [make_page(f"a{number}", product=name, brand=name) for number, name in enumerate(names)]
    with alertmanager.run():
        assert send(make_client(alertmanager.url), *pages) == []
        assert len(alertmanager.list_alerts()) == len(names)


def test_more_alerts_than_a_batch_holds_all_arrive(tmp_path: Path) -> None:
    alertmanager = RealAlertmanager(tmp_path)
    with alertmanager.run():
        assert send(make_client(alertmanager.url), *(make_page(f"a{number}") for number in range(150))) == []
        assert len(alertmanager.list_alerts()) == 150


def test_an_alert_that_is_refused_holds_back_no_other(tmp_path: Path) -> None:
    alertmanager = RealAlertmanager(tmp_path)
    bad = make_page("bad")
    bad = msgspec.structs.replace(bad, labels={**bad.labels, "not a label": "x"})
    with alertmanager.run():
        (refusal,) = send(make_client(alertmanager.url), make_page("a1"), bad, make_page("a2"))
        assert isinstance(refusal, DeliveryRefused)
        assert alertmanager.list_alerts().keys() == {"a1", "a2"}


def test_each_alertmanager_is_told_and_one_that_is_away_is_named_and_holds_nobody_up(tmp_path: Path) -> None:
    one, two = RealAlertmanager(tmp_path / "one"), RealAlertmanager(tmp_path / "two")
    client = make_client(one.url, two.url)
    with two.run():
        with one.run():
            assert send(client, make_page("a1")) == []
            assert one.list_alerts().keys() == two.list_alerts().keys() == {"a1"}
        (away,) = send(client, make_page("a2"))
        assert one.url.removeprefix("http://") in str(away)
        assert two.list_alerts().keys() == {"a1", "a2"}
    with pytest.raises(DeliveryError):
        send(client, make_page("a3"))


def test_a_password_and_certificates_of_ones_own_authority_are_used(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    folder.mkdir()
    make_certificates(folder)
    (folder / "web.yml").write_text(WEB_CONFIG, "utf-8")
    (folder / "password").write_text("hunter2\n", "utf-8")
    access = {
        "username": "earshot",
        "password_file": folder / "password",
        "ca_file": folder / "ca.pem",
        "cert_file": folder / "client.pem",
        "key_file": folder / "client.key",
    }

    alertmanager = RealAlertmanager(tmp_path, f"--web.config.file={folder / 'web.yml'}", scheme="https")

    def reach(**changed: object) -> str:
        try:
            send(make_client(alertmanager.url, **{**access, **changed}))
        except DeliveryError as error:
            return str(error).partition(": ")[2]
        return "taken"

    with alertmanager.run(lambda: reach() == "taken"):
        assert reach(cert_file=None, key_file=None) != "taken"
        assert "certificate verify failed" in reach(ca_file=None)
        (folder / "password").write_text("hunter3", "utf-8")
        assert reach() == "status 401: Unauthorized"
        (folder / "password").write_text("hunter2", "utf-8")
        assert reach() == "taken"
        (folder / "password").write_bytes(b"\xff")
        assert reach() == "the secret in it cannot be read"


def test_a_token_goes_into_the_request_and_nowhere_else() -> None:
    async def run() -> str:
        async with Receiver(401) as receiver:
            client = make_client(f"http://127.0.0.1:{receiver.port}/am/", token=TOKEN)
            client.open()
            with pytest.raises(DeliveryError) as caught:
                await client.send([], time.time())
            await client.close()
            (request,) = receiver.requests
            assert request.headers["Authorization"] == f"Bearer {TOKEN}"
            assert request.document == []
        return str(caught.value)

    said = run_async(run)
    assert said.endswith("status 401: said the receiver")
    assert TOKEN not in said


def test_a_redirect_is_not_followed_because_it_would_take_the_token_along() -> None:
    async def run() -> int:
        async with Receiver(307) as receiver:
            client = make_client(receiver.url, token=TOKEN)
            client.open()
            with pytest.raises(DeliveryError, match="status 307"):
                await client.send([], time.time())
            await client.close()
            return len(receiver.requests)

    assert run_async(run) == 1


def test_a_certificate_that_is_none_is_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate", "utf-8")
    with pytest.raises(ConfigError, match=r"ca\.pem: no certificate that can be used"):
        make_client(f"https://127.0.0.1:{find_free_port()}", ca_file=tmp_path / "ca.pem")
