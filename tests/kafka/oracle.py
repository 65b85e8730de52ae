"""What the topics of a run must hold, computed by the pure pipeline from the source log alone; no broker here."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar

import msgspec
from kafka.partitioner.default import murmur2

from monitor.core.alert import Alert
from monitor.core.journey import Journey
from monitor.core.machine import Event, Machine, Place, State
from monitor.core.machines import FOLLOW, SURGE
from monitor.core.pipeline import follow, score
from monitor.core.plan import Plan
from monitor.core.policy import Policy
from monitor.core.scored import Origin, Scored, Tick
from monitor.records import decode_dead_letter, decode_event, decode_trend, encode
from monitor.replay import work_log
from monitor.resources import load_instruments, load_policy
from monitor.topics import SCORED, TRENDS
from monitor.wire import decode_message
from tests.kafka.harness import PARTITIONS, POLICY, PSEUDONYM_KEY
from tests.kafka.topic_logs import Restored, Topics
from tests.kafka.trend_oracle import judge_trends

AlertKey = tuple[str, int]
One = TypeVar("One")


class Figures(msgspec.Struct, frozen=True):
    """What a run amounted to."""

    records: int
    letters: int
    ticks: int
    customers: int
    subjects: int
    trends: int
    alerts: int
    crowd_alerts: int
    told_by_ticks: int
    scored_duplicates: int
    alert_duplicates: int
    claims: int
    void_entries: int
    void_keys: int


class Oracle:
    """Judges runs; built once, because the instruments take a while."""

    def __init__(self) -> None:
        with NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(POLICY)
            file.flush()
            self._policy: Policy = load_policy(Path(file.name))
        self._instruments = load_instruments(PSEUDONYM_KEY.encode())

    def judge(self, run: Topics) -> Figures:
        """Assert that scored log, state and alerts are what the pure pipeline makes of the source log."""
        scored, duplicates = self._judge_scored(run)
        followed = self._judge_state(
            "journeys", run.journeys, FOLLOW, SCORED, _decode(run.scored, decode_event)
        )
        judge_trends(run, followed)
        surged = self._judge_state(
            "baselines", run.baselines, SURGE, TRENDS, _decode(run.trends, decode_trend)
        )
        alerts, crowd_alerts = _list_alerts(followed), _list_alerts(surged)
        alert_duplicates = _judge_alerts(run, alerts | crowd_alerts)
        self._judge_alerts_without_ticks(scored, alerts)
        return Figures(
            records=sum(map(len, run.source.values())),
            letters=sum(map(len, run.letters.values())),
            ticks=sum(
                isinstance(decode_event(record.value), Tick) for log in run.scored.values() for record in log
            ),
            customers=sum(map(len, run.journeys.states.values())),
            subjects=sum(map(len, run.baselines.states.values())),
            trends=sum(map(len, run.trends.values())),
            alerts=len(alerts),
            crowd_alerts=len(crowd_alerts),
            told_by_ticks=sum(msgspec.json.decode(value).get("trigger") is None for value in alerts.values()),
            scored_duplicates=duplicates,
            alert_duplicates=alert_duplicates,
            claims=run.journeys.claims + run.baselines.claims,
            void_entries=run.journeys.void_entries + run.baselines.void_entries,
            void_keys=run.journeys.void_keys + run.baselines.void_keys,
        )

    def _judge_scored(self, run: Topics) -> tuple[list[Scored], int]:
        """Hold each scored partition, repeats removed, against the source records that belong there.

        Sources interleave as they please; each keeps its own order.
        """
        set_aside = {
            (letter.partition, letter.offset)
            for log in run.letters.values()
            for letter in (decode_dead_letter(record.value) for record in log)
        }
        scored: list[Scored] = []
        expected: defaultdict[tuple[int, int], list[tuple[int, bytes]]] = defaultdict(list)
        for partition, log in run.source.items():
            for record in log:
                if (partition, record.offset) in set_aside:
                    continue
                origin = Origin(record.topic, partition, record.offset)
                message = decode_message(record.value)
                one = score(message, origin, record.timestamp / 1000, self._instruments, self._policy)
                scored.append(one)
                target = (murmur2(one.customer.encode()) & 0x7FFFFFFF) % PARTITIONS
                expected[target, partition].append((record.offset, encode(one)))
        found, duplicates = _remove_repeats(run.scored)
        assert found.keys() == expected.keys()
        for place, sequence in expected.items():
            _require_equal(f"scored partition, source partition {place}", found[place], sequence)
        return scored, duplicates

    def _judge_state(
        self,
        what: str,
        restored: Restored,
        machine: Machine[State, Event],
        topic: str,
        logs: dict[int, list[tuple[int, Event | Tick]]],
    ) -> dict[int, Plan]:
        """Hold state and markers against a replay of their log; return what each partition of it tells."""
        plans: dict[int, Plan] = {}
        for partition, log in logs.items():
            marker = restored.markers[partition]
            events = [(offset, event) for offset, event in log if offset < marker.next_offset]
            place = Place(topic, partition, PARTITIONS)
            replayed, plans[partition] = work_log(machine, place, events, self._policy)
            assert marker == replayed.marker, f"marker of {what}, partition {partition}"
            _require_equal(
                f"{what} of partition {partition}",
                sorted(restored.states[partition].items()),
                sorted(replayed.states.items()),
            )
        return plans

    def _judge_alerts_without_ticks(self, scored: Iterable[Scored], alerts: dict[AlertKey, bytes]) -> None:
        """Hold the alerts that no tick can influence against a run without any: no fault may move them.

        A journey without a case has no clock, so the complaint that opens a customer's first case is such.
        """
        told = list(self._follow_until_first_case(scored))
        assert told, "no first complaint fires an alert at once: this judges nothing"
        for alert in told:
            assert alerts.get((alert.id, alert.sequence)) == encode(alert), alert

    def _follow_until_first_case(self, scored: Iterable[Scored]) -> Iterator[Alert]:
        journeys: dict[str, Journey | None] = {}
        for one in scored:
            known = journeys.get(one.customer)
            if known is None or known.case is None:
                journeys[one.customer], alerts = follow(known, one, self._policy)
                yield from alerts


def _list_alerts(plans: dict[int, Plan]) -> dict[AlertKey, bytes]:
    alerts: dict[AlertKey, bytes] = {}
    for alert in chain.from_iterable(plan.alerts for plan in plans.values()):
        key = (alert.id, alert.sequence)
        assert key not in alerts, f"the pure pipeline tells {key} twice: {alert}"
        alerts[key] = encode(alert)
    return alerts


def _judge_alerts(run: Topics, expected: dict[AlertKey, bytes]) -> int:
    """Hold the alert topic against the replay's; an alert may stand there twice if it is the same to the byte."""
    copies: Counter[AlertKey] = Counter()
    for log in run.alerts.values():
        for record in log:
            told = msgspec.json.decode(record.value)
            key = (told["id"], told["sequence"])
            assert record.key == told["id"].encode()
            assert key in expected, f"an alert that the pure pipeline does not know: {record.value!r}"
            assert record.value == expected[key], f"{record.value!r}\nis not\n{expected[key]!r}"
            copies[key] += 1
    missing = expected.keys() - copies.keys()
    assert not missing, f"{len(missing)} alerts are not on the topic, like {expected[min(missing)]!r}"
    return copies.total() - len(copies)


