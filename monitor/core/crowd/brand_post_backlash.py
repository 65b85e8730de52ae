"""brand_post_backlash: the replies to one post of the brand turn negative, beyond what its posts always get."""

from typing import Final

import msgspec

from monitor.core.alert import Alert, AlertSeverity, AlertState, Crowd, moment
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.crowd.causes import Causes
from monitor.core.crowd.clockwork import forget_waiting, run, tell
from monitor.core.crowd.episode import Episode, Finding, Quote, Scope, choose_samples, open_episode
from monitor.core.crowd.minute import hash_customer
from monitor.core.crowd.people import Ledger
from monitor.core.listeners import add_listeners
from monitor.core.policy import Policy
from monitor.core.scored import Origin, Tick
from monitor.core.share import find_lower_bound
from monitor.core.trend import Trend

_TEXTS_MAX: Final = 24
_REPLIERS_MAX: Final = 512
#: Standard normal quantile of a one-sided 97.5 % bound.
_Z: Final = 1.96


class PostWatch(msgspec.Struct, array_like=True, kw_only=True, tag="brand_post_backlash"):
    """What is kept of one post: who replied, and who of them unkindly."""

    scope: Scope
    wake_at: float | None = None
    waiting: list[Trend] = []
    is_over: bool = False
    posted_at: float | None = None
    last_at: float = 0.0
    #: Hash of the customer: 1 where one of their replies is negative.
    repliers: Ledger = msgspec.field(default_factory=Ledger)
    replies: int = 0
    customers: int = 0
    negative: int = 0
    listeners_milli: int = 0
    first: Origin
    texts: list[Quote] = []
    episode: Episode | None = None

    @property
    def share(self) -> float:
        """The share of repliers with a negative reply."""
        return self.negative / max(self.customers, 1)


def begin_post(scope: Scope, trend: Trend) -> PostWatch:
    """Begin to watch a post with its first trend, whichever that is."""
    return PostWatch(scope=scope, first=trend.origin)


def move_post(state: PostWatch, event: Trend | Tick, policy: Policy) -> list[Alert]:
    """Move it by one event."""
    return run(state, event, policy, _count, _look)


def _count(state: PostWatch, trend: Trend, policy: Policy) -> None:
    at = trend.at.timestamp()
    state.last_at = max(state.last_at, at)
    if trend.what == "post":
        state.posted_at = at
        return
    state.replies += 1
    state.first = min(state.first, trend.origin, key=_place)
    negative = trend.is_complaint or trend.compound <= policy.brand_post_backlash.negative_compound
    who = hash_customer(trend.customer or "")
    known = state.repliers.get(who)
    if known is None:
        state.customers += 1
    if negative and not known:
        state.negative += 1
        state.listeners_milli += round(trend.listeners * 1000)
    if trend.excerpt:
        # The same texts in whatever order they came, within a bound.
        texts = {*state.texts, Quote(trend.excerpt, who)}
        state.texts = sorted(texts, key=lambda quote: (hash_customer(quote.text), quote.who))[:_TEXTS_MAX]
    state.repliers.put(who, max(known or 0, int(negative)))
    del state.repliers.keys[_REPLIERS_MAX:], state.repliers.values[_REPLIERS_MAX:]


def _place(origin: Origin) -> tuple[str, int, int]:
    return origin.topic, origin.partition, origin.offset


def _look(state: PostWatch, at_seconds: float, policy: Policy) -> tuple[list[Alert], float | None]:
    ends_at = state.last_at + policy.brand_post_backlash.quiet_hours * HOUR_SECONDS
    if at_seconds < ends_at:
        return _review(state, at_seconds, policy), ends_at
    state.is_over = not state.waiting
    over = "nobody replies to it any more"
    return [tell_post(state, "resolved", over, at_seconds, policy)] if state.episode else [], None


def _review(state: PostWatch, at_seconds: float, policy: Policy) -> list[Alert]:
    episode = state.episode
    if episode is None:
        if not _is_backlash(state, policy):
            return []
        state.episode = open_episode("brand_post_backlash", state.scope, state.first, at_seconds)
        return [tell_post(state, "firing", "the replies are negative", at_seconds, policy)]
    if state.share < policy.brand_post_backlash.resolve_share:
        return [tell_post(state, "resolved", "most replies are no longer negative", at_seconds, policy)]
    grown = state.negative >= episode.told * policy.surge.update_growth
    if grown or _judge(state, policy) != episode.severity:
        return [tell_post(state, "updated", "more replies are negative", at_seconds, policy)]
    return []


def forget_in_post(state: PostWatch, customer: str) -> None:
    """Forget one customer; how many replied, and how many of them unkindly, stays."""
    who = hash_customer(customer)
    state.waiting = forget_waiting(state.waiting, customer)
    state.repliers.drop(who)
    state.texts = [quote for quote in state.texts if quote.who != who]


def _is_backlash(state: PostWatch, policy: Policy) -> bool:
    """Tell whether most are negative, and surely more than posts always get (Wilson's lower bound)."""
    bounds, total = policy.brand_post_backlash, state.customers
    if state.posted_at is None or total < bounds.customers_at_least or state.share < bounds.fire_share:
        return False
    return find_lower_bound(state.negative, total, _Z) > bounds.usual_share


def _judge(state: PostWatch, policy: Policy) -> AlertSeverity:
    known = state.episode is not None and state.episode.severity == "critical"
    many = state.negative >= policy.brand_post_backlash.critical_at_customers
    return "critical" if known or many else "warning"


def tell_post(
    state: PostWatch, alert_state: AlertState, cause: str, at_seconds: float, policy: Policy
) -> Alert:
    """Write a state of the open alert."""
    bounds = policy.brand_post_backlash
    phrases = Causes().distinguish([quote.text for quote in state.texts])
    quoted = f": {', '.join(phrases)}" if phrases else ""
    firing = f"{state.negative} of {state.customers} who reply to a post of ours are against it{quoted}"
    finding = Finding(
        severity=_judge(state, policy),
        headline=cause if alert_state == "resolved" else firing,
        cause=cause,
        observed=state.share,
        threshold=bounds.fire_share,
        respond_within_hours=bounds.respond_within_hours,
        listeners=add_listeners(state.listeners_milli / 1000, state.negative, policy.listeners),
        crowd=Crowd(
            since=moment(min(state.posted_at or at_seconds, at_seconds)),
            messages=state.replies,
            customers=state.negative,
            usual=round(bounds.usual_share * state.customers, 3),
            growth=round(state.share / bounds.usual_share, 3),
            phrases=phrases,
        ),
        quotes=choose_samples(state.texts, phrases),
    )
    return tell(state, alert_state, finding, at_seconds, policy)
