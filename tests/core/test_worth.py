"""What a customer is worth orders alerts, within bounds, and a prospect who is lost counts as a customer."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alert import AlertKind
from monitor.core.message import STAGES, Stage
from monitor.core.scored import Scored, Tick
from monitor.core.worth import weigh_worth
from tests.core.builders import (
    POLICY,
    at,
    build_scored,
    complain,
    event_lists,
    follow_all,
    law,
    overlay,
    tick,
)

WORTH = POLICY.worth
TYPICAL = WORTH.typical_value_a_year
KINDS: tuple[AlertKind, ...] = get_args(AlertKind)
ANY_STAGE = st.sampled_from((None, *STAGES))


def test_a_typical_existing_customer_weighs_one_and_so_does_one_of_whom_nothing_is_known() -> None:
    assert weigh_worth("detractor", "customer", TYPICAL, WORTH) == 1
    assert weigh_worth("detractor", None, None, WORTH) == 1


@law
@given(st.sampled_from(KINDS), ANY_STAGE, st.none() | st.floats(0, 1e12))
def test_no_weight_leaves_its_bounds(kind: AlertKind, stage: Stage | None, value: float | None) -> None:
    assert WORTH.weight_min <= weigh_worth(kind, stage, value, WORTH) <= WORTH.weight_max


@law
@given(st.sampled_from(KINDS), ANY_STAGE, st.floats(0, 1e6), st.floats(0, 1e6))
def test_who_is_worth_more_never_weighs_less(
    kind: AlertKind, stage: Stage | None, one: float, more: float
) -> None:
    assert weigh_worth(kind, stage, one, WORTH) <= weigh_worth(kind, stage, one + more, WORTH)


@pytest.mark.parametrize("value", [None, 20.0, TYPICAL, 900.0])
def test_a_lost_prospect_weighs_what_a_customer_weighs(value: float | None) -> None:
    lost = weigh_worth("prospect_lost", "prospect", value, WORTH)
    assert lost == weigh_worth("prospect_lost", "customer", value, WORTH)
    assert lost > weigh_worth("detractor", "prospect", value, WORTH) or lost == WORTH.weight_min


def test_the_exponent_zero_weighs_all_alike() -> None:
    alike = overlay({"worth": {"exponent": 0.0}}).worth
    assert {weigh_worth(kind, stage, 5.0, alike) for kind in KINDS for stage in STAGES} == {1}


def test_the_worth_last_said_counts_whatever_came_late() -> None:
    messages = [build_scored(0, 10, value=50.0), build_scored(1, 5, value=900.0), build_scored(2, 11)]
    journey, _ = follow_all(messages)
    assert journey is not None
    assert (journey.value, journey.value_at) == (50.0, at(10).timestamp())


def test_an_alert_says_the_worth_and_the_priority_that_comes_of_it() -> None:
    _, (alert,) = follow_all(
        [complain(0, 0, channel="support", stage="customer", value=4 * TYPICAL), tick(24)]
    )
    assert alert.listeners is not None
    assert alert.value == 4 * TYPICAL
    assert alert.priority == pytest.approx(2 * alert.listeners.expected)


@law
@given(event_lists())
def test_worth_moves_no_alert_but_only_its_priority(events: list[Scored | Tick]) -> None:
    _, plain = follow_all(events)
    _, weighed = follow_all(events, overlay({"worth": {"typical_value_a_year": 1.0, "weight_max": 9.0}}))
    assert [(alert.id, alert.sequence, alert.severity) for alert in plain] == [
        (alert.id, alert.sequence, alert.severity) for alert in weighed
    ]
