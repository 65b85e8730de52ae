"""How many people a customer is expected to tell: a log-normal prior moved by named, signed contributions.

With X the people told by word of mouth (log-normal) and S those whom the public trace already reaches, a customer
who is unhappy with probability p tells p * (E[X] + S) people. Every factor is one contribution in log space, so the
contributions sum to ln(expected): the number explains itself completely. More than 20 are told by word of mouth beside
what the public has seen, or by a post that is reshared so often yet: either is enough.
"""

from collections.abc import Callable, Sequence
from math import erfc, exp, log, log1p, sqrt
from typing import Final, Literal

import msgspec

from monitor.core.finding import Severity
from monitor.core.policy import ListenersPolicy

Basis = Literal["observed", "estimated", "prior"]

#: Listeners beyond which the literature counts a customer as one who "tells more than 20".
MANY = 20.0
#: Standard normal quantile of the upper end of an 80 % interval.
_Z_90 = 1.2815515655446004
#: A probability of nought has no logarithm; nobody tells fewer than one in a million people.
_PROBABILITY_FLOOR = 1e-6


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """One named reason, in natural-log space."""

    name: str
    value: float
    basis: Basis
    detail: str


class Listeners(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The distribution: its mean, P(more than 20), an 80 % interval for an unhappy customer, and why."""

    expected: float
    p_over_20: float
    low: float
    high: float
    contributions: tuple[Contribution, ...]
    #: Part of P(more than 20), estimated: reshared more often than that; None where followers are not known.
    p_reshared_over_20: float | None = None


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """All that the listeners depend on."""

    probability: float
    severity: Severity
    arousal: float = 0.0
    waited_hours: float = 0.0
    complaints: int = 1
    channels: int = 1
    call_to_action: bool = False
    threat_to_leave: bool = False
    lost_advocate: bool = False
    replied: bool = False
    followers: int = 0
    reshares: int = 0
    likes: int = 0
    helpful: int = 0


def expect_listeners(telling: Telling, policy: ListenersPolicy) -> Listeners:
    """Work out the distribution and the contributions that sum to the logarithm of its mean."""
    weights = _weigh(telling, policy)
    moves = [
        Contribution(name=name, value=value, basis=basis, detail=describe(telling))
        for (name, basis, describe), value in zip(_MOVES, weights, strict=True)
        if value
    ]
    sigma = policy.prior_sigma
    prior_mean, moved, public, logarithms = _add_up(telling, weights, policy)
    mu = log(policy.prior_median) + moved
    probability = _bound(telling.probability)
    contributions = [
        Contribution(
            name="prior",
            value=logarithms[0],
            basis="prior",
            detail=f"an unhappy customer tells {prior_mean:.0f} people",
        ),
        *moves,
    ]
    if public > 0:
        contributions.append(
            Contribution(
                name="public_audience",
                value=logarithms[-2],
                basis="observed",
                detail=f"about {public:.0f} people reached in public",
            )
        )
    contributions.append(
        Contribution(
            name="complaint_probability",
            value=logarithms[-1],
            basis="estimated",
            detail=f"{probability:.0%} sure that it is a complaint",
        )
    )
    reshared = estimate_reshared(telling.followers, telling.likes, policy) if telling.followers else None
    by_mouth = _exceed(MANY - public, mu, sigma)
    return Listeners(
        expected=exp(sum(logarithms)),
        p_over_20=probability * (by_mouth + (1 - by_mouth) * (reshared or 0.0)),
        low=exp(mu - _Z_90 * sigma) + public,
        high=exp(mu + _Z_90 * sigma) + public,
        contributions=tuple(contributions),
        p_reshared_over_20=reshared,
    )


def expect_mean(telling: Telling, policy: ListenersPolicy) -> float:
    """Work out the mean alone, to the last bit that of `expect_listeners`."""
    return exp(sum(_add_up(telling, _weigh(telling, policy), policy)[-1]))


def add_listeners(total: float, customers: float, policy: ListenersPolicy) -> Listeners | None:
    """Add up those whom a crowd is expected to tell, whose members tell independently of each other.

    None where nobody is expected to be told anything.
    """
    if total <= 0 or customers <= 0:
        return None
    each = total / customers
    spread = total * sqrt((exp(policy.prior_sigma**2) - 1) / customers)
    people, told = log(customers), log(each)
    return Listeners(
        expected=exp(people + told),
        p_over_20=erfc((MANY - total) / (spread * sqrt(2))) / 2,
        low=max(0.0, total - _Z_90 * spread),
        high=total + _Z_90 * spread,
        contributions=(
            Contribution(
                name="customers", value=people, basis="observed", detail=f"{customers:.0f} customers"
            ),
            Contribution(
                name="each", value=told, basis="estimated", detail=f"each is expected to tell {each:.0f}"
            ),
        ),
    )


def count_public(telling: Telling, policy: ListenersPolicy) -> float:
    """People whom the public trace reaches: reshares, likes, helpful votes and a share of the followers."""
    return (
        telling.reshares * policy.people_per_reshare
        + telling.likes * policy.people_per_like
        + telling.helpful * policy.people_per_helpful_vote
        + telling.followers * policy.share_of_followers
    )


def estimate_reshared(followers: int, likes: int, policy: ListenersPolicy) -> float:
    """Estimate how likely a post is reshared more than `MANY` times: the more of what followers and likes say.

    Few likes yet say nothing against it.
    """
    fitted, log_followers = policy.reshared, log1p(followers)
    logit = fitted.bias + fitted.per_log_followers * log_followers
    if likes:
        liked = policy.reshared_liked
        logit = max(
            logit, liked.bias + liked.per_log_followers * log_followers + liked.per_log_likes * log1p(likes)
        )
    return 1 / (1 + exp(-logit))


def weigh_waiting(waited_hours: float, policy: ListenersPolicy) -> float:
    """Return the weight of the last step that has been reached, 0 before the first."""
    weight = 0.0
    for step in policy.waiting:
        if waited_hours < step.after_hours:
            break
        weight = step.weight
    return weight


#: What moves the prior, in the order of `_weigh`: name, basis, and how it is put in words.
_MOVES: Final[tuple[tuple[str, Basis, Callable[[Telling], str]], ...]] = (
    ("severity", "estimated", lambda telling: telling.severity.replace("_", " ")),
    ("arousal", "estimated", lambda telling: f"arousal {telling.arousal:.2f} of 1"),
    ("call_to_action", "estimated", lambda _: "calls on others to act"),
    ("threat_to_leave", "estimated", lambda _: "says they leave"),
    ("ignored", "observed", lambda telling: f"unanswered for {telling.waited_hours:.0f} h"),
    ("repeats", "observed", lambda telling: f"{telling.complaints} complaints in this case"),
    ("channel_switch", "observed", lambda telling: f"on {telling.channels} channels"),
    ("lost_advocate", "observed", lambda _: "was an advocate before"),
    ("reply", "observed", lambda _: "the brand has replied"),
)


def _weigh(telling: Telling, policy: ListenersPolicy) -> tuple[float, ...]:
    return (
        policy.severity[telling.severity],
        policy.arousal * telling.arousal,
        policy.call_to_action * telling.call_to_action,
        policy.threat_to_leave * telling.threat_to_leave,
        weigh_waiting(telling.waited_hours, policy),
        policy.repeat * min(max(telling.complaints - 1, 0), policy.repeats_at_most),
        policy.channel_switch * (telling.channels - 1),
        policy.lost_advocate * telling.lost_advocate,
        policy.reply * telling.replied,
    )


def _add_up(
    telling: Telling, weights: Sequence[float], policy: ListenersPolicy
) -> tuple[float, float, float, list[float]]:
    """Return the prior's mean, what moves it, the public reached, and the logarithms that sum to the mean's own."""
    moves = [weight for weight in weights if weight]
    moved = sum(moves)
    prior_mean = policy.prior_median * exp(policy.prior_sigma * policy.prior_sigma / 2)
    public = count_public(telling, policy)
    reached = [log(1 + public / (prior_mean * exp(moved)))] if public > 0 else []
    return prior_mean, moved, public, [log(prior_mean), *moves, *reached, log(_bound(telling.probability))]


def _bound(probability: float) -> float:
    return min(max(probability, _PROBABILITY_FLOOR), 1.0)


def _exceed(people: float, mu: float, sigma: float) -> float:
    if people <= 0:
        return 1.0
    return erfc((log(people) - mu) / (sigma * sqrt(2))) / 2
