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
from typing import Any, Final, get_args

import msgspec
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from monitor.broker import EmbeddedBroker
from monitor.client import create_topics, read_topic
from monitor.core.alert import Alert, AlertKind
from monitor.core.crowd.bounds import TrendKind
from monitor.core.machine import Machine
from monitor.core.machines import FOLLOW, SURGE
from monitor.core.message import Message
from monitor.core.milestone import Milestone
from monitor.core.plan import Marker
from monitor.core.scored import Scored, Tick
from monitor.core.trend import Trend, TrendEvent
from monitor.records import decode_alert, decode_event, decode_trend, encode
from monitor.replay import Arrival, Replayed, replay
from monitor.resources import load_instruments, load_policy
from monitor.stream.changelog import CLAIM_KEY, MARKER_KEY
from monitor.topics import (
    ALERTS,
    BASELINES,
    DEAD_LETTERS,
    JOURNEYS,
    SCORED,
    TRENDS,
    Topic,
    declare_topics,
)
from tests.scenario import BEGINNING, EVENTS, SOURCE, Expected, Scenario, read_scenario, read_time

PSEUDONYM_KEY: Final = "scenario"
WAIT_SECONDS: Final = 60.0
#: Every scenario begins on the same weekday at midnight, as it does alone: a crowd has a rhythm, an office its hours.
WEEK: Final = timedelta(days=7)

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))
SCENARIOS = [read_scenario(file) for file in FILES]
INSTRUMENTS = load_instruments(PSEUDONYM_KEY.encode())
POLICY_FILE = Path(__file__).parent / "scenarios" / "policy.toml"
POLICY = load_policy(POLICY_FILE)

#: The kinds that are about many, and are told by their subject.
CROWDS: Final = get_args(TrendKind)
#: Several scenarios speak over these.
SHARED: Final = {SOURCE, EVENTS, "scenario.office"}
TOPICS: Final = sorted({step.topic for scenario in SCENARIOS for step in scenario.steps} | {SOURCE})

each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


class Live(msgspec.Struct):
    """What the live worker made of all scenarios, beside what the pure pipeline makes of the same sequence."""

    beginnings: dict[str, datetime]
    scored: list[Scored]
    alerts: list[Alert]
    trends: list[Trend | Tick]
    journeys: dict[str, bytes]
    baselines: dict[str, bytes]
    dead_letters: int
    pure: Replayed


def _list_messages(scenario: Scenario) -> list[Message | Milestone]:
    return [
        step.record
        for step in scenario.set_at(BEGINNING)
        if isinstance(step, Arrival) and not isinstance(step.record, bytes)
    ]


def _names(scenario: Scenario) -> dict[str, str]:
    return {INSTRUMENTS.pseudonyms.name(message): str(message.author) for message in _list_messages(scenario)}


def _list_subjects(scenario: Scenario) -> set[str]:
    """List what a scenario has for itself: brands and sources that stand in the subjects of crowds."""
    brands = {message.brand for message in _list_messages(scenario) if message.brand}
    return brands | {step.topic for step in scenario.steps if step.topic not in SHARED}


def _of_scenario(alerts: Iterable[Alert], scenario: Scenario) -> list[Alert]:
    names, subjects = _names(scenario), _list_subjects(scenario)
    return [
        alert
        for alert in alerts
        if alert.customer in names or (alert.kind in CROWDS and alert.subject.split("|")[1] in subjects)
    ]


def _split(expected: Iterable[Expected]) -> tuple[list[Expected], list[Expected]]:
    """Tell alerts about customers from those about crowds: two agents tell them, side by side."""
    both: tuple[list[Expected], list[Expected]] = ([], [])
    for one in expected:
        both[one.kind in CROWDS].append(one)
    return both


