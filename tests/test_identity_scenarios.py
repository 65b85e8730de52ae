"""Every scenario of links and erasures ends in the alerts that it tells, and the same ones come from a live worker.

The worker keeps four partitions: a journey that is handed over, and a word that is forwarded, goes from one to another.
Ticks, and what is scored before a link was known, come from here.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import pytest
from kafka import KafkaProducer

from monitor.broker import EmbeddedBroker
from monitor.client import create_topics, read_topic
from monitor.core.alert import Alert
from monitor.core.held import Grave
from monitor.core.identity import Identities
from monitor.core.identity_record import Identity
from monitor.core.machines import FOLLOW
from monitor.core.message import Message
from monitor.core.pipeline import score
from monitor.core.scored import Erasure, Forward, KeyedEvent, Link, Origin, Scored, Tick, Transfer
from monitor.records import decode_alert, decode_event, describe_event, encode
from monitor.replay import Arrival, Replayed, replay
from monitor.resources import load_instruments, load_policy
from monitor.topics import ALERTS, DEAD_LETTERS, IDENTITIES, SCORED, Topic, declare_topics
from monitor.wire import encode_message, message_of
from tests.kafka.processes import WorkerProcess
from tests.kafka.topic_logs import Journal, Log
from tests.scenario import BEGINNING, SOURCE, Scenario, read_scenario

PARTITIONS: Final = 4
STRAGGLERS: Final = "straggler"
PSEUDONYM_KEY: Final = "identities"
WAIT_SECONDS: Final = 60.0
DAY: Final = timedelta(days=1)

FILES: Final = sorted((Path(__file__).parent / "scenarios" / "identity").glob("*.txt"))
SCENARIOS: Final = [read_scenario(file) for file in FILES]
INSTRUMENTS: Final = load_instruments(PSEUDONYM_KEY.encode())
POLICY: Final = load_policy()

Step = Arrival | Link | Erasure | Scored | Tick

each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


class Live(msgspec.Struct):
    """What the live worker made of all scenarios, beside what the pure pipeline makes of the same sequence."""

    events: list[KeyedEvent | Tick]
    alerts: list[Alert]
    states: dict[str, bytes]
    dead_letters: int
    pure: Replayed


def hide(scenario: Scenario, who: str) -> str:
    """Give the pseudonym of a name in a scenario."""
    identifier = f"social:{scenario.name}/{who}" if who.startswith("@") else f"customer:{scenario.name}/{who}"
    return INSTRUMENTS.pseudonyms.name_identifier(identifier)


def list_names(scenario: Scenario) -> dict[str, str]:
    """Return the name behind each pseudonym of a scenario."""
    said = [step.record for step in scenario.steps if isinstance(step.record, dict)]
    authors = {
        str(record["author"]).removeprefix(f"{scenario.name}/") for record in said if "author" in record
    }
    linked = {str(record[field]) for record in said for field in ("name", "customer") if "name" in record}
    return {hide(scenario, who): who for who in authors | linked}


def place(scenario: Scenario, beginning: datetime, identities: Identities) -> Iterator[Step]:
    """Set a scenario to begin then; an erasure is of every name that stands for the customer, as the command's is."""
    now = beginning
    for number, step in enumerate(scenario.steps):
        at = beginning + step.at
        now = max(now, at)
        record = step.record
        if record is None:
            yield Tick(at=at)
        elif step.topic == IDENTITIES:
            assert isinstance(record, dict)
            name, origin = hide(scenario, record["name"]), Origin(IDENTITIES, 0, number)
            if record["customer"] is None:
                for one in identities.list_names(identities.resolve(name)):
                    identities.learn(one, None, at.timestamp())
                    yield Erasure(customer=one, at=at, origin=origin)
            else:
                canonical = hide(scenario, record["customer"])
                identities.learn(name, canonical, at.timestamp())
                yield Link(
                    customer=name, canonical=None if name == canonical else canonical, at=at, origin=origin
                )
        else:
            assert isinstance(record, dict)
            message = message_of({**record, "at": at.isoformat()})
            if step.topic == STRAGGLERS:
                instruments = msgspec.structs.replace(INSTRUMENTS, identities=Identities())
                origin = Origin(f"{STRAGGLERS}.{scenario.name}", 0, number)
                yield score(message, origin, at.timestamp(), instruments, POLICY)
            else:
                yield Arrival(SOURCE, now, message)


