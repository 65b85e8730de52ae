"""The live page in a real Chromium: alerts appear and go, explain themselves, and never run what they quote."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from kafka import KafkaProducer
from playwright.sync_api import Browser, Page, expect, sync_playwright

from monitor.broker import EmbeddedBroker
from monitor.client import create_topics
from monitor.core.alert import Alert
from monitor.records import encode
from monitor.topics import ALERTS, declare_topics
from tests.deploy.programs import find_free_port, find_program, serve
from tests.page.alerts import make_alert, poison

MARKUP: Final = '"><img src=x onerror="window.ran=1"><script>window.ran=1</script>'
MANY: Final = 5_000


class Served(NamedTuple):
    url: str
    producer: KafkaProducer

    def tell(self, *alerts: Alert) -> None:
        self.tell_raw(*map(encode, alerts))

    def tell_raw(self, *values: bytes) -> None:
        for value in values:
            self.producer.send(ALERTS, key=b"k", value=value)
        self.producer.flush()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = find_program("chromium", "apt-get install chromium")
    with sync_playwright() as playwright:
        # As root, Chromium starts without its sandbox only; it is shown nothing but our own page.
        found = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield found
        found.close()


@contextmanager
def serve_alerts() -> Iterator[Served]:
    with EmbeddedBroker() as broker:
        create_topics(broker.bootstrap, declare_topics(1))
        port = find_free_port()
        command = [
            sys.executable,
            "-m",
            "monitor",
            "page",
            "--bootstrap",
            broker.bootstrap,
            "--port",
            str(port),
        ]
        url = f"http://127.0.0.1:{port}/"
        with (
            serve(command, url),
            closing(KafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=False)) as producer,
        ):
            yield Served(url, producer)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Serve the page of a system with one alert."""
    with serve_alerts() as found:
        found.tell(make_alert(1, headline="A customer is likely to tell 483 people"))
        yield found


