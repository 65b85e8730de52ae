"""What an alert says would have kept it from firing is true: told without those reasons, the customer fires none."""

from typing import Any, Final

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alert import Alert, AlertKind, Verdict
from monitor.core.counterfactual import imagine_otherwise
from monitor.core.finding import Cues, Sentiment
from monitor.core.listeners import expect_listeners
from monitor.core.scored import Origin, Scored, Tick
from monitor.core.telling import Telling
from tests.core.builders import (
    POLICY,
    build_scored,
    complain,
    event_lists,
    follow_all,
    law,
    overlay,
    reply,
    settle,
    tick,
)

BOUNDS = POLICY.detractor
#: The telling without each reason, by how it is called.
WITHOUT: Final = {
    "the reproach": ("severity", "disapproval"),
    "the agitation": ("arousal", 0.0),
    "the call to action": ("call_to_action", False),
    "the threat to leave": ("threat_to_leave", False),
    "the wait": ("waited_hours", 0.0),
    "the repeated complaints": ("complaints", 1),
    "the change of channel": ("channels", 1),
    "the lost advocate": ("lost_advocate", False),
    "the public audience": ("followers", 0),
}
GLAD = Sentiment(neg=0.0, neu=0.2, pos=0.8, compound=0.9)


def otherwise(kind: AlertKind, *events: Scored | Tick) -> str:
    """Say what the last alert of that kind says of itself."""
    _, alerts = follow_all(list(events))
    return str([alert.counterfactual for alert in alerts if alert.kind == kind][-1])


def expect(**telling: Any) -> float:  # noqa: ANN401 - any field of a telling
    return expect_listeners(Telling(probability=1.0, severity="blame", **telling), POLICY.listeners).expected


def shout(**fields: Any) -> Scored:  # noqa: ANN401 - any field of a scored message
    return complain(0, 0, probability=1.0, severity="blame", cues=Cues(call_to_action=True), **fields)


def test_the_reason_that_weighs_most_is_taken_away_first() -> None:
    assert expect() < BOUNDS.fire_at_expected <= expect(call_to_action=True)
    told = otherwise("detractor", shout())
    assert told.startswith(f"Below {BOUNDS.fire_at_expected:g} listeners without the call to action.")


def test_as_many_reasons_are_named_as_it_takes() -> None:
    told = otherwise("detractor", shout(followers=1_000))
    assert "without the call to action, the reproach and the public audience." in told


def test_it_says_how_far_a_real_reply_would_help_while_there_is_none() -> None:
    expected = expect(call_to_action=True, replied=True)
    assert otherwise("detractor", shout()).endswith(f"A real reply brings it to about {expected:.0f}.")
    answered = otherwise("detractor", shout(followers=1_500), reply(1, 1))
    assert "A real reply" not in answered


def test_a_deadline_that_passed_is_named() -> None:
    assert otherwise("ignored_complaint", complain(0, 0), tick(4)) == "No alert with a real reply within 4 h."


def test_the_risks_that_suffice_are_named() -> None:
    told = otherwise("former_at_risk", complain(0, 0, category="billing", severity="blame"))
    assert told == "No alert without this cause, or with a real reply."


def test_the_mood_that_would_not_have_been_an_advocates_is_named() -> None:
    praise = [build_scored(number, number, sentiment=GLAD) for number in range(3)]
    told = otherwise("advocate_lost", *praise, complain(3, 10))
    assert (
        told
        == f"No alert had their mood been below {POLICY.journey.advocate_mood:+.2f} before the complaint."
    )


def test_good_news_and_what_is_over_need_none() -> None:
    _, alerts = follow_all([complain(0, 0), tick(4), settle(1, 5)])
    over: list[Alert] = [alert for alert in alerts if alert.state == "resolved" or alert.severity == "info"]
    assert over
    assert {alert.counterfactual for alert in over} == {None}


@law
@given(event_lists())
def test_whatever_calls_for_action_says_what_would_have_kept_it_silent(events: list[Scored | Tick]) -> None:
    for alert in follow_all(events)[1]:
        expected = alert.state != "resolved" and alert.severity != "info"
        assert (alert.counterfactual is not None) == expected


def test_a_policy_that_fires_at_anybody_has_nothing_to_take_away() -> None:
    policy = overlay({"detractor": {"fire_at_expected": 5, "resolve_below_expected": 4}})
    _, alerts = follow_all([complain(0, 0, probability=1.0)], policy)
    assert str(alerts[0].counterfactual).startswith("Nothing that is known of them alone")


@law
@given(
    st.builds(
        Telling,
        probability=st.floats(0.5, 1),
        severity=st.sampled_from(["disapproval", "blame"]),
        arousal=st.floats(0, 1),
        waited_hours=st.sampled_from([0.0, 5.0, 100.0]),
        complaints=st.integers(1, 5),
        channels=st.integers(1, 3),
        call_to_action=st.booleans(),
        threat_to_leave=st.booleans(),
        lost_advocate=st.booleans(),
        followers=st.sampled_from([0, 500, 20_000]),
    )
)
def test_what_is_said_of_the_listeners_is_what_they_would_be(telling: Telling) -> None:
    listeners = expect_listeners(telling, POLICY.listeners)
    verdict = Verdict(
        origin=Origin("source", 0, 0), severity="warning", headline="", threshold=BOUNDS.fire_at_expected,
        observed=listeners.expected, respond_by_seconds=0.0,
    )  # fmt: skip
    journey, _ = follow_all([complain(0, 0)])
    assert journey is not None
    told = str(imagine_otherwise("detractor", journey, listeners, verdict, POLICY))
    without = {change for name, change in WITHOUT.items() if name in told.partition(".")[0]}
    changed = msgspec.structs.replace(telling, **dict(without))
    if told.startswith("Below"):
        assert expect_listeners(changed, POLICY.listeners).expected < BOUNDS.fire_at_expected
    answered = msgspec.structs.replace(telling, replied=True, waited_hours=0.0)
    expected = expect_listeners(answered, POLICY.listeners).expected
    assert told.endswith(f"A real reply brings it to about {expected:.0f}.")
