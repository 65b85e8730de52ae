"""The alert kinds, each a file with one function `assess(journey, listeners, policy) -> Verdict | None`."""

from collections.abc import Callable
from typing import Final

from monitor.core.alert import AlertKind, Verdict
from monitor.core.journey import Journey
from monitor.core.kinds.advocate_lost import assess_advocate_lost
from monitor.core.kinds.detractor import assess_detractor
from monitor.core.kinds.former_at_risk import assess_former_at_risk
from monitor.core.kinds.ignored_complaint import assess_ignored_complaint
from monitor.core.kinds.prospect_lost import assess_prospect_lost
from monitor.core.kinds.recovered import assess_recovered
from monitor.core.kinds.repeat_failure import assess_repeat_failure
from monitor.core.kinds.unresolved_handoff import assess_unresolved_handoff
from monitor.core.kinds.win_back import assess_win_back
from monitor.core.listeners import Listeners
from monitor.core.policy import Policy

Assess = Callable[[Journey, Listeners, Policy], Verdict | None]

#: In the order in which a journey is assessed, and its alerts are told.
KINDS: Final[dict[AlertKind, Assess]] = {
    "detractor": assess_detractor,
    "ignored_complaint": assess_ignored_complaint,
    "advocate_lost": assess_advocate_lost,
    "repeat_failure": assess_repeat_failure,
    "unresolved_handoff": assess_unresolved_handoff,
    "former_at_risk": assess_former_at_risk,
    "prospect_lost": assess_prospect_lost,
    "recovered": assess_recovered,
    "win_back": assess_win_back,
}
