"""What is kept under one name: a journey, where it has gone, or a grave; and what one event makes of it."""

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from monitor.core.alert import Alert
from monitor.core.journey import Journey
from monitor.core.scored import CustomerEvent, KeyedEvent


class Forwarding(msgspec.Struct, array_like=True, tag="forwarding"):
    """The name stands for another customer: whatever reaches it is handed on."""

    canonical: str
    erased_at: float | None = None
    wake_at: float | None = None


class Grave(msgspec.Struct, array_like=True, tag="grave"):
    """All that is left of an erased customer, until `wake_at`: from when on a word counts again."""

    erased_at: float
    wake_at: float


Held: TypeAlias = Journey | Forwarding | Grave


class Turn(msgspec.Struct, frozen=True):
    """What is kept under the name afterwards, what is told, and what is handed on; `heard` moved the journey."""

    kept: Held | None
    alerts: Sequence[Alert] = ()
    handed: KeyedEvent | None = None
    heard: CustomerEvent | None = None
    #: Ids of alerts to be taken back, with what people have said of them.
    removed: tuple[str, ...] = ()
