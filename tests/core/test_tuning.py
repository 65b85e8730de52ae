"""A policy change is proposed where outcomes vouch for it, with what it would have cost, and otherwise not at all."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.outcome import Outcome
from monitor.core.tuning import propose
from monitor.records import decode_alert
from monitor.resources import load_policy

POLICY: Final = load_policy()
EXAMPLES: Final = Path(__file__).resolve().parents[2] / "schemas" / "examples" / "valid"
ALERT: Final = decode_alert((EXAMPLES / "alert.detractor_updated.json").read_bytes())


def make(judged: list[tuple[float, bool]]) -> tuple[list[Alert], dict[str, Outcome]]:
    """Make detractor alerts of these expected listeners, and the outcomes that people gave."""
    alerts = [
        msgspec.structs.replace(ALERT, id=str(number), observed=observed, confidence=0.9)
        for number, (observed, _) in enumerate(judged)
    ]
    outcomes = {
        str(number): Outcome(
            alert=str(number),
            kind="detractor",
            result="resolved" if is_right else "false_alarm",
            by="ann",
            at=datetime(2026, 3, 2, tzinfo=UTC),
        )
        for number, (_, is_right) in enumerate(judged)
    }
    return alerts, outcomes


def test_false_alarms_just_above_the_threshold_raise_it_to_where_they_end() -> None:
    judged = [(19.0, False)] * 30 + [(30.0, True)] * 60
    (found,) = propose(*make(judged), POLICY, precision=0.9, judged_at_least=20)
    assert (found.section, found.name, found.now, found.proposed) == (
        "detractor",
        "fire_at_expected",
        18.0,
        30.0,
    )
    assert (found.kept, found.kept_right, found.right) == (60, 60, 60)
    assert "60 of 90 judged alerts were right" in found.reason


@pytest.mark.parametrize(
    ("judged", "why"),
    [
        ([(19.0, False)] * 3 + [(30.0, True)] * 3, "too few are judged"),
        ([(19.0, False)] * 2 + [(30.0, True)] * 98, "enough were right already"),
        ([(30.0, False), (30.0, True)] * 50, "no threshold tells them apart"),
        ([(19.0, False)] * 50 + [(30.0, True)] * 5, "five are too few to vouch for nine in ten"),
    ],
)
def test_nothing_is_proposed_that_the_outcomes_do_not_vouch_for(
    judged: list[tuple[float, bool]], why: str
) -> None:
    assert propose(*make(judged), POLICY, precision=0.9, judged_at_least=20) == [], why


def test_what_is_only_acknowledged_judges_nothing() -> None:
    alerts, outcomes = make([(19.0, False)] * 30 + [(30.0, True)] * 60)
    waiting = {name: msgspec.structs.replace(one, result="acknowledged") for name, one in outcomes.items()}
    assert propose(alerts, waiting, POLICY, precision=0.9, judged_at_least=20) == []


@given(st.lists(st.tuples(st.floats(18, 100), st.booleans()), max_size=80))
def test_a_proposal_is_stricter_keeps_what_it_says_and_is_right_often_enough(
    judged: list[tuple[float, bool]],
) -> None:
    for found in propose(*make(judged), POLICY, precision=0.8, judged_at_least=10):
        assert found.now <= found.proposed
        kept = [is_right for observed, is_right in judged if observed >= found.proposed]
        assert found.section == "detractor"
        # Rounded down, it may keep a few more than it vouches for; never fewer.
        assert len(kept) >= found.kept
        assert found.kept_right / found.kept >= 0.8
