"""What `send_lines` sends, leaves out and reports."""

import msgspec
import pytest

from monitor.client import create_topics, read_topic, send_lines
from monitor.errors import BrokerError
from monitor.topics import Topic
from tests.conftest import Broker, FreshName


def _make_topic(broker: Broker, name: str, partitions: int = 3) -> str:
    create_topics(broker.bootstrap, [Topic(name=name, partitions=partitions)])
    return name


def test_every_line_arrives_once_and_unchanged(each_broker: Broker, fresh_name: FreshName) -> None:
    topic = _make_topic(each_broker, fresh_name("sent"))
    lines = [f'{{"n": {number}, "text": "caf\u00e9"}}'.encode() for number in range(3000)]
    report = send_lines(each_broker.bootstrap, topic, lines, idempotent=each_broker.idempotent)
    assert report.sent == 3000
    assert report.faults == ()
    assert sorted(record.value or b"" for record in read_topic(each_broker.bootstrap, topic)) == sorted(lines)


def test_lines_that_are_not_json_are_left_out_and_named_by_number(
    each_broker: Broker, fresh_name: FreshName
) -> None:
    topic = _make_topic(each_broker, fresh_name("mixed"))
    lines = [b'{"n":1}\n', b"{broken\n", b"\n", b'"\xff"', b"[" * 50_000, b'"\\ud800"', b'{"n":2}']
    report = send_lines(each_broker.bootstrap, topic, lines, idempotent=each_broker.idempotent)
    assert report.sent == 2
    assert [fault.line for fault in report.faults] == [2, 4, 5, 6]
    assert all(fault.reason.startswith("not JSON") for fault in report.faults)
    assert len(list(read_topic(each_broker.bootstrap, topic))) == 2


def test_a_line_above_the_topics_limit_is_left_out_without_its_neighbours(
    each_broker: Broker, fresh_name: FreshName
) -> None:
    topic = _make_topic(each_broker, fresh_name("limited"), partitions=1)
    lines = [b'{"n":1}', b'"%s"' % (b"x" * 2_000_000), b'{"n":2}']
    report = send_lines(each_broker.bootstrap, topic, lines, idempotent=each_broker.idempotent)
    assert report.sent == 2
    assert [fault.line for fault in report.faults] == [2]


def test_records_of_one_key_keep_their_order(each_broker: Broker, fresh_name: FreshName) -> None:
    topic = _make_topic(each_broker, fresh_name("keyed"))
    lines = [b'{"who":"%d","n":%d}' % (number % 5, number) for number in range(500)]
    send_lines(
        each_broker.bootstrap,
        topic,
        lines,
        idempotent=each_broker.idempotent,
        key_of=lambda document: str(document["who"]).encode(),
    )
    seen: dict[bytes | None, list[int]] = {}
    for record in read_topic(each_broker.bootstrap, topic):
        seen.setdefault(record.key, []).append(msgspec.json.decode(record.value or b"")["n"])
    assert len(seen) == 5
    assert all(numbers == sorted(numbers) for numbers in seen.values())


def test_a_missing_topic_is_an_error_before_anything_is_sent(
    each_broker: Broker, fresh_name: FreshName
) -> None:
    with pytest.raises(BrokerError, match="there is no topic"):
        send_lines(each_broker.bootstrap, fresh_name("none"), [b"1"], idempotent=each_broker.idempotent)
