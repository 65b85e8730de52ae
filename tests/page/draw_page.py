"""Draws the pictures of the live page for the README, from the demo while its surge is open.

    python -m tests.page.draw_page deploy/pictures

Desktop, dark, and phone, each with an alert explained; event time runs on as in the demo.
"""

import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from monitor.core.alert import Alert
from monitor.demo import Show
from monitor.demo.stage import Stage
from tests.deploy.programs import find_program

#: So slow that the surge lasts some seconds.
_SECONDS: Final = 200.0
#: Name, width, height, and what is opened: the surge while it is there, then who would tell most people.
_PICTURES: Final = (
    ("page-dark", 1440, 900, "button.surge"),
    ("page", 1440, 900, ".row:has-text('detractor')"),
    ("page-phone", 390, 844, ".row:has-text('detractor')"),
)


class Drawer:
    """Opens the page in three windows, and draws them once a surge has fired."""

    def __init__(self, playwright: Playwright, folder: Path) -> None:
        program = find_program("chromium", "apt-get install chromium")
        self._browser: Browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        self._folder = folder
        self._windows: list[tuple[str, Page, str]] = []
        self._is_surge = False
        self.is_drawn = False

    def watch(self, stage: Stage) -> None:
        """Open the windows beforehand: the demo's time flies."""
        for name, width, height, opened in _PICTURES:
            window = self._browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme="dark" if name.endswith("dark") else "light",
            )
            window.goto(stage.page_url)
            self._windows.append((name, window, opened))

    def note(self, alert: Alert) -> None:
        self._is_surge |= (alert.kind, alert.state) == ("surge", "firing")

    def draw(self) -> None:
        """Draw every window, if it is time to."""
        if self.is_drawn or not self._is_surge:
            return
        self.is_drawn = True
        for name, window, opened in self._windows:
            window.locator(opened).first.click()
            window.wait_for_selector("#detail h3")
            window.screenshot(path=str(self._folder / f"{name}.png"))


def main() -> None:
    """Play the demo once, and write the pictures into the folder."""
    with sync_playwright() as playwright:
        drawer = Drawer(playwright, Path(sys.argv[1]))
        Show(
            for_seconds=_SECONDS,
            messages_per_second=4,
            on_alert=lambda alert, _story: drawer.note(alert),
            on_progress=lambda _sent, _share: drawer.draw(),
        ).run(drawer.watch)
    if not drawer.is_drawn:
        sys.exit("no surge fired in the demo: nothing is drawn")


if __name__ == "__main__":
    main()
