"""The desk as its changelog keeps it: every page and every owner's grants under a key, and the marker.

`plan` decides without changing anything; `apply` makes a confirmed plan the state, as for the state of any partition.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from monitor.core.alert import Alert
from monitor.core.budget import Grant
from monitor.core.desk import Decision, Desk, Filed, Page, Removed, Told
from monitor.core.paging import page
from monitor.core.plan import Marker
from monitor.core.policy import PagingPolicy
from monitor.core.routing import Routing
from monitor.core.scored import Tick
from monitor.core.states import MemoryStates, States

_PAGE: Final = "page:"
_OWNER: Final = "owner:"

_encode: Final = msgspec.msgpack.Encoder(order="deterministic").encode
_decode_page: Final = msgspec.msgpack.Decoder(Page).decode
_decode_grants: Final = msgspec.msgpack.Decoder(tuple[Grant, ...]).decode


def find_wake(_value: bytes) -> None:
    """Say that no clock runs in what the desk keeps: every tick looks at all of it."""


class DeskPlan(msgspec.Struct):
    """What some events do: what to store, the desk afterwards, and what there is to tell of it."""

    marker: Marker
    #: None removes what is kept under the key.
    states: dict[str, bytes | None]
    desk: Desk
    unpaged: list[Alert]
    restated: list[Alert]
    removed: list[str]
    decisions: list[tuple[str, Decision]]
    failures: list[tuple[Alert, str]]


class KeptDesk:
    """The desk, encoded by key, and how far the alerts have been read."""

    def __init__(self, states: Mapping[str, bytes], marker: Marker) -> None:
        self.states = states if isinstance(states, States) else MemoryStates(find_wake, states)
        self.marker = marker
        pages, grants = {}, {}
        for key, value in states.items():
            if key.startswith(_PAGE):
                pages[key.removeprefix(_PAGE)] = _decode_page(value)
            else:
                grants[key.removeprefix(_OWNER)] = _decode_grants(value)
        self.desk = Desk(pages, grants)

    def plan(
        self,
        events: Sequence[Filed | Removed | Told | Tick],
        policy: PagingPolicy,
        routing: Routing,
        *,
        next_offset: int | None = None,
    ) -> DeskPlan:
        """Take events in order; `next_offset` is one past the last record that they come from."""
        turn = page(self.desk, events, policy, routing)
        states: dict[str, bytes | None] = {}
        for alert_id in turn.pages:
            kept = turn.desk.pages.get(alert_id)
            states[_PAGE + alert_id] = None if kept is None else _encode(kept)
        for owner in turn.owners:
            states[_OWNER + owner] = _encode(turn.desk.grants[owner])
        marker = self.marker if next_offset is None else Marker(next_offset)
        return DeskPlan(
            marker=marker,
            states=states,
            desk=turn.desk,
            unpaged=turn.unpaged,
            restated=turn.restated,
            removed=turn.removed,
            decisions=turn.decisions,
            failures=turn.failures,
        )

    def apply(self, plan: DeskPlan) -> None:
        """Make a plan, whose outputs and state are confirmed, the state."""
        self.states.put(plan.states)
        self.marker = plan.marker
        self.desk = plan.desk
