"""A duty manager can answer from the alert alone: what happened, who, how bad, why, and what to do by when."""

from pathlib import Path
from typing import Final, get_args

import msgspec
import pytest
from hypothesis import given

from monitor.cards import LABELS, list_rows, write_card
from monitor.core.alert import Alert, AlertKind, Group
from monitor.core.finding import Cues
from monitor.core.kinds import KINDS
from monitor.core.scored import Scored, Tick
from tests.alert_cards import CARDS, find_alert, write_page
from tests.core.builders import complain, event_lists, follow_all, law, reply, tick

PAGE: Final = Path(__file__).resolve().parents[1] / "schemas" / "ALERTS.md"

each_card = pytest.mark.parametrize(
    "alert", [pytest.param(find_alert(*card), id="-".join(card)) for card in CARDS]
)


def make_alert(**fields: object) -> Alert:
    cues = Cues(arousal=1.0, call_to_action=True)
    _, [alert] = follow_all([complain(0, 0, severity="blame", cues=cues)])
    return msgspec.structs.replace(alert, **fields)


def test_the_committed_page_is_the_generated_one() -> None:
    assert PAGE.read_text("utf-8") == write_page(), (
        "regenerate with: python -m tests.alert_cards > schemas/ALERTS.md"
    )


def test_the_page_shows_ten_alerts_and_more_every_kind_about_a_customer_and_a_surge() -> None:
    assert len(CARDS) >= 10
    assert {kind for _, kind, _ in CARDS} == {*KINDS, "surge"} <= set(get_args(AlertKind))


@each_card
def test_each_question_is_answered_by_a_line_of_its_own(alert: Alert) -> None:
    rows = dict(list_rows(alert))
    asked = {"what", "who", "see", "trace"}
    is_of_one = alert.customer is not None
    if alert.state != "resolved":
        asked |= {"do", "by"}
    if alert.severity != "info":
        asked |= {"how bad", "why"}
        asked |= {"otherwise"} if alert.state != "resolved" and is_of_one else set()
    assert asked <= rows.keys() <= set(LABELS)
    assert all(rows.values())


@each_card
def test_a_headline_is_one_sentence_without_the_programs_own_words(alert: Alert) -> None:
    assert alert.headline[0].isupper() or alert.headline[0].isdigit()
    assert "_" not in alert.headline
    assert not alert.headline.endswith(".")
    assert len(alert.headline) <= 140


@each_card
def test_no_line_is_wider_than_asked(alert: Alert) -> None:
    assert all(len(line) <= 80 for line in write_card(alert, 80).splitlines())


def test_a_deadline_that_has_passed_says_at_once() -> None:
    rows = dict(list_rows(find_alert("duty_ignored_complaint", "ignored_complaint", "firing")))
    assert rows["by"].startswith("at once: it was due by ")
    assert dict(list_rows(make_alert()))["by"].endswith("4 h after this alert")


def test_what_is_over_asks_for_nothing() -> None:
    _, alerts = follow_all([complain(0, 0), tick(4), reply(1, 5)])
    assert alerts[-1].state == "resolved"
    assert not {"do", "by", "otherwise"} & dict(list_rows(alerts[-1])).keys()


def test_a_replayed_alert_says_so() -> None:
    assert "nobody is to be paged" in dict(list_rows(make_alert(replay=True)))["trace"]
    assert "nobody is to be paged" not in dict(list_rows(make_alert()))["trace"]


def test_an_alert_about_no_single_customer_is_told_without_one() -> None:
    unknown = {"customer": None, "listeners": None, "channel": None, "confidence": None}
    crowd = make_alert(**unknown, counterfactual=None, unit="complaints_an_hour", observed=9.0, threshold=4.5)
    rows = dict(list_rows(crowd))
    assert not {"who", "why", "otherwise"} & rows.keys()
    assert rows["what"].startswith("in several places")
    assert rows["how bad"] == "9.0 complaints an hour, an alert from 4.5 on"


def test_an_alert_under_a_surge_says_so_and_how_many_are_like_it() -> None:
    rows = dict(list_rows(make_alert(group=Group(parent="0ddba11", similar=12))))
    assert rows["part of"] == "surge 0ddba11, 12 other open alerts with the same subject"
    assert "part of" not in dict(list_rows(make_alert(group=Group())))


def test_what_customers_write_cannot_steer_the_terminal() -> None:
    card = write_card(make_alert(excerpt="\x1b[2Jgone\u202e\nnew line", product="\x07"))
    assert all(line.isprintable() for line in card.splitlines())


@law
@given(event_lists())
def test_every_alert_can_be_written(events: list[Scored | Tick]) -> None:
    for alert in follow_all(events)[1]:
        card = write_card(alert)
        assert alert.id in card
        assert "None" not in card
