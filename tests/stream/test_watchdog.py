"""The watchdog barks when records wait and none is worked, and at nothing else."""

from faust.types import TP

from monitor.stream.backlog import Backlog
from monitor.stream.watchdog import Watchdog

PLACE = TP("inbox", 0)


def waiting(since_seconds: float | None) -> list[Backlog]:
    return [Backlog(PLACE, "waiting", since_seconds)]


def test_a_partition_that_waits_without_progress_is_named_once_the_patience_is_over() -> None:
    watchdog = Watchdog(60)
    assert watchdog.look(waiting(5.0), 0) is None
    assert watchdog.look(waiting(5.0), 60) is None
    assert watchdog.look(waiting(5.0), 61) == PLACE


def test_one_in_which_nothing_was_ever_worked_is_named_too() -> None:
    watchdog = Watchdog(60)
    assert watchdog.look(waiting(None), 0) is None
    assert watchdog.look(waiting(None), 61) == PLACE


def test_any_progress_gives_new_patience() -> None:
    watchdog = Watchdog(60)
    watchdog.look(waiting(5.0), 0)
    watchdog.look(waiting(6.0), 50)
    assert watchdog.look(waiting(6.0), 110) is None
    assert watchdog.look(waiting(6.0), 111) == PLACE


def test_an_empty_partition_and_one_that_went_away_are_nothing_to_bark_at() -> None:
    watchdog = Watchdog(60)
    watchdog.look(waiting(5.0), 0)
    assert watchdog.look([Backlog(PLACE, "empty", 5.0)], 61) is None
    assert watchdog.look([], 200) is None
    assert watchdog.look(waiting(5.0), 300) is None
