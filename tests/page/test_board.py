"""The board keeps the latest state of each alert, whatever is repeated or comes late, within its bounds."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.page.board import Board, Row
from monitor.page.events import Events, write_event, write_rows
from monitor.records import decode_alert, encode
from tests.page.alerts import make_alert

STATES = ("firing", "updated", "resolved")


def take(board: Board, alert: Alert) -> Row | None:
    return board.take(alert, encode(alert))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=40))
def test_repeats_and_stale_states_change_nothing(told: list[tuple[int, int]]) -> None:
    board = Board()
    latest: dict[str, int] = {}
    for name, sequence in told:
        alert = make_alert(name, sequence=sequence, state=STATES[min(sequence, 2)])
        row = take(board, alert)
        assert (row is not None) == (sequence > latest.get(alert.id, -1))
        latest[alert.id] = max(sequence, latest.get(alert.id, -1))
    assert {row.id: row.sequence for row in board.list_rows()} == latest


def test_that_nobody_is_paged_is_shown_and_no_repeat_takes_it_back() -> None:
    board = Board()
    for state in ("updated", "suppressed", "updated"):
        take(board, make_alert(1, state=state))
    assert [one.state for one in board.list_rows()] == ["suppressed"]


def test_what_it_keeps_is_bounded_and_the_oldest_goes_first() -> None:
    board = Board(open_max=3, ended_max=2)
    for name in range(10):
        take(board, make_alert(name))
    for name in range(10, 20):
        take(board, make_alert(name, state="resolved"))
    rows = list(board.list_rows())
    assert [row.state for row in rows] == ["resolved"] * 2 + ["firing"] * 3
    assert [row.id for row in rows] == [make_alert(name).id for name in (18, 19, 7, 8, 9)]


def test_a_whole_alert_is_found_as_it_was_published() -> None:
    board = Board()
    alert = make_alert(1)
    take(board, alert)
    found = board.find(alert.id)
    assert found is not None
    assert decode_alert(found) == alert
    assert board.find("0" * 24) is None


def test_an_alert_that_is_taken_back_is_shown_no_more() -> None:
    board = Board()
    for name, state in ((1, "firing"), (2, "resolved"), (3, "firing")):
        take(board, make_alert(name, state=state))
    for name in (1, 2, 4):
        board.drop(make_alert(name).id)
    assert [row.id for row in board.list_rows()] == [make_alert(3).id]


@given(st.text())
def test_no_text_can_end_an_event_early(text: str) -> None:
    event = write_event("change", [{"headline": text}])
    assert event.count(b"\n") == 3
    assert event.endswith(b"\n\n")


def test_a_long_board_is_sent_in_several_events() -> None:
    board = Board()
    for name in range(1_201):
        take(board, make_alert(name))
    assert len(write_rows("change", list(board.list_rows()))) == 3


def test_who_comes_later_is_told_at_once_what_was_told_last() -> None:
    """Without it the page would count by its own clock until the next word on the pipeline's."""

    async def listen() -> list[bytes]:
        events = Events(Board())
        events.tell("health", {"now": "then"})
        events.tell("health", {"now": "now"})
        listening = events.listen()
        return [await anext(listening) for _ in range(3)]

    told = asyncio.run(listen())
    assert told == [
        write_event("begin", {}),
        write_event("health", {"now": "now"}),
        write_event("complete", {}),
    ]
