"""What paging remembers: every open alert, what was decided about it, who has been told, and each owner's grants."""

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import Literal

import msgspec

from monitor.core.alert import Alert
from monitor.core.budget import Grant

Decision = Literal["granted", "suppressed", "grouped", "stale", "replayed"]


class Filed(msgspec.Struct, frozen=True):
    """An alert, and when it was appended to its topic."""

    alert: Alert
    at_seconds: float


class Told(msgspec.Struct, frozen=True):
    """A target has confirmed these versions, by id."""

    target: str
    versions: Mapping[str, int]


class Removed(msgspec.Struct, frozen=True):
    """An alert has been taken back: its customer is erased."""

    alert_id: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One open alert, whether anybody is paged for it, and who has been told; a resolved one until all have."""

    alert: Alert
    filed_at: float
    decision: Literal["waiting", "granted", "suppressed", "grouped"] = "waiting"
    waits_since: float = 0.0
    #: Under which it was paged: fixed from then on, or the receiver would take it for another alert. Empty: not paged.
    labels: dict[str, str] = {}
    #: The labels of before its severity rose, to be resolved.
    retired: dict[str, str] = {}
    #: One more with each change that is to be told, and what each target has confirmed.
    version: int = 0
    told: dict[str, int] = {}
    #: How often something was written of it and has not been read back: until then nobody knows whether that stands
    #: before or behind what came meanwhile.
    unread: int = 0
    removed: bool = False

    @property
    def rank(self) -> tuple[float, float]:
        """What it bids: listeners, and of as many what they are worth."""
        return self.expected, self.alert.priority or 0.0

    def is_told_to(self, targets: Iterable[str]) -> bool:
        """Tell whether every target has confirmed the latest version, or there is none to confirm."""
        return not self.labels or all(self.told.get(target, -1) >= self.version for target in targets)

    @property
    def is_resolved(self) -> bool:
        return self.alert.state == "resolved"

    @property
    def is_known(self) -> bool:
        """Whether people know of it, or soon will, as long as it is open."""
        return not self.is_resolved and (bool(self.labels) or self.decision == "waiting")

    @property
    def expected(self) -> float:
        """How many listeners it bids; what is about no customer comes first, because it hides all of them."""
        return self.alert.listeners.expected if self.alert.listeners else inf


class Desk(msgspec.Struct, frozen=True):
    """All that paging remembers."""

    pages: Mapping[str, Page] = {}
    grants: Mapping[str, tuple[Grant, ...]] = {}


class Turn(msgspec.Struct):
    """What some events do: the desk afterwards, what changed on it, which alerts go unpaged, and what was decided.

    `failures` are alerts that our own code could not take, each with the error: set aside, never silently.
    """

    desk: Desk
    pages: set[str]
    owners: set[str]
    unpaged: list[Alert]
    #: What is written again, because such a word has come to stand behind it: states, and ids that are taken back.
    restated: list[Alert]
    removed: list[str]
    decisions: list[tuple[str, Decision]]
    failures: list[tuple[Alert, str]]


def list_untold(desk: Desk, target: str) -> Iterator[tuple[str, Page]]:
    """List the paged alerts of which a target has not confirmed the latest version, oldest news first."""
    untold = [
        (alert_id, one)
        for alert_id, one in desk.pages.items()
        if one.labels and one.told.get(target, -1) < one.version
    ]
    yield from sorted(untold, key=lambda item: (item[1].filed_at, item[0]))