@pytest.fixture(scope="module")
def crowded() -> Iterator[Served]:
    """Serve the page of a system with five thousand open alerts."""
    with serve_alerts() as found:
        found.tell(*(make_alert(number, headline=f"Headline {number}") for number in range(MANY)))
        yield found


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[[Served], Page]]:
    """Open a page whose every error, and every request beyond itself, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    errors: list[str] = []

    def open_it(served: Served) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on(
            "request",
            lambda request: errors.append(request.url) if not request.url.startswith(served.url) else None,
        )
        page.goto(served.url)
        expect(page.locator("#connection")).to_have_text("live")
        return page

    yield open_it
    context.close()
    assert errors == []


def test_an_alert_appears_is_explained_and_goes(served: Served, open_page: Callable[[Served], Page]) -> None:
    page = open_page(served)
    served.tell(make_alert(2, headline="Nobody has answered them"))
    row = page.locator(".row").filter(has_text="Nobody has answered them")
    row.click()
    detail = page.locator("#detail")
    expect(detail.get_by_role("heading", level=3)).to_have_text("Nobody has answered them")
    expect(detail.locator("mark.for").first).to_have_text("stole my money")
    expect(detail.locator(".bars li")).to_have_count(7)
    expect(detail).to_contain_text("about 460 people reached in public")
    served.tell(make_alert(2, sequence=1, state="resolved", headline="Over: the brand has replied"))
    expect(row).to_have_count(0)
    expect(detail.get_by_role("heading", level=3)).to_have_text("Over: the brand has replied")


def test_a_surge_shows_the_alerts_under_it_and_each_of_them_leads_back_to_it(
    served: Served, open_page: Callable[[Served], Page]
) -> None:
    subject = "surge|acme|card|billing|customer"
    page = open_page(served)
    surge = {"kind": "surge", "customer": None, "headline": "30 customers complain about the card"}
    served.tell(
        make_alert(20, subject=subject, **surge),
        make_alert(21, subject=subject, headline="A customer of the surge"),
        make_alert(22, subject="surge|acme|card|delivery|customer", headline="A customer of no surge"),
    )
    detail = page.locator("#detail")
    page.locator(".row").filter(has_text="A customer of the surge").click()
    expect(detail).to_contain_text("Part of a surge")
    detail.get_by_role("button", name="30 customers complain about the card").click()
    expect(detail.get_by_role("heading", level=3)).to_have_text("30 customers complain about the card")
    expect(detail).to_contain_text("Customers about the same: 1")
    detail.get_by_role("button", name="A customer of the surge").click()
    expect(detail.get_by_role("heading", level=3)).to_have_text("A customer of the surge")
    page.locator(".row").filter(has_text="A customer of no surge").click()
    expect(detail.get_by_role("heading", level=3)).to_have_text("A customer of no surge")
    expect(detail).not_to_contain_text("Part of a surge")


def test_evidence_is_marked_where_it_stands_behind_an_emoji(
    served: Served, open_page: Callable[[Served], Page]
) -> None:
    alert = make_alert(
        3,
        excerpt="😡😡 never arrived",
        evidence=({"start": 3, "end": 16, "text": "never arrived", "weight": 1.0},),
    )
    page = open_page(served)
    served.tell(alert)
    page.locator(f"#row-{alert.id}").click()
    expect(page.locator("#detail mark")).to_have_text("never arrived")


def test_markup_in_every_field_is_shown_as_text_and_never_runs(
    served: Served, open_page: Callable[[Served], Page]
) -> None:
    page = open_page(served)
    document = poison(msgspec.to_builtins(make_alert(4)), MARKUP)
    document |= {"permalink": "javascript:window.ran=1"}
    served.tell_raw(json.dumps(document).encode())
    page.locator(".row").filter(has_text="onerror").click()
    detail = page.locator("#detail")
    expect(detail).to_contain_text(MARKUP)
    assert detail.locator("a, img, script").count() == 0
    assert page.locator("main img, main script").count() == 0
    assert page.evaluate("window.ran") is None


def test_it_is_worked_by_keys_alone(served: Served, open_page: Callable[[Served], Page]) -> None:
    page = open_page(served)
    page.locator("#list").focus()
    page.keyboard.press("j")
    expect(page.locator('[aria-selected="true"]')).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#detail")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#detail")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("no such words")
    expect(page.get_by_text("Nothing fits these filters.")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_against_it(
    served: Served, open_page: Callable[[Served], Page], scheme: str, width: int
) -> None:
    page = open_page(served)
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for step in ("the list", "an alert"):
        if step == "an alert":
            page.locator(".row").first.click()
            expect(page.locator("#detail h3")).to_be_visible()
        results = Axe().run(page)
        assert results.violations_count == 0, f"{step}: {results.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_of_five_thousand_open_alerts_only_those_in_sight_are_in_the_document(
    crowded: Served, open_page: Callable[[Served], Page]
) -> None:
    page = open_page(crowded)
    expect(page.locator("#total-open")).to_have_text("5,000")
    for share in (0, 0.5, 1):
        page.locator("#list").evaluate(
            "(list, share) => { list.scrollTop = share * list.scrollHeight }", share
        )
        last = page.locator(f'[aria-posinset="{MANY if share == 1 else 1 + int(share * (MANY - 1))}"]')
        expect(last).to_have_count(1)
        assert page.locator(".row").count() < 60
    page.locator("#search").fill("headline 4321")
    expect(page.locator(".row")).to_have_count(1)


def test_every_answer_forbids_foreign_code_and_framing(served: Served) -> None:
    for path in ("", "page.js", "alerts/0", "nothing"):
        try:
            answer = urllib.request.urlopen(f"{served.url}{path}", timeout=10)  # noqa: S310 - our own page
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "frame-ancestors 'none'" in policy


def test_another_host_name_is_refused_so_that_no_site_can_rebind_to_it(served: Served) -> None:
    request = urllib.request.Request(served.url, headers={"Host": "evil.example"})  # noqa: S310 - our own page
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)  # noqa: S310 - the same
    with refused.value as answer:
        assert answer.code == 421


def test_a_port_that_was_asked_for_and_is_taken_is_a_wrong_setting(served: Served, tmp_path: Path) -> None:
    port = served.url.rstrip("/").rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "page", "--port", port],
        cwd=tmp_path,
        env={**os.environ, "MONITOR_KAFKA__REPLICATION": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("monitor: page.port: cannot listen")
