"""The rise: whether counts have left their baseline, as soon as chance can no longer explain it.

Several sums of log-likelihood ratios run side by side (CUSUM, Page 1954), each for one multiple of the baseline. The
threshold follows from how often a subject may raise a false alarm (Wald, with Siegmund's correction for counts that
come a minute at a time), so it holds for five complaints an hour as for five thousand.
"""

from math import log, sqrt
from typing import Final

import msgspec

from monitor.core.crowd.bounds import SurgePolicy
from monitor.core.crowd.rhythm import HOUR_MINUTES

WEEK_MINUTES: Final = 7 * 24 * 60
#: Expected overshoot of a random walk in discrete time, twice 0.5826 standard deviations (Siegmund 1985).
_SIEGMUND: Final = 1.166
#: The same for the jump that one complaint is, fitted to simulated thresholds at 0.5 to 500 complaints an hour.
_JUMP: Final = 0.15


class Excess(msgspec.Struct, frozen=True):
    """Complaints that chance no longer explains, and how many would have been enough."""

    count: float
    enough: float


class Rise(msgspec.Struct, array_like=True, kw_only=True):
    """The running sums, one for each multiple of the policy."""

    sums: list[float]
    #: Per sum the complaints since it left nought.
    counts: list[float]

    def take(self, events: float, expected: float, noise: float, policy: SurgePolicy) -> bool:
        """Take what was counted, and what was to be expected of it; tell whether anything has risen at all."""
        for place, multiple in enumerate(policy.multiples):
            moved = self.sums[place] + weigh(events, expected, multiple) / noise
            self.sums[place] = max(0.0, moved)
            self.counts[place] = self.counts[place] + events if moved > 0 else 0.0
        return any(self.sums)

    def find_excess(self, level: float, noise: float, policy: SurgePolicy) -> Excess | None:
        """Find the sum that has left what chance can explain, with enough customers in it, at so many an hour."""
        thresholds = find_thresholds(level / HOUR_MINUTES / noise, policy)
        for place, multiple in enumerate(policy.multiples):
            count, beyond = self.counts[place], self.sums[place] - thresholds[place]
            if beyond >= 0 and count >= policy.customers_at_least:
                enough = max(count - beyond * noise / log(multiple), policy.customers_at_least)
                return Excess(count=count, enough=enough)
        return None


def begin_rise(policy: SurgePolicy) -> Rise:
    """Begin with nothing counted."""
    quiet = [0.0 for _ in policy.multiples]
    return Rise(sums=quiet, counts=list(quiet))


def weigh(events: float, expected: float, multiple: float) -> float:
    """Return the log-likelihood ratio of so many events at a multiple of what was expected, against just that."""
    return events * log(multiple) - expected * (multiple - 1)


def find_thresholds(per_minute: float, policy: SurgePolicy) -> list[float]:
    """Find, per multiple, the sum that chance reaches once in the policy's weeks, at so many counts a minute."""
    minutes = policy.false_alarm_weeks * WEEK_MINUTES
    thresholds = []
    for multiple, share in zip(policy.multiples, policy.false_alarm_shares, strict=True):
        step = log(multiple)
        chances = minutes * per_minute * (multiple - 1 - step) / share
        overshoot = _SIEGMUND * step * sqrt(per_minute) + _JUMP * step * step
        thresholds.append(max(policy.evidence_at_least, log(max(chances, 1.0)) - overshoot))
    return thresholds
