"""What a canonical message may be, and which of them are refused with which reason."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.message import TEXT_MAX_CHARACTERS, Message, check_message
from monitor.errors import Rejected
from tests.core.builders import BEGINNING, build_message, law

DECODER = msgspec.json.Decoder(Message)


def _check(message: Message, received_after_seconds: float = 0.0) -> None:
    check_message(
        message,
        received_at_seconds=BEGINNING.timestamp() + received_after_seconds,
        future_tolerance_seconds=300,
    )


def _reason(message: Message) -> str:
    with pytest.raises(Rejected) as refused:
        _check(message)
    return refused.value.reason


def test_a_plain_message_is_taken() -> None:
    _check(build_message())


@pytest.mark.parametrize("field", ["author", "customer"])
def test_either_handle_or_customer_id_is_enough(field: str) -> None:
    _check(build_message(**{"author": None, "customer": None, field: "ann"}))


def test_a_message_of_nobody_is_refused() -> None:
    assert _reason(build_message(author=None)) == "missing_author"


@pytest.mark.parametrize("text", ["", " ", "\n\t\u2003"])
def test_white_space_says_nothing(text: str) -> None:
    assert _reason(build_message(text)) == "empty_text"


@pytest.mark.parametrize("spoken", [{"rating": 1.0}, {"nps": 0}])
def test_a_rating_or_an_nps_speaks_without_a_text(spoken: dict[str, float]) -> None:
    _check(build_message("", **spoken))


def test_the_longest_text_is_taken_and_one_more_character_is_not() -> None:
    _check(build_message("a" * TEXT_MAX_CHARACTERS))
    assert _reason(build_message("a" * (TEXT_MAX_CHARACTERS + 1))) == "text_too_long"


@pytest.mark.parametrize("ahead_seconds", [0, 300, -1e9])
def test_the_past_and_the_tolerated_future_are_taken(ahead_seconds: float) -> None:
    _check(build_message(at=BEGINNING + timedelta(seconds=ahead_seconds)))


def test_a_time_beyond_the_tolerance_is_refused() -> None:
    assert _reason(build_message(at=BEGINNING + timedelta(seconds=301))) == "future_time"


@law
@given(st.text(min_size=5))
def test_a_refusal_never_quotes_the_text(text: str) -> None:
    message = build_message(text, author=None)
    with pytest.raises(Rejected) as refused:
        _check(message)
    assert str(refused.value) == "missing_author: neither `author` nor `customer` is given"


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "fax"},
        {"direction": "sideways"},
        {"stage": "lead"},
        {"at": "2026-01-01T00:00:00"},
        {"at": 1767225600},
        {"rating": 0.5},
        {"rating": 5.5},
        {"nps": 11},
        {"followers": -1},
        {"followers": 2**53},
        {"author": ""},
        {"author": "a" * 257},
        {"language": "English"},
        {"value": -1},
        {"permalink": "javascript:alert(1)"},
        {"permalink": "ftp://example.org/1"},
        {"permalink": "https://"},
        {"permalink": "https:///posts/1"},
        {"permalink": "https://ann:secret@example.org/"},
        {"permalink": "https://example.org/a b"},
        {"permalink": 'https://example.org/"onload='},
        {"permalink": "https://example.org/<script>"},
        {"permalink": "https://example.org/\n"},
        {"permalink": "https://example.org/é"},
        {"permalink": "https://example.org/" + "a" * 2048},
        {"unknown": 1},
    ],
    ids=lambda wrong: next(iter(wrong.items())),
)
def test_a_value_out_of_its_bounds_is_no_message(wrong: dict[str, object]) -> None:
    record = {"id": "1", "channel": "social", "at": "2026-01-01T00:00:00Z", "author": "a", "text": "t"}
    DECODER.decode(msgspec.json.encode(record))
    with pytest.raises(msgspec.ValidationError):
        DECODER.decode(msgspec.json.encode({**record, **wrong}))


@pytest.mark.parametrize(
    "permalink",
    [
        "http://example.org",
        "https://example.org:8443?id=1#c",
        "https://x.com/i/web/status/17",
        "https://shop.example/r/%C3%A9~a_b-c;d=[1]?q=a@b&x='y'(z)*,+!$",
    ],
)
def test_a_permalink_is_an_address_of_the_web(permalink: str) -> None:
    record = build_message(permalink=permalink)
    assert DECODER.decode(msgspec.json.encode(record)) == record


@law
@given(
    st.builds(
        build_message,
        st.text(),
        at=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.timezones()),  # noqa: DTZ001 - Hypothesis adds the zone
        rating=st.none() | st.floats(1, 5),
        nps=st.none() | st.integers(0, 10),
        followers=st.none() | st.integers(0, 2**53 - 1),
    )
)
def test_a_message_survives_its_own_json(message: Message) -> None:
    decoded = DECODER.decode(msgspec.json.encode(message))
    # Half a second of daylight saving and zones older than offsets in minutes are JSON's loss, not ours.
    assert abs(decoded.at - message.at) < timedelta(minutes=1)
    assert msgspec.structs.replace(decoded, at=message.at) == message
