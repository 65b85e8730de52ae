"""What `read_topic` yields and when it stops."""

import threading
from itertools import islice

import pytest

from monitor.broker import EmbeddedBroker
from monitor.client import create_topics, read_topic, send_lines
from monitor.errors import BrokerError
from monitor.topics import Topic
from tests.conftest import Broker, FreshName


def _fill(broker: Broker, topic: str, count: int, partitions: int = 2) -> None:
    create_topics(broker.bootstrap, [Topic(name=topic, partitions=partitions)])
    send_lines(
        broker.bootstrap, topic, [b"%d" % number for number in range(count)], idempotent=broker.idempotent
    )


def test_without_follow_it_reads_all_there_is_and_stops(each_broker: Broker, fresh_name: FreshName) -> None:
    topic = fresh_name("read")
    _fill(each_broker, topic, 2000)
    records = list(read_topic(each_broker.bootstrap, topic))
    assert sorted(int(record.value or b"") for record in records) == list(range(2000))


def test_an_empty_topic_ends_without_records(each_broker: Broker, fresh_name: FreshName) -> None:
    topic = fresh_name("empty")
    _fill(each_broker, topic, 0)
    assert list(read_topic(each_broker.bootstrap, topic)) == []


def test_each_partition_is_read_in_its_order(each_broker: Broker, fresh_name: FreshName) -> None:
    topic = fresh_name("order")
    _fill(each_broker, topic, 1000)
    seen: dict[int, list[int]] = {}
    for record in read_topic(each_broker.bootstrap, topic):
        seen.setdefault(record.partition, []).append(record.offset)
    assert all(offsets == list(range(len(offsets))) for offsets in seen.values())


def test_following_yields_what_is_sent_later(each_broker: Broker, fresh_name: FreshName) -> None:
    topic = fresh_name("follow")
    _fill(each_broker, topic, 3)
    records = read_topic(each_broker.bootstrap, topic, follow=True, for_seconds=30)
    assert len(list(islice(records, 3))) == 3
    send_lines(each_broker.bootstrap, topic, [b'"late"'], idempotent=each_broker.idempotent)
    assert next(records).value == b'"late"'
    records.close()


@pytest.mark.kafka
def test_from_now_on_leaves_out_what_was_there_before(kafka: str, fresh_name: FreshName) -> None:
    # Not on the embedded broker, whose end offsets are too low.
    topic = fresh_name("now")
    _fill(Broker(kafka, idempotent=True), topic, 500)
    found = threading.Event()

    def send_until_found() -> None:
        while not found.is_set():
            send_lines(kafka, topic, [b'"new"'])

    sender = threading.Thread(target=send_until_found)
    sender.start()
    try:
        first = next(read_topic(kafka, topic, from_beginning=False, follow=True, for_seconds=30))
    finally:
        found.set()
        sender.join()
    assert first.value == b'"new"'


def test_for_seconds_ends_a_follow(embedded_broker: EmbeddedBroker) -> None:
    create_topics(embedded_broker.bootstrap, [Topic(name="quiet", partitions=1)])
    assert list(read_topic(embedded_broker.bootstrap, "quiet", follow=True, for_seconds=0.2)) == []


def test_a_missing_topic_is_an_error(each_broker: Broker, fresh_name: FreshName) -> None:
    with pytest.raises(BrokerError, match="there is no topic"):
        next(read_topic(each_broker.bootstrap, fresh_name("none")))


def test_a_broker_that_goes_away_ends_a_follow_with_an_error() -> None:
    with EmbeddedBroker() as broker:
        create_topics(broker.bootstrap, [Topic(name="lost", partitions=1)])
        send_lines(broker.bootstrap, "lost", [b"1"], idempotent=False)
        records = read_topic(broker.bootstrap, "lost", follow=True, for_seconds=60)
        next(records)
        broker.stop()
        with pytest.raises(BrokerError, match="no Kafka at"):
            next(records)
