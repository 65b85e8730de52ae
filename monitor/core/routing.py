"""Owns whose an alert is, and the labels under which it is told: few values each, but for its id and its product."""

from typing import Final

import msgspec

from monitor.core.alert import Alert, AlertKind
from monitor.core.finding import Category
from monitor.core.printable import clean

_OTHER: Final = "other"
_CHARACTERS: Final = 100


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """An owner, and what is theirs: an alert must be in every list that is not empty."""

    owner: str
    kinds: frozenset[AlertKind] = frozenset()
    categories: frozenset[Category] = frozenset()
    products: frozenset[str] = frozenset()


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """Who owns what other than the policy says, which products are told apart (none named: all), and who is told."""

    routes: tuple[Route, ...] = ()
    products: frozenset[str] = frozenset()
    good_news: bool = False
    #: Who has to confirm what they are told.
    targets: frozenset[str] = frozenset()


def find_owner(alert: Alert, routing: Routing) -> str:
    """Find whose the alert is: the first route that it fits, else the policy's choice."""
    for route in routing.routes:
        if (
            (not route.kinds or alert.kind in route.kinds)
            and (not route.categories or alert.category in route.categories)
            and (not route.products or alert.product in route.products)
        ):
            return route.owner
    return alert.action.owner


def label(alert: Alert, routing: Routing) -> dict[str, str]:
    """Name what an alert is grouped, routed and silenced by; what is not known has no label.

    The id is among them, because alerts with equal labels are one alert to whoever receives them.
    """
    product = alert.product
    if product and routing.products and product not in routing.products:
        product = _OTHER
    named = {
        "alertname": alert.kind,
        "kind": alert.kind,
        "severity": alert.severity,
        "owner": find_owner(alert, routing),
        "id": alert.id,
        "category": alert.category,
        "channel": alert.channel,
        "stage": alert.stage,
        "brand": alert.brand,
        "product": product,
    }
    return {name: written for name, value in named.items() if (written := _write(value))}


def _write(value: str | None) -> str:
    """Write a value of somebody else's so that it fits a line."""
    return " ".join(clean(value or "").split())[:_CHARACTERS]
