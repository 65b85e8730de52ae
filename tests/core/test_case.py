"""A case walks through its states one at a time, and keeps what is worst."""

from itertools import product
from typing import Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.case import TRANSITIONS, Case, CaseEvent, CaseState
from monitor.core.case_moves import add_complaint, describe_telling, end_of_case, next_state, open_case
from monitor.core.finding import Cues, Severity
from monitor.core.kept import KeptOrigin
from monitor.core.kinds.ignored_complaint import find_ignored_deadline
from monitor.core.message import CHANNELS, Channel
from monitor.core.scored import Scored, Tick
from tests.core.builders import POLICY, at, build_scored, complain, follow_all, law, reply, settle, tick

STATES: Final[tuple[CaseState, ...]] = get_args(CaseState)
EVENTS: Final[tuple[CaseEvent, ...]] = get_args(CaseEvent)
#: How the journey of a former customer, whose closed cases are news, is brought into each state.
WAYS: Final[dict[CaseState, list[Scored | Tick]]] = {
    "none": [build_scored(0, 0, stage="former")],
    "waiting": [complain(0, 0, stage="former")],
    "answered": [complain(0, 0, stage="former"), reply(1, 1)],
    "closed": [complain(0, 0, stage="former"), settle(1, 1)],
}
#: What each event looks like in the log; silence ends a case in its own way and in no other. Interest needs a past:
#: see test_journey.
HAPPENINGS: Final[dict[CaseEvent, Scored | Tick]] = {
    "complaint": complain(9, 2),
    "reply": reply(9, 2),
    "follow_up": build_scored(9, 2, asks=True),
    "settled": settle(9, 2),
    "quiet": tick(1 + POLICY.journey.answered_quiet_hours),
    "faded": tick(24 * POLICY.journey.unanswered_fades_days),
    "forgotten": tick(1 + 24 * POLICY.journey.closed_case_days),
}
SILENCE: Final[dict[CaseState, CaseEvent]] = {"waiting": "faded", "answered": "quiet", "closed": "forgotten"}


def _open(scored: Scored, **others: bool) -> Case:
    hours = scored.at.timestamp()
    case = open_case(scored, hours, lost_advocate=others.get("lost_advocate", False))
    add_complaint(case, scored, hours, POLICY.journey)
    case.state = "waiting"
    return case


def _add(case: Case, scored: Scored) -> Case:
    add_complaint(case, scored, scored.at.timestamp(), POLICY.journey)
    return case


@pytest.mark.parametrize(("state", "event"), list(product(STATES, EVENTS)))
def test_a_pair_that_is_not_in_the_table_changes_nothing(state: CaseState, event: CaseEvent) -> None:
    assert next_state(state, event) == TRANSITIONS.get((state, event), state)


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (state, event)
        for state, event in product(STATES, EVENTS)
        if event in {"complaint", "reply", "settled", SILENCE.get(state)}
    ],
)
def test_a_journey_walks_as_the_table_says(state: CaseState, event: CaseEvent) -> None:
    before, _ = follow_all(WAYS[state])
    after, _ = follow_all([HAPPENINGS[event]], journey=before)
    assert before is not None
    assert after is not None
    assert (before.case.state if before.case else "none") == state
    expected = TRANSITIONS.get((state, event), state)
    # What faded is no news even of a former customer: it is closed and forgotten in one step.
    assert (after.case.state if after.case else "none") == ("none" if event == "faded" else expected)


def test_a_case_begins_with_a_complaint_and_is_answered_only_from_waiting() -> None:
    begins = {("none", "complaint"), ("none", "interest")}
    assert {pair for pair, to in TRANSITIONS.items() if pair[0] == "none"} == begins
    assert {pair for pair, to in TRANSITIONS.items() if to == "answered"} == {("waiting", "reply")}
    assert all(to == "waiting" for (_, event), to in TRANSITIONS.items() if event == "complaint")


