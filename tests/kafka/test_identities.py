"""Links and transfers under faults on a real Kafka: whoever dies in the middle, every word counts once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from kafka import KafkaProducer

from monitor.core.held import Forwarding
from monitor.core.identity import Identities, Pseudonyms
from monitor.core.identity_record import Identity
from monitor.core.journey import Journey
from monitor.core.machine import Place
from monitor.core.machines import FOLLOW
from monitor.core.policy import Policy
from monitor.core.scored import Forward, KeyedEvent, Link, Scored, Tick, Transfer
from monitor.records import decode_event, encode
from monitor.replay import work_log
from monitor.resources import load_policy
from monitor.topics import IDENTITIES, SCORED
from monitor.wire import decode_message
from tests.conftest import FreshName
from tests.kafka.chatter import CUSTOMERS_AT_A_TIME, MESSAGES_PER_CUSTOMER
from tests.kafka.cluster import ApacheKafka
from tests.kafka.harness import PARTITIONS, PSEUDONYM_KEY, Run
from tests.kafka.topic_logs import Journal, Log, Topics

pytestmark = pytest.mark.kafka

PER_SECOND: Final = 150.0
KILLS: Final = 8
PSEUDONYMS: Final = Pseudonyms(PSEUDONYM_KEY.encode())
#: Links settle soon, so that within the test words go both ways: over the old name, and straight to the customer.
POLICY_TEXT: Final = "[identity]\nsettled_after_seconds = 2\n"


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY_TEXT)
    return file


@pytest.fixture
def run(apache_kafka: ApacheKafka, tmp_path: Path, fresh_name: FreshName, policy_file: Path) -> Iterator[Run]:
    with Run(apache_kafka.bootstrap, tmp_path, fresh_name("posts"), policy_file=policy_file) as run:
        yield run


class Linker:
    """Links each customer of the chatter to the next one but every fourth, while they talk: pairs become one."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
        self.identities = Identities()
        self.names: list[str] = []
        self.linked = 0

    def link(self, count: int) -> None:
        for _ in range(count):
            name, canonical = (
                PSEUDONYMS.name_identifier(f"customer:customer-{number}")
                for number in (2 * self.linked + 1, 2 * self.linked)
            )
            self.linked += 1
            self.names.append(name)
            self.identities.learn(name, canonical, 0)
            value = encode(Identity(name=name, customer=canonical))
            self._producer.send(IDENTITIES, value, key=name.encode())
        self._producer.flush()

    def close(self) -> None:
        self._producer.close()


def test_kills_in_the_middle_of_links_and_transfers_lose_nothing_and_count_nothing_twice(
    run: Run, policy_file: Path
) -> None:
    dice = Random(11)
    feeder = run.feed(PER_SECOND)
    workers = [run.start_worker(), run.start_worker()]
    with (
        closing(Linker(run.bootstrap)) as linker,
        closing(Log(run.bootstrap, SCORED)) as scored,
        closing(Journal(run.bootstrap)) as journal,
    ):
        for _ in range(KILLS):
            wait_for_growth(run, scored, 200)
            # Half of those who talk now: they go on talking under both names.
            talking = len(feeder.sent) // MESSAGES_PER_CUSTOMER + CUSTOMERS_AT_A_TIME // 2
            linker.link(max(4, talking // 2 - linker.linked))
            log: Any = dice.choice((journal, scored))
            wait_for_growth(run, log, dice.randint(1, 25))
            workers.pop(0).kill()
            workers.append(run.start_worker())
        wait_for_growth(run, scored, 200)
        sent = feeder.finish()
        run.drain()
        wait_until_handed_on(run)
        assert [worker.terminate() for worker in workers] == [0, 0], run.describe()
        figures = judge(run.read_topics(), linker.identities, load_policy(policy_file))
    print({"sent": sent, "linked": linker.linked, **figures})
    assert figures["transfers"] == linker.linked
    assert figures["merged"] > 0
    assert figures["forwards"] > 0
    assert figures["straight"] > 0


def wait_for_growth(run: Run, log: Any, records: int) -> None:  # noqa: ANN401 - a log or a changelog
    target = log.count() + records
    run.wait_for(f"{records} further records", lambda: log.count() >= target, 60.0)


def wait_until_handed_on(run: Run) -> None:
    """Wait until whatever is handed on has arrived, and is followed."""
    with closing(Log(run.bootstrap, SCORED)) as scored, closing(Journal(run.bootstrap)) as journal:

        def is_followed() -> bool:
            journal.read_on()
            scored.read_on()
            return all(
                journal.read_marker(partition).next_offset > record.offset
                for partition, records in scored.records.items()
                for record in records[-200:]
                if not isinstance(decode_event(record.value), Tick)
            )

        run.wait_for("the markers behind everything handed on", is_followed, 60.0)


def judge(topics: Topics, identities: Identities, policy: Policy) -> dict[str, int]:
    """Hold state and what was handed on against the pure pipeline, and the counts against the source alone."""
    logs = {
        partition: [(record.offset, decode_event(record.value)) for record in log]
        for partition, log in topics.scored.items()
    }
    handed: dict[tuple[int, int], KeyedEvent] = {}
    kinds: Counter[type] = Counter()
    states: dict[str, Any] = {}
    for partition, log in logs.items():
        marker = topics.journeys.markers[partition]
        events = [(offset, event) for offset, event in log if offset < marker.next_offset]
        replayed, plan = work_log(FOLLOW, Place(SCORED, partition, PARTITIONS), events, policy)
        assert not plan.failures
        assert topics.journeys.states[partition] == replayed.states, f"journeys of partition {partition}"
        assert marker == replayed.marker
        handed |= {(event.origin.partition, event.origin.offset): event for event in plan.handed}
        states |= {key: FOLLOW.decode(key, value) for key, value in replayed.states.items()}
    arrived = {
        (event.origin.partition, event.origin.offset): event
        for log in logs.values()
        for _, event in log
        if isinstance(event, Transfer | Forward)
    }
    assert arrived == handed
    kinds.update(type(event) for event in handed.values())
    judge_counts(topics, identities, states)
    names = {
        (partition, record.offset): PSEUDONYMS.name(decode_message(record.value))
        for partition, log in topics.source.items()
        for record in log
    }
    links = {event.origin for log in logs.values() for _, event in log if isinstance(event, Link)}
    repeats = sum(isinstance(event, Scored) for log in logs.values() for _, event in log) - sum(
        map(len, topics.source.values())
    )
    return {
        "links": len(links),
        "transfers": kinds[Transfer],
        "merged": sum(isinstance(one, Transfer) and one.journey is not None for one in handed.values()),
        "forwards": kinds[Forward],
        "straight": sum(
            isinstance(event, Scored) and event.customer != names[event.origin.partition, event.origin.offset]
            for log in logs.values()
            for _, event in log
        ),
        "scored_again": repeats,
    }


def judge_counts(topics: Topics, identities: Identities, states: dict[str, Any]) -> None:
    """Each customer has said what the source says that all their names have said, and each name leads to them."""
    said: Counter[str] = Counter()
    for log in topics.source.values():
        for record in log:
            said[identities.resolve(PSEUDONYMS.name(decode_message(record.value)))] += 1
    counted = {
        name: held.messages for name, held in states.items() if isinstance(held, Journey) and held.messages
    }
    assert counted == said
    for name, held in states.items():
        if isinstance(held, Forwarding):
            assert held.canonical == identities.resolve(name)
