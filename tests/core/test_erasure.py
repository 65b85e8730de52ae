"""An erasure leaves nothing: of journeys a grave, of baselines counts, of alerts and pages what names nobody."""

import os
import subprocess
import sys
from collections.abc import Iterable
from hashlib import blake2b
from itertools import chain
from random import Random
from typing import Any, Final

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.desk import Desk, Filed, Told, list_untold
from monitor.core.finding import Cues
from monitor.core.handover import take
from monitor.core.held import Forwarding, Grave
from monitor.core.identity import Identities
from monitor.core.machines import FOLLOW
from monitor.core.outcome import Outcome, pass_on
from monitor.core.paging import page
from monitor.core.routing import Routing
from monitor.core.scored import Erasure, Judgement, KeyedEvent, Link, Origin, Scored, Tick
from monitor.core.surge import list_traces
from monitor.records import encode
from monitor.replay import Replayed, replay
from tests.core.builders import (
    BEGINNING,
    INSTRUMENTS,
    POLICY,
    at,
    build_scored,
    complain,
    follow_all,
    law,
    overlay,
    reply,
    settle,
    tick,
)

#: As pseudonyms are: none is a part of another.
NAMES: Final = tuple(f"c-{number:020x}" for number in range(5))
HERE: Final = Origin("monitor.scored.v1", 0, 7)
#: One voice is enough for a crowd, so that few messages show all of them.
FEW: Final = overlay(
    {
        "surge": {"learn_for_hours": 1, "customers_at_least": 1, "evidence_at_least": 0.1},
        "stage_neglected": {"customers_at_least": 1, "unanswered_hours": 1},
        "brand_post_backlash": {"customers_at_least": 1, "usual_share": 0.01},
    }
)

Step = tuple[str, str, str, float]
names: Final = st.sampled_from(NAMES)
steps: Final = st.lists(
    st.tuples(
        st.sampled_from(
            ("complain", "complain", "shout", "reply", "settle", "praise", "post", "link", "judge")
        ),
        names,
        names,
        st.floats(0, 300),
    ),
    min_size=1,
    max_size=16,
)


def say(kind: str, name: str, number: int, hours: float) -> Scored:
    """Say something in words that are this customer's own."""
    fields: dict[str, Any] = {"customer": name, "id": f"m-{number}", "brand": "acme", "touchpoint": "billing"}
    match kind:
        case "reply":
            return reply(number, hours, reply_to="m-x", **fields)
        case "post":
            return reply(number, hours, **{**fields, "id": "post"})
        case "settle":
            return settle(number, hours, **fields)
        case "praise":
            return build_scored(number, hours, **fields)
        case "shout":
            fields |= {"cues": Cues(arousal=1.0, call_to_action=True), "severity": "blame", "thread": "post"}
    said = complain(number, hours, **fields)
    return msgspec.structs.replace(said, excerpt=f"It never came, says {name}.")


def line_up(what: list[Step]) -> tuple[list[KeyedEvent | Tick], Identities]:
    """Put steps into a log, with a tick every few hours, and judgements of whatever fired first."""
    identities = Identities()
    log: list[KeyedEvent | Tick] = [tick(hours) for hours in range(0, 320, 8)]
    for number, (kind, name, other, hours) in enumerate(sorted(what, key=lambda step: step[3])):
        if kind == "link":
            if identities.resolve(other) != name and name != other:
                identities.learn(name, other, hours)
                log.append(
                    Link(customer=name, canonical=other, at=at(hours), origin=Origin("identities", 0, number))
                )
        elif kind == "judge":
            (alert,) = follow_all([say("shout", name, 0, 0)])[1]
            log.append(judge(alert, number, hours))
        else:
            log.append(say(kind, name, number, hours))
    return sorted(log, key=lambda event: event.at), identities


def judge(alert: Alert, number: int, hours: float) -> Judgement:
    said = Outcome(
        alert=alert.id, kind=alert.kind, result="resolved", by="bo", at=at(hours), customer=alert.customer
    )
    judged = pass_on(said, Origin("monitor.outcomes.v1", 0, number), at(hours), at(hours).timestamp())
    assert isinstance(judged, Judgement)
    return judged


