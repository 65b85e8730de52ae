"""Single facts come back from a packed row to the last bit, whatever they are, and the usual ones take few bytes."""

from struct import pack

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.figures import pack_figure, swap_mask, unpack_figure
from monitor.core.redaction import MASK
from tests.core.builders import law

_FIGURES = st.floats(allow_nan=False) | st.integers(-(10**9), 10**9).map(lambda units: units / 10_000)


@law
@given(_FIGURES)
def test_a_figure_comes_back_to_the_last_bit(figure: float) -> None:
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(pack_figure(figure)))
    assert pack("d", unpack_figure(stored)) == pack("d", figure)


def test_a_figure_of_four_decimals_takes_a_third_of_its_bytes() -> None:
    assert len(msgspec.msgpack.encode(pack_figure(0.8221))) == 3


@law
@given(st.text(st.sampled_from(["a", " ", MASK, "\x1a", "é"]), max_size=12) | st.text())
def test_a_text_comes_back_with_its_masks_and_with_what_stands_for_one(text: str) -> None:
    assert swap_mask(swap_mask(text)) == text


def test_a_masked_character_takes_one_byte() -> None:
    assert len(swap_mask(f"order {MASK * 7}").encode()) == len("order 1234567")
