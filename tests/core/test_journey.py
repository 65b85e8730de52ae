"""A journey moves on events and ticks alone, and what comes late is judged by when it was said."""

from datetime import timedelta
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.finding import Cues, Sentiment
from monitor.core.journey import Journey
from monitor.core.kept import KeptOrigin
from monitor.core.message import CHANNELS, Channel
from monitor.core.pipeline import follow
from monitor.core.scored import Scored, Tick
from tests.core.builders import (
    POLICY,
    at,
    auto_reply,
    build_scored,
    complain,
    event_lists,
    follow_all,
    law,
    overlay,
    reply,
    settle,
    tell,
    tick,
)

HAPPY: Final = Sentiment(neg=0.0, neu=0.2, pos=0.8, compound=0.9)
PLEASED: Final = Sentiment(neg=0.0, neu=0.5, pos=0.5, compound=0.5)
SAD: Final = Sentiment(neg=0.5, neu=0.5, pos=0.0, compound=-0.5)


def _follow(*events: Scored | Tick) -> Journey:
    journey, _ = follow_all(events)
    assert journey is not None
    return journey


def _state(*events: Scored | Tick) -> str:
    journey = _follow(*events)
    return journey.case.state if journey.case else "none"


def test_a_complaint_waits_until_a_person_replies() -> None:
    assert _state(complain(0, 0)) == "waiting"
    assert _state(complain(0, 0), reply(1, 1)) == "answered"


def test_an_automatic_reply_does_not_stop_the_clock() -> None:
    journey = _follow(complain(0, 0), auto_reply(1, 1))
    assert journey.case is not None
    assert (journey.case.state, journey.case.waiting_since) == ("waiting", at(0).timestamp())
    assert (journey.replies, journey.last_reply_at) == (0, None)


@pytest.mark.parametrize("in_log_order", [True, False])
def test_an_outbound_message_before_the_complaint_does_not_answer_it(in_log_order: bool) -> None:
    events = [reply(0, 0), complain(1, 1)]
    assert _state(*(events if in_log_order else reversed(events))) == "waiting"


def test_a_late_complaint_is_answered_by_a_later_reply_that_is_known() -> None:
    assert _state(reply(0, 2), complain(1, 1)) == "answered"


def test_a_reply_that_came_too_long_after_a_late_complaint_was_no_answer_to_it() -> None:
    hours = POLICY.journey.reply_after_late_hours
    assert _state(reply(0, 1 + hours), complain(1, 1)) == "answered"
    assert _state(reply(0, 1.01 + hours), complain(1, 1)) == "waiting"


def test_a_late_complaint_does_not_pass_its_answer_on_to_a_later_one() -> None:
    assert _state(complain(0, 9), reply(1, 8), complain(2, 7)) == "waiting"


def test_a_late_automatic_reply_answers_nothing() -> None:
    assert _state(auto_reply(0, 2), complain(1, 1)) == "waiting"


def test_a_content_customer_closes_an_answered_case_and_no_waiting_one() -> None:
    happy = build_scored(5, 2, sentiment=HAPPY)
    assert _state(complain(0, 0), reply(1, 1), happy) == "none"
    assert _state(complain(0, 0), happy) == "waiting"


def test_a_customer_who_says_that_it_is_settled_closes_any_case() -> None:
    assert _state(complain(0, 0), settle(1, 1)) == "none"
    assert _state(complain(0, 0), reply(1, 1), settle(2, 2)) == "none"


def test_what_was_said_before_the_complaint_does_not_settle_it() -> None:
    assert _state(complain(0, 5), settle(1, 1)) == "waiting"


def test_a_further_word_keeps_an_answered_case_open() -> None:
    quiet = POLICY.journey.answered_quiet_hours
    events = [complain(0, 0), reply(1, 1), build_scored(2, 50)]
    assert _state(*events, tick(1 + quiet)) == "answered"
    assert _state(*events, tick(50 + quiet)) == "none"


@law
@given(st.lists(st.sampled_from("abcdefghijklmnopqrst"), max_size=40))
def test_messages_are_counted_once_while_their_ids_are_remembered(ids: list[str]) -> None:
    policy = overlay({"journey": {"recent_message_ids": 20}})
    events = [build_scored(offset, offset, id=name) for offset, name in enumerate(ids)]
    journey, _ = follow_all(events, policy)
    assert (journey.messages if journey else 0) == len(set(ids))


def test_only_so_many_ids_are_remembered() -> None:
    bound = POLICY.journey.recent_message_ids
    journey = _follow(*(build_scored(offset, offset) for offset in range(bound + 5)))
    assert len(journey.recent) == bound


def test_the_same_id_on_another_channel_is_another_message() -> None:
    assert _follow(build_scored(0, 0, id="1"), build_scored(1, 0, id="1", channel="chat")).messages == 2


