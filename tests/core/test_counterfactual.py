"""What an alert says would have kept it from firing is true: told without those reasons, the customer fires none."""

from typing import Any

from hypothesis import given

from monitor.core.alert import Alert, AlertKind
from monitor.core.finding import Cues, Sentiment
from monitor.core.listeners import Telling, expect_listeners
from monitor.core.scored import Scored, Tick
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
