"""Touchpoints are placed by stage; a gap between two, and who never saw a customer, are told with the case."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from monitor.core.finding import Sentiment
from monitor.core.machine import Place
from monitor.core.machines import FOLLOW
from monitor.core.message import STAGES
from monitor.core.praise import count_positive_listeners
from monitor.core.presence import Presence
from monitor.core.scored import Scored
from monitor.core.touchpoints import TOUCHPOINTS, place_touchpoint
from monitor.core.trend import Trend
from monitor.core.trend_list import list_trends
from monitor.practice import Practice
from monitor.replay import work_log
from monitor.topics import SCORED
from tests.core.builders import POLICY, auto_reply, build_scored, complain, follow_all, law, reply

HAPPY = Sentiment(neg=0.0, neu=0.2, pos=0.8, compound=0.9)


def test_the_catalogue_names_touchpoints_of_every_stage_and_each_once() -> None:
    names = [name for touchpoints in TOUCHPOINTS.values() for name in touchpoints]
    assert set(TOUCHPOINTS) == set(STAGES)
    assert len(set(names)) == len(names) > 20


def test_a_message_stands_at_the_stage_that_it_names_or_else_at_that_of_its_touchpoint() -> None:
    assert place_touchpoint("billing", "former") == ("former", "billing")
    assert place_touchpoint("billing", None) == ("customer", "billing")
    assert place_touchpoint("drone", None) == (None, "other")
    assert place_touchpoint(None, "prospect") == ("prospect", "unknown")


def _last_case(events: Sequence[Scored]) -> Trend:
    """Tell what the last of the messages means to those who count cases."""
    journey, _ = follow_all(events)
    assert journey is not None
    trends = list_trends(events[-1], events[-1].origin, journey, POLICY, Presence())
    return next(trend for trend in trends if trend.what == "complaint")


@pytest.mark.parametrize(
    ("before", "gap"),
    [
        (build_scored(0, 0, sentiment=HAPPY, touchpoint="delivery"), True),
        (build_scored(0, 0, sentiment=HAPPY, touchpoint="billing"), False),
        (build_scored(0, 0, touchpoint="delivery"), False),
    ],
)
def test_content_at_one_touchpoint_and_unhappy_at_the_next_is_a_gap(before: Scored, *, gap: bool) -> None:
    unhappy = complain(1, 1, touchpoint="billing")
    assert _last_case([before, unhappy]).gap is gap
    _, (alert, *_) = follow_all([before, unhappy, complain(2, 30, touchpoint="billing")])
    assert alert.touchpoint_gap == ("delivery" if gap else None)


def test_only_the_first_complaint_of_a_case_says_who_has_seen_the_customer() -> None:
    first, second = complain(0, 0, channel="social"), complain(1, 1, channel="social")
    assert _last_case([first]).first_seen_by == "nobody"
    assert _last_case([first, second]).first_seen_by is None


@pytest.mark.parametrize("before", [build_scored(0, 0, channel="chat"), reply(0, 0, channel="support")])
def test_whom_support_has_seen_before_is_known_to_support(before: Scored) -> None:
    assert _last_case([before, complain(1, 9, channel="review")]).first_seen_by == "support"


def test_only_the_first_real_reply_says_how_long_the_customer_had_waited_for_it() -> None:
    said = [complain(0, 0), auto_reply(1, 1), reply(2, 5), reply(3, 6), complain(4, 10), reply(5, 12)]
    _, plan = work_log(FOLLOW, Place(SCORED), enumerate(said), POLICY)
    contacts = [one for one in plan.trends if isinstance(one, Trend) and one.what == "contact"]
    assert [one.answered_after_seconds for one in contacts] == [5 * 3600, None, 2 * 3600]
    practice = Practice(registry := CollectorRegistry())
    practice.count_cases(contacts)
    channel = {"channel": "social"}
    assert registry.get_sample_value("monitor_first_reply_seconds_count", channel) == 2
    assert registry.get_sample_value("monitor_first_reply_seconds_sum", channel) == 7 * 3600


@law
@given(st.integers(0, 100), st.integers(0, 10_000))
def test_a_content_customer_reaches_more_people_the_more_can_read_it(likes: int, followers: int) -> None:
    said = build_scored(0, 0, sentiment=HAPPY, likes=likes, followers=followers)
    more = build_scored(0, 0, sentiment=HAPPY, likes=likes + 1, followers=followers)
    assert POLICY.listeners.content_tells <= count_positive_listeners(said, POLICY)
    assert count_positive_listeners(said, POLICY) < count_positive_listeners(more, POLICY)


@pytest.mark.parametrize(
    "scored", [build_scored(0, 0), complain(0, 0, sentiment=HAPPY), reply(0, 0, sentiment=HAPPY)]
)
def test_who_is_not_content_and_the_brand_itself_widen_no_reach(scored: Scored) -> None:
    assert count_positive_listeners(scored, POLICY) == 0
