"""Whose an alert is, and the labels that it is told under: few, closed but for id and product, and always valid."""

import re
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.routing import Route, Routing, find_owner, label
from tests.core.builders import complain, follow_all, law

(ALERT,) = follow_all([complain(0, 0, severity="blame", followers=9_000)])[1]
ROUTES: Final = (
    Route(owner="billing", categories=frozenset({"billing"})),
    Route(owner="kettles", kinds=frozenset({"detractor"}), products=frozenset({"Kettle", "Kettle 2"})),
    Route(owner="social", kinds=frozenset({"detractor"})),
)
ROUTING: Final = Routing(routes=ROUTES)


def alert_of(**fields: object) -> Alert:
    return msgspec.structs.replace(ALERT, **fields)


@pytest.mark.parametrize(
    ("fields", "owner"),
    [
        ({"kind": "detractor", "category": "billing"}, "billing"),
        ({"kind": "detractor", "product": "Kettle 2"}, "kettles"),
        ({"kind": "detractor", "product": "Toaster"}, "social"),
        ({"kind": "ignored_complaint", "product": "Kettle"}, "logistics"),
    ],
)
def test_the_first_route_that_fits_in_all_it_names_says_whose_it_is(
    fields: dict[str, str], owner: str
) -> None:
    alert = alert_of(**fields)
    assert find_owner(alert, ROUTING) == owner
    assert label(alert, ROUTING)["owner"] == owner


def test_the_labels_are_these_and_no_more() -> None:
    alert = alert_of(product="Kettle", brand="acme", stage="customer")
    assert label(alert, ROUTING) == {
        "alertname": "detractor",
        "kind": "detractor",
        "severity": alert.severity,
        "owner": "kettles",
        "id": alert.id,
        "category": "delivery",
        "channel": "social",
        "stage": "customer",
        "brand": "acme",
        "product": "Kettle",
    }
    assert not {"brand", "product", "stage"} & label(alert_of(product="\x00", brand=" "), ROUTING).keys()


def test_a_product_that_is_not_named_is_another_one() -> None:
    told_apart = msgspec.structs.replace(ROUTING, products=frozenset({"Kettle"}))
    assert label(alert_of(product="Kettle"), told_apart)["product"] == "Kettle"
    assert label(alert_of(product="Toaster"), told_apart)["product"] == "other"
    assert "product" not in label(alert_of(product=None), told_apart)


@law
@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_customers_call_a_product_makes_a_valid_label(product: str, brand: str) -> None:
    labels = label(alert_of(product=product, brand=brand), ROUTING)
    for name, value in labels.items():
        assert re.fullmatch("[a-z]+", name)
        assert value.isprintable()
        assert 0 < len(value.encode()) <= 400
        assert value == value.strip()
