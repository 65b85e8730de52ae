"""The real Apache Kafka that the tests control."""

from pathlib import Path

import pytest

from monitor.client import create_topics, read_topic, send_lines
from monitor.client.connection import require_reachable
from monitor.errors import BrokerError
from monitor.topics import Topic
from tests.conftest import FreshName
from tests.kafka.cluster import ApacheKafka, KafkaUnavailable, find_classpath


@pytest.mark.kafka
def test_confirmed_records_and_the_address_outlive_a_kill_and_a_restart(
    apache_kafka: ApacheKafka, fresh_name: FreshName
) -> None:
    topic = fresh_name("durable")
    address = apache_kafka.bootstrap
    create_topics(address, [Topic(name=topic, partitions=2)])
    send_lines(address, topic, [b"%d" % number for number in range(1000)])
    apache_kafka.kill()
    try:
        with pytest.raises(BrokerError, match="no Kafka at"):
            require_reachable(address)
    finally:
        apache_kafka.start()
    assert len(list(read_topic(address, topic))) == 1000
    apache_kafka.restart()
    assert apache_kafka.bootstrap == address
    assert len(list(read_topic(address, topic))) == 1000


def test_a_kafka_home_without_kafka_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAFKA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", _path_with(tmp_path, "java"))
    with pytest.raises(KafkaUnavailable, match=r"KAFKA_HOME is set, but there is no kafka_\*\.jar"):
        find_classpath()


def test_without_maven_the_reason_names_what_was_looked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("KAFKA_HOME", raising=False)
    monkeypatch.setenv("PATH", _path_with(tmp_path, "java"))
    with pytest.raises(KafkaUnavailable, match="MONITOR_TEST_BOOTSTRAP, KAFKA_HOME and mvn"):
        find_classpath()


def _path_with(folder: Path, program: str) -> str:
    (folder / program).write_text("#!/bin/sh\n")
    (folder / program).chmod(0o755)
    return str(folder)
