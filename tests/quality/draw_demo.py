"""Draws the picture of the demo for the README: `python tests/quality/draw_demo.py deploy/pictures/demo.svg`."""

import re
import sys
from pathlib import Path

from rich.console import Console

from monitor.cli.demo import play


def draw(file: Path) -> None:
    """Play a short demo and save what it prints, without the fonts that rich would load from afar."""
    with Path("/dev/null").open("w") as nowhere:
        console = Console(
            record=True,
            width=132,
            file=nowhere,
            force_terminal=True,
            force_interactive=False,
            highlight=False,
        )
        play(console, for_seconds=30, messages_per_second=3)
    svg = console.export_svg(title="make demo")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
