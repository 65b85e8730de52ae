"""The demo: a real broker, a real worker, real texts told as stories, and a table of what came of them."""

from monitor.demo.report import Report, StoryEnd
from monitor.demo.show import Show

__all__ = ["Report", "Show", "StoryEnd"]