def erase(name: str, hours: float, number: int) -> Erasure:
    return Erasure(customer=name, at=at(hours), origin=Origin("identities", 0, number))


def compact(alerts: Iterable[Alert], removed: Iterable[str]) -> dict[str, Alert]:
    """Keep what compaction keeps: of each alert the last, and none that was taken back."""
    latest = {alert.id: alert for alert in alerts}
    for alert_id in removed:
        latest.pop(alert_id, None)
    return latest


def keep_desk(alerts: Iterable[Alert]) -> Desk:
    """File every alert, decide after each, read back what that writes, and let the target confirm what it is told."""
    desk, routing = Desk(), Routing(targets=frozenset({"pager"}), good_news=True)
    for alert in alerts:
        seconds = alert.at.timestamp()
        later = msgspec.structs.replace(tick(0), at=at((seconds - BEGINNING.timestamp()) / 3600 + 0.1))
        turn = page(desk, [Filed(alert, seconds), later], FEW.paging, routing)
        while written := [Filed(word, seconds) for word in (*turn.unpaged, *turn.restated)]:
            turn = page(turn.desk, written, FEW.paging, routing)
        desk = turn.desk
        told = Told("pager", {name: one.version for name, one in list_untold(desk, "pager")})
        desk = page(desk, [told], FEW.paging, routing).desk
    return desk


def find_traces(replayed: Replayed, names: Iterable[str]) -> list[tuple[str, bytes]]:
    """Find what is left of names, hashes and words in all that is kept for longer than a few days."""
    told = [*replayed.alerts, *replayed.crowd_alerts]
    desk = keep_desk(told)
    kept = [
        *(("journeys", value) for value in replayed.journeys.values()),
        *(("baselines", value) for value in replayed.baselines.values()),
        *(("alerts", encode(alert)) for alert in compact(told, replayed.removed).values()),
        *(("pages", msgspec.msgpack.encode(one)) for one in desk.pages.values()),
    ]
    return [
        (where, value)
        for name in names
        for where, value in kept
        for trace in (*list_traces(erase(name, 0, 0)), f"says {name}".encode())
        if trace in value
    ]


def list_joined(what: Iterable[Step], customer: str) -> list[str]:
    """List all whom links have ever joined with a customer: what a name has brought along stays when it is moved on."""
    joined = {customer}
    links = [{one, other} for kind, one, other, _ in what if kind == "link"]
    for _ in links:
        joined.update(*(link for link in links if link & joined))
    return sorted(joined)


@law
@given(
    steps,
    names,
    st.lists(st.tuples(st.sampled_from(("complain", "shout", "praise")), st.floats(0, 300)), max_size=2),
)
def test_an_erasure_leaves_nothing_in_journeys_baselines_pages_and_compacted_alerts(
    what: list[Step], customer: str, late: list[tuple[str, float]]
) -> None:
    """Whatever was said, linked and judged before, and whatever of it arrives again or late."""
    log, _ = line_up(what)
    erased = list_joined(what, customer)
    erasures = [erase(name, 330, 1000 + number) for number, name in enumerate(erased)]
    stragglers = [say(kind, name, 2000 + n, hours) for name in erased for n, (kind, hours) in enumerate(late)]
    stragglers = [
        msgspec.structs.replace(one, origin=Origin("source", 1, number))
        for number, one in enumerate(stragglers)
    ]
    replayed = replay([*log, *erasures, *stragglers, *map(tick, range(340, 480, 20))], INSTRUMENTS, FEW)
    assert find_traces(replayed, erased) == []
    left = [FOLLOW.decode(name, value) for name, value in replayed.journeys.items() if name in erased]
    assert all(isinstance(held, Grave) for held in left)


def list_bytes(replayed: Replayed) -> list[bytes]:
    """List all that is told and kept, as it is written."""
    told = (*replayed.alerts, *replayed.crowd_alerts, *replayed.trends)
    kept = (replayed.journeys, replayed.baselines)
    return [*map(encode, told), *(value for states in kept for _, value in sorted(states.items()))]


