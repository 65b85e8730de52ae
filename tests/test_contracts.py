"""The contracts of what Earshot writes: closed for its producer, open for its readers, and kept by later versions."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given

from monitor.contracts import CONTRACTS, consumer_schema, producer_schema
from monitor.core.scored import Scored, Tick
from monitor.records import DeadLetter, encode
from tests.contracts.examples import (
    FOLDER,
    FORGIVEN,
    choose_valid,
    decoder_of,
    list_shape,
    run_story,
    spoil,
)
from tests.core.builders import complain, event_lists, follow_all, law, scored_messages
from tests.test_records import DEAD_LETTERS, MOMENTS

GOLDEN: Final = Path(__file__).parent / "contracts" / "golden"
REGENERATE: Final = "regenerate with: python -m tests.contracts.examples"

#: Fields whose values are a closed list today.
CLOSED: Final = frozenset(
    {
        "kind",
        "state",
        "severity",
        "category",
        "complaint_severity",
        "channel",
        "direction",
        "stage",
        "reason",
        "unit",
    }
)

each_contract = pytest.mark.parametrize("contract", CONTRACTS)


def validator_of(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


PRODUCER: Final = {name: validator_of(producer_schema(name)) for name in CONTRACTS}
CONSUMER: Final = {name: validator_of(consumer_schema(name)) for name in CONTRACTS}
GOLDEN_CONSUMER: Final = {
    name: validator_of(json.loads((GOLDEN / "consumer" / f"{name}.v1.json").read_bytes()))
    for name in CONTRACTS
}


def list_files(folder: Path) -> list[Any]:
    """List the records in a folder, each with the name of its contract."""
    return [
        pytest.param(contract, path.read_bytes(), id=path.stem)
        for path in sorted(folder.glob("*.json"))
        if (contract := path.stem.partition(".")[0]) in CONTRACTS
    ]


def read_all(folder: str) -> dict[str, Any]:
    return {str(one.id): json.loads(one.values[1]) for one in list_files(FOLDER / folder)}


each_valid = pytest.mark.parametrize(("contract", "value"), list_files(FOLDER / "valid"))
each_invalid = pytest.mark.parametrize(("contract", "value"), list_files(FOLDER / "invalid"))
each_golden = pytest.mark.parametrize(("contract", "value"), list_files(GOLDEN))


@each_contract
def test_the_schemas_themselves_are_valid(contract: str) -> None:
    assert jsonschema_rs.meta.is_valid(producer_schema(contract))
    assert jsonschema_rs.meta.is_valid(consumer_schema(contract))


@each_contract
def test_there_are_examples_of_what_is_and_of_what_is_not(contract: str) -> None:
    def count(folder: str) -> int:
        return sum(name.startswith(f"{contract}.") for name in read_all(folder))

    assert count("valid") >= 3
    assert count("invalid") >= 4


@each_valid
def test_a_valid_example_is_valid_for_both_schemas_and_the_decoder(contract: str, value: bytes) -> None:
    PRODUCER[contract].validate(json.loads(value))
    CONSUMER[contract].validate(json.loads(value))
    assert json.loads(encode(decoder_of(contract)(value))) == json.loads(value)


@each_invalid
def test_no_producer_may_write_an_invalid_example(contract: str, value: bytes) -> None:
    assert not PRODUCER[contract].is_valid(json.loads(value))


@each_invalid
def test_a_reader_forgives_only_what_is_said_to_be_forgiven(
    contract: str, value: bytes, request: pytest.FixtureRequest
) -> None:
    fault = request.node.callspec.id.partition(".")[2]
    if fault in FORGIVEN:
        decoder_of(contract)(value)
        assert CONSUMER[contract].is_valid(json.loads(value))
    else:
        with pytest.raises(msgspec.MsgspecError):
            decoder_of(contract)(value)


def test_the_valid_examples_have_the_shape_of_what_the_worker_writes() -> None:
    written = {name: json.loads(record.value) for name, record in choose_valid(run_story()).items()}
    for name, example in read_all("valid").items():
        assert list_shape(written[name]) == list_shape(example), f"{name}: {REGENERATE}"


def test_each_invalid_example_is_one_fault_away_from_a_valid_one() -> None:
    assert read_all("invalid") == spoil(read_all("valid")), REGENERATE


@law
@given(scored_messages())
def test_every_scored_message_satisfies_its_schema(scored: Scored) -> None:
    check("scored", scored)


@law
@given(MOMENTS)
def test_every_tick_satisfies_its_schema(moment: datetime) -> None:
    check("tick", Tick(at=moment))


@law
@given(event_lists())
def test_every_alert_satisfies_its_schema(events: list[Scored | Tick]) -> None:
    for alert in follow_all(events)[1]:
        check("alert", alert)


def test_the_word_that_nobody_is_paged_satisfies_the_schema_of_alerts() -> None:
    (alert,) = follow_all([complain(0, 0, severity="blame", followers=9_000)])[1]
    check("alert", msgspec.structs.replace(alert, state="suppressed", cause="nobody is paged: too many"))


@law
@given(DEAD_LETTERS)
def test_every_dead_letter_satisfies_its_schema(letter: DeadLetter) -> None:
    check("dead-letter", letter)


def check(contract: str, record: msgspec.Struct) -> None:
    """Hold a record against the schema of today, and against what readers were once promised."""
    fields = json.loads(encode(record))
    PRODUCER[contract].validate(fields)
    GOLDEN_CONSUMER[contract].validate(fields)


@each_golden
def test_a_record_of_the_first_version_satisfies_the_schema_of_today(contract: str, value: bytes) -> None:
    PRODUCER[contract].validate(json.loads(value))
    assert json.loads(encode(decoder_of(contract)(value))) == json.loads(value)


@each_valid
def test_a_record_of_today_satisfies_the_reader_of_the_first_version(contract: str, value: bytes) -> None:
    GOLDEN_CONSUMER[contract].validate(json.loads(value))


@each_contract
def test_there_are_records_of_the_first_version(contract: str) -> None:
    assert sum(one.values[0] == contract for one in list_files(GOLDEN)) >= 3


@each_valid
def test_a_reader_takes_a_field_of_tomorrow_at_any_depth(contract: str, value: bytes) -> None:
    CONSUMER[contract].validate(_with_a_field_more(json.loads(value)))


def _with_a_field_more(part: object) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(part, list):
        return [_with_a_field_more(one) for one in part]
    if isinstance(part, dict):
        return {name: _with_a_field_more(one) for name, one in part.items()} | {"of_tomorrow": [1]}
    return part


@each_valid
def test_a_value_of_tomorrow_is_no_fault_to_a_reader_and_one_to_a_producer(
    contract: str, value: bytes
) -> None:
    record = json.loads(value)
    for field in CLOSED & record.keys():
        CONSUMER[contract].validate(record | {field: "of_tomorrow"})
        assert not PRODUCER[contract].is_valid(record | {field: "of_tomorrow"})


def test_a_reader_takes_an_alert_that_is_not_about_a_customer() -> None:
    alert = read_all("valid")["alert.detractor_firing"] | {"kind": "of_tomorrow"}
    for field in ("customer", "listeners", "category", "complaint_severity", "channel"):
        del alert[field]
    CONSUMER["alert"].validate(alert)


@pytest.mark.parametrize("state", ["firing", "updated", "resolved"])
def test_there_is_an_example_of_each_state_of_an_alert(state: str) -> None:
    alerts = [one for name, one in read_all("valid").items() if name.startswith("alert.")]
    assert state in {alert["state"] for alert in alerts}


def test_a_reader_of_one_contract_refuses_the_records_of_another() -> None:
    first = {contract: json.loads(value) for contract, value in (one.values for one in list_files(GOLDEN))}
    for contract, validator in CONSUMER.items():
        assert [other for other, record in first.items() if validator.is_valid(record)] == [contract]
