"""Every scenario ends in the alerts that it tells: in the pure pipeline, and the same ones from a live worker.

One worker on the embedded broker takes all scenarios, one after the other in event time; the pure pipeline takes the
identical sequence. The ticks come from here, so that both see time pass at the same places of the log.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from monitor.broker import EmbeddedBroker
from monitor.client import create_topics, read_topic
from monitor.core.alert import Alert
from monitor.core.kinds import KINDS
from monitor.core.message import Message
from monitor.core.partition import Marker
from monitor.core.scored import Scored, Tick
from monitor.records import decode_alert, decode_event, encode
from monitor.replay import Replayed, replay
from monitor.resources import load_instruments, load_policy
from monitor.stream.changelog import CLAIM_KEY, MARKER_KEY
from monitor.topics import ALERTS, DEAD_LETTERS, JOURNEYS, SCORED, Topic, declare_topics
from monitor.wire import encode_message
from tests.scenario import BEGINNING, Scenario, read_scenario, read_time

SOURCE: Final = "scenario"
PSEUDONYM_KEY: Final = "scenario"
WAIT_SECONDS: Final = 60.0
#: Between the end of one scenario and the beginning of the next.
GAP: Final = timedelta(hours=1)

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))
SCENARIOS = [read_scenario(file) for file in FILES]
INSTRUMENTS = load_instruments(PSEUDONYM_KEY.encode())
POLICY = load_policy()

Kind = TypeVar("Kind", Alert, Scored)

each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


class Live(msgspec.Struct):
    """What the live worker made of all scenarios, beside what the pure pipeline makes of the same sequence."""

    beginnings: dict[str, datetime]
    scored: list[Scored]
    alerts: list[Alert]
    journeys: dict[str, bytes]
    dead_letters: int
    pure: Replayed


def _names(scenario: Scenario) -> dict[str, str]:
    steps = scenario.set_at(BEGINNING)
    return {
        INSTRUMENTS.pseudonyms.name(step): str(step.author) for step in steps if isinstance(step, Message)
    }


def _without_arrival(records: Iterable[Kind]) -> list[Kind]:
    return [msgspec.structs.replace(record, received_at=BEGINNING) for record in records]


def _of_scenario(alerts: Iterable[Alert], scenario: Scenario, beginning: datetime) -> list[Alert]:
    names, end = _names(scenario), beginning + scenario.span[1]
    return [alert for alert in alerts if alert.customer in names and alert.at <= end]


def _line_up() -> tuple[dict[str, datetime], list[Message | Tick]]:
    """Set every scenario to begin after the end of the one before it."""
    beginnings: dict[str, datetime] = {}
    steps: list[Message | Tick] = []
    free = BEGINNING
    for scenario in SCENARIOS:
        first, last = scenario.span
        beginnings[scenario.name] = free - first
        steps += scenario.set_at(free - first)
        free += last - first + GAP
    return beginnings, steps


class _Log:
    """Reads one partition of one topic as it grows."""

    def __init__(self, bootstrap: str, topic: str, worker: "subprocess.Popen[bytes]") -> None:
        self._consumer = KafkaConsumer(
            bootstrap_servers=bootstrap,
            group_id=None,
            enable_auto_commit=False,
            # The embedded broker lets a fetch wait its time out, whatever arrives meanwhile.
            fetch_max_wait_ms=20,
        )
        self._worker = worker
        place = TopicPartition(topic, 0)
        self._consumer.assign([place])
        self._consumer.seek_to_beginning(place)

    def __iter__(self) -> Iterator[Any]:
        """Yield record after record; fail when the worker has ended or nothing comes for a minute."""
        heard = time.monotonic()
        while time.monotonic() - heard < WAIT_SECONDS:
            assert self._worker.poll() is None, "the worker has ended"
            for batch in self._consumer.poll(timeout_ms=200).values():
                yield from batch
                heard = time.monotonic()
        pytest.fail(f"nothing came for {WAIT_SECONDS:.0f} s")

    def close(self) -> None:
        self._consumer.close()


@contextmanager
def _run_worker(bootstrap: str, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    config = folder / "monitor.toml"
    config.write_text(
        f"""
        [kafka]
        bootstrap = "{bootstrap}"
        replication = 1
        idempotent = false
        [worker]
        partitions = 1
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
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
    with (folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "monitor", "worker", "--config", str(config)], env=environment, stderr=log
        )
        try:
            yield worker
        except BaseException:
            worker.kill()
            worker.wait()
            print((folder / "worker.log").read_text()[-5000:], file=sys.stderr)
            raise
        worker.terminate()
        assert worker.wait(WAIT_SECONDS) == 0