def _remove_repeats(
    scored: dict[int, list[Any]],
) -> tuple[defaultdict[tuple[int, int], list[tuple[int, bytes]]], int]:
    """Keep the first of each origin, by scored and source partition; a repeat must equal it to the byte."""
    found: defaultdict[tuple[int, int], list[tuple[int, bytes]]] = defaultdict(list)
    duplicates = 0
    for partition, log in scored.items():
        first: dict[Origin, bytes] = {}
        for record in log:
            event = decode_event(record.value)
            if isinstance(event, Tick):
                continue
            known = first.setdefault(event.origin, record.value)
            if known is record.value:
                found[partition, event.origin.partition].append((event.origin.offset, record.value))
            else:
                assert known == record.value, f"{event.origin} was scored twice, with different results"
                duplicates += 1
    return found, duplicates


def _decode(logs: dict[int, list[Any]], decode: Callable[[bytes], One]) -> dict[int, list[tuple[int, One]]]:
    return {
        partition: [(record.offset, decode(record.value)) for record in log]
        for partition, log in logs.items()
    }


def _require_equal(what: str, found: list[Any], expected: list[Any]) -> None:
    """Name the first difference; a diff of thousands of entries helps nobody."""
    for place, (one, other) in enumerate(zip(found, expected, strict=False)):
        assert one == other, f"{what}, entry {place}: found\n{one!r}\nexpected\n{other!r}"
    assert len(found) == len(expected), f"{what}: {len(found)} entries, expected {len(expected)}"