def _welcome(count: int) -> list[Scored]:
    return [build_scored(number, number, sentiment=HAPPY) for number in range(count)]


def test_an_advocate_who_complains_is_lost_and_a_newcomer_is_not() -> None:
    enough = POLICY.journey.advocate_messages
    for count, lost in [(enough, True), (enough - 1, False)]:
        case = _follow(*_welcome(count), complain(90, 100)).case
        assert case is not None
        assert case.lost_advocate is lost


def test_an_often_seen_customer_without_joy_is_no_advocate() -> None:
    case = _follow(*(build_scored(number, number) for number in range(9)), complain(90, 100)).case
    assert case is not None
    assert not case.lost_advocate


@law
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 9999)), min_size=1))
def test_the_mood_stays_between_the_saddest_and_the_happiest_word(said: list[tuple[float, float]]) -> None:
    moods = [compound for compound, _ in said]
    journey = _follow(
        *(
            build_scored(number, hours, sentiment=Sentiment(neg=0.0, neu=1.0, pos=0.0, compound=compound))
            for number, (compound, hours) in enumerate(said)
        )
    )
    assert min(moods) - 1e-9 <= journey.mood <= max(moods) + 1e-9


def _fall_silent(*events: Scored | Tick) -> list[Scored | Tick]:
    """Add the tick by which an answered case of the first hours is closed."""
    return [*events, tick(2 + POLICY.journey.answered_quiet_hours)]


def test_a_closed_case_leaves_its_cause_behind() -> None:
    [cause] = _follow(complain(0, 0, category="billing"), settle(1, 5)).closed
    assert (cause.category, cause.at, cause.event) == ("billing", at(5).timestamp(), "settled")


@law
@given(st.lists(st.booleans(), max_size=20))
def test_only_so_many_closed_causes_are_remembered(settled: list[bool]) -> None:
    events: list[Scored | Tick] = []
    for number, says_so in enumerate(settled):
        events.append(complain(2 * number, 2400 * number))
        events.append(settle(2 * number + 1, 2400 * number + 1) if says_so else tick(2400 * number + 2399))
    journey, _ = follow_all(events)
    assert len(journey.closed if journey else ()) == min(len(settled), POLICY.journey.closed_causes)


def test_a_closed_case_is_kept_only_while_it_is_news() -> None:
    assert _state(complain(0, 0), settle(1, 1)) == "none"
    assert _state(complain(0, 0), tick(4), settle(1, 5)) == "closed"
    assert _state(*_fall_silent(complain(0, 0), reply(1, 1))) == "none"
    assert _state(*_fall_silent(complain(0, 0, stage="former"), reply(1, 1))) == "closed"
    over = tick(5 + 24 * POLICY.journey.closed_case_days)
    assert _state(complain(0, 0), tick(4), settle(1, 5), over) == "none"


def test_a_complaint_after_a_closed_case_opens_a_new_one() -> None:
    case = _follow(complain(0, 0), tick(4), settle(1, 5), complain(2, 6)).case
    assert case is not None
    assert (case.state, case.complaints, case.origin, case.closing) == (
        "waiting",
        1,
        KeptOrigin("source", 0, 2),
        None,
    )


def test_a_former_customer_who_is_back_is_no_news_any_more() -> None:
    events = _fall_silent(complain(0, 0, stage="former"), reply(1, 1))
    assert _state(*events, build_scored(2, 80)) == "closed"
    assert _state(*events, build_scored(2, 80, stage="purchase")) == "none"


@pytest.mark.parametrize(
    ("fields", "interested"),
    [
        ({"sentiment": HAPPY}, True),
        ({"channel": "chat"}, True),
        ({}, False),
        ({"channel": "chat", "sentiment": SAD}, False),
        ({"channel": "chat", "cues": Cues(threat_to_leave=True)}, False),
        ({"channel": "chat", "stage": "customer"}, False),
        ({"channel": "chat", "direction": "outbound"}, False),
    ],
)
def test_a_former_customer_shows_interest_by_a_friendly_word_or_by_asking(
    fields: dict[str, object], interested: bool
) -> None:
    past = _fall_silent(complain(0, 0), reply(1, 1))
    word = build_scored(2, 100, **{"stage": "former", **fields})
    case = _follow(*past, word).case
    assert (case is not None) is interested
    if case is not None:
        assert (case.state, case.category, case.origin) == ("closed", "delivery", KeptOrigin("source", 0, 2))


def test_a_former_customer_without_a_closed_case_has_nothing_to_be_won_back_from() -> None:
    assert _state(build_scored(0, 0, stage="former", sentiment=HAPPY)) == "none"


