"""Draws the pictures of the live page for the README, from the demo while its surge is open.

    python -m tests.page.draw_page deploy/pictures

Desktop, dark, and phone, each with an alert explained; event time runs on as in the demo.
"""

import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Playwright, sync_playwright

from monitor.core.alert import Alert
from monitor.demo import Show
from monitor.demo.stage import Stage
from tests.deploy.programs import find_program

_SECONDS: Final = 60.0
#: Name, width, height, colours, and whether the surge is shown or the first of the list.
_PICTURES: Final = (
    ("page", 1440, 900, "light", False),
    ("page-dark", 1440, 900, "dark", True),
    ("page-phone", 390, 844, "light", False),
)


class Drawer:
    """Draws once, as soon as the surge has become critical."""

    def __init__(self, playwright: Playwright, folder: Path) -> None:
        program = find_program("chromium", "apt-get install chromium")
        self._browser: Browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        self._folder = folder
        self._url = ""
        self._is_surge = False
        self.is_drawn = False

    def watch(self, stage: Stage) -> None:
        self._url = stage.page_url

    def note(self, alert: Alert) -> None:
        self._is_surge |= (alert.kind, alert.severity, alert.state) == ("surge", "critical", "updated")

    def draw(self) -> None:
        """Draw every picture, if it is time to."""
        if self.is_drawn or not self._is_surge:
            return
        self.is_drawn = True
        for name, width, height, colours, shows_surge in _PICTURES:
            page = self._browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme="dark" if colours == "dark" else "light",
            )
            page.goto(self._url)
            page.wait_for_selector(".row")
            page.locator("button.surge" if shows_surge else ".row").first.click()
            page.wait_for_selector("#detail h3")
            page.screenshot(path=str(self._folder / f"{name}.png"))
            page.close()


def main() -> None:
    """Play the demo once, and write the pictures into the folder."""
    with sync_playwright() as playwright:
        drawer = Drawer(playwright, Path(sys.argv[1]))
        Show(
            for_seconds=_SECONDS,
            messages_per_second=10,
            on_alert=lambda alert, _story: drawer.note(alert),
            on_progress=lambda _sent, _share: drawer.draw(),
        ).run(drawer.watch)
    if not drawer.is_drawn:
        sys.exit("no surge became critical in the demo: nothing is drawn")


if __name__ == "__main__":
    main()
