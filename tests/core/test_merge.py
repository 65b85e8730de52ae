"""Merging two journeys gives what one would have been that had known both names from the start."""

from itertools import pairwise
from typing import Any, Final

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.core.finding import Sentiment
from monitor.core.handover import take
from monitor.core.held import Held
from monitor.core.journey import Journey
from monitor.core.message import Stage
from monitor.core.scored import Event, Link, Origin, Scored, Tick
from tests.core.builders import (
    POLICY,
    at,
    build_scored,
    complain,
    event_lists,
    follow_all,
    law,
    reply,
    settle,
    tick,
)

ANN: Final = "c-ann"
HANDLE: Final = "c-handle"
GLAD: Final = Sentiment(neg=0.0, neu=0.2, pos=0.8, compound=0.9)
#: What a sum of floats in another order may differ by.
ROUNDING: Final = 1e-9
#: Names of one sort stand beside each other in the order in which they came, which the merged journey does not know.
UNORDERED: Final = ("channels", "waiting_channels")
#: Of two complaints that are equally severe, either may be quoted.
QUOTED: Final = ("category", "channel", "touchpoint", "product", "brand", "excerpt", "evidence")


def under(name: str, event: Scored) -> Scored:
    return msgspec.structs.replace(event, customer=name)


def follow_under_two_names(history: list[tuple[str, Scored]], *after: Event) -> Journey:
    """Follow each name by itself, link the handle to Ann, and go on with what comes after."""
    kept: dict[str, Held | None] = {ANN: None, HANDLE: None}
    events: list[Any] = [under(name, event) for name, event in history]
    link = Link(customer=HANDLE, canonical=ANN, at=at(0), origin=Origin("identities", 0, 0))
    for event in (*events, link):
        turn = take(kept[event.customer], event, Origin("scored", 0, 0), POLICY)
        kept[event.customer] = turn.kept
    assert turn.handed
    for event in (turn.handed, *after):
        kept[ANN] = take(kept[ANN], event, Origin("scored", 0, 1), POLICY).kept
    journey = kept[ANN]
    assert isinstance(journey, Journey)
    return journey


def follow_under_one_name(history: list[tuple[str, Scored]], *after: Event) -> Journey:
    journey, _ = follow_all([*(under(ANN, event) for _, event in history), *after])
    assert journey
    return journey


def describe(journey: Journey) -> dict[str, Any]:
    """Take a journey apart, with the mood rounded, and leave out what the law leaves open."""
    fields: dict[str, Any] = msgspec.to_builtins(
        {
            name: getattr(journey, name)
            for name in journey.__struct_fields__
            if name not in {"case", "open_alerts", "told"}
        }
    )
    for name in ("mood", "mood_weight"):
        fields[name] = pytest.approx(fields[name], abs=ROUNDING)
    fields["recent"] = set(journey.recent)
    # One that the customer had before keeps the id under which it was told, and so do those that are over.
    fields["alerts"] = set(journey.open_alerts)
    if journey.case is not None:
        case = {
            name: getattr(journey.case, name) for name in journey.case.__struct_fields__ if name not in QUOTED
        }
        fields["case"] = case | {name: set(case[name]) for name in UNORDERED}
    return fields


def place(events: list[tuple[str, Scored]]) -> list[tuple[str, Scored]]:
    """Give each message an origin and an id of its own."""
    return [
        (name, msgspec.structs.replace(event, origin=Origin("source", 0, number), id=f"m-{number}"))
        for number, (name, event) in enumerate(events)
    ]


NAMES: Final = st.sampled_from((ANN, HANDLE))


@st.composite
def histories(draw: st.DrawFn, events: st.SearchStrategy[Scored]) -> list[tuple[str, Scored]]:
    """Draw what was said under both names, in order of time; under each of them something."""
    drawn = draw(
        st.lists(
            st.tuples(NAMES, events, st.integers(0, 400 * 60)),
            min_size=2,
            max_size=10,
            unique_by=lambda one: one[2],
        )
    )
    assume({name for name, _, _ in drawn} == {ANN, HANDLE})
    ordered = sorted(drawn, key=lambda one: one[2])
    return place(
        [(name, msgspec.structs.replace(event, at=at(minutes / 60))) for name, event, minutes in ordered]
    )


def _words(*channels: str) -> st.SearchStrategy[Scored]:
    """Draw plain words and complaints, of a mood that makes nobody an advocate."""
    complaints = st.builds(
        lambda severity, channel, reshares: complain(
            0, 0, severity=severity, channel=channel, reshares=reshares, probability=0.9
        ),
        st.sampled_from(("disapproval", "accusation", "blame")),
        st.sampled_from(channels),
        st.sampled_from((None, 3)),
    )
    return complaints | st.sampled_from(channels).map(lambda channel: build_scored(0, 0, channel=channel))


