"""Days on which much is said: a campaign, expected or not, a loud customer, bots, and a crowd."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from random import Random
from typing import Final, Literal, NamedTuple

import msgspec
import numpy as np

from monitor.core.alert import Alert
from monitor.core.crowd.bounds import Campaign
from monitor.core.machine import Place
from monitor.core.machines import SURGE
from monitor.core.policy import Policy
from monitor.core.scored import Tick
from monitor.core.trend import Trend
from monitor.replay import work_log
from tests.bench.weeks import LEARNING_WEEKS, MONDAY, WEEK_MINUTES, Weeks, simulate, usual_weeks
from tests.core.crowd.crowds import build_trend, say

PER_HOUR: Final = 5.0
#: A Tuesday at noon, after the weeks of learning.
_NOON: Final = LEARNING_WEEKS * WEEK_MINUTES + 36 * 60
_DAY_MINUTES: Final = 24 * 60
_SPAM: Final = "Never buy from acme, they take your money and run"


class Oddity(NamedTuple):
    """Weeks with an odd day, told in messages and in trends, and the policy that knows what is expected."""

    name: str
    wanted: Literal["alarm", "no alarm"]
    weeks: Weeks
    trends: list[Trend]
    policy: Policy
    #: The minutes of the odd day.
    day: range = range(_NOON, _NOON + _DAY_MINUTES)

    def find_fired(self, alerts: Iterable[Alert]) -> list[int]:
        """Return the minutes at whose ends alerts fired."""
        return [int(alert.at.timestamp() // 60) - MONDAY - 1 for alert in alerts if alert.state == "firing"]


def list_oddities(seed: int, policy: Policy) -> Iterator[Oddity]:
    """List them, each with weeks of its own; those that want an alarm differ in one thing from those that do not."""
    rates = usual_weeks(PER_HOUR)
    rates[_NOON : _NOON + _DAY_MINUTES] *= 4
    campaign = Weeks(np.random.default_rng(seed).poisson(rates), usual_weeks(PER_HOUR))
    busy = list_trends(campaign)
    yield Oddity(
        "a campaign day in the policy, 4 times the usual",
        "no alarm",
        campaign,
        busy,
        _expect_campaign(policy),
    )
    yield Oddity("the same day, not in the policy", "alarm", campaign, busy, policy)
    quiet = simulate(seed + 1, PER_HOUR)
    calm = list_trends(quiet)
    yield Oddity("an ordinary day of the weeks below", "no alarm", quiet, calm, policy)
    random = Random(seed)
    loud = [_say(_NOON + n, n, "c-loud", say(random)) for n in range(50)]
    yield Oddity(
        "one customer posts 50 times in 50 minutes", "no alarm", _add(quiet, loud), calm + loud, policy
    )
    many = [_say(_NOON + n, n, f"c-many-{n}", say(random)) for n in range(50)]
    yield Oddity("50 customers post once in 50 minutes", "alarm", _add(quiet, many), calm + many, policy)
    bots = [_say(_NOON + n / 4, n, f"c-bot-{n}", f"{_SPAM} #{n}") for n in range(80)]
    yield Oddity("80 bots post one text in 20 minutes", "no alarm", _add(quiet, bots), calm + bots, policy)


def list_trends(weeks: Weeks) -> list[Trend]:
    """Tell counts as complaints of customers who come once, spread over their minutes."""
    return [
        _say(minute + (place + 0.5) / count, f"{minute}-{place}", f"c-{minute}-{place}", "")
        for minute, count in enumerate(weeks.counts.tolist())
        for place in range(count)
    ]


def work_trends(oddity: Oddity) -> list[Alert]:
    """Return the alerts of surge up to the end of the odd day, with a tick each minute."""
    ticks = [Tick(at=_moment(minute)) for minute in range(1, oddity.day.stop + 1)]
    trends = [trend for trend in oddity.trends if trend.at < ticks[-1].at]
    log: list[Trend | Tick] = sorted([*ticks, *trends], key=lambda event: event.at)
    numbered = [
        msgspec.structs.replace(event, origin=msgspec.structs.replace(event.origin, offset=offset))
        if isinstance(event, Trend)
        else event
        for offset, event in enumerate(log)
    ]
    _, plan = work_log(SURGE, Place("trends"), enumerate(numbered), oddity.policy)
    return plan.alerts


def _say(minute: float, name: int | str, customer: str, text: str) -> Trend:
    trend = build_trend(0, 0, customer=customer, excerpt=text and f"{text} {name}")
    return msgspec.structs.replace(trend, at=_moment(minute))


def _moment(minute: float) -> datetime:
    return datetime.fromtimestamp((MONDAY + minute) * 60, UTC)


def _add(weeks: Weeks, trends: list[Trend]) -> Weeks:
    counts = weeks.counts.copy()
    for trend in trends:
        counts[int(trend.at.timestamp() // 60) - MONDAY] += 1
    return Weeks(counts, weeks.usual)


def _expect_campaign(policy: Policy) -> Policy:
    campaign = Campaign(start=_moment(_NOON), until=_moment(_NOON + _DAY_MINUTES), factor=4.0, brand="acme")
    bounds = msgspec.structs.replace(policy.surge, campaigns=(campaign,))
    return msgspec.structs.replace(policy, surge=bounds)
