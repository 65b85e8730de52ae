"""What is committed is what is generated; the message's schema, its examples and its decoder say the same."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.contracts import contracts, message_schema, milestone_schema
from monitor.core.message import CHANNELS, STAGES, Message, check_message
from monitor.core.milestone import check_milestone
from monitor.errors import Rejected
from monitor.wire import MILESTONE, decode_message, encode_message

SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"
LATE = datetime(2100, 1, 1, tzinfo=UTC).timestamp()

#: A law speaks of results; how fast a shared machine makes the examples is none of its business.
law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

validator = jsonschema_rs.Draft202012Validator(message_schema(), validate_formats=True)


milestone_validator = jsonschema_rs.Draft202012Validator(milestone_schema(), validate_formats=True)


def examples(folder: str, form: str = "message") -> list[Any]:
    paths = sorted((SCHEMAS / "examples" / folder).glob(f"{form}.*.json"))
    return [pytest.param(path.read_bytes(), id=path.stem) for path in paths]


def accepts(value: bytes) -> bool:
    try:
        check_message(decode_message(value), received_at_seconds=LATE, future_tolerance_seconds=0)
    except Rejected:
        return False
    return True


def accepts_milestone(value: bytes) -> bool:
    try:
        check_milestone(MILESTONE.decode(value), received_at_seconds=LATE, future_tolerance_seconds=0)
    except Rejected:
        return False
    return True


@pytest.mark.parametrize("name", contracts(SCHEMAS))
def test_the_committed_contract_is_the_generated_one(name: str) -> None:
    committed = (SCHEMAS / name).read_text(encoding="utf-8")
    assert committed == contracts(SCHEMAS)[name], "regenerate with: python -m monitor.contracts schemas"


def test_the_schema_itself_is_valid() -> None:
    assert jsonschema_rs.meta.is_valid(message_schema())


@pytest.mark.parametrize("value", examples("valid"))
def test_a_valid_example_is_valid_for_schema_and_decoder(value: bytes) -> None:
    validator.validate(json.loads(value))
    assert accepts(value)


@pytest.mark.parametrize("value", examples("invalid"))
def test_an_invalid_example_is_invalid_for_schema_and_decoder(value: bytes) -> None:
    assert not validator.is_valid(json.loads(value))
    assert not accepts(value)


def test_there_are_examples_of_every_channel_and_of_both_directions() -> None:
    valid = [decode_message(example.values[0]) for example in examples("valid")]
    assert {message.channel for message in valid} == set(CHANNELS)
    assert {message.direction for message in valid} == {"inbound", "outbound"}
    assert len(examples("invalid")) >= 8


@pytest.mark.parametrize("value", examples("valid", "milestone"))
def test_a_valid_milestone_is_valid_for_schema_and_decoder(value: bytes) -> None:
    milestone_validator.validate(json.loads(value))
    assert accepts_milestone(value)


@pytest.mark.parametrize("value", examples("invalid", "milestone"))
def test_an_invalid_milestone_is_invalid_for_schema_and_decoder(value: bytes) -> None:
    assert not milestone_validator.is_valid(json.loads(value))
    assert not accepts_milestone(value)


texts = st.text(st.characters(codec="utf-8"))
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=256)
counts = st.integers(0, 2**53 - 1)
messages = st.builds(
    Message,
    id=names,
    channel=st.sampled_from(CHANNELS),
    at=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive by its contract
    text=texts,
    direction=st.sampled_from(["inbound", "outbound"]),
    author=st.none() | names,
    customer=st.none() | names,
    stage=st.none() | st.sampled_from(STAGES),
    rating=st.none() | st.floats(1, 5),
    nps=st.none() | st.integers(0, 10),
    followers=st.none() | counts,
    helpful=st.none() | counts,
    language=st.none() | st.from_regex(r"\A[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z"),
    value=st.none() | st.floats(0, 1e12),
)


@law
@given(messages)
def test_every_message_round_trips(message: Message) -> None:
    assert decode_message(encode_message(message)) == message


@law
@given(messages)
def test_every_message_that_is_accepted_satisfies_the_schema(message: Message) -> None:
    value = encode_message(message)
    assert validator.is_valid(json.loads(value)) or not accepts(value)


@law
@given(
    st.fixed_dictionaries(
        {"id": st.just("m"), "channel": st.just("chat"), "at": st.just("2026-01-01T00:00:00Z")},
        optional={
            "text": st.just("slow") | st.integers(),
            "author": st.none() | st.text(max_size=2),
            "customer": st.none() | st.just("C-1"),
            "rating": st.none() | st.floats(0, 6) | st.text(max_size=1),
            "nps": st.none() | st.integers(-1, 11),
            "likes": st.none() | st.integers(-1, 2**54),
            "language": st.none() | st.text("aA-1", max_size=5),
            "stage": st.none() | st.sampled_from(["former", "lead"]),
            "extra": st.none(),
        },
    )
)
def test_schema_and_decoder_judge_alike(record: dict[str, Any]) -> None:
    assert validator.is_valid(record) == accepts(json.dumps(record).encode())
