"""A milestone of the user's own systems moves a stage under its customer's pseudonym, counts once and says no word."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.message import STAGES
from monitor.core.milestone import GOALS, Milestone, check_milestone
from monitor.core.pipeline import follow, note
from monitor.core.scored import Origin, Scored, StageEvent, Tick
from monitor.core.stages import move_stage
from monitor.errors import Rejected
from tests.core.builders import (
    INSTRUMENTS,
    POLICY,
    at,
    build_message,
    build_scored,
    complain,
    event_lists,
    follow_all,
    law,
    settle,
    tell,
)


def _milestone(**fields: Any) -> Milestone:  # noqa: ANN401 - any field of a milestone
    return Milestone(**{"id": "o-1", "at": at(0), "stage": "purchase", "customer": "C-1", **fields})


def _note(offset: int, hours: float, **fields: Any) -> StageEvent:  # noqa: ANN401 - the same
    milestone = _milestone(id=f"o{offset}", at=at(hours), **fields)
    event = note(milestone, Origin("shop.orders", 0, offset), at(hours).timestamp(), INSTRUMENTS, POLICY)
    return msgspec.structs.replace(event, customer="c-ann")


def _check(milestone: Milestone) -> None:
    check_milestone(milestone, received_at_seconds=at(0).timestamp(), future_tolerance_seconds=300)


def test_a_milestone_and_a_message_of_the_same_customer_have_one_pseudonym() -> None:
    event = note(_milestone(author="ann", channel="chat"), Origin("t", 0, 0), 0.0, INSTRUMENTS, POLICY)
    assert event.customer == INSTRUMENTS.pseudonyms.name(build_message(customer="C-1"))
    by_handle = note(
        _milestone(customer=None, author="ann", channel="chat"), Origin("t", 0, 0), 0, INSTRUMENTS, POLICY
    )
    assert by_handle.customer == INSTRUMENTS.pseudonyms.name(build_message(author="ann", channel="chat"))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"customer": None}, "missing_author"),
        ({"customer": None, "author": "ann"}, "missing_author"),
        ({"at": at(1)}, "future_time"),
    ],
)
def test_a_milestone_of_nobody_or_of_a_time_to_come_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(Rejected) as caught:
        _check(_milestone(**fields))
    assert caught.value.reason == reason


def test_a_milestone_of_a_customer_or_of_a_handle_on_a_channel_is_taken() -> None:
    _check(_milestone())
    _check(_milestone(customer=None, author="ann", channel="chat"))


@pytest.mark.parametrize("stage", [None, *STAGES])
@pytest.mark.parametrize("goal", GOALS)
def test_a_milestone_moves_the_stage_as_the_table_says(stage: Any, goal: Any) -> None:  # noqa: ANN401 - literals
    journey, _ = follow_all([build_scored(0, 0, stage=stage), _note(1, 1, stage=goal)])
    assert journey is not None
    assert journey.stage == (stage if goal == "none" else move_stage(stage, goal))
    assert journey.messages == 1


def test_a_milestone_begins_a_journey() -> None:
    journey, alerts = follow_all([_note(0, 0)])
    assert journey is not None
    assert (journey.stage, journey.messages, alerts) == ("purchase", 0, [])


@pytest.mark.parametrize("late", [_note(2, 5, stage="former"), build_scored(2, 5, stage="former")])
def test_what_comes_late_does_not_undo_the_stage_that_something_later_has_named(
    late: Scored | StageEvent,
) -> None:
    journey, _ = follow_all([_note(0, 0, stage="customer"), _note(1, 10, stage="customer"), late])
    assert journey is not None
    assert journey.stage == "customer"


def test_a_cancelled_contract_puts_a_waiting_complaint_at_risk() -> None:
    _, alerts = follow_all([complain(0, 0, stage="customer", channel="support"), _note(1, 1, stage="former")])
    assert tell(alerts) == [("firing", "former_at_risk")]
    assert alerts[0].cause == "stage event"
    assert alerts[0].trigger == Origin("shop.orders", 0, 1)


def test_an_order_ends_the_news_that_a_former_customer_can_be_won_back() -> None:
    _, alerts = follow_all(
        [complain(0, 0, stage="former", channel="support"), settle(1, 1), _note(2, 30, stage="purchase")]
    )
    assert tell(alerts)[-1] == ("resolved", "win_back")
    assert alerts[-1].cause == "returned"


@law
@given(event_lists(), st.sampled_from(GOALS), st.integers(0, 900))
def test_a_milestone_told_twice_changes_nothing(events: list[Any], goal: Any, hours: int) -> None:  # noqa: ANN401 - literals
    journey, _ = follow_all(events)
    once, _ = follow(journey, _note(50, 1, stage=goal), POLICY)
    again = msgspec.structs.replace(
        _note(50, 1, stage=goal), at=at(hours), origin=Origin("shop.orders", 0, 99)
    )
    assert follow(once, again, POLICY) == (once, ())


@law
@given(event_lists(), st.integers(0, 900))
def test_a_milestone_that_moves_nothing_tells_nothing_but_what_time_tells(
    events: list[Any], hours: int
) -> None:
    journey, _ = follow_all(events)
    _, by_milestone = follow(journey, _note(50, hours, stage="none"), POLICY)
    _, by_tick = follow(journey, Tick(at=at(hours)), POLICY)
    assert [msgspec.structs.replace(alert, trigger=None, received_at=None) for alert in by_milestone] == list(
        by_tick
    )
