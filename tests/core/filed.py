"""Alerts as they are filed, ticks, and whole histories of both."""

from datetime import timedelta
from typing import cast

import msgspec
from hypothesis import strategies as st

from monitor.core.alert import AlertSeverity, AlertState
from monitor.core.desk import Filed
from monitor.core.scored import Tick
from tests.core.builders import BEGINNING, complain, follow_all, tick

(BASE,) = follow_all([complain(0, 0, severity="blame", followers=9_000)])[1]


def tell(
    name: str,
    expected: float,
    seconds: float = 0,
    *,
    state: AlertState = "firing",
    sequence: int = 0,
    **fields: object,
) -> Filed:
    """Build an alert that is filed the moment it happens."""
    happened = BEGINNING + timedelta(seconds=seconds)
    assert BASE.listeners
    alert = msgspec.structs.replace(
        BASE,
        id=name,
        sequence=sequence,
        state=state,
        at=happened,
        listeners=msgspec.structs.replace(BASE.listeners, expected=expected),
        subject=f"surge||{fields.get('product', '')}||",
        action=msgspec.structs.replace(BASE.action, owner="care"),
        **{"severity": "warning", "opened_at": BEGINNING, "customer": f"c-{name}", **fields},
    )
    return Filed(alert, happened.timestamp())


def pass_time(seconds: float) -> Tick:
    return tick(seconds / 3600)


@st.composite
def histories(draw: st.DrawFn) -> list[Filed | Tick]:
    """Draw alerts that fire, grow worse and end, among ticks, in the order of time."""
    events: list[Filed | Tick] = []
    sequences: dict[str, int] = {}
    seconds = 0.0
    for _ in range(draw(st.integers(1, 40))):
        seconds += draw(st.sampled_from([0, 1, 5, 11, 300, 1799, 3600]))
        name = draw(st.sampled_from(["a", "b", "c", "d", "e", "f", "tick", "tick"]))
        if name == "tick":
            events.append(pass_time(seconds))
            continue
        sequence = sequences.get(name, -1) + 1
        state = "firing" if sequence == 0 else draw(st.sampled_from(["updated", "updated", "resolved"]))
        sequences[name] = sequence
        severity = draw(st.sampled_from(["warning", "critical"]))
        expected = draw(st.integers(1, 60))
        events.append(
            tell(
                name,
                expected,
                seconds,
                state=cast("AlertState", state),
                sequence=sequence,
                severity=cast("AlertSeverity", severity),
                product=draw(st.sampled_from(["Kettle", "Toaster"])),
                priority=draw(st.sampled_from([None, 5.0, 40.0])),
                # b and c are about one customer, d and e about another.
                customer=f"c-{ord(name) // 2}",
            )
        )
    return events
