"""Whatever bytes arrive, they become a message or one named reason; no third thing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.message import TEXT_MAX_CHARACTERS, check_message
from monitor.errors import REJECTED_REASONS, Rejected
from monitor.wire import NESTING_MAX, decode_json, decode_message, encode_message

#: A law speaks of results; how fast a shared machine makes the examples is none of its business.
law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

GOOD: dict[str, Any] = {
    "id": "m-1",
    "channel": "social",
    "at": "2026-01-12T08:15:30Z",
    "text": "Late again.",
    "author": "maria_k",
}
RECEIVED_AT = datetime(2026, 1, 12, 8, 16, tzinfo=UTC).timestamp()


def with_(**fields: Any) -> bytes:  # noqa: ANN401 - any JSON value, on purpose
    return json.dumps(GOOD | fields).encode()


def without(field: str) -> bytes:
    return json.dumps({name: value for name, value in GOOD.items() if name != field}).encode()


def rejection_of(value: bytes | None) -> Rejected:
    with pytest.raises(Rejected) as caught:
        check_message(decode_message(value), received_at_seconds=RECEIVED_AT, future_tolerance_seconds=300)
    return caught.value


BAD = {
    "not JSON": (b"GET / HTTP/1.1", "not_json"),
    "an empty value": (b"", "not_json"),
    "JSON cut short": (with_()[:-2], "not_json"),
    "two documents": (with_() + with_(), "not_json"),
    "NaN, which JSON does not have": (with_(rating=float("nan")), "not_json"),
    "a number for a text": (with_(text=5), "wrong_type"),
    "an array for the record": (b"[]", "wrong_type"),
    "null for the record": (b"null", "wrong_type"),
    "a time without an offset": (with_(at="2026-01-12T08:15:30"), "wrong_type"),
    "a time as a number": (with_(at=1768205730), "wrong_type"),
    "a rating out of scale": (with_(rating=6), "wrong_type"),
    "a number beyond any scale": (with_()[:-1] + b',"value":1e999}', "wrong_type"),
    "an empty author": (with_(author=""), "wrong_type"),
    "an empty text": (with_(text=" \n"), "empty_text"),
    "a future time": (with_(at="2026-01-12T08:21:01Z"), "future_time"),
    "a text of 2 MB": (with_(text="x" * 2_000_000), "text_too_long"),
    "half of a surrogate pair": (with_(text="\ud800"), "invalid_unicode"),
    "the other half": (with_(brand="\udc00 x"), "invalid_unicode"),
    "a surrogate in raw UTF-8": (with_(text="?").replace(b"?", b"\xed\xa0\x80"), "invalid_unicode"),
    "bytes that are not UTF-8": (with_(text="?").replace(b"?", b"\xff"), "invalid_unicode"),
    "an unknown channel": (with_(channel="fax"), "unknown_value"),
    "an unknown field": (with_(sentiment=1), "unknown_value"),
    "a missing author": (without("author"), "missing_author"),
    "a missing id": (without("id"), "missing_field"),
    "no value": (None, "null_value"),
    "arrays 100,000 deep": (b"[" * 100_000 + b"]" * 100_000, "too_deep"),
    "objects 100,000 deep in a field": (
        with_(text="?").replace(b'"?"', b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        "too_deep",
    ),
    "brackets 100,000 deep that never close": (b'{"id":' * 100_000, "too_deep"),
}


@pytest.mark.parametrize(("value", "reason"), BAD.values(), ids=BAD)
def test_a_bad_record_gives_its_reason(value: bytes | None, reason: str) -> None:
    assert rejection_of(value).reason == reason


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        (with_(at=5), "`at`: expected a time with an offset, like 2026-01-31T12:00:00Z, got a number"),
        (with_(nps=11), "`nps`: expected a whole number from 0 to 10, got one out of bounds"),
        (without("text"), "`text` is missing: expected a string"),
        (with_(chanel="x"), "the record has a field that no message has; did you mean `channel`?"),
        (with_(stage="lead"), "`stage`: expected one of customer, former, prospect, purchase"),
    ],
)
def test_a_detail_names_the_field_and_what_it_takes(value: bytes, detail: str) -> None:
    assert rejection_of(value).detail == detail


@law
@given(
    secret=st.text(st.characters(categories=["L"]), min_size=8),
    field=st.sampled_from(["channel", "at", "nps", "language", "stage", "followers"]),
)
def test_a_detail_never_quotes_the_record(secret: str, field: str) -> None:
    secret = f"⟪{secret}⟫"
    for value in (with_(**{field: secret}), with_(**{secret: 1}), with_(**{f"{secret}` - at `$.id`": 1})):
        assert secret not in str(rejection_of(value))


def test_a_text_at_the_limit_is_taken_and_one_more_character_is_not() -> None:
    assert decode_message(with_(text="x" * TEXT_MAX_CHARACTERS)).text
    assert rejection_of(with_(text="x" * (TEXT_MAX_CHARACTERS + 1))).reason == "text_too_long"


def test_a_paired_surrogate_escape_is_one_character() -> None:
    assert decode_message(with_(text="😀")).text == "😀"


@pytest.mark.parametrize("depth", [NESTING_MAX, NESTING_MAX + 1])
def test_nesting_is_bounded_at_the_same_depth_whatever_the_stack(depth: int) -> None:
    value = b"[" * depth + b"]" * depth
    if depth <= NESTING_MAX:
        decode_json(value)
    else:
        with pytest.raises(Rejected, match="too_deep"):
            decode_json(value)


def test_brackets_inside_strings_do_not_nest() -> None:
    assert decode_message(with_(text='[{"\\' * 5000)).text.startswith("[{")


def test_a_million_stray_quotes_do_not_slow_the_reason_down() -> None:
    assert rejection_of(b"[" * 100 + b'"' + b'\\"' * 500_000).reason == "too_deep"
    assert rejection_of(b'"' + b'\\"[' * 300_000).reason == "not_json"


@law
@given(st.one_of(st.binary(), st.binary().map(lambda cut: with_()[:-1] + b',"text":"' + cut + b'"}')))
def test_any_bytes_decode_or_are_rejected_for_a_reason_of_the_closed_list(value: bytes) -> None:
    for decode in (decode_message, decode_json):
        try:
            decode(value)
        except Rejected as rejected:
            assert rejected.reason in REJECTED_REASONS  # noqa: PT017 - a third outcome is what fails


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@law
@given(st.dictionaries(st.sampled_from([*GOOD, "rating", "nps", "followers", "value", "x"]), json_values))
def test_any_json_in_any_field_decodes_or_is_rejected(fields: dict[str, Any]) -> None:
    try:
        message = decode_message(with_(**fields))
    except Rejected as rejected:
        assert rejected.detail  # noqa: PT017 - a third outcome is what fails
    else:
        assert decode_message(encode_message(message)) == message


@law
@given(st.text(st.characters(categories=["L", "Cs", "P"])))
def test_no_lone_surrogate_reaches_the_core(text: str) -> None:
    try:
        message = decode_message(with_(text=text))
    except Rejected as rejected:
        assert rejected.reason == "invalid_unicode"  # noqa: PT017 - a third outcome is what fails
    else:
        message.text.encode()