def test_an_advocate_whose_mood_is_what_it_was_is_lost_no_longer() -> None:
    enough = POLICY.journey.advocate_messages
    before = [build_scored(number, number, sentiment=PLEASED) for number in range(enough)]
    lost = [*before, complain(90, 100)]
    assert _advocate_lost(*lost)
    assert _advocate_lost(*lost, build_scored(91, 101, sentiment=PLEASED))
    assert not _advocate_lost(
        *lost, build_scored(91, 101, sentiment=HAPPY), build_scored(92, 102, sentiment=HAPPY)
    )


def _advocate_lost(*events: Scored | Tick) -> bool:
    case = _follow(*events).case
    assert case is not None
    return case.lost_advocate


@pytest.mark.parametrize(
    ("again", "repeated"),
    [
        (complain(9, 100), "delivery"),
        (complain(9, 100, category="billing"), None),
        (complain(9, 24 * POLICY.journey.closed_cause_days), "delivery"),
        (complain(9, 24 * POLICY.journey.closed_cause_days + 1.1), None),
    ],
)
def test_a_cause_repeats_within_its_days_and_in_its_own_category(again: Scored, repeated: str | None) -> None:
    case = _follow(complain(0, 0), settle(1, 1), again).case
    assert case is not None
    assert case.repeated_cause == repeated


def test_what_faded_was_not_resolved_and_what_has_no_name_cannot_repeat() -> None:
    fade_hours = 24 * POLICY.journey.unanswered_fades_days
    for events in (
        [complain(0, 0), tick(fade_hours), complain(1, fade_hours + 1)],
        [complain(0, 0, category="other"), settle(1, 1), complain(2, 2, category="other")],
    ):
        case = _follow(*events).case
        assert case is not None
        assert case.repeated_cause is None


@pytest.mark.parametrize(
    ("again", "repeated"),
    [
        (complain(2, 5), "delivery"),
        (complain(2, 5, category="billing"), None),
        (complain(2, 5, category="other", cues=Cues(repeated=True)), "other"),
        (complain(2, 0.5), None),
    ],
)
def test_the_same_cause_after_the_reply_is_a_promise_broken(again: Scored, repeated: str | None) -> None:
    case = _follow(complain(0, 0), reply(1, 1), again).case
    assert case is not None
    assert case.repeated_cause == repeated


@pytest.mark.parametrize(
    ("events", "handed_over"),
    [
        ([complain(0, 0, channel="chat"), complain(1, 1, channel="call")], ("chat", "call")),
        ([complain(0, 0, channel="chat"), build_scored(1, 1, channel="email")], ("chat", "email")),
        ([complain(0, 0), auto_reply(1, 1), complain(2, 2, channel="call")], ("social", "call")),
        ([complain(0, 0), complain(1, 1, channel="call")], None),
        ([complain(0, 0, channel="call"), complain(1, 1, channel="chat")], None),
        ([complain(0, 0, channel="chat"), complain(1, 1, channel="chat")], None),
        ([complain(0, 5, channel="chat"), complain(1, 1, channel="call")], None),
        ([complain(0, 0, channel="chat"), reply(1, 1), complain(2, 2, channel="call")], None),
    ],
)
def test_a_handoff_leads_from_a_machine_to_another_channel(
    events: list[Scored | Tick], handed_over: tuple[Channel, Channel] | None
) -> None:
    case = _follow(*events).case
    assert case is not None
    assert (case.handoff and (case.handoff.left, case.handoff.reached)) == handed_over


@pytest.mark.parametrize(
    ("events", "kind", "state"),
    [
        ([complain(0, 0, channel="chat"), complain(1, 1, channel="call")], "unresolved_handoff", "firing"),
        ([complain(0, 0, channel="survey", stage="prospect")], "prospect_lost", "firing"),
        ([complain(0, 0), tick(4), settle(1, 5)], "recovered", "resolved"),
        ([complain(0, 0, stage="former"), settle(1, 5)], "win_back", "resolved"),
    ],
)
def test_a_journey_wakes_for_the_clock_of_each_kind(
    events: list[Scored | Tick], kind: str, state: str
) -> None:
    journey, _ = follow_all(events)
    told: list[tuple[str, str]] = []
    while journey is not None and journey.wake_at is not None and (state, kind) not in told:
        # Ticks come in whole microseconds.
        woken = at(0).fromtimestamp(journey.wake_at, at(0).tzinfo) + timedelta(microseconds=1)
        journey, alerts = follow(journey, Tick(at=woken), POLICY)
        told += tell(alerts)
    assert (state, kind) in told


@law
@given(event_lists())
def test_a_journey_without_a_case_has_no_open_alert_so_that_nothing_need_be_asked(
    events: list[Scored | Tick],
) -> None:
    journey: Journey | None = None
    for event in events:
        journey, _ = follow(journey, event, POLICY)
        assert journey is None or journey.case is not None or journey.open_alerts == {}


