"""The clocks of a partition answer as a plain look at every key would."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.clocks import Clocks
from monitor.core.states import MemoryStates
from tests.core.builders import law

KEYS = st.sampled_from("abcd")
WAKES = st.dictionaries(KEYS, st.none() | st.sampled_from((1.0, 2.0, 3.0, 61.0)), max_size=4)


def encode(wakes: dict[str, float | None]) -> dict[str, bytes]:
    return {key: str(wake_at).encode() for key, wake_at in wakes.items()}


def find_wake(value: bytes) -> float | None:
    return None if value == b"None" else float(value)


@law
@given(
    WAKES,
    st.lists(st.tuples(WAKES, st.sets(KEYS)), max_size=6),
    WAKES,
    st.sampled_from((0.0, 1.0, 2.5, 70.0)),
)
def test_those_are_due_whose_last_word_is_past_unless_their_last_event_failed(
    first: dict[str, float | None],
    later: list[tuple[dict[str, float | None], set[str]]],
    drafted: dict[str, float | None],
    at_seconds: float,
) -> None:
    states = MemoryStates(find_wake, encode(first))
    clocks = Clocks(states)
    known, stuck = dict(first), set[str]()
    for wakes, failed in later:
        clocks.due(at_seconds, drafted)  # looking changes nothing
        states.put(encode(wakes))
        clocks.note(wakes, failed)
        known |= wakes
        stuck = (stuck - set(wakes)) | failed
    assert sorted(states.list_waking()) == sorted(
        key for key, wake_at in known.items() if wake_at is not None
    )
    due = [
        (wake_at, key)
        for key, wake_at in (known | drafted).items()
        if wake_at is not None and wake_at <= at_seconds and key not in stuck
    ]
    assert clocks.due(at_seconds, drafted) == [key for _, key in sorted(due)]