def sum_up_replays() -> str:
    """Replay some hundred steps of each kind, links, judgements and erasures among them; return a digest of all."""
    dice = Random(7)
    kinds = ("complain", "shout", "reply", "settle", "praise", "post", "link", "judge")
    digest = blake2b()
    for _ in range(12):
        what: list[Step] = [
            (dice.choice(kinds), dice.choice(NAMES), dice.choice(NAMES), dice.uniform(0, 300))
            for _ in range(40)
        ]
        log, _ = line_up(what)
        log.insert(dice.randrange(len(log)), erase(dice.choice(NAMES), dice.uniform(0, 300), 1000))
        for value in list_bytes(replay(log, INSTRUMENTS, FEW)):
            digest.update(value)
    return digest.hexdigest()


@law
@given(steps, names, st.floats(0, 300))
def test_a_replay_gives_the_same_bytes_whatever_is_linked_judged_and_erased(
    what: list[Step], customer: str, hours: float
) -> None:
    log, _ = line_up(what)
    events = sorted([*log, erase(customer, hours, 1000)], key=lambda event: event.at)
    assert list_bytes(replay(events, INSTRUMENTS, FEW)) == list_bytes(replay(events, INSTRUMENTS, FEW))


def test_another_process_gives_the_same_bytes() -> None:
    """Whatever order its sets have: each process hashes strings in its own way."""
    command = "from tests.core.test_erasure import sum_up_replays; print(sum_up_replays())"
    digests = {
        subprocess.run(
            [sys.executable, "-c", command],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_before_the_erasure_there_are_traces_in_all_four() -> None:
    """Otherwise the law says nothing."""
    what: list[Step] = [
        ("post", NAMES[1], "", 100.5),
        *(("praise", NAMES[1], "", float(hours)) for hours in range(2, 100, 10)),
        ("shout", NAMES[0], "", 101.0),
        ("settle", NAMES[0], "", 110.0),
        ("shout", NAMES[0], "", 300.0),
    ]
    log, _ = line_up(what)
    replayed = replay(log, INSTRUMENTS, FEW)
    assert {where for where, _ in find_traces(replayed, NAMES[:1])} == {
        "journeys",
        "baselines",
        "alerts",
        "pages",
    }
    kinds = {alert.kind for alert in chain(replayed.alerts, replayed.crowd_alerts)}
    assert kinds >= {"detractor", "brand_post_backlash", "stage_neglected"}
    gone = replay([*log, erase(NAMES[0], 330, 0)], INSTRUMENTS, FEW)
    assert find_traces(gone, NAMES[:1]) == []
    past = [alert.id for alert in replayed.alerts if alert.state == "resolved"]
    assert past
    assert set(past) <= set(gone.removed) == {alert.id for alert in gone.alerts}


def test_what_people_say_of_an_alert_after_its_customer_is_erased_is_taken_back() -> None:
    (alert,) = follow_all([say("shout", NAMES[0], 0, 0)])[1]
    grave = take(None, erase(NAMES[0], 5, 0), HERE, POLICY).kept
    for hours in (4, 6):
        turn = take(grave, judge(alert, 0, hours), HERE, POLICY)
        assert (turn.kept, turn.removed) == (grave, (alert.id,))


def test_the_alerts_of_a_name_that_was_linked_are_taken_back_with_the_customers() -> None:
    told: list[Alert] = []
    removed: list[str] = []
    kept: dict[str, object] = {}
    log: list[KeyedEvent] = [
        say("shout", NAMES[0], 0, 0),
        say("shout", NAMES[1], 1, 1),
        Link(customer=NAMES[0], canonical=NAMES[1], at=at(2), origin=Origin("identities", 0, 0)),
    ]
    for event in (*log, erase(NAMES[0], 3, 1), erase(NAMES[1], 3, 2)):
        waiting: list[KeyedEvent] = [event]
        while waiting:
            one = waiting.pop()
            turn = take(kept.get(one.customer), one, HERE, POLICY)  # type: ignore[arg-type]  # what it gave before
            kept[one.customer] = turn.kept
            told += turn.alerts
            removed += turn.removed
            waiting += [turn.handed] if turn.handed else []
        assert not isinstance(event, Link) or isinstance(kept[NAMES[0]], Forwarding)
    assert sorted(removed) == sorted({alert.id for alert in told})