def test_the_stage_is_the_last_that_was_named() -> None:
    assert _follow(build_scored(0, 0, stage="prospect"), build_scored(1, 1)).stage == "prospect"
    assert _follow(build_scored(0, 0, stage="customer"), build_scored(1, 1, stage="former")).stage == "former"


@law
@given(event_lists())
def test_the_clock_never_runs_back(events: list[Scored | Tick]) -> None:
    journey: Journey | None = None
    for event in events:
        before = journey.clock if journey else 0.0
        journey, _ = follow(journey, event, POLICY)
        assert (journey.clock if journey else 0.0) >= before


@law
@given(event_lists())
def test_a_journey_with_a_case_always_wakes_later_and_one_without_never(events: list[Scored | Tick]) -> None:
    journey: Journey | None = None
    for event in events:
        journey, _ = follow(journey, event, POLICY)
        if journey is None:
            continue
        assert (journey.wake_at is None) == (journey.case is None)
        assert journey.wake_at is None or journey.wake_at > journey.clock


@law
@given(event_lists(), st.floats(0.01, 0.99))
def test_before_it_wakes_a_tick_tells_nothing_and_moves_nothing_but_the_clock(
    events: list[Scored | Tick], share: float
) -> None:
    journey: Journey | None = None
    for event in [*events, complain(99, 0, id="last")]:
        journey, _ = follow(journey, event, POLICY)
        if journey is None or journey.wake_at is None or journey.wake_at - journey.clock < 1:
            continue
        seconds = journey.clock + (journey.wake_at - journey.clock) * share
        after, alerts = follow(journey, Tick(at=at(0).fromtimestamp(seconds, at(0).tzinfo)), POLICY)
        assert alerts == []
        assert after is not None
        assert msgspec.structs.replace(after, clock=journey.clock) == journey


@law
@given(event_lists())
def test_ticks_beyond_all_clocks_leave_nothing_open(events: list[Scored | Tick]) -> None:
    journey, alerts = follow_all([*events, tick(24 * 365), tick(24 * 366)])
    if journey is not None:
        assert journey.case is None
        assert journey.open_alerts == {}
        assert journey.wake_at is None
    fired = {alert.id for alert in alerts if alert.state == "firing"}
    assert fired == {alert.id for alert in alerts if alert.state == "resolved"}


def test_a_complaint_that_comes_later_than_all_its_clocks_is_closed_by_the_next_tick() -> None:
    _, alerts = follow_all([build_scored(0, 60 * 24), complain(1, 24), tick(60 * 24 + 1)])
    assert tell(alerts) == [("firing", "ignored_complaint"), ("resolved", "ignored_complaint")]


@law
@given(st.sampled_from(CHANNELS), st.floats(0.01, 100), st.floats(0, 1e6))
def test_the_tick_that_wakes_a_journey_finds_the_complaint_ignored(
    channel: Channel, after_hours: float, hours: float
) -> None:
    policy = overlay(
        {
            "ignored_complaint": {"after_hours": dict.fromkeys(CHANNELS, after_hours)},
            "listeners": {"waiting": []},
            "detractor": {"fire_at_expected": 1e9, "critical_at_expected": 1e9},
        }
    )
    journey, _ = follow_all([complain(0, hours, channel=channel)], policy)
    fired = []
    # Ticks come in whole microseconds, and rounding may put the wake a hair before the deadline.
    for microseconds in range(3):
        assert journey is not None
        woken = at(0).fromtimestamp(journey.wake_at or 0, at(0).tzinfo) + timedelta(microseconds=microseconds)
        journey, alerts = follow(journey, Tick(at=woken), policy)
        fired += tell(alerts)
    assert fired[:1] == [("firing", "ignored_complaint")]


SAID: Final = st.lists(st.tuples(st.integers(0, 24 * 60), st.floats(-1, 1)), max_size=6)


def _in_both_orders(said: list[tuple[int, float]]) -> st.SearchStrategy[tuple[list[Scored], list[Scored]]]:
    messages = [
        build_scored(offset, hours, sentiment=Sentiment(neg=0.0, neu=1.0, pos=0.0, compound=compound))
        for offset, (hours, compound) in enumerate(said)
    ]
    return st.tuples(st.just(sorted(messages, key=lambda message: message.at)), st.permutations(messages))


@law
@given(SAID.flatmap(_in_both_orders))
def test_messages_that_come_out_of_order_leave_the_mood_that_they_leave_in_order(
    orders: tuple[list[Scored], list[Scored]],
) -> None:
    (in_order, _), (as_they_came, _) = (follow_all(messages) for messages in orders)
    assert (in_order is None) == (as_they_came is None)
    if in_order is not None and as_they_came is not None:
        assert as_they_came.mood == pytest.approx(in_order.mood, abs=1e-9)
        assert as_they_came.mood_weight == pytest.approx(in_order.mood_weight)
        assert as_they_came.messages == in_order.messages
