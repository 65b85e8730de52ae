"""Holds the trends of a run against what a replay of the scored log, and of its ticks, tells."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec
from kafka.partitioner.default import murmur2

from monitor.core.plan import Plan
from monitor.core.presence import MINUTE_SECONDS
from monitor.core.scored import Tick
from monitor.core.trend import TRENDS_PER_RECORD, Trend, TrendEvent
from monitor.records import decode_dead_letter, decode_trend
from tests.kafka.harness import PARTITIONS
from tests.kafka.topic_logs import Topics

Told = TrendEvent | Tick


class _Gathered(msgspec.Struct):
    """Trends in comparable form."""

    #: In their order, by trends partition and the partition that they come from.
    ordered: defaultdict[tuple[int, str], list[Told]]
    #: Subjects and the minutes in which they were present: a restart may tell of one minute again.
    present: set[tuple[str, float]]
    #: The source records that could not be taken.
    rejected: set[tuple[str, int, int]]


def judge_trends(run: Topics, followed: dict[int, Plan]) -> None:
    """Assert that each trend is told, repeats removed; `followed` is the replay by scored partition.

    Scored partitions interleave as they please; each keeps its own order.
    """
    found = _gather(chain.from_iterable(_remove_repeats(run, target) for target in run.trends))
    replayed = chain.from_iterable(plan.trends for plan in followed.values())
    expected = _gather((target, one) for one in replayed for target in _find_targets(one))
    assert found.ordered.keys() == expected.ordered.keys()
    for place, told in expected.ordered.items():
        assert found.ordered[place] == told, f"trends partition, scored partition {place}"
    assert found.present == expected.present
    letters = (decode_dead_letter(record.value) for log in run.letters.values() for record in log)
    assert found.rejected == {(letter.topic, letter.partition, letter.offset) for letter in letters}


def _gather(told: Iterable[tuple[int, Told]]) -> _Gathered:
    gathered = _Gathered(defaultdict(list), set(), set())
    for target, one in told:
        if not isinstance(one, Trend) or one.what not in {"message", "seen", "rejected"}:
            gathered.ordered[target, _rank(one)[0]].append(one)
        elif one.what == "message":
            gathered.present.add((one.subject, one.at.timestamp() // MINUTE_SECONDS))
        elif one.what == "rejected":
            gathered.rejected.add((one.origin.topic, one.origin.partition, one.origin.offset))
    return gathered


def _find_targets(one: Told) -> Iterable[int]:
    if isinstance(one, Trend):
        return ((murmur2(one.subject.encode()) & 0x7FFFFFFF) % PARTITIONS,)
    return range(PARTITIONS)


def _remove_repeats(run: Topics, target: int) -> Iterator[tuple[int, Told]]:
    """Keep the first of each rank; a repeat must equal it."""
    first: dict[tuple[str, int], Told] = {}
    for record in run.trends[target]:
        one = decode_trend(record.value)
        known = first.setdefault(_rank(one), one)
        assert known == one, f"told twice, differently: {known} and {one}"
        if known is one:
            yield target, one


def _rank(one: Told) -> tuple[str, int]:
    if isinstance(one, Trend):
        return one.source, one.rank
    assert one.origin is not None
    return f"{one.origin.topic}:{one.origin.partition}", one.origin.offset * TRENDS_PER_RECORD
