"""What people say of an alert about many closes it, and it is not told again before it is over by itself."""

from typing import Final

import pytest

from monitor.core.alert import Alert
from monitor.core.scored import Origin, Result, Tick
from monitor.core.trend import CrowdJudgement, TrendEvent, tell_seen
from tests.core.builders import overlay
from tests.core.crowd.crowds import (
    POST,
    STAGE,
    SURGE_SUBJECT,
    complain_steadily,
    gather_crowd,
    in_order,
    minute_at,
    tell,
    with_ticks,
    work,
)

#: So that a burst of a minute fires on the day that it happens.
QUICK: Final = overlay({"surge": {"learn_for_hours": 1}})
SOURCE: Final = "source_blind|tickets"
HOUR, DAY = 60, 24 * 60
SUBJECTS: Final = [SURGE_SUBJECT, POST, STAGE, SOURCE]

Event = TrendEvent | Tick


def gather(subject: str) -> list[Event]:
    """Gather what fires about a subject, and ends by itself."""
    if subject == SOURCE:
        heard = [
            tell_seen("tickets", Origin("tickets", 0, minute), minute_at(minute), minute_at(minute))
            for minute in (*range(0, 8 * DAY, 10), *range(8 * DAY + 300, 8 * DAY + 400))
        ]
        return list(with_ticks(heard, 8 * DAY + 400, 5))
    return list(with_ticks(gather_crowd(), 80 * HOUR, 5))


def list_alerts(subject: str, events: list[Event]) -> list[Alert]:
    return [alert for alert in work(events, QUICK)[1] if alert.subject == subject]


def judge(subject: str, result: Result, *, times: int = 1, alert_id: str | None = None) -> list[Alert]:
    """Judge the first alert right after the tick that fired it."""
    events = gather(subject)
    fired = list_alerts(subject, events)[0]
    place = next(n for n, event in enumerate(events) if isinstance(event, Tick) and event.at >= fired.at)
    said = [
        CrowdJudgement(
            alert=alert_id or fired.id,
            result=result,
            at=fired.at,
            origin=Origin("monitor.outcomes.v1", 0, number),
        )
        for number in range(times)
    ]
    return list_alerts(subject, [*events[: place + 1], *said, *events[place + 1 :]])


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("result", ["resolved", "false_alarm"])
def test_who_judges_an_alert_closes_it_and_nothing_more_is_told_of_it(subject: str, result: Result) -> None:
    alerts = judge(subject, result)
    mine = [alert for alert in alerts if alert.id == alerts[0].id]
    assert [(one.sequence, one.state) for one in mine] == [
        *((number, "firing" if not number else "updated") for number in range(len(mine) - 1)),
        (len(mine) - 1, "resolved"),
    ]
    assert mine[-1].cause == result
    assert "somebody says" in mine[-1].headline
    assert mine[-1].at >= mine[0].at


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_repeated_judgement_and_one_of_another_alert_and_an_acknowledgement_change_nothing(
    subject: str,
) -> None:
    unjudged = list_alerts(subject, gather(subject))
    assert unjudged[-1].state == "resolved" or subject == STAGE
    assert judge(subject, "acknowledged") == unjudged
    assert judge(subject, "resolved", alert_id="0" * 24) == unjudged
    assert judge(subject, "resolved", times=3) == judge(subject, "resolved")


def test_a_surge_fires_anew_once_the_judged_one_is_over() -> None:
    later = complain_steadily(range(2 * DAY, 2 * DAY + 60), 60, seed=5, first_offset=5000)
    events: list[Event] = list(with_ticks(in_order(gather_crowd(), later), 3 * DAY, 5))
    fired, *_ = list_alerts(SURGE_SUBJECT, events)
    place = next(n for n, event in enumerate(events) if isinstance(event, Tick) and event.at >= fired.at)
    said = CrowdJudgement(
        alert=fired.id, result="false_alarm", at=fired.at, origin=Origin("monitor.outcomes.v1", 0, 0)
    )
    alerts = list_alerts(SURGE_SUBJECT, [*events[: place + 1], said, *events[place + 1 :]])
    assert tell(alerts)[:3] == ["firing", "resolved", "firing"]
    assert alerts[2].id != alerts[0].id
    assert alerts[2].at > minute_at(2 * DAY)
