"""What the listeners depend on, and what comes of it: the records that `listeners` reads and makes."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from monitor.core.finding import Severity

Basis = Literal["observed", "estimated", "prior"]


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


class Reach(msgspec.Struct, frozen=True):
    """The two numbers that decide, and what they were worked out from: it is put in words where an alert is told."""

    expected: float
    p_over_20: float
    #: By name of what moves the prior, in its order: nought where it does not.
    weights: Sequence[float]
    #: They sum to the logarithm of what is expected.
    logarithms: Sequence[float]
    mu: float
    public: float
    reshared: float | None
