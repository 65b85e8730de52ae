"""What is kept per key, and what moves it: `FOLLOW` keeps a journey per customer, `SURGE` a baseline per subject."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from monitor.core.alert import Alert
from monitor.core.case_moves import find_waiting_since
from monitor.core.handover import take
from monitor.core.held import Held
from monitor.core.journey import Journey
from monitor.core.machine import BaselineClock, Machine, Scope, Traces
from monitor.core.packing import find_wake, pack, unpack
from monitor.core.scored import Erasure, KeyedEvent, Scored, Tick, name_source
from monitor.core.surge import Baseline, begin_surge, list_traces, move_surge
from monitor.core.trend import TRENDS_PER_RECORD, Trend, TrendEvent
from monitor.core.trend_list import list_trends


def _follow(
    kept: Held | None, event: KeyedEvent | Tick, offset: int, scope: Scope
) -> tuple[Held | None, Sequence[Alert], Sequence[TrendEvent], Sequence[KeyedEvent], Sequence[str]]:
    here = scope.locate(offset)
    # Before it is moved.
    waiting_since = find_waiting_since(kept.case) if kept is not None and isinstance(kept, Journey) else None
    turn = take(kept, event, here, scope.policy)
    trends: Sequence[TrendEvent] = ()
    if isinstance(turn.heard, Scored) and isinstance(turn.kept, Journey):
        trends = list_trends(
            turn.heard, here, turn.kept, scope.policy, scope.presence, waiting_since=waiting_since
        )
    elif isinstance(event, Erasure):
        # Behind all that has been told of this name, on every partition of the trends.
        trends = (msgspec.structs.replace(event, origin=here),)
    return turn.kept, turn.alerts, trends, (turn.handed,) if turn.handed else (), turn.removed


def _surge(
    baseline: Baseline | None, event: TrendEvent | Tick, _offset: int, scope: Scope
) -> tuple[Baseline | None, Sequence[Alert], Sequence[TrendEvent], Sequence[KeyedEvent], Sequence[str]]:
    if baseline is None:
        baseline, alerts = begin_surge(event, scope.policy)
    else:
        alerts = move_surge(baseline, event, scope.policy)
    return (None if baseline is None or baseline.is_over else baseline), alerts, (), (), ()


def _get_customer(event: KeyedEvent) -> str:
    return event.customer


def _find_subject(event: TrendEvent) -> str | Traces:
    return event.subject if isinstance(event, Trend) else Traces(list_traces(event))


def _rank_scored(event: KeyedEvent) -> tuple[str, int]:
    origin = event.origin
    return name_source(origin.topic, origin.partition), origin.offset


def _rank_trend(event: TrendEvent) -> tuple[str, int]:
    origin = event.origin
    rank = origin.offset * TRENDS_PER_RECORD
    return name_source(origin.topic, origin.partition), rank + event.number if isinstance(
        event, Trend
    ) else rank


def _is_journey(kept: Held | None) -> bool:
    return kept is not None and isinstance(kept, Journey)


def _is_kept(baseline: Baseline | None) -> bool:
    return baseline is not None


_decode_baseline: Final[Callable[[bytes], Baseline]] = msgspec.msgpack.Decoder(Baseline).decode
_decode_baseline_clock: Final = msgspec.msgpack.Decoder(BaselineClock).decode


def _read_baseline(_subject: str, value: bytes) -> Baseline:
    return _decode_baseline(value)


def _find_wake_of_baseline(value: bytes) -> float | None:
    return _decode_baseline_clock(value).wake_at


FOLLOW: Final[Machine[Held, KeyedEvent]] = Machine(
    encode=pack,
    decode=unpack,
    find_wake=find_wake,
    find_target=_get_customer,
    find_rank=_rank_scored,
    step=_follow,
    counts=_is_journey,
    passes_time=True,
)
SURGE: Final[Machine[Baseline, TrendEvent]] = Machine(
    encode=msgspec.msgpack.Encoder(order="deterministic").encode,
    decode=_read_baseline,
    find_wake=_find_wake_of_baseline,
    find_target=_find_subject,
    find_rank=_rank_trend,
    step=_surge,
    counts=_is_kept,
    passes_time=False,
    decoded_at_most=256,
)
