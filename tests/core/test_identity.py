"""Pseudonyms: the same for the same customer and key, and silent about who it is."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.core import identity
from monitor.core.identity import Pseudonyms
from tests.core.builders import build_message, law

#: Shorter ones can stand in twenty hexadecimal digits by chance.
IDENTIFIERS = st.text(st.characters(codec="utf-8"), min_size=6, max_size=60)
KEYS = st.binary(min_size=1, max_size=64)


@law
@given(KEYS, IDENTIFIERS)
def test_the_same_key_gives_the_same_name(key: bytes, identifier: str) -> None:
    message = build_message(author=identifier)
    assert Pseudonyms(key).name(message) == Pseudonyms(key).name(message)


@law
@given(KEYS, KEYS, IDENTIFIERS)
def test_another_key_gives_another_name(key: bytes, other: bytes, identifier: str) -> None:
    # BLAKE2 pads its key with noughts.
    if key.rstrip(b"\0") == other.rstrip(b"\0"):
        return
    message = build_message(author=identifier)
    assert Pseudonyms(key).name(message) != Pseudonyms(other).name(message)


@law
@given(KEYS, IDENTIFIERS, st.sampled_from(["author", "customer"]))
def test_a_name_never_contains_the_identifier(key: bytes, identifier: str, field: str) -> None:
    message = build_message(**{"author": None, field: identifier})
    assert identifier.casefold() not in Pseudonyms(key).name(message)


@law
@given(IDENTIFIERS, IDENTIFIERS)
def test_different_customers_have_different_names(one: str, other: str) -> None:
    names = Pseudonyms(b"key")
    same = names.name(build_message(customer=one)) == names.name(build_message(customer=other))
    assert same == (one == other)


def test_the_brands_own_id_goes_before_the_handle_and_joins_channels() -> None:
    names = Pseudonyms(b"key")
    by_mail = build_message(customer="C-1", author="ann@example.com", channel="email")
    in_public = build_message(customer="C-1", author="ann", channel="social")
    assert names.name(by_mail) == names.name(in_public)


def test_a_handle_is_the_same_in_any_case_but_another_on_another_channel() -> None:
    names = Pseudonyms(b"key")
    assert names.name(build_message(author="Ann")) == names.name(build_message(author="ann"))
    assert names.name(build_message(author="ann", channel="chat")) != names.name(build_message(author="ann"))


def test_a_handle_and_a_customer_id_of_the_same_letters_are_two_customers() -> None:
    names = Pseudonyms(b"key")
    assert names.name(build_message(author=None, customer="ann")) != names.name(build_message(author="ann"))


def test_names_stay_the_same_when_the_memory_of_them_is_full() -> None:
    names = Pseudonyms(b"key")
    first = names.hide("customer:0")
    for number in range(identity._CACHE_MAX + 1):
        names.hide(f"customer:{number}")
    assert names.hide("customer:0") == first
