"""The alert kinds, each a file with one function `assess(journey, listeners, policy) -> Verdict | None`."""

from collections.abc import Callable
from typing import Final

from monitor.core.alert import AlertKind, Verdict
from monitor.core.journey import Journey
from monitor.core.kinds.detractor import assess_detractor
from monitor.core.kinds.ignored_complaint import assess_ignored_complaint
from monitor.core.listeners import Listeners
from monitor.core.policy import Policy

Assess = Callable[[Journey, Listeners, Policy], Verdict | None]

#: In the order in which a journey is assessed, and its alerts are told.
KINDS: Final[dict[AlertKind, Assess]] = {
    "detractor": assess_detractor,
    "ignored_complaint": assess_ignored_complaint,
}
