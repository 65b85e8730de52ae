"""Creating and checking topics, on the embedded broker and on a real Kafka."""

import pytest

from monitor.broker import EmbeddedBroker
from monitor.client import check_topics, create_topics, list_topics
from monitor.errors import BrokerError
from monitor.topics import Topic, declare_topics
from tests.conftest import Broker, FreshName


def test_every_declared_topic_is_created_in_its_shape(each_broker: Broker) -> None:
    declared = declare_topics(3)
    create_topics(each_broker.bootstrap, declared)
    check_topics(each_broker.bootstrap, declared)
    shapes = {shape.name: shape for shape in list_topics(each_broker.bootstrap)}
    for topic in declared:
        assert shapes[topic.name].partitions == topic.partitions
        assert shapes[topic.name].config.items() >= topic.config.items()


def test_creating_twice_reports_what_was_there(each_broker: Broker, fresh_name: FreshName) -> None:
    one = Topic(name=fresh_name("one"), partitions=1)
    other = Topic(name=fresh_name("other"), partitions=1)
    assert create_topics(each_broker.bootstrap, [one]).created == (one.name,)
    again = create_topics(each_broker.bootstrap, [one, other])
    assert again.created == (other.name,)
    assert again.existing == (one.name,)


def test_a_wrong_partition_count_is_refused_with_both_numbers(
    each_broker: Broker, fresh_name: FreshName
) -> None:
    name = fresh_name("narrow")
    create_topics(each_broker.bootstrap, [Topic(name=name, partitions=2)])
    with pytest.raises(BrokerError, match=rf"{name} .* has 2 partitions and must have 5: set partitions = 2"):
        create_topics(each_broker.bootstrap, [Topic(name=name, partitions=5)])


def test_a_wrong_cleanup_policy_is_refused_with_the_command_that_corrects_it(
    each_broker: Broker, fresh_name: FreshName
) -> None:
    name = fresh_name("changelog")
    create_topics(each_broker.bootstrap, [Topic(name=name, partitions=1)])
    wanted = Topic(name=name, partitions=1, config={"cleanup.policy": "compact"})
    with pytest.raises(BrokerError, match=rf"must have compact: kafka-configs.sh .*--topic {name}"):
        check_topics(each_broker.bootstrap, [wanted])


def test_the_order_of_cleanup_policies_does_not_matter(each_broker: Broker, fresh_name: FreshName) -> None:
    name = fresh_name("alerts")
    config = {"cleanup.policy": "delete,compact"}
    create_topics(each_broker.bootstrap, [Topic(name=name, partitions=1, config=config)])
    check_topics(
        each_broker.bootstrap, [Topic(name=name, partitions=1, config={"cleanup.policy": "compact,delete"})]
    )


def test_a_topic_that_takes_too_small_records_is_refused(each_broker: Broker, fresh_name: FreshName) -> None:
    name = fresh_name("small")
    create_topics(each_broker.bootstrap, [Topic(name=name, partitions=1)])
    wanted = Topic(name=name, partitions=1, config={"max.message.bytes": "8388608"})
    with pytest.raises(BrokerError, match="must take 8388608"):
        check_topics(each_broker.bootstrap, [wanted])


def test_nothing_is_created_when_one_topic_is_wrong(embedded_broker: EmbeddedBroker) -> None:
    create_topics(embedded_broker.bootstrap, [Topic(name="wrong", partitions=1)])
    with pytest.raises(BrokerError, match="wrong"):
        create_topics(
            embedded_broker.bootstrap, [Topic(name="new", partitions=1), Topic(name="wrong", partitions=2)]
        )
    assert [shape.name for shape in list_topics(embedded_broker.bootstrap)] == ["wrong"]


def test_missing_topics_are_all_named(each_broker: Broker, fresh_name: FreshName) -> None:
    names = [fresh_name("missing"), fresh_name("missing")]
    with pytest.raises(BrokerError, match=", ".join(names)):
        check_topics(each_broker.bootstrap, [Topic(name=name, partitions=1) for name in names])


@pytest.mark.kafka
def test_more_replicas_than_brokers_are_refused_with_the_setting_to_change(
    kafka: str, fresh_name: FreshName
) -> None:
    with pytest.raises(BrokerError, match=r"Set replication under \[kafka\]"):
        create_topics(kafka, [Topic(name=fresh_name("replicated"), partitions=1, replication=99)])


@pytest.mark.kafka
def test_a_name_that_kafka_refuses_is_reported_in_its_words(kafka: str) -> None:
    with pytest.raises(BrokerError, match=r"cannot create two words .* Topic name is invalid"):
        create_topics(kafka, [Topic(name="two words", partitions=1)])
