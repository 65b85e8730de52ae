"""Every name comes back as it was packed, and no two are packed alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.names import pack_name, unpack_name

PSEUDONYMS = st.binary(min_size=10, max_size=10).map(lambda digits: f"c-{digits.hex()}")


@given(
    st.one_of(
        PSEUDONYMS,
        PSEUDONYMS.map(str.upper),
        PSEUDONYMS.map(lambda name: f"{name[:5]}  {name[7:]}"),
        st.text(),
    )
)
def test_what_was_packed_is_unpacked(name: str) -> None:
    assert unpack_name(pack_name(name)) == name


@given(PSEUDONYMS)
def test_a_pseudonym_takes_ten_bytes(name: str) -> None:
    packed = pack_name(name)
    assert isinstance(packed, bytes)
    assert len(packed) == 10


@pytest.mark.parametrize(
    "name", ["", "c-", "c-0123456789abcdef012g", "C-0123456789abcdef0123", "c-0123456789ABCDEF0123"]
)
def test_what_only_looks_like_a_pseudonym_is_kept_as_it_is(name: str) -> None:
    assert pack_name(name) == name
