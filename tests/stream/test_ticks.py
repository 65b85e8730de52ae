"""A worker vouches for no moment that a record it has not scored may still belong to."""

from typing import Final

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from monitor.stream.backlog import Backlog
from monitor.stream.ticks import vouch_for

NOW: Final = 1_767_600_000.0

moments = st.floats(NOW - 1e6, NOW + 1e6)
sources = st.builds(TP, st.just("posts"), st.integers(0, 9))
empty = st.builds(Backlog, sources, st.just("empty"), st.none() | moments)
waiting = st.builds(Backlog, sources, st.just("waiting"), moments)
never_worked = st.builds(Backlog, sources, st.just("waiting"), st.none())
unknown = st.builds(Backlog, sources, st.just("unknown"), st.none() | moments)
known = st.lists(empty | waiting)


@given(st.lists(empty))
def test_with_nothing_waiting_it_vouches_for_now(backlogs: list[Backlog]) -> None:
    assert vouch_for(backlogs, NOW) == NOW


@given(known, unknown, known)
def test_while_one_partition_is_unknown_it_vouches_for_nothing(
    before: list[Backlog], one: Backlog, after: list[Backlog]
) -> None:
    assert vouch_for([*before, one, *after], NOW) is None


@given(known, never_worked, known)
def test_while_one_partition_waits_and_none_of_it_was_worked_it_vouches_for_nothing(
    before: list[Backlog], one: Backlog, after: list[Backlog]
) -> None:
    assert vouch_for([*before, one, *after], NOW) is None


@given(known)
def test_it_vouches_up_to_the_oldest_record_that_the_waiting_ones_have_behind_them_and_never_past_now(
    backlogs: list[Backlog],
) -> None:
    behind = [
        one.since_seconds for one in backlogs if one.state == "waiting" and one.since_seconds is not None
    ]
    assert vouch_for(backlogs, NOW) == min([NOW, *behind])
