"""What Earshot writes to its own topics it reads back as the same, and nothing else is taken for it."""

from datetime import UTC, datetime
from typing import Final, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.scored import Scored, Tick
from monitor.errors import REJECTED_REASONS, RejectedReason
from monitor.records import DeadLetter, decode_alert, decode_dead_letter, decode_event, encode
from tests.core.builders import complain, event_lists, follow_all, scored_messages, tick

#: Kafka's times are whole milliseconds.
MOMENTS: Final = st.integers(0, 4_000_000_000_000).map(
    lambda milliseconds: datetime.fromtimestamp(milliseconds / 1000, UTC)
)
DEAD_LETTERS: Final = st.builds(
    DeadLetter,
    reason=st.sampled_from(REJECTED_REASONS),
    detail=st.text(st.characters(exclude_categories=["Cs"])),
    topic=st.text(st.characters(codec="ascii"), max_size=249),
    partition=st.integers(0, 10_000),
    offset=st.integers(0, 2**63 - 1),
    received_at=MOMENTS,
    size_bytes=st.integers(0, 2**31),
    payload=st.none() | st.binary(max_size=200),
)


@given(scored_messages())
def test_a_scored_message_is_read_back_as_the_same(scored: Scored) -> None:
    assert decode_event(encode(scored)) == scored


@given(MOMENTS)
def test_a_tick_is_read_back_as_the_same(moment: datetime) -> None:
    assert decode_event(encode(Tick(at=moment))) == Tick(at=moment)


@given(event_lists())
def test_every_alert_is_read_back_as_the_same(events: list[Scored | Tick]) -> None:
    _, alerts = follow_all(events)
    assert [decode_alert(encode(alert)) for alert in alerts] == alerts


@given(DEAD_LETTERS)
def test_a_dead_letter_is_read_back_as_the_same(letter: DeadLetter) -> None:
    assert decode_dead_letter(encode(letter)) == letter


def make_alert() -> Alert:
    _, (alert, *_) = follow_all([complain(0, 0, severity="blame", followers=5_000)])
    return alert


def make_letter() -> DeadLetter:
    return DeadLetter(
        reason="not_json", detail="", topic="inbox", partition=0, offset=7,
        received_at=datetime(2026, 1, 1, tzinfo=UTC), size_bytes=3, payload=b"\xff{}",
    )  # fmt: skip


def test_each_record_says_what_it_is() -> None:
    told = [msgspec.json.decode(encode(one)) for one in (complain(0, 0), tick(1))]
    assert [record["type"] for record in told] == ["scored", "tick"]


def test_a_payload_is_base64_and_none_is_left_out() -> None:
    letter = make_letter()
    assert msgspec.json.decode(encode(letter))["payload"] == "/3t9"
    bare = msgspec.structs.replace(letter, payload=None)
    assert "payload" not in msgspec.json.decode(encode(bare))


def test_a_scored_record_carries_neither_raw_text_nor_raw_identity() -> None:
    assert {"text", "author"}.isdisjoint(Scored.__struct_fields__)
    assert {"text", "author"}.isdisjoint(Alert.__struct_fields__)


@pytest.mark.parametrize("value", [b"", b"null", b"[]", b"{}", b'{"type":"other"}', b'{"type":"tick"}'])
def test_what_is_no_event_is_refused(value: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_event(value)


def test_a_reader_of_today_takes_a_record_with_a_field_of_tomorrow() -> None:
    alert, letter, scored = make_alert(), make_letter(), complain(0, 0)
    assert decode_alert(_with_a_field_more(encode(alert))) == alert
    assert decode_dead_letter(_with_a_field_more(encode(letter))) == letter
    assert decode_event(_with_a_field_more(encode(scored))) == scored


def _with_a_field_more(value: bytes) -> bytes:
    return value[:-1] + b',"of_tomorrow":[1]}'


def test_the_list_of_reasons_is_the_type() -> None:
    assert get_args(RejectedReason) == REJECTED_REASONS
