"""The life cycle as a circle: prospect, purchase, customer, former, and prospect again.

A stage moves by what a message names, by what the user's own systems say, and by silence. Silence is worked out
when the customer's next word breaks it: nothing depends on it before, so no clock has to run for the many customers
who are content and say nothing.
"""

from collections.abc import Mapping
from math import inf
from typing import Final, Literal

from monitor.core.message import Stage

#: A stage that a message or a stage event names, or so long a silence that the stage is over.
Step = Literal["prospect", "purchase", "customer", "former", "silence"]

#: The whole life cycle; a pair that is not here changes nothing.
#: Steps forward may skip a stage: what lies between happened where nobody listened. Steps back are no steps:
#: - an advertisement's list still calls a buyer or a customer a prospect;
#: - a customer who buys again does not lose what they are.
#: A prospect may be called former: they came back to look, and left again.
TRANSITIONS: Final[dict[tuple[Stage | None, Step], Stage]] = {
    (None, "prospect"): "prospect",
    (None, "purchase"): "purchase",
    (None, "customer"): "customer",
    (None, "former"): "former",
    ("prospect", "purchase"): "purchase",
    ("prospect", "customer"): "customer",
    ("prospect", "former"): "former",
    ("purchase", "customer"): "customer",
    ("purchase", "former"): "former",
    ("purchase", "silence"): "customer",
    ("customer", "former"): "former",
    ("customer", "silence"): "former",
    ("former", "prospect"): "prospect",
    ("former", "purchase"): "purchase",
    ("former", "customer"): "customer",
}


def move_stage(stage: Stage | None, step: Step) -> Stage | None:
    """Look the transition up; what is not in the table changes nothing."""
    return TRANSITIONS.get((stage, step), stage)


def pass_silence(stage: Stage | None, silent_days: float, after_days: Mapping[Stage, float]) -> Stage | None:
    """Move the stage by a silence: a purchase becomes a customer, and a customer lapses."""
    while stage is not None and silent_days >= (limit_days := after_days.get(stage, inf)):
        silent_days -= limit_days
        stage = move_stage(stage, "silence")
    return stage


def silent_stages() -> tuple[Stage, ...]:
    """List the stages that a silence ends."""
    return tuple(stage for stage, step in TRANSITIONS if stage is not None and step == "silence")
