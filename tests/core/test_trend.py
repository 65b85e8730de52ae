"""Which trends a record gives: each with a rank of its own, none of them with more than may leave."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.finding import Cues
from monitor.core.journey import Journey
from monitor.core.pipeline import follow
from monitor.core.presence import Presence
from monitor.core.scored import Origin, Scored, Tick
from monitor.core.trend import (
    EXCERPT_MAX_CHARACTERS,
    TRENDS_PER_RECORD,
    Trend,
    name_subject,
    tell_rejected,
    tell_seen,
)
from monitor.core.trend_list import fingerprint, list_trends
from tests.core.builders import POLICY, at, auto_reply, build_scored, complain, law, reply

PLACE = Origin("scored", 3, 41)


def _list(scored: Scored, journey: Journey | None = None, presence: Presence | None = None) -> list[Trend]:
    moved, _ = follow(journey, scored, POLICY)
    assert moved is not None
    return list(list_trends(scored, PLACE, moved, POLICY, presence or Presence()))


def test_a_complaint_moves_its_touchpoint_and_the_surge_of_brand_product_category_and_stage() -> None:
    scored = complain(1, 2, brand="acme", product="card", stage="customer", touchpoint="billing")
    trends = _list(scored)
    assert [(trend.subject, trend.what) for trend in trends] == [
        ("stage_neglected|acme|customer|billing", "message"),
        ("stage_neglected|acme|customer|billing", "complaint"),
        ("surge|acme|card|delivery|customer", "complaint"),
    ]
    assert all(trend.origin == PLACE and trend.at == at(2) for trend in trends)
    assert trends[2].listeners > 1


def test_the_stage_of_the_journey_goes_before_that_of_the_message() -> None:
    journey, _ = follow(None, build_scored(0, 0, stage="customer"), POLICY)
    assert _list(complain(1, 1), journey)[-1].subject == "surge|||delivery|customer"


def test_a_real_reply_is_a_contact_of_the_touchpoint_that_the_case_is_about() -> None:
    journey, _ = follow(None, complain(0, 0, brand="acme", touchpoint="billing"), POLICY)
    (contact,) = _list(reply(1, 1, brand="acme", channel="support"), journey)
    assert (contact.subject, contact.what) == ("stage_neglected|acme||billing", "contact")


def test_an_automatic_reply_is_no_contact() -> None:
    assert _list(auto_reply(1, 1)) == []


def test_what_the_brand_posts_to_nobody_in_particular_is_a_post() -> None:
    trends = _list(reply(1, 1, brand="acme", id="p1", thread="p1"))
    assert [(trend.subject, trend.what) for trend in trends][1:] == [
        ("brand_post_backlash|acme|social|p1", "post")
    ]


@pytest.mark.parametrize("fields", [{"reply_to": "m0"}, {"thread": "t0"}, {"channel": "support"}])
def test_an_answer_or_a_private_message_of_the_brand_is_no_post(fields: dict[str, Any]) -> None:
    assert "post" not in {trend.what for trend in _list(reply(1, 1, **fields))}


def test_an_answer_to_a_post_moves_the_post_and_the_conversation_that_it_began() -> None:
    trends = _list(build_scored(1, 1, brand="acme", reply_to="r5", thread="p1"))
    assert [trend.subject for trend in trends if trend.what == "reply_to_post"] == [
        "brand_post_backlash|acme|social|r5",
        "brand_post_backlash|acme|social|p1",
    ]


def test_a_message_without_a_complaint_says_only_that_somebody_is_there() -> None:
    assert [trend.what for trend in _list(build_scored(1, 1))] == ["message"]


def test_presence_is_told_once_a_minute_and_again_by_whoever_does_not_remember() -> None:
    presence = Presence()
    scored = build_scored(1, 1)
    assert [len(_list(scored, presence=presence)) for _ in range(3)] == [1, 0, 0]
    assert len(_list(build_scored(2, 1 + 1 / 60), presence=presence)) == 1
    assert len(_list(scored)) == 1


def test_an_excerpt_is_cut() -> None:
    scored = msgspec.structs.replace(complain(1, 1), excerpt="word " * 100)
    assert {len(trend.excerpt) for trend in _list(scored) if trend.what == "complaint"} == {
        EXCERPT_MAX_CHARACTERS
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is my order now ••••••• ?!", "WHERE is my order NOW 77"),
        ("@•••• you are the worst ever", "you are the worst ever 12"),
    ],
)
def test_texts_that_differ_in_case_marks_digits_and_masks_share_a_fingerprint(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other) != 0


@pytest.mark.parametrize("text", ["••• 12!", "", "It fails again, acme!"])
def test_what_many_would_put_the_same_way_has_no_fingerprint(text: str) -> None:
    assert fingerprint(text) == 0


def test_a_source_tells_what_it_took_and_what_it_could_not() -> None:
    origin = Origin("tickets", 0, 7)
    seen = tell_seen("tickets", origin, at(1), at(0))
    rejected = tell_rejected("tickets", origin, at(1), "not_json")
    assert (seen.subject, seen.lag_seconds) == ("source_blind|tickets", 3600)
    assert (rejected.subject, rejected.reason) == (seen.subject, "not_json")


@law
@given(st.lists(st.lists(st.none() | st.text(max_size=3), min_size=3, max_size=3), max_size=8))
def test_no_two_subjects_share_a_name(parts: list[list[str | None]]) -> None:
    told = {tuple(part or "" for part in each) for each in parts}
    assert len({name_subject("surge", *each) for each in told}) == len(told)


@law
@given(
    outbound=st.booleans(),
    automatic=st.booleans(),
    is_complaint=st.booleans(),
    thread=st.sampled_from([None, "m1", "t", "r"]),
    reply_to=st.sampled_from([None, "t", "r"]),
)
def test_the_trends_of_one_record_have_ranks_of_their_own_and_survive_the_wire(
    outbound: bool, automatic: bool, is_complaint: bool, thread: str | None, reply_to: str | None
) -> None:
    build = reply if outbound else complain if is_complaint else build_scored
    trends = _list(build(1, 1, thread=thread, reply_to=reply_to, cues=Cues(auto_reply=automatic)))
    ranks = [trend.rank for trend in trends]
    assert ranks == sorted(set(ranks))
    assert all(41 * TRENDS_PER_RECORD <= rank < 42 * TRENDS_PER_RECORD for rank in ranks)
    decode = msgspec.json.Decoder(Trend | Tick).decode
    assert [decode(msgspec.json.encode(trend)) for trend in trends] == trends
    assert {trend.kind for trend in trends} <= {"surge", "stage_neglected", "brand_post_backlash"}
