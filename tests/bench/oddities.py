"""What is no rise though much is said or the usual changes: drift, a campaign, a loud customer, bots."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec
import numpy as np

from monitor.core.alert import Alert
from monitor.core.crowd.bounds import Campaign
from monitor.core.machines import SURGE, Place
from monitor.core.policy import Policy
from monitor.core.scored import Tick
from monitor.core.trend import Trend
from monitor.replay import work_log
from tests.bench.weeks import LEARNING_WEEKS, MONDAY, WEEK_MINUTES, Weeks, simulate, usual_weeks
from tests.core.crowd.crowds import build_trend

PER_HOUR: Final = 5.0
#: A Tuesday at noon, after the weeks of learning.
_NOON: Final = LEARNING_WEEKS * WEEK_MINUTES + 36 * 60
_DAY_MINUTES: Final = 24 * 60
_SPAM: Final = "Never buy from acme, they take your money and run"


class Oddity(NamedTuple):
    """Weeks with something odd, told in messages and in trends, and the policy that knows what is expected."""

    name: str
    weeks: Weeks
    trends: list[Trend]
    policy: Policy


def list_oddities(seed: int, policy: Policy) -> Iterator[Oddity]:
    """List them, each with weeks of its own."""
    drift = simulate(seed, PER_HOUR, doubling_weeks=8.0)
    yield Oddity("level doubling in 8 weeks", drift, list_trends(drift), policy)
    rates = usual_weeks(PER_HOUR)
    rates[_NOON : _NOON + _DAY_MINUTES] *= 4
    campaign = Weeks(np.random.default_rng(seed + 1).poisson(rates), usual_weeks(PER_HOUR))
    yield Oddity("campaign day, 4 times", campaign, list_trends(campaign), _expect_campaign(policy))
    quiet = simulate(seed + 2, PER_HOUR)
    loud = [_say(_NOON + n, n, "c-loud", f"this is message number {n} about it") for n in range(50)]
    yield Oddity("one customer, 50 posts", _add(quiet, loud), list_trends(quiet) + loud, policy)
    bots = [_say(_NOON + n / 4, n, f"c-bot-{n}", f"{_SPAM} #{n}") for n in range(80)]
    yield Oddity("80 bots, one text", _add(quiet, bots), list_trends(quiet) + bots, policy)


def list_trends(weeks: Weeks) -> list[Trend]:
    """Tell counts as complaints of customers who come once, spread over their minutes."""
    return [
        _say(minute + (place + 0.5) / count, f"{minute}-{place}", f"c-{minute}-{place}", "")
        for minute, count in enumerate(weeks.counts.tolist())
        for place in range(count)
    ]


def work_trends(oddity: Oddity) -> list[Alert]:
    """Return the alerts of surge, with a tick each minute."""
    ticks = [Tick(at=_moment(minute)) for minute in range(1, len(oddity.weeks.counts) + 1)]
    log: list[Trend | Tick] = sorted([*ticks, *oddity.trends], key=lambda event: event.at)
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
