"""Prints eleven alerts as a person reads them: `python -m tests.alert_cards > schemas/ALERTS.md`.

Each is told by a scenario, `tests/scenarios/duty_*.txt` or `surge_fires.txt`, which also runs through a live worker.
"""

from typing import Final

from monitor.cards import write_card
from monitor.core.alert import Alert, AlertKind, AlertState
from monitor.replay import replay
from tests.scenario import BEGINNING
from tests.test_scenarios import INSTRUMENTS, POLICY, SCENARIOS

_WIDTH: Final = 110
_HEAD: Final = """\
# Eleven alerts, as a duty manager reads them

Generated from `tests/scenarios/` by `python -m tests.alert_cards`, in the layout of `monitor tail --full`.
Each answers from itself: what happened, to whom, how bad it is, why it is thought so, and what to do by when. Names
are pseudonyms, texts are redacted.
"""

#: Scenario, kind and state of each.
CARDS: Final[tuple[tuple[str, AlertKind, AlertState], ...]] = (
    ("duty_detractor", "detractor", "firing"),
    ("duty_ignored_complaint", "ignored_complaint", "firing"),
    ("duty_advocate_lost", "advocate_lost", "firing"),
    ("duty_repeat_failure", "repeat_failure", "firing"),
    ("duty_unresolved_handoff", "unresolved_handoff", "firing"),
    ("duty_former_at_risk", "former_at_risk", "firing"),
    ("duty_prospect_lost", "prospect_lost", "firing"),
    ("duty_recovered", "recovered", "firing"),
    ("duty_win_back", "win_back", "firing"),
    ("duty_recovered", "detractor", "resolved"),
    ("surge_fires", "surge", "firing"),
)


def find_alert(name: str, kind: AlertKind, state: AlertState) -> Alert:
    """Find the alert that a scenario tells."""
    [scenario] = [one for one in SCENARIOS if one.name == name]
    replayed = replay(scenario.set_at(BEGINNING), INSTRUMENTS, POLICY)
    alerts = (*replayed.alerts, *replayed.crowd_alerts)
    return next(alert for alert in alerts if (alert.kind, alert.state) == (kind, state))


def write_page() -> str:
    """Write all of them."""
    parts = [_HEAD]
    for card in CARDS:
        _, kind, state = card
        parts.append(f"## {kind}, {state}\n\n```text\n{write_card(find_alert(*card), _WIDTH)}\n```\n")
    # It changes with every value of the policy, and says nothing to a reader here.
    return "\n".join(parts).replace(POLICY.hash, "·" * len(POLICY.hash))


if __name__ == "__main__":
    print(write_page(), end="")
