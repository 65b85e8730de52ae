"""The desk comes back out of its encoded states as it was put in, and says what changed."""

from typing import Final

from hypothesis import given

from monitor.core.desk import Filed
from monitor.core.kept_desk import KeptDesk
from monitor.core.plan import Marker
from monitor.core.routing import Routing
from monitor.core.scored import Tick
from tests.core.builders import law, overlay
from tests.core.filed import histories

ROUTING: Final = Routing(targets=frozenset({"webhook"}))
POLICY: Final = overlay({"paging": {"pages_per_hour": 2}}).paging


@law
@given(histories())
def test_what_is_stored_restores_the_desk_after_every_event(events: list[Filed | Tick]) -> None:
    stored: dict[str, bytes] = {}
    kept = KeptDesk({}, Marker())
    for offset, event in enumerate(events):
        plan = kept.plan([event], POLICY, ROUTING, next_offset=offset + 1)
        kept.apply(plan)
        for key, value in plan.states.items():
            if value is None:
                stored.pop(key, None)
            else:
                stored[key] = value
        restored = KeptDesk(dict(stored), plan.marker)
        assert restored.desk == kept.desk
        assert restored.states == kept.states
        assert restored.marker.next_offset == offset + 1
