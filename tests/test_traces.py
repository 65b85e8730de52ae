"""A valid trace context is handed on, an invalid one is as good as none, and one that is given is valid and its own."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.traces import read_traceparent, trace_identity, trace_place

TRACE: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN: Final = "00f067aa0ba902b7"
VALID: Final = f"00-{TRACE}-{SPAN}-01"

places = st.tuples(st.text(max_size=249), st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1))


def read(*values: str) -> str | None:
    return read_traceparent([("other", b"x"), *(("traceparent", value.encode()) for value in values)])


@pytest.mark.parametrize("flags", ["00", "01", "03", "ff"])
def test_a_valid_one_is_handed_on_as_it_came(flags: str) -> None:
    assert read(f"00-{TRACE}-{SPAN}-{flags}") == f"00-{TRACE}-{SPAN}-{flags}"


@pytest.mark.parametrize("more", ["", "-", "-what-comes-later"])
def test_of_a_later_version_the_part_that_is_known_is_handed_on(more: str) -> None:
    assert read(f"cc-{TRACE}-{SPAN}-01{more}") == VALID


@pytest.mark.parametrize(
    "value",
    [
        "",
        VALID.upper(),
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01-",
        f"00-{TRACE}-{SPAN}-01-more",
        f"cc-{TRACE}-{SPAN}-01more",
        f" {VALID}",
        f"{VALID}\n",
        "\u00e9" * 55,
    ],
)
def test_an_invalid_one_is_as_good_as_none(value: str) -> None:
    assert read(value) is None


def test_none_is_read_from_a_record_without_one_and_from_an_empty_header() -> None:
    assert read() is None
    assert read_traceparent([("traceparent", None)]) is None


def test_of_several_the_last_counts() -> None:
    assert read("broken", VALID) == VALID
    assert read(VALID, "broken") is None


@given(places, places)
def test_each_place_is_given_a_valid_trace_of_its_own(
    one: tuple[str, int, int], other: tuple[str, int, int]
) -> None:
    assert read(trace_place(*one)) == trace_place(*one)
    assert (trace_place(*one)[:35] == trace_place(*other)[:35]) == (one == other)


@given(st.text(), st.text())
def test_each_identity_is_given_a_valid_trace_of_its_own(one: str, other: str) -> None:
    assert read(trace_identity(one)) == trace_identity(one)
    assert (trace_identity(one)[:35] == trace_identity(other)[:35]) == (one == other)
