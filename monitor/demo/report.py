"""What happened in a demo: counts, alerts, and whether each story ended as it tells."""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from monitor.core.alert import Alert
from monitor.crowd_story import CrowdStory
from monitor.story import Story


class Ending(msgspec.Struct, frozen=True):
    """The alert kinds that fired over a story, and those still open at its end; two empty lists are silence."""

    fired: tuple[str, ...]
    open: tuple[str, ...]


class StoryEnd(msgspec.Struct, frozen=True):
    """A story's ending as it tells it, and as it came."""

    expected: Ending
    got: Ending


class Messages(msgspec.Struct, frozen=True, rename={"taken_in": "in"}):
    """`taken_in` is what was sent; it must equal the sum of the others."""

    taken_in: int
    scored: int
    dead_lettered: int


class Report(msgspec.Struct, frozen=True):
    """The last line of `monitor demo --json`."""

    messages: Messages
    alerts: dict[str, int]
    stories: dict[str, StoryEnd]
    event_hours: float
    seconds: float

    @property
    def is_as_told(self) -> bool:
        """Tell whether nothing was lost and every story ended as it tells."""
        counts = self.messages
        return counts.taken_in == counts.scored + counts.dead_lettered and all(
            story.expected == story.got for story in self.stories.values()
        )


def count_alerts(alerts: Iterable[Alert]) -> dict[str, int]:
    """Count the distinct alerts that fired, by kind."""
    fired = {alert.id: alert.kind for alert in alerts if alert.state == "firing"}
    return dict(sorted(Counter(fired.values()).items()))


def find_hero(alert: Alert) -> str:
    """Find whom or what an alert is about: the customer's pseudonym, or the subject of a crowd."""
    return alert.customer or alert.subject


def end_stories(stories: Mapping[str, Story | CrowdStory], alerts: Iterable[Alert]) -> dict[str, StoryEnd]:
    """Compare each story (by its customer's pseudonym, or its crowd's subject) with the alerts up to its end."""
    fired: dict[str, set[str]] = {hero: set() for hero in stories}
    still_open: dict[str, set[str]] = {hero: set() for hero in stories}
    for alert in sorted(alerts, key=lambda one: (one.id, one.sequence)):
        hero = find_hero(alert)
        if hero not in stories:
            continue
        fired[hero].add(alert.kind)
        if alert.state == "resolved":
            still_open[hero].discard(alert.kind)
        else:
            still_open[hero].add(alert.kind)
    return {
        story.name: StoryEnd(
            expected=_end(story.expect, story.final), got=_end(fired[hero], still_open[hero])
        )
        for hero, story in stories.items()
    }


def _end(fired: Iterable[str], still_open: Iterable[str]) -> Ending:
    return Ending(tuple(sorted(fired)), tuple(sorted(still_open)))