@law
@given(st.lists(st.sampled_from(EVENTS)))
def test_a_case_never_skips_a_state(events: list[CaseEvent]) -> None:
    state: CaseState = "none"
    for event in events:
        before, state = state, next_state(state, event)
        assert (before, state) != ("none", "answered")


@pytest.mark.parametrize(("first", "second"), [("disapproval", "blame"), ("blame", "disapproval")])
def test_the_worst_complaint_speaks_for_the_case(first: Severity, second: Severity) -> None:
    case = _open(
        complain(0, 0, severity=first, product=first, category="billing" if first == "blame" else "price")
    )
    _add(
        case,
        complain(1, 1, severity=second, product=second, category="billing" if second == "blame" else "price"),
    )
    assert (case.severity, case.category, case.product) == ("blame", "billing", "blame")


def test_of_complaints_as_hard_the_surer_speaks_for_the_case() -> None:
    case = _add(_open(complain(0, 0, probability=0.9, product="kettle")), complain(1, 1, probability=0.6))
    assert (case.probability, case.product) == (0.9, "kettle")


def test_the_public_trace_adds_up_and_the_largest_following_counts() -> None:
    case = _open(complain(0, 0, followers=100, reshares=1, likes=10, helpful=2))
    _add(case, complain(1, 1, followers=70, reshares=2, likes=20, helpful=3))
    assert (case.followers, case.reshares, case.likes, case.helpful) == (100, 3, 30, 5)


def test_cues_of_any_complaint_stay_with_the_case() -> None:
    case = _open(complain(0, 0, cues=Cues(arousal=0.8, call_to_action=True)))
    _add(case, complain(1, 1, cues=Cues(arousal=0.2, threat_to_leave=True)))
    assert (case.arousal, case.call_to_action, case.threat_to_leave) == (0.8, True, True)


def test_a_further_complaint_that_waits_leaves_the_clock_running() -> None:
    case = _add(_open(complain(0, 0)), complain(1, 3))
    assert (case.waiting_since, case.waiting_origin) == (at(0).timestamp(), KeptOrigin("source", 0, 0))


def test_a_complaint_after_the_reply_starts_a_new_clock() -> None:
    case = _open(complain(0, 0))
    case.state = "answered"
    _add(case, complain(5, 9, channel="email"))
    assert (case.waiting_since, case.waiting_origin) == (at(9).timestamp(), KeptOrigin("source", 0, 5))
    assert case.waiting_channels == ("email",)
    assert case.channels == ("social", "email")


@law
@given(st.lists(st.sampled_from(CHANNELS), min_size=1))
def test_the_channel_with_the_shortest_wait_sets_the_clock(channels: list[Channel]) -> None:
    journey, _ = follow_all(complain(offset, 0, channel=channel) for offset, channel in enumerate(channels))
    assert journey is not None
    after_hours = POLICY.ignored_complaint.after_hours
    shortest = min(after_hours[channel] for channel in channels)
    assert find_ignored_deadline(journey, POLICY) == at(shortest).timestamp()


def test_only_a_waiting_case_has_waited() -> None:
    case = _open(complain(0, 0))
    assert describe_telling(case, at(7).timestamp()).waited_hours == 7
    case.state = "answered"
    telling = describe_telling(case, at(7).timestamp())
    assert telling.waited_hours == 0
    assert telling.replied


def test_a_case_that_waits_longer_than_its_own_clock_has_waited_nothing() -> None:
    assert describe_telling(_open(complain(0, 5)), at(0).timestamp()).waited_hours == 0


def test_an_answered_case_ends_quiet_and_an_unanswered_one_fades() -> None:
    case = _open(complain(0, 0))
    assert end_of_case(case, POLICY.journey) == (at(21 * 24).timestamp(), "faded")
    case.state = "answered"
    assert end_of_case(case, POLICY.journey) == (at(72).timestamp(), "quiet")
