"""Who is paged for what: the best first, within the budget, once, never for old news or good news."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alert import Alert, AlertSeverity, AlertState, Group
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.desk import Decision, Desk, Filed, Removed, Told, list_untold
from monitor.core.paging import page
from monitor.core.policy import PagingPolicy
from monitor.core.routing import Route, Routing
from monitor.core.scored import Tick
from tests.core.builders import BEGINNING, POLICY, law, overlay
from tests.core.filed import histories, pass_time, tell

ROUTING: Final = Routing(targets=frozenset({"alertmanager", "webhook"}))
SETTLE: Final = POLICY.paging.settle_seconds
#: Two pages an hour, none of them kept back.
TIGHT: Final = overlay({"paging": {"pages_per_hour": 2, "reserved_share": 0.0}}).paging


def take(
    *events: Filed | Told | Tick, policy: PagingPolicy = TIGHT, routing: Routing = ROUTING
) -> tuple[Desk, list[Alert], list[tuple[str, Decision]]]:
    """Take events one by one; return the desk, what went unpaged, and the decisions."""
    desk, unpaged, decisions = Desk(), [], []
    for event in events:
        turn = page(desk, [event], policy, routing)
        desk = turn.desk
        unpaged += turn.unpaged
        decisions += turn.decisions
    return desk, unpaged, decisions


def list_paged(desk: Desk) -> list[str]:
    return sorted(name for name, one in desk.pages.items() if one.labels)


def confirm(desk: Desk, target: str) -> Told:
    return Told(target, {name: one.version for name, one in list_untold(desk, target)})


def test_an_alert_is_paged_once_it_has_settled() -> None:
    fresh, *_ = take(tell("a", 20), pass_time(SETTLE - 1))
    assert list_paged(fresh) == []
    settled, _, decisions = take(tell("a", 20), pass_time(SETTLE))
    assert list_paged(settled) == ["a"]
    assert decisions == [("care", "granted")]
    assert [name for name, _ in list_untold(settled, "webhook")] == ["a"]


def test_of_those_that_come_together_the_ones_who_tell_most_people_are_paged() -> None:
    desk, unpaged, decisions = take(
        *(
            tell(name, expected, seconds)
            for seconds, (name, expected) in enumerate([("a", 20), ("b", 40), ("c", 30)])
        ),
        pass_time(SETTLE),
    )
    assert list_paged(desk) == ["b", "c"]
    assert decisions == [("care", "granted"), ("care", "granted"), ("care", "suppressed")]
    (refused,) = unpaged
    assert (refused.id, refused.sequence, refused.state) == ("a", 0, "suppressed")
    assert refused.cause == "nobody is paged: care has had the 2 pages of the hour"


@given(st.permutations([5.0, 40.0, None]))
def test_of_as_many_listeners_those_that_are_worth_more_are_paged(priorities: Sequence[float | None]) -> None:
    tight = overlay({"paging": {"pages_per_hour": 1, "reserved_share": 0.0}}).paging
    bids = [tell(f"a{number}", 20, priority=priority) for number, priority in enumerate(priorities)]
    desk, *_ = take(*bids, pass_time(SETTLE), policy=tight)
    assert list_paged(desk) == [f"a{priorities.index(40.0)}"]


def test_what_the_budget_refused_is_paged_when_the_budget_is_free_again_if_it_is_still_open() -> None:
    storm = (tell("a", 20), tell("b", 40), tell("c", 30), tell("d", 25), pass_time(SETTLE))
    desk, unpaged, _ = take(*storm, pass_time(SETTLE + HOUR_SECONDS - 1))
    assert list_paged(desk) == ["b", "c"]
    assert [alert.id for alert in unpaged] == ["d", "a"]
    over = tell("d", 25, 60, state="resolved", sequence=1)
    desk, unpaged, _ = take(*storm, over, pass_time(SETTLE + HOUR_SECONDS))
    assert list_paged(desk) == ["a", "b", "c"]
    assert len(unpaged) == 2


def test_an_unpaged_alert_says_so_once_for_each_of_its_states() -> None:
    storm = (tell("a", 40), tell("b", 30), tell("c", 20), pass_time(SETTLE), pass_time(60), pass_time(120))
    worse = tell("c", 25, 200, state="updated", sequence=1)
    _, unpaged, _ = take(*storm, worse, pass_time(300), pass_time(400))
    assert [(alert.id, alert.sequence) for alert in unpaged] == [("c", 0), ("c", 1)]


def test_what_a_replay_tells_pages_nobody() -> None:
    desk, unpaged, decisions = take(tell("a", 90, replay=True), pass_time(SETTLE))
    assert (desk, unpaged, decisions) == (Desk(), [], [("care", "replayed")])


def test_the_record_of_what_goes_unpaged_says_whose_it_was() -> None:
    routing = msgspec.structs.replace(
        ROUTING, routes=(Route(owner="kettles", products=frozenset({"Kettle"})),)
    )
    storm = [tell(f"a{number}", 20, product="Kettle") for number in range(3)]
    _, unpaged, _ = take(*storm, pass_time(SETTLE), routing=routing)
    assert [alert.action.owner for alert in unpaged] == ["kettles"]


def test_its_own_word_that_nobody_was_paged_is_not_read_as_news() -> None:
    storm = (tell("a", 40), tell("b", 30), tell("c", 20), pass_time(SETTLE))
    desk, unpaged, _ = take(*storm)
    read_back, again, _ = take(*storm, Filed(unpaged[0], BEGINNING.timestamp() + 20))
    pages = {name: msgspec.structs.replace(one, unread=0) for name, one in desk.pages.items()}
    assert (read_back, again) == (msgspec.structs.replace(desk, pages=pages), unpaged)


def replay_topic(events: list[Filed | Tick], lags: list[int], erased: set[str]) -> dict[str, Alert | None]:
    """Let paging read a topic late, and write into it what goes unpaged; return what compaction leaves."""
    topic: list[Filed | Removed] = []
    desk, read = Desk(), 0
    for number, event in enumerate([*events, *([None] * 40)]):
        if event is None and read == len(topic):
            break
        if isinstance(event, Filed):
            topic.append(event)
            if event.alert.state == "resolved" and event.alert.id in erased:
                topic.append(Removed(event.alert.id))
        lag = lags[number % len(lags)] if event else 0
        fresh = topic[read : len(topic) - lag]
        read += len(fresh)
        turn = page(desk, [*fresh, event] if isinstance(event, Tick) else fresh, TIGHT, ROUTING)
        desk = turn.desk
        topic += [Filed(alert, 0.0) for alert in (*turn.unpaged, *turn.restated)]
        topic += map(Removed, turn.removed)
    assert read == len(topic), "it goes on writing again for ever"
    return {
        one.alert.id if isinstance(one, Filed) else one.alert_id: one.alert
        if isinstance(one, Filed)
        else None
        for one in topic
    }


@law
@given(
    histories(),
    st.lists(st.integers(0, 6), min_size=1, max_size=5),
    st.sets(st.sampled_from(["a", "b", "c"])),
)
def test_however_late_it_is_read_what_is_over_stays_over_and_what_is_taken_back_stays_so(
    events: list[Filed | Tick], lags: list[int], erased: set[str]
) -> None:
    """Its own word that nobody is paged would otherwise come to stand behind the last word on the alert."""
    ended: set[str] = set()
    last: dict[str, Alert] = {}
    once: list[Filed | Tick] = []
    for event in events:
        if isinstance(event, Tick):
            once.append(event)
        elif event.alert.id not in ended:
            once.append(event)
            last[event.alert.id] = event.alert
            ended |= {event.alert.id} if event.alert.state == "resolved" else set()
    left = replay_topic(once, lags, erased)
    for name, alert in last.items():
        found = left[name]
        if name in ended & erased:
            assert found is None
        else:
            assert found
            assert found.sequence == alert.sequence
            assert (found.state == "resolved") == (name in ended)


def test_each_owner_has_a_budget_of_their_own() -> None:
    routing = msgspec.structs.replace(
        ROUTING, routes=(Route(owner="web", categories=frozenset({"website_app"})),)
    )
    storm = [tell(f"a{number}", 20 + number) for number in range(4)]
    website = [tell(f"w{number}", 10 + number, category="website_app") for number in range(4)]
    desk, unpaged, _ = take(*storm, *website, pass_time(SETTLE), routing=routing)
    assert list_paged(desk) == ["a2", "a3", "w2", "w3"]
    assert {desk.pages[name].labels["owner"] for name in ("w2", "w3")} == {"web"}
    assert sum("web has had" in alert.cause for alert in unpaged) == 2


def test_good_news_is_no_page_and_is_sent_only_if_it_is_asked_for() -> None:
    news = [tell(f"n{number}", 50, kind="recovered", severity="info") for number in range(5)]
    desk, unpaged, _ = take(*news, pass_time(SETTLE))
    assert (desk, unpaged) == (Desk(), [])
    asked = msgspec.structs.replace(ROUTING, good_news=True)
    desk, unpaged, _ = take(*news, tell("a", 20), tell("b", 20), pass_time(SETTLE), routing=asked)
    assert len(list_paged(desk)) == 7
    assert len(desk.grants["care"]) == 2


def test_news_of_long_ago_pages_nobody_whenever_it_is_read() -> None:
    old = POLICY.paging.stale_after_hours * HOUR_SECONDS + 1
    desk, unpaged, decisions = take(tell("a", 90), pass_time(old))
    assert (desk, unpaged, decisions) == (Desk(), [], [("care", "stale")])
    heard_of_again = tell("a", 90, old, state="updated", sequence=1)
    desk, *_ = take(tell("a", 90), pass_time(old), heard_of_again, pass_time(old + SETTLE))
    assert list_paged(desk) == ["a"]


def test_what_fires_and_resolves_while_nobody_decides_is_never_paged() -> None:
    desk, unpaged, _ = take(tell("a", 90), tell("a", 90, 5, state="resolved", sequence=1), pass_time(SETTLE))
    assert (desk.pages, unpaged) == ({}, [])


def test_a_paged_alert_is_kept_until_every_target_knows_that_it_is_over() -> None:
    over = tell("a", 20, 30, state="resolved", sequence=1)
    desk, *_ = take(tell("a", 20), pass_time(SETTLE), over)
    assert [one.is_resolved for _, one in list_untold(desk, "alertmanager")] == [True]
    desk = page(desk, [confirm(desk, "alertmanager")], TIGHT, ROUTING).desk
    assert list(list_untold(desk, "alertmanager")) == []
    assert len(list(list_untold(desk, "webhook"))) == 1
    desk = page(desk, [confirm(desk, "webhook")], TIGHT, ROUTING).desk
    assert desk.pages == {}


def test_a_confirmation_of_older_news_leaves_the_newer_to_be_told() -> None:
    desk, *_ = take(tell("a", 20), pass_time(SETTLE))
    confirmed = confirm(desk, "webhook")
    desk = page(desk, [tell("a", 40, 60, state="updated", sequence=1), confirmed], TIGHT, ROUTING).desk
    assert [one.alert.sequence for _, one in list_untold(desk, "webhook")] == [1]


def test_a_repeated_state_changes_nothing() -> None:
    once, *_ = take(tell("a", 20), pass_time(SETTLE))
    again, *_ = take(tell("a", 20), tell("a", 20), pass_time(SETTLE), tell("a", 20))
    assert once == again


def test_a_rise_to_critical_is_a_page_of_its_own_that_replaces_the_milder_one() -> None:
    rise = tell("a", 60, 60, state="updated", sequence=1, severity="critical")
    desk, *_ = take(tell("a", 20), pass_time(SETTLE), rise)
    assert desk.pages["a"].labels["severity"] == "warning"
    desk, *_ = take(tell("a", 20), pass_time(SETTLE), rise, pass_time(60 + SETTLE))
    risen = desk.pages["a"]
    assert (risen.labels["severity"], risen.retired["severity"]) == ("critical", "warning")
    assert len(desk.grants["care"]) == 2
    for target in ROUTING.targets:
        desk = page(desk, [confirm(desk, target)], TIGHT, ROUTING).desk
    assert desk.pages["a"].retired == {}


def test_a_rise_that_the_budget_refuses_leaves_the_milder_page_as_it_is() -> None:
    rise = tell("a", 20, 60, state="updated", sequence=1, severity="critical")
    desk, unpaged, _ = take(tell("a", 20), tell("b", 30), pass_time(SETTLE), rise, pass_time(60 + SETTLE))
    assert (desk.pages["a"].labels["severity"], desk.pages["a"].decision) == ("warning", "suppressed")
    assert [alert.sequence for alert in unpaged] == [1]
    milder = tell("a", 20, 90, state="updated", sequence=2)
    desk = page(desk, [milder], TIGHT, ROUTING).desk
    assert desk.pages["a"].decision == "granted"


def test_labels_stay_as_they_were_paged_whatever_the_alert_becomes() -> None:
    moved = tell(
        "a", 21, 60, state="updated", sequence=1, product="Toaster", category="billing", stage="former"
    )
    desk, *_ = take(tell("a", 20), pass_time(SETTLE))
    assert page(desk, [moved], TIGHT, ROUTING).desk.pages["a"].labels == desk.pages["a"].labels


def tell_surge(
    severity: AlertSeverity, seconds: float = 0, *, state: AlertState = "firing", sequence: int = 0
) -> Filed:
    named = tell("surge", 500, seconds, state=state, sequence=sequence, product="Kettle")
    surge = msgspec.structs.replace(named.alert, kind="surge", severity=severity, customer=None)
    return Filed(surge, named.at_seconds)


def test_alerts_under_an_open_surge_are_grouped_and_not_paged_one_by_one() -> None:
    children = (
        tell("a", 20, product="Kettle"),
        tell("b", 30, product="Kettle"),
        tell("c", 10, product="Toaster"),
    )
    desk, unpaged, decisions = take(*children, tell_surge("critical"), pass_time(SETTLE))
    assert list_paged(desk) == ["c", "surge"]
    assert [(alert.id, alert.cause) for alert in unpaged] == [
        ("a", "nobody is paged: grouped under the surge surge"),
        ("b", "nobody is paged: grouped under the surge surge"),
    ]
    assert decisions.count(("care", "grouped")) == 2


def test_who_is_told_of_an_alert_is_told_which_surge_it_is_part_of_and_how_many_are_like_it() -> None:
    children = [tell(name, 20, product="Kettle") for name in ("a", "b")]
    worse = tell("c", 20, severity="critical", product="Kettle")
    desk, unpaged, _ = take(
        *children, worse, tell("d", 20, product="Toaster"), tell_surge("warning"), pass_time(SETTLE)
    )
    assert [alert.group for alert in unpaged if alert.id in {"a", "b"}] == [
        Group(parent="surge", similar=2)
    ] * 2
    assert desk.pages["surge"].alert.group == Group(parent=None, similar=3)
    assert desk.pages["c"].alert.group == Group(parent="surge", similar=2)
    grown = tell("c", 30, 60, state="updated", sequence=1, severity="critical", product="Kettle")
    told_again = page(desk, [grown], TIGHT, ROUTING).desk.pages["c"]
    assert (told_again.alert.sequence, told_again.alert.group) == (1, Group(parent="surge", similar=2))


TOGETHER: Final = POLICY.paging.together_minutes * 60


def tell_ann(name: str, seconds: float = 0, **fields: Any) -> Filed:  # noqa: ANN401 - any field of an alert
    opened_at = BEGINNING + timedelta(seconds=seconds)
    return tell(name, 20, seconds, **{"customer": "ann", "opened_at": opened_at, **fields})


def test_what_fires_for_one_customer_at_one_moment_is_one_page() -> None:
    both = (tell_ann("a"), tell_ann("b", 2), pass_time(SETTLE))
    desk, unpaged, decisions = take(*both, tell_ann("c", TOGETHER), pass_time(TOGETHER + SETTLE))
    assert list_paged(desk) == ["a"]
    same = "nobody is paged: grouped under the detractor a of the same customer"
    assert [(alert.id, alert.state, alert.cause) for alert in unpaged] == [
        ("b", "suppressed", same),
        ("c", "suppressed", same),
    ]
    assert sorted(decisions) == [("care", "granted"), ("care", "grouped"), ("care", "grouped")]


def test_what_fires_for_the_customer_later_or_is_worse_or_anothers_is_a_page_of_its_own() -> None:
    routing = msgspec.structs.replace(ROUTING, routes=(Route(owner="web", products=frozenset({"Site"})),))
    first = (tell_ann("a"), pass_time(SETTLE))
    for other in (
        tell_ann("b", TOGETHER + 1),
        tell_ann("b", 60, severity="critical"),
        tell_ann("b", 60, product="Site"),
        tell("b", 20, 60),
    ):
        desk, *_ = take(*first, other, pass_time(TOGETHER + 60), routing=routing)
        assert list_paged(desk) == ["a", "b"]


def test_of_what_fires_for_one_customer_at_one_moment_the_worst_is_paged() -> None:
    desk, *_ = take(tell_ann("a"), tell_ann("b", 2, severity="critical"), pass_time(SETTLE + 2))
    assert list_paged(desk) == ["b"]


def test_what_is_still_open_when_the_customers_other_alert_ends_may_be_paged() -> None:
    over = tell_ann("a", 60, state="resolved", sequence=1)
    desk, *_ = take(tell_ann("a"), tell_ann("b", 2), pass_time(SETTLE), over, pass_time(70))
    assert list_paged(desk) == ["a", "b"]


def test_what_is_still_open_when_its_surge_ends_may_be_paged() -> None:
    over = tell_surge("critical", 60, state="resolved", sequence=1)
    storm = (tell("a", 20, product="Kettle"), tell_surge("critical"), pass_time(SETTLE))
    desk, *_ = take(*storm, pass_time(30))
    assert list_paged(desk) == ["surge"]
    desk, *_ = take(*storm, over, pass_time(60))
    assert list_paged(desk) == ["a", "surge"]


def test_a_milder_surge_does_not_speak_for_a_critical_alert() -> None:
    critical = tell("a", 20, severity="critical", product="Kettle")
    desk, *_ = take(critical, tell("b", 30, product="Kettle"), tell_surge("warning"), pass_time(SETTLE))
    assert list_paged(desk) == ["a", "surge"]


@given(st.permutations(range(5)))
def test_an_alert_about_no_customer_comes_first(order: Sequence[int]) -> None:
    filed = [tell(f"a{number}", 100) for number in range(4)]
    blind = tell("blind", 0)
    filed.append(Filed(msgspec.structs.replace(blind.alert, listeners=None), blind.at_seconds))
    desk, *_ = take(*(filed[place] for place in order), pass_time(SETTLE))
    assert list_paged(desk) == ["a0", "blind"]


@law
@given(histories(), st.integers(1, 3), st.sampled_from([0.0, 0.34, 0.9]))
def test_no_hour_has_more_pages_than_the_limit(events: list[Filed | Tick], limit: int, share: float) -> None:
    policy = overlay({"paging": {"pages_per_hour": limit, "reserved_share": share}}).paging
    desk, granted_at = Desk(), []
    for event in events:
        turn = page(desk, [event], policy, ROUTING)
        desk = turn.desk
        if isinstance(event, Tick):
            granted_at += [event.at.timestamp()] * turn.decisions.count(("care", "granted"))
    for end in granted_at:
        assert sum(end - HOUR_SECONDS < at <= end for at in granted_at) <= limit


@law
@given(histories(), st.integers(1, 3), st.sampled_from([0.0, 0.34, 0.9]))
def test_at_no_moment_is_less_granted_than_refused(
    events: list[Filed | Tick], limit: int, share: float
) -> None:
    """Fewer listeners never go before more, and of as many never those of less worth."""
    policy = overlay({"paging": {"pages_per_hour": limit, "reserved_share": share}}).paging
    desk = Desk()
    for event in events:
        turn = page(desk, [event], policy, ROUTING)
        granted = [
            one.rank
            for name, one in turn.desk.pages.items()
            if one.decision == "granted" and name in desk.pages and desk.pages[name].decision != "granted"
        ]
        refused = [one.rank for one in turn.desk.pages.values() if one.decision == "suppressed"]
        if isinstance(event, Tick) and granted and refused:
            assert min(granted) >= max(refused)
        desk = turn.desk


@law
@given(histories())
def test_events_taken_together_do_what_they_do_one_by_one(events: list[Filed | Tick]) -> None:
    one_by_one, unpaged, decisions = take(*events)
    together = page(Desk(), events, TIGHT, ROUTING)
    assert (together.desk, together.unpaged, together.decisions) == (one_by_one, unpaged, decisions)


@law
@given(histories())
def test_what_changed_is_named_so_that_nothing_is_left_unstored(events: list[Filed | Tick]) -> None:
    desk = Desk()
    for event in events:
        turn = page(desk, [event], TIGHT, ROUTING)
        for before, after, named in (
            (desk.pages, turn.desk.pages, turn.pages),
            (desk.grants, turn.desk.grants, turn.owners),
        ):
            different = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
            assert different <= named
        desk = turn.desk
