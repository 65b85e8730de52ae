"""brand_post_backlash: most replies to a post of the brand are negative, and more than its posts always get."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.trend import Trend
from tests.core.builders import law
from tests.core.crowd.crowds import build_trend, minute_at, say, spread, tell, tick_at, with_ticks, work

POST = "brand_post_backlash|acme|social|p1"


def _post(minute: float = 0) -> Trend:
    return build_trend(minute, 0, subject=POST, what="post", category=None, listeners=0.0)


def _reply(minute: float, offset: int, *, negative: bool, **fields: object) -> Trend:
    return build_trend(
        minute,
        offset,
        subject=POST,
        what="reply_to_post",
        is_complaint=negative,
        compound=-0.5 if negative else 0.5,
        listeners=12.0 if negative else 0.0,
        excerpt=say(Random(offset), ("This joke about refugees is shameful!",)) if negative else "",
        **fields,
    )


def _replies(negative: int, friendly: int, begin: float = 1) -> list[Trend]:
    shuffled = [True] * negative + [False] * friendly
    Random(1).shuffle(shuffled)
    return [_reply(begin + n / 4, n + 1, negative=is_negative) for n, is_negative in enumerate(shuffled)]


def test_a_post_that_most_reply_to_unkindly_fires_grows_and_ends_when_nobody_replies_any_more() -> None:
    states, alerts = work(with_ticks([_post(), *_replies(40, 6)], 3 * 1440, 5))
    assert tell(alerts)[0] == "firing"
    assert tell(alerts)[-1] == "resolved"
    assert len({alert.id for alert in alerts}) == 1
    assert alerts[0].at < minute_at(10)
    assert alerts[-2].severity == "critical"
    assert alerts[0].observed >= alerts[0].threshold == 0.5
    assert "shameful" in " ".join(alerts[-2].crowd.phrases if alerts[-2].crowd else ())
    assert alerts[-1].listeners
    assert alerts[-1].listeners.expected == pytest.approx(480)
    # A post is not remembered for ever.
    assert states == {}


@pytest.mark.parametrize(("negative", "friendly"), [(5, 30), (7, 0), (5, 5)])
def test_some_unkind_replies_are_what_every_post_gets(negative: int, friendly: int) -> None:
    assert work(with_ticks([_post(), *_replies(negative, friendly)], 1440, 5))[1] == []


def test_what_nobody_at_the_brand_has_posted_is_no_backlash() -> None:
    assert work(with_ticks(_replies(40, 6), 3 * 1440, 5)) == ({}, [])


def test_a_post_that_is_told_after_its_replies_counts_for_them() -> None:
    assert tell(work(with_ticks(spread([*_replies(40, 6), _post(30)]), 60, 5))[1])[0] == "firing"


def test_one_who_replies_fifty_times_is_one() -> None:
    loud = [_reply(1 + n / 10, n + 1, negative=True, customer="c-loud") for n in range(50)]
    assert work(with_ticks([_post(), *loud], 60))[1] == []


def test_replies_that_turn_friendly_end_it() -> None:
    alerts = work(with_ticks([_post(), *_replies(12, 0), *_replies_later()], 300, 5))[1]
    assert tell(alerts)[-1] == "resolved"
    assert "no longer negative" in alerts[-1].cause


def _replies_later() -> list[Trend]:
    return [_reply(60 + n, 100 + n, negative=False) for n in range(40)]


@law
@given(st.permutations(_replies(12, 3)))
def test_the_order_of_replies_before_a_tick_does_not_matter(replies: list[Trend]) -> None:
    in_order = sorted(replies, key=lambda trend: trend.at)
    told = [work([*spread([_post(), *trends]), tick_at(10)]) for trends in (in_order, replies)]
    assert told[0] == told[1]
