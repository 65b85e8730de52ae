"""What may be committed is the end of the longest finished prefix, in whatever order batches finish."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.stream.progress import Progress

batch_ends = st.lists(st.integers(1, 1_000), min_size=1, max_size=20, unique=True).map(sorted)


def longest_finished_prefix(delivered: list[int], finished: set[int]) -> int | None:
    committable = None
    for end in delivered:
        if end not in finished:
            break
        committable = end
    return committable


@given(batch_ends, st.data())
def test_committable_is_always_the_end_of_the_longest_finished_prefix(
    ends: list[int], data: st.DataObject
) -> None:
    progress = Progress()
    waiting = list(ends)
    delivered: list[int] = []
    finished: set[int] = set()
    while waiting or len(finished) < len(delivered):
        in_flight = [end for end in delivered if end not in finished]
        if waiting and (not in_flight or data.draw(st.booleans(), "deliver")):
            delivered.append(waiting.pop(0))
            progress.deliver(delivered[-1])
        else:
            end = data.draw(st.sampled_from(in_flight), "finish")
            finished.add(end)
            progress.finish(end)
        assert progress.committable == longest_finished_prefix(delivered, finished)
        assert progress.is_busy == (len(finished) < len(delivered))
    assert progress.committable == ends[-1]


@given(batch_ends, st.data())
def test_committable_never_passes_a_batch_that_is_not_finished(ends: list[int], data: st.DataObject) -> None:
    progress = Progress()
    for end in ends:
        progress.deliver(end)
    stuck = data.draw(st.integers(0, len(ends) - 1), "stuck")
    for end in data.draw(st.permutations([end for end in ends if end != ends[stuck]]), "order"):
        progress.finish(end)
    assert progress.committable == (ends[stuck - 1] if stuck else None)
    assert progress.is_busy


def test_nothing_is_committable_and_nothing_is_busy_before_the_first_batch() -> None:
    progress = Progress()
    assert progress.committable is None
    assert not progress.is_busy
