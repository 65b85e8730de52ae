"""What a customer is worth to the brand, and what that makes of an alert's place among others.

It orders alerts of which people expect the same, and never keeps one from firing: what a prospect or a customer of
little worth tells others is told all the same.
"""

from monitor.core.alert import AlertKind
from monitor.core.message import Stage
from monitor.core.policy import WorthPolicy


def weigh_worth(kind: AlertKind, stage: Stage | None, value: float | None, policy: WorthPolicy) -> float:
    """Weigh a customer against the typical existing one, who weighs 1; `value` is their worth a year, if known."""
    # A prospect's experience counts as much as the most loyal customer's: what is lost there is a customer.
    counted_as = "customer" if kind == "prospect_lost" or stage is None else stage
    likely = policy.buys_again[counted_as] / policy.buys_again["customer"]
    worth = policy.typical_value_a_year if value is None else value
    weight: float = (likely * worth / policy.typical_value_a_year) ** policy.exponent
    return min(max(weight, policy.weight_min), policy.weight_max)