def line_up() -> tuple[dict[str, datetime], list[Step]]:
    """Set every scenario to begin on a day after the end of the one before it."""
    beginnings: dict[str, datetime] = {}
    steps: list[Step] = []
    free = BEGINNING
    for scenario in SCENARIOS:
        beginnings[scenario.name] = free
        steps += number_origins(place(scenario, free, Identities()), len(steps))
        free += (scenario.span[1] // DAY + 1) * DAY
    return beginnings, steps


def number_origins(steps: Iterable[Step], first: int) -> Iterator[Step]:
    """Give what is said of identities places in the order of the log."""
    for number, step in enumerate(steps, first):
        if isinstance(step, Link | Erasure):
            yield msgspec.structs.replace(step, origin=Origin(IDENTITIES, 0, number))
        else:
            yield step


class Feed:
    """Puts the steps into a broker in their order: what is not a message waits until all before it is followed."""

    def __init__(self, bootstrap: str, worker: WorkerProcess) -> None:
        self._worker = worker
        self._producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=False)
        self._scored = Log(bootstrap, SCORED)
        self._journal = Journal(bootstrap)
        self._sent = 0
        self._taken: set[Origin] = set()

    def play(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if not isinstance(step, Arrival):
                self.settle()
            self._send(step)
            if not isinstance(step, Arrival):
                self.settle()
        self.settle()

    def settle(self) -> None:
        """Wait until everything sent stands in the scored log, and all of that is followed."""
        self._producer.flush()
        self._worker.wait_for("all to be followed", self._is_settled, WAIT_SECONDS)

    def close(self) -> None:
        for one in (self._producer, self._scored, self._journal):
            one.close()

    def _is_settled(self) -> bool:
        assert self._worker.exit_code is None, self._worker.read_tail()
        self._journal.read_on()
        for records in self._scored.read_on().values():
            for record in records:
                event = decode_event(record.value)
                if not isinstance(event, Tick | Transfer | Forward):
                    self._taken.add(event.origin)
        return len(self._taken) >= self._sent and all(
            not records or self._journal.read_marker(partition).next_offset > records[-1].offset
            for partition, records in self._scored.records.items()
        )

    def _send(self, step: Step) -> None:
        send = self._producer.send
        match step:
            case Tick():
                for partition in range(PARTITIONS):
                    send(SCORED, encode(step), partition=partition)
                return
            case Scored():
                send(SCORED, encode(step), key=step.customer.encode(), headers=describe_event(step))
            case Arrival():
                assert isinstance(step.record, Message)
                send(step.topic, encode_message(step.record), partition=0)
            case Link() | Erasure():
                value = None
                if isinstance(step, Link):
                    value = encode(Identity(name=step.customer, customer=step.canonical))
                moment_ms = int(step.at.timestamp() * 1000)
                send(IDENTITIES, value, key=step.customer.encode(), timestamp_ms=moment_ms)
        self._sent += 1


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    _, steps = line_up()
    folder = tmp_path_factory.mktemp("worker")
    with EmbeddedBroker() as broker:
        bootstrap = broker.bootstrap
        create_topics(bootstrap, (*declare_topics(PARTITIONS), Topic(name=SOURCE, partitions=1)))
        config = folder / "monitor.toml"
        config.write_text(write_settings(bootstrap))
        worker = WorkerProcess(config, folder / "worker.log")
        try:
            with closing(Feed(bootstrap, worker)) as feed:
                feed.play(steps)
            assert worker.terminate() == 0
        except BaseException:
            worker.kill()
            print(worker.read_log()[-5000:], file=sys.stderr)
            raise
        with closing(Journal(bootstrap)) as journal:
            restored = journal.restore().states.values()
            states = {key: value for partition in restored for key, value in partition.items()}
        return Live(
            events=[decode_event(record.value or b"") for record in read_topic(bootstrap, SCORED)],
            # One without a value takes back what was said of an erased customer.
            alerts=[decode_alert(record.value) for record in read_topic(bootstrap, ALERTS) if record.value],
            states=states,
            dead_letters=len(list(read_topic(bootstrap, DEAD_LETTERS))),
            pure=replay(steps, INSTRUMENTS, POLICY),
        )


def write_settings(bootstrap: str) -> str:
    return f"""
        [kafka]
        bootstrap = "{bootstrap}"
        replication = 1
        idempotent = false
        [worker]
        partitions = {PARTITIONS}
        tick_seconds = 0
        metrics_port = 0
        rebalance_timeout_seconds = 2
        session_timeout_seconds = 6
        [privacy]
        pseudonym_key = "{PSEUDONYM_KEY}"
        [[source]]
        topic = "{SOURCE}"
        preset = "canonical"
        """


def by_id(alerts: Iterable[Alert]) -> dict[tuple[str, int], Alert]:
    """Partitions are followed side by side: nobody promises the order of alerts of different ones."""
    return {
        (alert.id, alert.sequence): msgspec.structs.replace(alert, received_at=BEGINNING) for alert in alerts
    }


@each_scenario
def test_the_pure_pipeline_gives_the_alerts_that_the_scenario_tells(scenario: Scenario) -> None:
    replayed = replay(number_origins(place(scenario, BEGINNING, Identities()), 0), INSTRUMENTS, POLICY)
    assert replayed.rejected == (), scenario.title
    assert scenario.tell(replayed.alerts, BEGINNING, list_names(scenario)) == scenario.alerts, scenario.title


@each_scenario
def test_a_live_worker_gives_the_same_alerts_in_every_field(scenario: Scenario, live: Live) -> None:
    names = list_names(scenario)
    told, expected = (
        by_id(alert for alert in alerts if alert.customer in names)
        for alerts in (live.alerts, live.pure.alerts)
    )
    assert told == expected, scenario.title


def test_live_and_pure_states_end_in_the_same_bytes(live: Live) -> None:
    assert live.states == live.pure.journeys


def test_nothing_is_set_aside(live: Live) -> None:
    assert live.dead_letters == 0


def test_journeys_and_words_went_from_one_partition_to_another(live: Live) -> None:
    """Otherwise this would show no more than one partition does."""
    kinds = {type(event) for event in live.events}
    assert kinds >= {Transfer, Forward}


def test_of_who_was_erased_nothing_but_a_grave_is_left_in_the_state(live: Live) -> None:
    for scenario in SCENARIOS:
        for step in scenario.steps:
            record = step.record
            if step.topic != IDENTITIES or not isinstance(record, dict) or record["customer"] is not None:
                continue
            name = hide(scenario, record["name"])
            found = {
                key: value for key, value in live.states.items() if name in key or name.encode() in value
            }
            assert found.keys() <= {name}
            assert all(isinstance(FOLLOW.decode(key, value), Grave) for key, value in found.items())
