"""An alert says whose it is and what to do first: by kind, by cause, by arousal, and by who reads along."""

import json
from pathlib import Path
from typing import Final, get_args
from urllib.parse import parse_qsl

import pytest

from monitor.core.action import find_owner, name_dashboard
from monitor.core.alert import Action, AlertKind
from monitor.core.finding import CATEGORIES, Category, Cues
from monitor.core.message import Channel
from tests.core.builders import BEGINNING, POLICY, complain, follow_all, settle, tick

DASHBOARDS: Final = Path(__file__).resolve().parents[2] / "deploy" / "grafana" / "dashboards"
OWNERS, ADVICE = POLICY.owners, POLICY.advice


def act(channel: Channel = "social", category: Category = "delivery", arousal: float = 0.0) -> Action:
    first = complain(0, 0, channel=channel, category=category, cues=Cues(arousal=arousal))
    _, alerts = follow_all([first, tick(100)])
    return next(alert.action for alert in alerts if alert.kind == "ignored_complaint")


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_cause_decides_whose_an_alert_is_and_what_is_looked_up_first(category: Category) -> None:
    action = act(category=category)
    assert action.owner == OWNERS.category[category]
    assert action.advice.startswith(ADVICE.category[category])
    assert action.advice_source == ADVICE.source


def test_a_kind_that_is_named_goes_before_its_cause() -> None:
    assert find_owner("prospect_lost", "delivery", POLICY) == OWNERS.kind["prospect_lost"]
    assert find_owner("detractor", "delivery", POLICY) == OWNERS.category["delivery"]


def test_what_has_no_cause_is_the_defaults() -> None:
    assert find_owner("detractor", None, POLICY) == OWNERS.default


def test_an_agitated_customer_is_owed_an_explanation() -> None:
    assert ADVICE.aroused in act(arousal=ADVICE.high_arousal).advice
    assert ADVICE.calm in act(arousal=ADVICE.high_arousal - 0.01).advice


def test_only_where_others_read_along_is_the_answer_taken_elsewhere() -> None:
    assert ADVICE.in_public in act("social").advice
    assert ADVICE.in_public in act("review").advice
    assert ADVICE.in_public not in act("email").advice


def test_good_news_has_an_advice_of_its_own() -> None:
    _, alerts = follow_all([complain(0, 0), tick(4), settle(1, 5)])
    [action] = [alert.action for alert in alerts if alert.kind == "recovered"]
    assert (action.advice, action.advice_source) == (ADVICE.kind["recovered"], ADVICE.kind_source)


def test_each_kind_named_in_the_policy_is_one() -> None:
    assert {*OWNERS.kind, *ADVICE.kind} <= set(get_args(AlertKind))


def test_the_dashboard_shows_the_alert_among_the_others_of_its_channel_and_stage_from_the_day_before() -> (
    None
):
    named = act("review").dashboard
    assert named
    board, _, query = named.partition("?")
    # The complaint of 0 h is ignored after its hours, which the link leaves a day before.
    opened_at = BEGINNING.timestamp() + 100 * 3600
    assert board == "earshot-voice"
    assert dict(parse_qsl(query)) == {
        "from": f"{(opened_at - 86_400) * 1000:.0f}",
        "to": "now",
        "var-channel": "review",
    }


@pytest.mark.parametrize("kind", get_args(AlertKind))
def test_the_dashboard_that_an_alert_names_is_one_that_there_is_with_the_variables_that_it_sets(
    kind: AlertKind,
) -> None:
    board, _, query = name_dashboard(kind, "social", "former", 0.0).partition("?")
    drawn = json.loads((DASHBOARDS / f"{board}.json").read_text("utf-8"))
    assert drawn["uid"] == board
    variables = {f"var-{one['name']}" for one in drawn["templating"]["list"]}
    assert {name for name, _ in parse_qsl(query)} - {"from", "to"} <= variables
