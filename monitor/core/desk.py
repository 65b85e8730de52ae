"""What paging remembers: every open alert, what was decided about it, who has been told, and each owner's grants."""

from collections.abc import Iterator, Mapping
from math import inf
from typing import Literal

import msgspec

from monitor.core.alert import Alert
from monitor.core.budget import Grant


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


def list_untold(desk: Desk, target: str) -> Iterator[tuple[str, Page]]:
    """List the paged alerts of which a target has not confirmed the latest version, oldest news first."""
    untold = [
        (alert_id, one)
        for alert_id, one in desk.pages.items()
        if one.labels and one.told.get(target, -1) < one.version
    ]
    yield from sorted(untold, key=lambda item: (item[1].filed_at, item[0]))
