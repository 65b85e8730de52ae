"""What the topics of a run must hold, computed by the pure pipeline from the source log alone; no broker here."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from kafka.partitioner.default import murmur2

from monitor.core.alert import Alert
from monitor.core.journey import Journey
from monitor.core.machines import FOLLOW, Place
from monitor.core.pipeline import follow, score
from monitor.core.policy import Policy
from monitor.core.scored import Origin, Scored, Tick
from monitor.records import decode_dead_letter, decode_event, encode
from monitor.replay import work_log
from monitor.resources import load_instruments, load_policy
from monitor.topics import SCORED
from monitor.wire import decode_message
from tests.kafka.harness import PARTITIONS, PSEUDONYM_KEY
from tests.kafka.topic_logs import Topics

AlertKey = tuple[str, int]


class Figures(msgspec.Struct, frozen=True):
    """What a run amounted to."""

    records: int
    letters: int
    ticks: int
    customers: int
    alerts: int
    told_by_ticks: int
    scored_duplicates: int
    alert_duplicates: int
    claims: int
    void_entries: int
    void_keys: int


class Oracle:
    """Judges runs; built once, because the instruments take a while."""

    def __init__(self) -> None:
        self._policy: Policy = load_policy()
        self._instruments = load_instruments(PSEUDONYM_KEY.encode())

    def judge(self, run: Topics) -> Figures:
        """Assert that scored log, state and alerts are what the pure pipeline makes of the source log."""
        scored, duplicates = self._judge_scored(run)
        alerts = self._judge_state(run)
        alert_duplicates = _judge_alerts(run, alerts)
        self._judge_alerts_without_ticks(scored, alerts)
        return Figures(
            records=sum(map(len, run.source.values())),
            letters=sum(map(len, run.letters.values())),
            ticks=sum(isinstance(event, Tick) for log in run.scored.values() for _, event in _decode(log)),
            customers=sum(map(len, run.journeys.values())),
            alerts=len(alerts),
            told_by_ticks=sum(msgspec.json.decode(value).get("trigger") is None for value in alerts.values()),
            scored_duplicates=duplicates,
            alert_duplicates=alert_duplicates,
            claims=run.claims,
            void_entries=run.void_entries,
            void_keys=run.void_keys,
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

    def _judge_state(self, run: Topics) -> dict[AlertKey, bytes]:
        """Hold state and markers against a replay of the scored log; return the alerts of that replay."""
        alerts: dict[AlertKey, bytes] = {}
        for partition, log in run.scored.items():
            marker = run.markers[partition]
            events = [(offset, event) for offset, event in _decode(log) if offset < marker.next_offset]
            replayed, plan = work_log(FOLLOW, Place(SCORED, partition, PARTITIONS), events, self._policy)
            assert marker == replayed.marker, f"marker of partition {partition}"
            _require_equal(
                f"journeys of partition {partition}",
                sorted(run.journeys[partition].items()),
                sorted(replayed.states.items()),
            )
            for alert in plan.alerts:
                key = (alert.id, alert.sequence)
                assert key not in alerts, f"the pure pipeline tells {key} twice: {alert}"
                alerts[key] = encode(alert)
        return alerts

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


def _decode(log: Iterable[Any]) -> Iterator[tuple[int, Scored | Tick]]:
    return ((record.offset, decode_event(record.value)) for record in log)


def _require_equal(what: str, found: list[Any], expected: list[Any]) -> None:
    """Name the first difference; a diff of thousands of entries helps nobody."""
    for place, (one, other) in enumerate(zip(found, expected, strict=False)):
        assert one == other, f"{what}, entry {place}: found\n{one!r}\nexpected\n{other!r}"
    assert len(found) == len(expected), f"{what}: {len(found)} entries, expected {len(expected)}"
