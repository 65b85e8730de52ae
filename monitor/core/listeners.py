"""How many people a customer is expected to tell: a log-normal prior moved by named, signed contributions.

With X the people told by word of mouth (log-normal) and S those whom the public trace already reaches, a customer
who is unhappy with probability p tells p * (E[X] + S) people. Every factor is one contribution in log space, so the
contributions sum to ln(expected): the number explains itself completely. More than 20 are told by word of mouth beside
what the public has seen, or by a post that is reshared so often yet: either is enough.
"""

from collections.abc import Callable
from math import erfc, exp, log, log1p, sqrt
from typing import Final

from monitor.core.policy import ListenersPolicy
from monitor.core.telling import Basis, Contribution, Listeners, Reach, Telling

#: Listeners beyond which the literature counts a customer as one who "tells more than 20".
MANY = 20.0
#: Standard normal quantile of the upper end of an 80 % interval.
_Z_90 = 1.2815515655446004
#: A probability of nought has no logarithm; nobody tells fewer than one in a million people.
_PROBABILITY_FLOOR = 1e-6


def expect_reach(telling: Telling, policy: ListenersPolicy) -> Reach:
    """Work out the mean and P(more than 20)."""
    weights = _weigh(telling, policy)
    moved, public, logarithms = _add_up(telling, weights, policy)
    mu = log(policy.prior_median) + moved
    reshared = estimate_reshared(telling.followers, telling.likes, policy) if telling.followers else None
    by_mouth = _exceed(MANY - public, mu, policy.prior_sigma)
    return Reach(
        exp(sum(logarithms)),
        _bound(telling.probability) * (by_mouth + (1 - by_mouth) * (reshared or 0.0)),
        weights,
        logarithms,
        mu,
        public,
        reshared,
    )


def describe_listeners(telling: Telling, reach: Reach, policy: ListenersPolicy) -> Listeners:
    """Put in words what a reach was worked out from: contributions that sum to the logarithm of its mean."""
    sigma, mu, public, logarithms = policy.prior_sigma, reach.mu, reach.public, reach.logarithms
    contributions = [
        Contribution(
            name="prior",
            value=logarithms[0],
            basis="prior",
            detail=f"an unhappy customer tells {policy.prior_mean:.0f} people",
        )
    ]
    for (name, basis, describe), value in zip(_MOVES, reach.weights, strict=True):
        if value:
            contributions.append(Contribution(name=name, value=value, basis=basis, detail=describe(telling)))
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
            detail=f"{_bound(telling.probability):.0%} sure that it is a complaint",
        )
    )
    return Listeners(
        expected=reach.expected,
        p_over_20=reach.p_over_20,
        low=exp(mu - _Z_90 * sigma) + public,
        high=exp(mu + _Z_90 * sigma) + public,
        contributions=tuple(contributions),
        p_reshared_over_20=reach.reshared,
    )


def expect_listeners(telling: Telling, policy: ListenersPolicy) -> Listeners:
    """Work out the distribution and the contributions that sum to the logarithm of its mean."""
    return describe_listeners(telling, expect_reach(telling, policy), policy)


def expect_mean(telling: Telling, policy: ListenersPolicy) -> float:
    """Work out the mean alone, to the last bit that of `expect_listeners`."""
    return exp(sum(_add_up(telling, _weigh(telling, policy), policy)[2]))


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


def _weigh(telling: Telling, policy: ListenersPolicy) -> list[float]:
    repeats = min(telling.complaints - 1, policy.repeats_at_most)
    return [
        policy.severity[telling.severity],
        policy.arousal * telling.arousal,
        policy.call_to_action if telling.call_to_action else 0.0,
        policy.threat_to_leave if telling.threat_to_leave else 0.0,
        weigh_waiting(telling.waited_hours, policy),
        policy.repeat * repeats if repeats > 0 else 0.0,
        policy.channel_switch * (telling.channels - 1),
        policy.lost_advocate if telling.lost_advocate else 0.0,
        policy.reply if telling.replied else 0.0,
    ]


def _add_up(
    telling: Telling, weights: list[float], policy: ListenersPolicy
) -> tuple[float, float, list[float]]:
    """Return what moves the prior, the public reached, and the logarithms that sum to the mean's own."""
    moves = [weight for weight in weights if weight]
    moved = sum(moves)
    public = count_public(telling, policy)
    logarithms = [log(policy.prior_mean), *moves]
    if public > 0:
        logarithms.append(log(1 + public / (policy.prior_mean * exp(moved))))
    logarithms.append(log(_bound(telling.probability)))
    return moved, public, logarithms


def _bound(probability: float) -> float:
    return min(max(probability, _PROBABILITY_FLOOR), 1.0)


def _exceed(people: float, mu: float, sigma: float) -> float:
    if people <= 0:
        return 1.0
    return erfc((log(people) - mu) / (sigma * sqrt(2))) / 2
