"""What is packed is unpacked to the last bit, its clock is found without the rest, and nothing else is taken for it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.case import Promise
from monitor.core.finding import Evidence
from monitor.core.held import Forwarding, Grave, Held
from monitor.core.journey import Journey
from monitor.core.keeping import keep_evidence, tell_evidence
from monitor.core.kept import KeptOrigin
from monitor.core.packing import find_expected, find_wake, pack, unpack
from monitor.core.pipeline import follow
from monitor.core.scored import Scored, Tick
from tests.core.builders import POLICY, build_scored, complain, event_lists, follow_all, law

_moments = st.floats(allow_nan=False, allow_infinity=False)
_names = st.sampled_from(["c-ann", "c-0123456789abcdef0123", "c-0123456789ABCDEF0123", "c-", ""])


def _complaining() -> Journey:
    journey, _ = follow_all([complain(0, 0, brand="acme", touchpoint="billing"), complain(1, 30)])
    assert journey is not None
    return journey


@law
@given(event_lists())
def test_a_journey_comes_back_as_it_was(events: list[Scored | Tick]) -> None:
    journey: Journey | None = None
    for event in events:
        journey, _ = follow(journey, event, POLICY)
        if journey is not None:
            assert unpack(journey.customer, pack(journey)) == journey
            assert find_wake(pack(journey)) == journey.wake_at
            assert find_expected(pack(journey)) == [
                (kind, known.expected) for kind, known in journey.open_alerts.items()
            ]


@law
@given(
    customer=_names,
    clock=_moments,
    first_at=_moments,
    heard_at=_moments,
    waiting_since=_moments,
    last_at=_moments,
    wake_at=st.none() | _moments,
)
def test_moments_and_names_of_any_kind_come_back(  # noqa: PLR0917 - Hypothesis names them
    customer: str,
    clock: float,
    first_at: float,
    heard_at: float,
    waiting_since: float,
    last_at: float,
    wake_at: float | None,
) -> None:
    journey = _complaining()
    assert journey.case is not None
    case = msgspec.structs.replace(
        journey.case, waiting_since=waiting_since, last_at=last_at, staffed={"chat": "desk"}
    )
    case.promise = Promise(KeptOrigin("desk", 1, 2**40), by=last_at)
    moved = msgspec.structs.replace(
        journey,
        customer=customer,
        clock=clock,
        first_at=first_at,
        heard_at=heard_at,
        wake_at=wake_at,
        case=case,
    )
    assert unpack(customer, pack(moved)) == moved
    assert find_wake(pack(moved)) == wake_at


@pytest.mark.parametrize("held", [Forwarding("c-ann"), Forwarding("c-ann", 1.0, 2.5), Grave(1.0, 2.5)])
def test_a_forwarding_and_a_grave_come_back(held: Held) -> None:
    assert unpack("c-bob", pack(held)) == held
    assert find_wake(pack(held)) == held.wake_at


@pytest.mark.parametrize(
    "value",
    [["journey", "c-ann", None, 1.0], [7, None], {"a": 1}, "text", [0, None], [1, None], []],
    ids=str,
)
def test_what_another_version_has_packed_is_refused(value: object) -> None:
    with pytest.raises(msgspec.MsgspecError):
        unpack("c-ann", msgspec.msgpack.encode(value))


@pytest.mark.parametrize("value", [["journey", "c-ann", None, 1.0], [7, None], {"a": 1}, []], ids=str)
def test_no_clock_is_found_in_what_another_version_has_packed(value: object) -> None:
    with pytest.raises(msgspec.MsgspecError):
        find_wake(msgspec.msgpack.encode(value))


def test_a_customer_who_has_said_one_plain_word_takes_less_than_a_hundred_bytes() -> None:
    journey, _ = follow(None, build_scored(0, 0, customer="c-0123456789abcdef0123"), POLICY)
    assert journey is not None
    assert len(pack(journey)) < 100


@law
@given(
    st.lists(
        st.builds(
            Evidence,
            st.integers(0, 40),
            st.integers(0, 40),
            st.text(max_size=3),
            st.floats(-5, 5) | st.integers(-50_000, 50_000).map(lambda units: units / 10_000),
        ),
        max_size=6,
    )
)
def test_evidence_comes_back_whether_or_not_it_quotes_the_excerpt(evidence: list[Evidence]) -> None:
    excerpt = "It is the third time that you charge me twice."
    quoted = [msgspec.structs.replace(span, text=excerpt[span.start : span.end]) for span in evidence]
    for spans in (evidence, quoted):
        assert tell_evidence(keep_evidence(spans, excerpt), excerpt) == tuple(spans)
