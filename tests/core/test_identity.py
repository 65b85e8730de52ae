"""Pseudonyms are the same for the same customer and key, and silent about who it is; some of them are one customer."""

from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.core import identity
from monitor.core.identity import Identities, Pseudonyms
from monitor.errors import ConfigError
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


def test_who_writes_from_an_address_is_the_same_on_every_channel() -> None:
    pseudonyms = Pseudonyms(b"key")
    by_mail, by_ticket = (
        pseudonyms.name(build_message("Hello?", channel=channel, author=author))
        for channel, author in (("email", "Ann@Example.org"), ("support", "ann@example.org"))
    )
    assert by_mail == by_ticket == pseudonyms.name_identifier("ann@example.org")
    assert pseudonyms.name_identifier("support:ann@example.org") == by_mail


def test_an_identifier_that_a_person_gives_is_the_name_that_messages_have() -> None:
    pseudonyms = Pseudonyms(b"key")
    by_handle = build_message("Hello?", channel="social", author="@Ann")
    by_account = build_message("Hello?", author="@Ann", customer="C-1")
    assert pseudonyms.name_identifier("social:@ann") == pseudonyms.name(by_handle)
    assert pseudonyms.name_identifier("customer:C-1") == pseudonyms.name(by_account)
    assert pseudonyms.name_identifier(pseudonyms.name(by_handle)) == pseudonyms.name(by_handle)


@pytest.mark.parametrize("identifier", ["", "ann", "@ann", "pigeon:ann", "customer:", "social:", "c-0123"])
def test_what_is_no_identifier_is_refused_and_not_quoted(identifier: str) -> None:
    with pytest.raises(ConfigError, match="an identifier is customer:ID") as refused:
        Pseudonyms(b"key").name_identifier(identifier)
    assert not identifier or f" {identifier} " not in str(refused.value)


WORDS: Final = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(("a", "b", "c", "d", None)), st.integers(0, 9)),
    max_size=8,
)


@given(WORDS, st.integers(0, 9), st.data())
def test_what_is_said_later_changes_nothing_for_what_was_received_before(
    words: list[tuple[str, str | None, int]], until: int, data: st.DataObject
) -> None:
    """Who scores a record again knows more, and must come to the same customer."""
    ordered = sorted(words, key=lambda word: word[2])
    before, after = Identities(), Identities()
    for name, canonical, at_seconds in ordered:
        if at_seconds <= until:
            before.learn(name, canonical, at_seconds)
        after.learn(name, canonical, at_seconds)
    name = data.draw(st.sampled_from("abcd"))
    told = [word for word in ordered if word[2] > until]
    assume(all(sum(word[0] == one for word in told) < 4 for one in "abcd"))
    assert after.resolve(name, until) == before.resolve(name, until)


@given(WORDS)
def test_all_names_of_a_circle_or_a_chain_come_to_one(words: list[tuple[str, str | None, int]]) -> None:
    identities = Identities()
    for name, canonical, at_seconds in sorted(words, key=lambda word: word[2]):
        identities.learn(name, canonical, at_seconds)
    for name in "abcd":
        canonical = identities.resolve(name)
        assert identities.resolve(canonical) == canonical
        assert name in identities.list_names(canonical)