def _feed(bootstrap: str, steps: Sequence[Message | Tick], scored_log: Iterator[Any]) -> int:
    """Put messages and ticks into the log in their order; return the offset of the last scored record."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=False)
    # The embedded broker may hand out a record twice; an offset is one record.
    waiting, seen, ticked = 0, -1, -1
    try:
        for step in (*steps, None):
            if isinstance(step, Message):
                producer.send(SOURCE, encode_message(step), partition=0)
                waiting += 1
                continue
            # Time passes only when everything said before it stands in the log.
            producer.flush()
            while waiting:
                record = next(scored_log)
                waiting -= record.offset > seen and isinstance(decode_event(record.value), Scored)
                seen = max(seen, record.offset)
            if step is not None:
                ticked = int(producer.send(SCORED, encode(step), partition=0).get(WAIT_SECONDS).offset)
    finally:
        producer.close()
    return max(seen, ticked)


def _read_journeys(changelog: Iterator[Any], last_scored: int) -> dict[str, bytes]:
    """Read the state until its marker says that the scored log has been followed to its end."""
    journeys: dict[str, bytes] = {}
    for record in changelog:
        if record.key == MARKER_KEY:
            if msgspec.msgpack.decode(record.value, type=Marker).next_offset > last_scored:
                break
        elif record.key != CLAIM_KEY:
            journeys[record.key.decode()] = record.value
    return journeys


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    beginnings, steps = _line_up()
    with EmbeddedBroker() as broker:
        bootstrap = broker.bootstrap
        create_topics(bootstrap, (*declare_topics(1), Topic(name=SOURCE, partitions=1)))
        with _run_worker(bootstrap, tmp_path_factory.mktemp("worker")) as worker:
            scored_log, changelog = _Log(bootstrap, SCORED, worker), _Log(bootstrap, JOURNEYS, worker)
            try:
                last_scored = _feed(bootstrap, steps, iter(scored_log))
                journeys = _read_journeys(iter(changelog), last_scored)
            finally:
                scored_log.close()
                changelog.close()
        events = [decode_event(record.value or b"") for record in read_topic(bootstrap, SCORED)]
        return Live(
            beginnings=beginnings,
            scored=[event for event in events if isinstance(event, Scored)],
            alerts=[decode_alert(record.value or b"") for record in read_topic(bootstrap, ALERTS)],
            journeys=journeys,
            dead_letters=len(list(read_topic(bootstrap, DEAD_LETTERS))),
            pure=replay(steps, INSTRUMENTS, POLICY, topic=SOURCE),
        )


@each_scenario
def test_the_pure_pipeline_gives_the_alerts_that_the_scenario_tells(scenario: Scenario) -> None:
    replayed = replay(scenario.set_at(BEGINNING), INSTRUMENTS, POLICY)
    assert replayed.rejected == (), scenario.title
    assert scenario.tell(replayed.alerts, BEGINNING, _names(scenario)) == scenario.alerts, scenario.title


@each_scenario
def test_a_live_worker_gives_the_alerts_that_the_scenario_tells(scenario: Scenario, live: Live) -> None:
    beginning = live.beginnings[scenario.name]
    alerts = _of_scenario(live.alerts, scenario, beginning)
    assert scenario.tell(alerts, beginning, _names(scenario)) == scenario.alerts, scenario.title


@each_scenario
def test_live_and_pure_alerts_of_a_scenario_are_the_same_in_every_field(
    scenario: Scenario, live: Live
) -> None:
    names = _names(scenario)
    in_live = [alert for alert in live.alerts if alert.customer in names]
    in_pure = [alert for alert in live.pure.alerts if alert.customer in names]
    assert _without_arrival(in_live) == _without_arrival(in_pure)


def test_live_and_pure_alerts_are_the_same_and_in_the_same_order(live: Live) -> None:
    assert _without_arrival(live.alerts) == _without_arrival(live.pure.alerts)


def test_live_and_pure_scores_are_the_same_in_every_field(live: Live) -> None:
    assert _without_arrival(live.scored) == _without_arrival(live.pure.scored)


def test_live_and_pure_journeys_end_in_the_same_bytes(live: Live) -> None:
    assert live.journeys == live.pure.journeys


def test_no_message_of_a_scenario_is_set_aside(live: Live) -> None:
    assert live.dead_letters == 0
    assert live.pure.rejected == ()


def test_every_alert_kind_fires_in_one_scenario_and_stays_silent_in_another() -> None:
    kinds = {alert.kind for scenario in SCENARIOS for alert in scenario.alerts}
    assert kinds == set(KINDS)
    for kind in kinds:
        told = [any(alert.kind == kind for alert in scenario.alerts) for scenario in SCENARIOS]
        assert any(told)
        assert not all(told)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title\n---\n0h tick\n", "x.txt: expected a title"),
        ("title\n---\nsoon tick\n---\nnothing\n", "x.txt:3: 'soon' is no time"),
        ("title\n---\n0h ann social\n---\nnothing\n", "x.txt:3: expected: time, customer, channel, text"),
        ("title\n---\n0h tick\n---\n4h ann firing\n", "x.txt:5: expected: time, customer, state, kind"),
    ],
)
def test_a_wrong_scenario_is_refused_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "x.txt"
    file.write_text(text)
    with pytest.raises(ValueError, match=problem):
        read_scenario(file)


def test_times_are_read_as_people_write_them() -> None:
    assert read_time("3h59m") == timedelta(hours=3, minutes=59)
    assert read_time("-2d") == -timedelta(days=2)
