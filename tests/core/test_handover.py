"""Whatever is linked, unlinked or erased, and however often it arrives: nothing is lost, doubled or brought back."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.handover import take
from monitor.core.held import Forwarding, Grave, Held, Turn
from monitor.core.identity import Identities
from monitor.core.journey import Journey
from monitor.core.packing import find_expected, find_wake, pack
from monitor.core.scored import Erasure, Forward, Link, Origin, Scored, Transfer
from tests.core.builders import POLICY, at, build_scored, complain, follow_all, law, reply, tell, tick
from tests.core.network import Network

PARTITIONS: Final = 3
NAMES: Final = ("c-ann", "c-handle", "c-address", "c-account")
HERE: Final = Origin("monitor.scored.v1", 0, 7)

Step = tuple[str, str, str, float]
names: Final = st.sampled_from(NAMES)
steps: Final = st.lists(
    st.tuples(
        st.sampled_from(("say", "complain", "reply", "link", "unlink", "tick")),
        names,
        names,
        st.floats(0, 500),
    ),
    max_size=14,
)
#: Which partition works next, how many records, and whether it dies before its state is stored.
turns: Final = st.lists(
    st.tuples(st.integers(0, PARTITIONS - 1), st.integers(1, 4), st.booleans()), max_size=20
)

_MESSAGES: Final[dict[str, Callable[..., Scored]]] = {
    "say": build_scored,
    "complain": complain,
    "reply": reply,
}


def link(name: str, canonical: str | None, hours: float = 0, offset: int = 0) -> Link:
    return Link(customer=name, canonical=canonical, at=at(hours), origin=Origin("identities", 0, offset))


def erase(name: str, hours: float, offset: int = 0) -> Erasure:
    return Erasure(customer=name, at=at(hours), origin=Origin("identities", 0, offset))


def say(name: str, offset: int, hours: float, make: Callable[..., Scored] = build_scored) -> Scored:
    return make(offset, hours, customer=name, id=f"m-{offset}")


def play(network: Network, what: list[Step], order: list[tuple[int, int, bool]]) -> int:
    """Put the steps into the log while the partitions work in some order; return how many messages there were."""
    messages = 0
    waiting = iter(order)
    for number, (kind, name, other, hours) in enumerate(sorted(what, key=lambda step: step[3])):
        if kind in _MESSAGES:
            network.append(say(name, number, hours, _MESSAGES[kind]))
            messages += 1
        elif kind == "tick":
            network.append(tick(hours))
        else:
            network.append(link(name, other if kind == "link" else None, hours, number))
        for partition, records, dies in (turn for turn in [next(waiting, None)] if turn):
            network.work(partition, records, dies=dies)
    for partition, records, dies in waiting:
        network.work(partition, records, dies=dies)
    network.finish()
    return messages


@law
@given(steps, turns)
def test_every_message_counts_once_whatever_is_linked_and_whoever_dies(
    what: list[Step], order: list[tuple[int, int, bool]]
) -> None:
    network = Network(PARTITIONS, POLICY)
    messages = play(network, what, order)
    assert sum(journey.messages for journey in network.journeys().values()) == messages


#: In turns of the scorer: a link is old enough to be scored by.
SETTLED_AFTER: Final = 4
scorings: Final = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, len(NAMES) - 1)),
        st.tuples(st.just("say"), st.integers(0, len(NAMES) - 1)),
        st.tuples(st.just("link"), st.integers(0, len(NAMES) ** 2 - 1)),
        st.tuples(st.sampled_from(("score", "lag", "crash")), st.integers(0, SETTLED_AFTER)),
        st.tuples(st.just("work"), st.integers(0, PARTITIONS * 8 - 1)),
    ),
    max_size=50,
)


class Scorer:
    """Scores what is said, dies now and then, and lags in learning of links, by less than they take to settle."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._now = 0
        self._scored = 0
        self._learned = 0
        self.said: list[tuple[int, Scored]] = []
        self._links: list[tuple[int, Link]] = []
        self._identities = Identities()

    def play(self, kind: str, number: int) -> None:
        self._now += 1
        getattr(self, f"_{kind}")(number)

    def _say(self, number: int) -> None:
        self.said.append((self._now, say(NAMES[number], len(self.said), len(self.said), complain)))

    def _link(self, number: int) -> None:
        name, canonical = NAMES[number % len(NAMES)], NAMES[number // len(NAMES)]
        self._links.append((self._now, link(name, canonical, 0, len(self._links))))
        self._network.append(self._links[-1][1])

    def _lag(self, turns: int) -> None:
        """Learn of all links but those of the last few turns."""
        while self._learned < len(self._links) and self._links[self._learned][0] <= self._now - turns:
            at, one = self._links[self._learned]
            self._identities.learn(one.customer, one.canonical, at)
            self._learned += 1

    def _score(self, count: int) -> None:
        self._lag(SETTLED_AFTER)
        for received, message in self.said[self._scored : self._scored + count]:
            customer = self._identities.resolve(message.customer, received - SETTLED_AFTER)
            self._network.append(msgspec.structs.replace(message, customer=customer))
        self._scored = min(len(self.said), self._scored + count)

    def _crash(self, count: int) -> None:
        """Begin again with what was not committed; whoever starts has read everything."""
        self._scored = max(0, self._scored - count)
        self._lag(0)

    def _work(self, number: int) -> None:
        self._network.work(number % PARTITIONS, number // PARTITIONS, dies=number % 2 == 1)


@settings(law, max_examples=300)
@given(scorings)
def test_every_message_counts_once_though_its_scorer_dies_and_learns_of_links_meanwhile(
    what: list[tuple[str, int]],
) -> None:
    """What is scored again is scored under the same name: links, relinks and unlinks settle before they are used."""
    network = Network(PARTITIONS, POLICY)
    scorer = Scorer(network)
    for kind, number in (*what, ("score", 100)):
        scorer.play(kind, number)
    network.finish()
    assert sum(journey.complaints for journey in network.journeys().values()) == len(scorer.said)


@law
@given(steps, turns, st.data())
def test_a_word_reaches_the_customer_whom_the_links_come_to(
    what: list[Step], order: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    network = Network(PARTITIONS, POLICY)
    play(network, what, order)
    name = data.draw(names)
    before = {name: journey.messages for name, journey in network.journeys().items()}
    network.append(say(name, 1000, 600))
    network.finish()
    grown = {
        name for name, journey in network.journeys().items() if journey.messages == before.get(name, 0) + 1
    }
    canonical = name
    forwardings = network.forwardings()
    while canonical in forwardings:
        canonical = forwardings[canonical]
    assert grown == {canonical}


@law
@given(steps, turns)
def test_links_in_a_circle_end_at_one_customer(what: list[Step], order: list[tuple[int, int, bool]]) -> None:
    network = Network(PARTITIONS, POLICY)
    play(network, what, order)
    for number, (name, canonical) in enumerate(pairwise((*NAMES, NAMES[0]))):
        network.append(link(name, canonical, 600, 1000 + number))
    network.append(say(NAMES[0], 1000, 700))
    network.finish()
    assert len(network.journeys()) == 1
    assert len(network.forwardings()) == len(NAMES) - 1


@law
@given(steps, turns, st.lists(st.integers(0, 40), max_size=5))
def test_what_is_handed_on_twice_counts_once(
    what: list[Step], order: list[tuple[int, int, bool]], again: list[int]
) -> None:
    network = Network(PARTITIONS, POLICY)
    play(network, what, order)
    before, alerts = network.held(), list(network.alerts)
    for log in list(network.logs):
        for place in sorted(again):
            if place < len(log) and isinstance(log[place], Link | Transfer | Forward | Scored):
                network.append(log[place])
    network.finish()
    assert network.held() == before
    assert network.alerts == alerts


@law
@given(steps, turns, st.floats(500, 600))
def test_erasure_leaves_a_grave_and_after_its_time_nothing(
    what: list[Step], order: list[tuple[int, int, bool]], hours: float
) -> None:
    """All names of a customer are erased, as `monitor erase` does; what was said before arrives once more, late."""
    network = Network(PARTITIONS, POLICY)
    play(network, what, order)
    for number, name in enumerate(NAMES):
        network.append(erase(name, hours, 1000 + number))
    late = [say(name, 2000 + number, 1, complain) for number, name in enumerate(NAMES)]
    network.append(*late)
    network.finish()
    assert set(network.held()) == set(network.graves()) == set(NAMES)
    network.append(tick(hours + POLICY.identity.erased_days * 24))
    network.finish()
    for name in NAMES:
        assert list(network.mentions(name)) == []


@law
@given(steps, turns)
def test_erasure_closes_every_alert_and_tells_no_text_again(
    what: list[Step], order: list[tuple[int, int, bool]]
) -> None:
    network = Network(PARTITIONS, POLICY)
    play(network, what, order)
    for number, name in enumerate(NAMES):
        network.append(erase(name, 600, 1000 + number))
    network.finish()
    last = {alert.id: alert for alert in network.alerts}
    assert all(alert.state == "resolved" for alert in last.values())
    for alert in last.values():
        if alert.cause in {"erased", "merged"}:
            assert (alert.excerpt, alert.evidence, alert.history, alert.permalink) == ("", (), None, None)


@law
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), min_size=2, max_size=10), turns)
def test_when_a_link_becomes_known_does_not_matter_to_what_adds_up(
    said: list[tuple[bool, int]], order: list[tuple[int, int, bool]]
) -> None:
    outcomes = []
    for place in (0, len(said) // 2, len(said)):
        network = Network(PARTITIONS, POLICY)
        for number, (by_handle, hours) in enumerate(said):
            if number == place:
                network.append(link("c-handle", "c-ann"))
            network.append(say("c-handle" if by_handle else "c-ann", number, hours, complain))
        if place == len(said):
            network.append(link("c-handle", "c-ann"))
        for partition, records, dies in order:
            network.work(partition, records, dies=dies)
        network.finish()
        journeys = network.journeys()
        assert list(journeys) == ["c-ann"]
        case = journeys["c-ann"].case
        assert case
        outcomes.append(
            (journeys["c-ann"].messages, journeys["c-ann"].complaints, case.complaints, case.last_at)
        )
    assert len(set(outcomes)) == 1


@law
@given(steps, turns)
def test_links_of_one_customer_leave_another_as_they_are(
    what: list[Step], order: list[tuple[int, int, bool]]
) -> None:
    def follow_stranger(*, alone: bool) -> tuple[Journey, list[str]]:
        network = Network(PARTITIONS, POLICY)
        network.append(*(say("c-stranger", 5000 + hours, hours, complain) for hours in (0, 3)))
        if not alone:
            play(network, [step for step in what if step[0] != "tick"], order)
        network.append(tick(600))
        network.finish()
        told = [
            msgspec.json.encode(alert).decode() for alert in network.alerts if alert.customer == "c-stranger"
        ]
        return network.journeys()["c-stranger"], told

    assert follow_stranger(alone=True) == follow_stranger(alone=False)


def _complainer() -> Journey:
    kept = take(None, say("c-handle", 0, 0, complain), HERE, POLICY).kept
    kept = take(kept, tick(5), HERE, POLICY).kept
    assert isinstance(kept, Journey)
    assert kept.open_alerts
    return kept


def test_a_link_hands_the_journey_over_and_resolves_its_alerts_under_the_old_name() -> None:
    turn = take(_complainer(), link("c-handle", "c-ann"), HERE, POLICY)
    assert turn.kept == Forwarding("c-ann")
    assert isinstance(turn.handed, Transfer)
    assert (turn.handed.customer, turn.handed.path, turn.handed.origin) == ("c-ann", ("c-handle",), HERE)
    assert tell(turn.alerts) == [("resolved", "ignored_complaint")]
    assert {(alert.cause, alert.merged_into) for alert in turn.alerts} == {("merged", "c-ann")}


def test_the_customer_takes_the_journey_over_with_alerts_of_their_own() -> None:
    handed = take(_complainer(), link("c-handle", "c-ann"), HERE, POLICY).handed
    assert handed
    turn = take(None, handed, HERE, POLICY)
    assert isinstance(turn.kept, Journey)
    assert turn.kept.customer == "c-ann"
    assert tell(turn.alerts) == [("firing", "ignored_complaint")]
    assert {alert.customer for alert in turn.alerts} == {"c-ann"}
    assert turn.kept.wake_at is not None


def test_a_straggler_is_forwarded_and_its_alerts_name_where_it_was_said() -> None:
    straggler = say("c-handle", 3, 2, complain)
    turn = take(Forwarding("c-ann"), straggler, HERE, POLICY)
    assert isinstance(turn.handed, Forward)
    assert (turn.handed.origin, turn.handed.event) == (HERE, straggler)
    taken = take(None, turn.handed, Origin("monitor.scored.v1", 1, 9), POLICY)
    assert isinstance(taken.heard, Scored)
    assert (taken.heard.customer, taken.heard.origin) == ("c-ann", straggler.origin)


def test_the_same_link_again_changes_nothing() -> None:
    assert take(Forwarding("c-ann"), link("c-handle", "c-ann"), HERE, POLICY) == Turn(Forwarding("c-ann"))


@pytest.mark.parametrize("canonical", [None, "c-handle"])
def test_an_unlinked_name_begins_anew(canonical: str | None) -> None:
    assert take(Forwarding("c-ann"), link("c-handle", canonical), HERE, POLICY).kept is None
    assert take(None, link("c-handle", canonical), HERE, POLICY) == Turn(None)


def test_who_was_erased_begins_anew_with_what_they_say_later() -> None:
    grave = take(_complainer(), erase("c-handle", 10), HERE, POLICY).kept
    assert isinstance(grave, Grave)
    assert take(grave, say("c-handle", 1, 9), HERE, POLICY) == Turn(grave)
    anew = take(grave, say("c-handle", 2, 11), HERE, POLICY).kept
    assert isinstance(anew, Journey)
    assert anew.messages == 1
    later = take(anew, say("c-handle", 3, 8), HERE, POLICY).kept
    assert isinstance(later, Journey)
    assert later.messages == 1


def test_a_journey_under_way_to_an_erased_customer_is_dropped() -> None:
    handed = take(_complainer(), link("c-handle", "c-ann", 6), HERE, POLICY).handed
    grave = take(None, erase("c-ann", 7), HERE, POLICY).kept
    assert handed
    assert take(grave, handed, HERE, POLICY) == Turn(grave)


def test_a_link_does_not_let_what_was_erased_come_round_by_another_name() -> None:
    grave = take(_complainer(), erase("c-handle", 10), HERE, POLICY).kept
    forwarding = take(grave, link("c-handle", "c-ann", 11), HERE, POLICY).kept
    assert take(forwarding, say("c-handle", 4, 9), HERE, POLICY) == Turn(forwarding)
    unlinked = take(forwarding, link("c-handle", None, 12), HERE, POLICY).kept
    assert isinstance(unlinked, Grave)


def test_a_grave_is_forgotten_by_the_first_tick_after_its_time() -> None:
    grave = take(None, erase("c-ann", 0), HERE, POLICY).kept
    assert isinstance(grave, Grave)
    assert grave.wake_at is not None
    ends = at(0) + timedelta(days=POLICY.identity.erased_days)
    assert grave.wake_at == ends.timestamp()
    assert take(grave, tick(POLICY.identity.erased_days * 24), HERE, POLICY) == Turn(None)


ALERTED: Final = follow_all([complain(0, 0, severity="blame", followers=9_000)])[0]


@pytest.mark.parametrize(
    "held",
    [
        ALERTED,
        follow_all([build_scored(0, 0)])[0],
        Forwarding("c-ann"),
        Forwarding("c-ann", 1.0, 2.5),
        Grave(1.0, 2.5),
    ],
    ids=["a case with an alert", "no case", "a forwarding", "a forwarding of an erased name", "a grave"],
)
def test_clock_and_open_alerts_are_found_in_a_state_without_decoding_it(held: Held) -> None:
    value = pack(held)
    assert find_wake(value) == held.wake_at
    opened = held.open_alerts if isinstance(held, Journey) else {}
    assert find_expected(value) == [(kind, known.expected) for kind, known in opened.items()]
    assert isinstance(ALERTED, Journey)
    assert ALERTED.open_alerts
    assert ALERTED.wake_at
