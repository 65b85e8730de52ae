"""The desk in its changelog: exact after a restart, one owner's at a time, and what goes unpaged is told."""

import asyncio

import pytest

from monitor.errors import Deposed
from monitor.records import decode_alert
from monitor.topics import ALERTS, DEAD_LETTERS
from tests.stream.desk import NOW, TP_ALERTS, Filed, file, list_paged, make_worker
from tests.stream.log import Log


def test_another_worker_finds_the_desk_as_it_was_left() -> None:
    async def run() -> None:
        log = Log()
        first, _ = make_worker(log, 1)
        await first.own({0})
        await first.work(TP_ALERTS, file("a", "b", "c"))
        await first.decide(NOW)
        second, outlet = make_worker(log, 2)
        await second.own({0})
        assert second.desk == first.desk
        assert list_paged(second) == {"b", "c"}
        await second.work(TP_ALERTS, file("a", "b", "c"))
        await second.decide(NOW + 60)
        assert second.desk == first.desk
        assert not outlet.sent

    asyncio.run(run())


def test_what_goes_unpaged_is_told_in_the_alert_topic() -> None:
    async def run() -> None:
        notifying, outlet = make_worker(Log(), 1)
        await notifying.own({0})
        await notifying.work(TP_ALERTS, file("a", "b", "c"))
        await notifying.decide(NOW)
        ((key, value, headers),) = outlet.sent[ALERTS]
        unpaged = decode_alert(value or b"")
        assert (key, unpaged.id, unpaged.state, unpaged.sequence) == (b"a", "a", "suppressed", 0)
        assert dict(headers)["ce_id"] == b"a.0.suppressed"

    asyncio.run(run())


def test_a_worker_that_has_been_replaced_decides_nothing_more() -> None:
    async def run() -> None:
        log = Log()
        zombie, _ = make_worker(log, 1)
        await zombie.own({0})
        await zombie.work(TP_ALERTS, file("a"))
        owner, _ = make_worker(log, 2)
        await owner.own({0})
        with pytest.raises(Deposed):
            await zombie.decide(NOW)
        await owner.decide(NOW)
        assert list_paged(owner) == {"a"}

    asyncio.run(run())


def test_a_worker_without_the_desk_decides_and_notes_nothing() -> None:
    async def run() -> None:
        log = Log()
        notifying, _ = make_worker(log, 1)
        await notifying.own({0})
        await notifying.work(TP_ALERTS, file("a"))
        await notifying.own(set())
        records = len(log.records)
        await notifying.decide(NOW)
        assert notifying.desk is None
        assert len(log.records) == records

    asyncio.run(run())


def test_what_is_no_alert_is_set_aside_and_a_removal_is_passed_over() -> None:
    async def run() -> None:
        notifying, outlet = make_worker(Log(), 1)
        await notifying.own({0})
        await notifying.work(
            TP_ALERTS, [Filed(0, None), Filed(1, b"{}"), *file("a", first=2), Filed(3, b"\xff")]
        )
        await notifying.decide(NOW)
        assert list_paged(notifying) == {"a"}
        assert [key for key, _, _ in outlet.sent[DEAD_LETTERS]] == [
            b"monitor.alerts.v1:0:1",
            b"monitor.alerts.v1:0:3",
        ]

    asyncio.run(run())


def test_a_tick_that_decides_nothing_writes_nothing() -> None:
    async def run() -> None:
        log = Log()
        notifying, _ = make_worker(log, 1)
        await notifying.own({0})
        await notifying.work(TP_ALERTS, file("a"))
        await notifying.decide(NOW)
        records = len(log.records)
        for second in range(10):
            await notifying.decide(NOW + second)
        assert len(log.records) == records

    asyncio.run(run())


def test_a_storm_is_stored_in_pieces_that_fit() -> None:
    async def run() -> None:
        log = Log()
        notifying, outlet = make_worker(log, 1)
        await notifying.own({0})
        names = [f"a{number:04}" for number in range(1_200)]
        await notifying.work(TP_ALERTS, file(*names))
        for second in range(4):
            await notifying.decide(NOW + second)
        assert list_paged(notifying) == set(names[-2:])
        assert len(outlet.sent[ALERTS]) == 1_198
        restored, _ = make_worker(log, 2)
        await restored.own({0})
        assert restored.desk == notifying.desk

    asyncio.run(run())


def test_an_alert_that_our_own_code_cannot_take_is_set_aside_and_stops_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No alert that decodes is known to do so: the fault is put into what weighs a rise in severity."""

    async def run() -> None:
        notifying, outlet = make_worker(Log(), 1)
        await notifying.own({0})
        await notifying.work(TP_ALERTS, file("a"))
        await notifying.decide(NOW)
        monkeypatch.setattr("monitor.core.paging.RANKS", {})
        await notifying.work(
            TP_ALERTS, [*file("a", first=1, state="updated", sequence=1), *file("b", first=2)]
        )
        assert [key for key, _, _ in outlet.sent[DEAD_LETTERS]] == [b"monitor.alerts.v1:0:1"]
        assert notifying.desk
        assert notifying.desk.pages.keys() == {"a", "b"}

    asyncio.run(run())
