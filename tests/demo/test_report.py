"""The demo's report tells the truth about what was lost and how each story ended."""

import msgspec
import pytest

from monitor.core.alert import Alert
from monitor.crowd_story import load_crowds
from monitor.demo.report import Ending, Messages, Report, StoryEnd, count_alerts, end_stories
from monitor.story import load_stories
from tests.core.builders import complain, follow_all, reply, tick

SILENCE = Ending((), ())


def list_alerts() -> list[Alert]:
    """Alert of two kinds, and resolve both."""
    _, alerts = follow_all([complain(0, 0, severity="blame", followers=5_000), tick(30), tick(900)])
    assert [alert.state for alert in alerts] == ["firing", "firing", "resolved", "resolved"]
    return alerts


def report(*, taken_in: int = 5, expected: Ending = SILENCE, got: Ending = SILENCE) -> Report:
    return Report(
        messages=Messages(taken_in=taken_in, scored=4, dead_lettered=1),
        alerts={},
        stories={"one": StoryEnd(expected=expected, got=got)},
        event_hours=240.0,
        seconds=20.0,
    )


def test_nothing_lost_and_every_story_as_told_is_as_told() -> None:
    assert report().is_as_told


def test_a_lost_message_is_not_as_told() -> None:
    assert not report(taken_in=6).is_as_told


@pytest.mark.parametrize("got", [Ending(("detractor",), ()), Ending(("detractor",), ("detractor",))])
def test_a_story_that_ended_otherwise_is_not_as_told(got: Ending) -> None:
    assert not report(got=got).is_as_told
    assert report(expected=got, got=got).is_as_told


def test_the_last_line_has_the_promised_names() -> None:
    line = msgspec.json.decode(msgspec.json.encode(report()))
    assert line["messages"] == {"in": 5, "scored": 4, "dead_lettered": 1}
    assert line["stories"]["one"]["expected"] == {"fired": [], "open": []}


def test_an_alert_that_is_read_twice_counts_once() -> None:
    alerts = list_alerts()
    assert count_alerts([*alerts, *alerts]) == {"detractor": 1, "ignored_complaint": 1}


@pytest.mark.parametrize(
    ("alerts_seen", "got"),
    [
        (0, SILENCE),
        (1, Ending(("detractor",), ("detractor",))),
        (2, Ending(("detractor", "ignored_complaint"), ("detractor", "ignored_complaint"))),
        (4, Ending(("detractor", "ignored_complaint"), ())),
    ],
)
def test_a_story_ends_with_what_fired_and_what_is_open(alerts_seen: int, got: Ending) -> None:
    story = load_stories()[0]
    alerts = list_alerts()[:alerts_seen]
    # The order in which they are read does not count: partitions come as they please.
    ended = end_stories({"c-ann": story}, reversed(alerts))
    assert ended[story.name].got == got
    assert ended[story.name].expected == Ending(tuple(sorted(story.expect)), tuple(sorted(story.final)))


def test_an_alert_of_somebody_else_changes_no_story() -> None:
    story = load_stories()[0]
    assert end_stories({"c-bob": story}, list_alerts())[story.name].got == SILENCE


def test_a_quick_answer_leaves_a_story_without_an_ignored_complaint() -> None:
    _, alerts = follow_all([complain(0, 0), reply(1, 1), tick(100)])
    assert count_alerts(alerts) == {}


def test_the_story_of_a_crowd_ends_by_the_subject_of_its_alerts() -> None:
    (crowd,) = load_crowds()
    told = [msgspec.structs.replace(alert, customer=None, subject=crowd.subject) for alert in list_alerts()]
    assert end_stories({crowd.subject: crowd}, told)[crowd.name].got == Ending(
        ("detractor", "ignored_complaint"), ()
    )
