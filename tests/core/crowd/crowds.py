"""Crowds for tests: trends of one subject, minute by minute, and what surge makes of them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from random import Random
from typing import Any, Final

import msgspec

from monitor.core.alert import Alert
from monitor.core.machine import Place
from monitor.core.machines import SURGE
from monitor.core.policy import Policy
from monitor.core.scored import Origin, Tick
from monitor.core.surge import Baseline
from monitor.core.trend import Trend, TrendEvent
from monitor.core.trend_list import fingerprint
from monitor.replay import work_log
from tests.core.builders import POLICY

#: A Monday at midnight.
MONDAY: Final = datetime(2026, 1, 5, tzinfo=UTC)
TEXTS: Final = (
    "My parcel never arrived and nobody could tell me where it went.",
    "The package is late again, I wait since Tuesday.",
    "The courier left it at the wrong door.",
    "Still waiting for my order after two weeks.",
)
SURGE_SUBJECT: Final = "surge|acme||delivery|customer"
POST: Final = "brand_post_backlash|acme|social|p1"
STAGE: Final = "stage_neglected|acme|customer|billing"
_WORDS: Final = tuple(f"{first}{second}" for first in "bdfgklm" for second in ("ale", "ore", "ush", "ent"))


def minute_at(minute: float) -> datetime:
    """Return so many minutes after the Monday."""
    return MONDAY + timedelta(minutes=minute)


def tick_at(minute: float) -> Tick:
    """Make a tick so many minutes after the Monday."""
    return Tick(at=minute_at(minute))


def build_trend(minute: float, offset: int, **fields: object) -> Trend:
    """Build a complaint about deliveries of acme."""
    merged: dict[str, Any] = {
        "subject": SURGE_SUBJECT,
        "what": "complaint",
        "at": minute_at(minute),
        "origin": Origin("scored", 0, offset),
        "number": 2,
        "customer": f"c-{offset}",
        "brand": "acme",
        "category": "delivery",
        "stage": "customer",
        "channel": "social",
        "severity": "accusation",
        "listeners": 12.0,
        **fields,
    }
    text = str(merged.get("excerpt", ""))
    return Trend(fingerprint=fingerprint(text), **merged)


def say(random: Random, texts: Sequence[str] = TEXTS) -> str:
    """Say one of the texts with words of one's own, so that no two are alike."""
    return f"{random.choice(texts)} {' '.join(random.sample(_WORDS, 4))}"


def complain_steadily(
    minutes: range, per_hour: float, seed: int = 1, *, texts: Sequence[str] = TEXTS, first_offset: int = 0
) -> list[Trend]:
    """Complain as chance has it: exponential waits between customers who each come once."""
    random = Random(seed)
    trends: list[Trend] = []
    minute = minutes.start + random.expovariate(per_hour / 60)
    while minute < minutes.stop:
        offset = first_offset + len(trends)
        trends.append(build_trend(minute, offset, excerpt=say(random, texts)))
        minute += random.expovariate(per_hour / 60)
    return trends


def in_order(*streams: Iterable[Trend]) -> list[Trend]:
    """Put streams into one log by their times, with offsets of its own."""
    trends = sorted((trend for stream in streams for trend in stream), key=lambda trend: trend.at)
    return [
        msgspec.structs.replace(trend, origin=Origin("scored", 0, offset))
        for offset, trend in enumerate(trends)
    ]


def gather_crowd() -> list[Trend]:
    """Let the same people join a surge, reply to a post of the brand, and wait at a touchpoint."""
    random = Random(1)
    trends = complain_steadily(range(300), 6)
    trends.append(build_trend(300, 0, subject=POST, what="post", category=None, listeners=0.0))
    for number in range(40):
        who, text = f"c-fan-{number}", say(random)
        minute = 301 + number / 2
        trends.append(build_trend(minute, 0, customer=who, excerpt=text))
        trends.append(
            build_trend(
                minute,
                0,
                customer=who,
                excerpt=text,
                subject=POST,
                what="reply_to_post",
                is_complaint=True,
                compound=-0.5,
            )
        )
        trends.append(build_trend(minute, 0, customer=who, excerpt=text, subject=STAGE, touchpoint="billing"))
    return [_make_unique(trend) for trend in in_order(trends)]


def _make_unique(trend: Trend) -> Trend:
    """Name the customer as pseudonyms do, none a part of another's, and let no two say the same."""
    name = blake2b(str(trend.customer).encode(), digest_size=10).hexdigest()
    return msgspec.structs.replace(
        trend, customer=f"c-{name}", excerpt=trend.excerpt and f"{trend.excerpt} {name[:9]}"
    )


def spread(trends: Iterable[Trend]) -> list[Trend]:
    """Put each trend into an origin partition of its own, so that no order of theirs makes one a repeat."""
    return [
        msgspec.structs.replace(trend, origin=Origin("scored", trend.origin.offset, trend.origin.offset))
        for trend in trends
    ]


def with_ticks(trends: Sequence[Trend], until: float, every_minutes: float = 1.0) -> list[Trend | Tick]:
    """Put ticks between the trends, as the owner of their partition does."""
    ticks = [tick_at(every_minutes * number) for number in range(1, int(until / every_minutes) + 1)]
    return sorted([*ticks, *trends], key=lambda event: event.at)


def work(
    events: Iterable[TrendEvent | Tick], policy: Policy = POLICY
) -> tuple[dict[str, Baseline], list[Alert]]:
    """Work a log of trends as the live partition does; return the baselines and the alerts."""
    partition, plan = work_log(SURGE, Place("trends"), enumerate(events), policy)
    assert plan.failures == []
    return {key: SURGE.decode(key, value) for key, value in partition.states.items()}, plan.alerts


def tell(alerts: Iterable[Alert]) -> list[str]:
    """Return the states of alerts."""
    return [alert.state for alert in alerts]