def _line_up() -> tuple[dict[str, datetime], list[Arrival | Tick]]:
    """Set every scenario to begin in a week after the end of the one before it."""
    beginnings: dict[str, datetime] = {}
    steps: list[Arrival | Tick] = []
    free = BEGINNING
    for scenario in SCENARIOS:
        first, last = scenario.span
        beginning = free + -(first // WEEK) * WEEK
        beginnings[scenario.name] = beginning
        steps += scenario.set_at(beginning)
        free = beginning + (last // WEEK + 1) * WEEK
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
        policy_file = "{POLICY_FILE}"
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
        """
        + "".join(
            f'\n[[source]]\ntopic = "{topic}"\nkind = "{"event" if topic == EVENTS else "message"}"'
            for topic in TOPICS
        )
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


def _feed(bootstrap: str, steps: Sequence[Arrival | Tick], scored_log: Iterator[Any]) -> int:
    """Put records and ticks into the log in their order; return the offset of the last scored record."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=False)
    # The embedded broker may hand out a record twice; an offset is one record.
    waiting, seen, ticked = 0, -1, -1
    speaking: str | None = None
    try:
        for step in (*steps, None):
            topic = step.topic if isinstance(step, Arrival) else None
            # Time passes, and another source speaks, only when everything before it stands in the log.
            if topic is None or topic != speaking:
                producer.flush()
                while waiting:
                    record = next(scored_log)
                    waiting -= record.offset > seen and not isinstance(decode_event(record.value), Tick)
                    seen = max(seen, record.offset)
            speaking = topic
            if isinstance(step, Arrival):
                received_ms = round(step.received_at.timestamp() * 1000)
                value = step.record if isinstance(step.record, bytes) else encode(step.record)
                producer.send(step.topic, value, partition=0, timestamp_ms=received_ms)
                waiting += not isinstance(step.record, bytes)
            elif step is not None:
                ticked = int(producer.send(SCORED, encode(step), partition=0).get(WAIT_SECONDS).offset)
    finally:
        producer.close()
    return max(seen, ticked)


def _read_state(changelog: Iterator[Any], last_offset: int) -> dict[str, bytes]:
    """Read the state until its marker says that its log has been worked to its end."""
    states: dict[str, bytes] = {}
    for record in changelog:
        if record.key == MARKER_KEY:
            if msgspec.msgpack.decode(record.value, type=Marker).next_offset > last_offset:
                break
        elif record.value is None:
            states.pop(record.key.decode(), None)
        elif record.key != CLAIM_KEY:
            states[record.key.decode()] = record.value
    return states


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    beginnings, steps = _line_up()
    with EmbeddedBroker() as broker:
        bootstrap = broker.bootstrap
        create_topics(bootstrap, (*declare_topics(1), *(Topic(name=name, partitions=1) for name in TOPICS)))
        with _run_worker(bootstrap, tmp_path_factory.mktemp("worker")) as worker:
            logs = [_Log(bootstrap, topic, worker) for topic in (SCORED, JOURNEYS, BASELINES)]
            scored_log, journal, baseline_journal = map(iter, logs)
            try:
                journeys = _read_state(journal, _feed(bootstrap, steps, scored_log))
                # Every trend was confirmed before the journeys were.
                trends = list(read_topic(bootstrap, TRENDS))
                baselines = _read_state(baseline_journal, trends[-1].offset)
            finally:
                for log in logs:
                    log.close()
        events = [decode_event(record.value or b"") for record in read_topic(bootstrap, SCORED)]
        return Live(
            beginnings=beginnings,
            scored=[event for event in events if isinstance(event, Scored)],
            alerts=[decode_alert(record.value or b"") for record in read_topic(bootstrap, ALERTS)],
            trends=[decode_trend(record.value or b"") for record in trends],
            journeys=journeys,
            baselines=baselines,
            dead_letters=len(list(read_topic(bootstrap, DEAD_LETTERS))),
            pure=replay(steps, INSTRUMENTS, POLICY),
        )


@each_scenario
def test_the_pure_pipeline_gives_the_alerts_that_the_scenario_tells(scenario: Scenario) -> None:
    replayed = replay(scenario.set_at(BEGINNING), INSTRUMENTS, POLICY)
    alerts = _of_scenario((*replayed.alerts, *replayed.crowd_alerts), scenario)
    told = scenario.tell(alerts, BEGINNING, _names(scenario))
    assert _split(told) == _split(scenario.alerts), scenario.title


@each_scenario
def test_a_live_worker_gives_the_alerts_that_the_scenario_tells(scenario: Scenario, live: Live) -> None:
    beginning = live.beginnings[scenario.name]
    until = beginning + scenario.span[1]
    alerts = [alert for alert in _of_scenario(live.alerts, scenario) if alert.at <= until]
    assert _split(scenario.tell(alerts, beginning, _names(scenario))) == _split(scenario.alerts), (
        scenario.title
    )


@each_scenario
def test_live_and_pure_alerts_of_a_scenario_are_the_same_in_every_field(
    scenario: Scenario, live: Live
) -> None:
    told = (*live.pure.alerts, *live.pure.crowd_alerts)
    in_live, in_pure = (_by_agent(_of_scenario(alerts, scenario)) for alerts in (live.alerts, told))
    assert in_live == in_pure


def _by_agent(alerts: Iterable[Alert]) -> list[Alert]:
    return sorted(alerts, key=lambda alert: alert.kind in CROWDS)


def test_live_and_pure_alerts_are_the_same_and_in_the_same_order(live: Live) -> None:
    assert _by_agent(live.alerts) == [*live.pure.alerts, *live.pure.crowd_alerts]


def test_live_and_pure_trends_are_the_same_in_every_field(live: Live) -> None:
    """Those of the sources and those of the journeys come from two agents, side by side."""

    def sort(trends: Iterable[TrendEvent | Tick]) -> list[TrendEvent | Tick]:
        return sorted(trends, key=lambda one: isinstance(one, Trend) and one.what in {"seen", "rejected"})

    assert sort(live.trends) == sort(live.pure.trends)


def test_live_and_pure_scores_are_the_same_in_every_field(live: Live) -> None:
    assert live.scored == list(live.pure.scored)


def test_live_and_pure_journeys_end_in_the_same_bytes(live: Live) -> None:
    assert live.journeys == live.pure.journeys


def test_live_and_pure_baselines_end_in_the_same_bytes(live: Live) -> None:
    assert live.baselines == live.pure.baselines


@pytest.mark.parametrize(("machine", "states"), [(FOLLOW, "journeys"), (SURGE, "baselines")])
def test_what_is_kept_is_what_it_is_restored_to(live: Live, machine: Machine[Any, Any], states: str) -> None:
    """Otherwise it would depend on how batches are cut: within one, a state is not decoded again."""
    for key, value in getattr(live.pure, states).items():
        assert machine.encode(machine.decode(key, value)) == value


def test_what_a_scenario_garbles_is_set_aside_and_nothing_else(live: Live) -> None:
    garbled = sum(isinstance(step.record, bytes) for scenario in SCENARIOS for step in scenario.steps)
    assert live.dead_letters == len(live.pure.rejected) == garbled


def test_every_alert_kind_fires_in_one_scenario_and_stays_silent_in_another() -> None:
    kinds = {alert.kind for scenario in SCENARIOS for alert in scenario.alerts}
    assert kinds == set(get_args(AlertKind))
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
        ("title\n---\n0h fan* x9 social hi\n---\nnothing\n", "x.txt:3: expected after how often: within"),
        ("title\n---\n0h tick\n---\n4h ann firing\n", "x.txt:5: expected: time, customer or subject, state"),
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


def test_what_is_said_often_stands_among_the_other_lines_by_its_times(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    file.write_text(
        'title\n---\n0h fan* x4 within 4h social "(cards|apps) (fail|crash)"\n2h tick\n1h ann chat "Late"\n'
        '3h garbage x2 within 1h "{" topic=shop\n---\nnothing\n'
    )
    told = [
        (
            step.at.total_seconds() / 3600,
            step.record["text"] if isinstance(step.record, dict) else step.record,
        )
        for step in read_scenario(file).steps
    ]
    assert told == [
        *((0, "cards fail"), (1, "apps fail"), (2, "cards crash"), (2, None), (1, "Late")),
        *((3, "apps crash"), (3, b"{"), (3.5, b"{")),
    ]
    names = [step.record["customer"] for step in read_scenario(file).steps if isinstance(step.record, dict)]
    assert names == ["x/fan1", "x/fan2", "x/fan3", "x/ann", "x/fan4"]