@law
@given(event_lists(), st.lists(NAMES, min_size=12, max_size=12))
def test_what_adds_up_is_the_same_whatever_was_said_when(
    events: list[Scored | Tick], names: list[str]
) -> None:
    messages = [event for event in events if isinstance(event, Scored)]
    history = place(list(zip(names, messages, strict=False)))
    assume({name for name, _ in history} == {ANN, HANDLE})
    merged, known = follow_under_two_names(history), follow_under_one_name(history)
    for name in (
        "messages",
        "complaints",
        "replies",
        "content_messages",
        "last_reply_at",
        "clock",
    ):
        assert getattr(merged, name) == getattr(known, name), name
    assert set(merged.recent) == set(known.recent)
    assert merged.mood == pytest.approx(known.mood, abs=ROUNDING)
    assert merged.mood_weight == pytest.approx(known.mood_weight, abs=ROUNDING)
    if all(earlier.at <= later.at for (_, earlier), (_, later) in pairwise(history)):
        assert merged.first_at == known.first_at


@law
@given(histories(_words("social", "email", "review")), st.lists(st.floats(400, 1600), max_size=5), st.data())
def test_complaints_under_two_names_are_one_case_as_if_known_from_the_start(
    history: list[tuple[str, Scored]], hours: list[float], data: st.DataObject
) -> None:
    kinds = st.sampled_from((complain, build_scored, reply, settle))
    after: list[Event] = [tick(400)]
    for number, hour in enumerate(sorted(hours)):
        said = data.draw(kinds)(100 + number, hour, id=f"after-{number}", customer=ANN)
        after += [said, tick(hour)]
    merged, known = follow_under_two_names(history, *after), follow_under_one_name(history, *after)
    assert describe(merged) == describe(known)


@law
@given(
    st.lists(_words("social", "email"), min_size=1, max_size=5),
    st.lists(_words("social", "email"), min_size=1, max_size=5),
    st.sampled_from((None, "prospect", "purchase")),
    st.sampled_from((None, "customer")),
    st.booleans(),
)
def test_a_history_that_was_over_before_the_other_began_merges_to_the_last_field(
    before: list[Scored],
    later: list[Scored],
    stage: Stage | None,
    later_stage: Stage | None,
    handle_first: bool,
) -> None:
    first, second = (HANDLE, ANN) if handle_first else (ANN, HANDLE)
    said = [msgspec.structs.replace(event, stage=stage) for event in before]
    said += [reply(0, 0), settle(0, 0, stage=stage)]
    history = [(first, msgspec.structs.replace(event, at=at(hours))) for hours, event in enumerate(said)]
    history += [
        (second, msgspec.structs.replace(event, at=at(1000 + hours), stage=later_stage))
        for hours, event in enumerate(later)
    ]
    # What is told of a closed case that had been alerted is news for two weeks: over, before the other name begins.
    history = place(history)
    merged, known = follow_under_two_names(history, tick(1100)), follow_under_one_name(history, tick(1100))
    assert describe(merged) == describe(known)
    assert merged.closed == known.closed
    assert merged.recent == known.recent


def test_a_reply_to_the_customer_answers_what_the_handle_had_complained_of() -> None:
    history = place([(HANDLE, complain(0, 0)), (ANN, build_scored(0, 1)), (ANN, reply(0, 2))])
    merged = follow_under_two_names(history)
    assert merged.case
    assert merged.case.state == "answered"


def test_a_complaint_after_the_reply_to_the_other_name_waits_from_there_on() -> None:
    history = place(
        [(HANDLE, complain(0, 0)), (ANN, build_scored(0, 1)), (ANN, reply(0, 2)), (HANDLE, complain(0, 3))]
    )
    merged, known = follow_under_two_names(history), follow_under_one_name(history)
    assert merged.case
    assert known.case
    assert (merged.case.state, merged.case.waiting_since) == ("waiting", at(3).timestamp())
    assert merged.case.waiting_origin == known.case.waiting_origin


def test_who_praised_the_brand_under_a_handle_and_complains_as_a_customer_is_a_lost_advocate() -> None:
    praise = [(HANDLE, build_scored(0, hours, sentiment=GLAD)) for hours in (0, 1, 2)]
    merged = follow_under_two_names(place([*praise, (ANN, complain(0, 5))]))
    assert "advocate_lost" in merged.open_alerts


def test_a_cause_that_was_settled_under_the_handle_and_is_complained_of_by_the_customer_failed_again() -> (
    None
):
    history = [(HANDLE, complain(0, 0)), (HANDLE, settle(0, 1)), (ANN, complain(0, 50))]
    merged, known = follow_under_two_names(place(history)), follow_under_one_name(place(history))
    assert "repeat_failure" in merged.open_alerts
    assert "repeat_failure" in known.open_alerts
