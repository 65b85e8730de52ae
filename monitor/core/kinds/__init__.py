"""The alert kinds, each a file with a function `assess(journey, reach, policy) -> Verdict | None`.

A kind whose verdict changes when time alone passes says in the same file at which moment it does.
"""

from collections.abc import Callable
from typing import Final

from monitor.core.alert import AlertKind, Verdict
from monitor.core.journey import Journey
from monitor.core.kinds.advocate_lost import assess_advocate_lost
from monitor.core.kinds.detractor import assess_detractor
from monitor.core.kinds.former_at_risk import assess_former_at_risk
from monitor.core.kinds.ignored_complaint import assess_ignored_complaint, find_ignored_deadline
from monitor.core.kinds.prospect_lost import assess_prospect_lost, find_prospect_deadline
from monitor.core.kinds.recovered import assess_recovered, find_recovered_end
from monitor.core.kinds.repeat_failure import assess_repeat_failure, find_promise_deadline
from monitor.core.kinds.unresolved_handoff import assess_unresolved_handoff, find_handoff_deadline
from monitor.core.kinds.win_back import assess_win_back, find_win_back_end
from monitor.core.policy import Policy
from monitor.core.telling import Reach

Assess = Callable[[Journey, Reach, Policy], Verdict | None]
FindDeadline = Callable[[Journey, Policy], float | None]

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

#: The clocks of the kinds: the moment from which each gives another verdict, None while it runs no clock.
DEADLINES: Final[tuple[FindDeadline, ...]] = (
    find_ignored_deadline,
    find_promise_deadline,
    find_handoff_deadline,
    find_prospect_deadline,
    find_recovered_end,
    find_win_back_end,
)
