"""Ten kinds of bad record among good ones: each is set aside whole and named, and the flow goes on."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kafka import KafkaProducer

from monitor.core.message import Message
from monitor.core.scored import Scored
from monitor.errors import RejectedReason
from monitor.records import decode_dead_letter, decode_event
from monitor.wire import encode_message
from tests.conftest import FreshName
from tests.kafka.chatter import EVENT_START, tell_messages
from tests.kafka.harness import Run
from tests.kafka.oracle import Oracle
from tests.kafka.topic_logs import Topics

_MARK = "swordfish"
#: All of them within the tolerance for future times, however soon they are sent.
_GOOD = list(islice(tell_messages(3, timedelta(milliseconds=100)), 600))


def _spoil(**changes: Any) -> bytes:  # noqa: ANN401 - any JSON value
    document = msgspec.json.decode(encode_message(_GOOD[0]))
    return msgspec.json.encode({**document, "id": "bad", **changes})


def _leave_out(*fields: str) -> bytes:
    document = msgspec.json.decode(encode_message(_GOOD[0]))
    return msgspec.json.encode({name: value for name, value in document.items() if name not in fields})


#: What stands in the source topic, and the reason for which it must be set aside.
BAD: list[tuple[RejectedReason, bytes | None]] = [
    ("not_json", f'{{"id": "{_MARK}'.encode()),
    ("wrong_type", _spoil(followers=_MARK, text=[_MARK])),
    ("empty_text", _spoil(text=" \n\t ")),
    ("future_time", _spoil(at=(EVENT_START + timedelta(days=3650)).isoformat())),
    ("text_too_long", _spoil(text=f"{_MARK} " * 210_000)),
    ("invalid_unicode", _spoil().replace(b'"bad"', rb'"\ud83d bad"')),
    ("unknown_value", _spoil(channel=_MARK)),
    ("missing_author", _leave_out("author", "customer")),
    ("null_value", None),
    ("too_deep", _spoil(text="§").replace('"§"'.encode(), b"[" * 100_000 + b"]" * 100_000)),
]


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture(params=["embedded_broker", pytest.param("apache_kafka", marks=pytest.mark.kafka)])
def run(request: pytest.FixtureRequest, tmp_path: Path, fresh_name: FreshName) -> Iterator[Run]:
    """Make a run on each of the brokers, with the tolerance for future times that ships."""
    broker = request.getfixturevalue(request.param)
    on_kafka = request.param == "apache_kafka"
    # Joining a group takes the embedded broker its whole rebalance timeout.
    with Run(
        broker.bootstrap,
        tmp_path,
        fresh_name("posts"),
        idempotent=on_kafka,
        future_tolerance_seconds=300,
        rebalance_timeout_seconds=10 if on_kafka else 2,
    ) as one:
        yield one


def test_each_bad_record_is_set_aside_whole_and_unquoted_and_no_good_one_is_lost(
    run: Run, oracle: Oracle
) -> None:
    bad = _send_mixed(run, _GOOD[:500])
    worker = run.start_worker()
    run.drain()
    # The flow goes on: what comes after the bad ones is scored as before.
    _send_mixed(run, _GOOD[500:], bad=[])
    run.drain()
    assert worker.terminate() == 0, run.describe()
    topics = run.read_topics()
    figures = oracle.judge(topics)
    print(figures)
    assert figures.records == len(_GOOD) + len(BAD)
    assert _read_scored_ids(topics) == {message.id for message in _GOOD}
    letters = [decode_dead_letter(record.value) for log in topics.letters.values() for record in log]
    assert {(letter.partition, letter.offset): (letter.reason, letter.payload) for letter in letters} == bad
    for letter in letters:
        assert letter.topic == run.source
        assert letter.size_bytes == len(letter.payload or b"")
        assert letter.detail
        assert _MARK not in letter.detail
    assert _MARK not in worker.read_log(), "a log must never quote a message"
    _require_named_by_their_place(topics)


def _send_mixed(
    run: Run, good: list[Message], bad: list[tuple[RejectedReason, bytes | None]] = BAD
) -> dict[tuple[int, int], tuple[RejectedReason, bytes | None]]:
    """Send the bad ones spread among the good ones; return reason and payload by place in the source topic."""
    with closing(
        KafkaProducer(
            bootstrap_servers=run.bootstrap,
            enable_idempotence=run.is_idempotent,
            max_request_size=4 * 1024 * 1024,
        )
    ) as producer:
        gap = len(good) // (len(bad) + 1)
        sent = []
        for number, message in enumerate(good):
            place, rest = divmod(number, gap)
            if not rest and 0 < place <= len(bad):
                reason, value = bad[place - 1]
                sent.append(((reason, value), producer.send(run.source, key=b"%d" % place, value=value)))
            producer.send(run.source, key=str(message.customer).encode(), value=encode_message(message))
        producer.flush()
        assert len(sent) == len(bad)
        return {(place.get().partition, place.get().offset): what for what, place in sent}


def _read_scored_ids(topics: Topics) -> set[str]:
    events = (decode_event(record.value) for log in topics.scored.values() for record in log)
    return {event.id for event in events if isinstance(event, Scored)}


def _require_named_by_their_place(topics: Topics) -> None:
    for log in topics.letters.values():
        for record in log:
            letter = decode_dead_letter(record.value)
            assert record.key == f"{letter.topic}:{letter.partition}:{letter.offset}".encode()
