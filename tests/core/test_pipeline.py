"""Scoring shows no identity and following keeps its promises: pure, exact in a replay, deaf to repetition."""

from copy import deepcopy
from typing import Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.journey import Journey
from monitor.core.machines import FOLLOW
from monitor.core.message import CHANNELS, Message
from monitor.core.packing import pack, unpack
from monitor.core.pipeline import assess, follow, score
from monitor.core.scored import EXCERPT_MAX_CHARACTERS, Origin, Scored, Tick
from monitor.replay import work_log
from tests.core.builders import (
    INSTRUMENTS,
    POLICY,
    at,
    build_message,
    build_scored,
    complain,
    event_lists,
    follow_all,
    law,
    scored_messages,
    tell,
    tick,
)
from tests.core.events import SCORED_LOG

COMPLAINT: Final = "You charged me twice and nobody replies. This is the worst service ever."
WORD: Final = st.from_regex(r"[b-df-hj-np-tv-z]{3,6}", fullmatch=True)


def _score(message: Message, offset: int = 0) -> Scored:
    return score(message, Origin("source", 0, offset), at(0).timestamp(), INSTRUMENTS, POLICY)


def _encode(record: object) -> str:
    return msgspec.json.encode(record, order="deterministic").decode()


# --- score


@settings(law, max_examples=50)
@given(text=st.text() | st.just(COMPLAINT), channel=st.sampled_from(CHANNELS))
def test_what_the_brand_says_is_never_a_complaint(text: str, channel: str) -> None:
    scored = _score(build_message(text, direction="outbound", channel=channel, rating=1.0, nps=0))
    assert not scored.complaint.is_complaint
    assert scored.complaint.probability == 0
    assert scored.excerpt == ""


@settings(law, max_examples=50)
@given(st.text())
def test_the_same_message_twice_is_scored_to_the_same_bytes(text: str) -> None:
    assert _encode(_score(build_message(text))) == _encode(_score(build_message(text)))


def test_a_scored_message_keeps_all_but_text_and_names() -> None:
    message = build_message(
        COMPLAINT,
        customer="C-1",
        brand="acme",
        product="kettle",
        stage="customer",
        touchpoint="billing",
        thread="t-1",
        reply_to="m0",
        rating=1.0,
        nps=2,
        followers=3,
        reshares=4,
        likes=5,
        views=6,
        helpful=7,
        language="en",
        value=8.0,
        permalink="https://example.org/1",
    )
    scored = _score(message)
    kept = {name for name in Message.__struct_fields__ if hasattr(scored, name)}
    assert kept == set(Message.__struct_fields__) - {"text", "author"}
    assert all(getattr(scored, name) == getattr(message, name) for name in kept - {"customer"})
    assert scored.customer == INSTRUMENTS.pseudonyms.name(message)


def test_only_a_complaint_leaves_an_excerpt_and_a_short_one() -> None:
    praise = _score(build_message("I love this shop, great service.", permalink="https://example.org/1"))
    assert (praise.excerpt, praise.permalink) == ("", None)
    assert len(_score(build_message(f"{COMPLAINT} " * 20)).excerpt) == EXCERPT_MAX_CHARACTERS


def test_evidence_quotes_the_redacted_text_at_its_place() -> None:
    text = f"{COMPLAINT} My number is 4111 1111 1111 1111, write to jane@example.com."
    scored = _score(build_message(text))
    assert scored.complaint.evidence
    assert all(span.text == scored.excerpt[span.start : span.end] for span in scored.complaint.evidence)


@settings(law, max_examples=60)
@given(words=st.lists(WORD, min_size=8, max_size=8, unique=True), channel=st.sampled_from(CHANNELS))
def test_no_identifier_of_a_message_is_in_the_scored_record_or_in_any_alert(
    words: list[str], channel: str
) -> None:
    author, customer = f"{words[0]}_{words[1]}9x", f"C{words[2]}-{words[3]}"
    mail, handle = f"{words[4]}.{words[5]}@{words[6]}.example", f"@{words[7]}_official"
    text = f"{COMPLAINT} I am {author} ({customer.upper()}), write to {mail} or {handle}, I AM {author.upper()}!!!"
    message = build_message(text, author=author, customer=customer, channel=channel, followers=100_000)
    scored = _score(message)
    assert scored.complaint.is_complaint
    _, alerts = follow_all([scored, tick(72), tick(24 * 30)])
    assert {alert.kind for alert in alerts} >= {"detractor", "ignored_complaint"}
    written = (_encode(scored) + _encode(alerts)).casefold()
    for identifier in (author, customer, mail, handle):
        assert identifier.casefold() not in written


@pytest.mark.parametrize("field", ["id", "thread", "reply_to"])
def test_ids_of_messages_and_threads_stay_as_they_are(field: str) -> None:
    assert getattr(_score(build_message(COMPLAINT, **{field: "ticket-4711"})), field) == "ticket-4711"


def test_assessing_is_scoring_without_a_place_in_the_log() -> None:
    message = build_message(COMPLAINT)
    sentiment, polarity, complaint, cues = assess(message, INSTRUMENTS, POLICY)
    scored = _score(message)
    assert (sentiment, polarity, cues) == (scored.sentiment, scored.polarity, scored.cues)
    assert complaint.probability == scored.complaint.probability


# --- follow


@law
@given(event_lists())
def test_the_journey_that_was_given_stays_untouched(events: list[Scored | Tick]) -> None:
    journey: Journey | None = None
    for event in events:
        before = deepcopy(journey)
        after, _ = follow(journey, event, POLICY)
        assert journey == before
        journey = after


@law
@given(event_lists())
def test_a_stored_journey_goes_on_as_the_one_in_memory(events: list[Scored | Tick]) -> None:
    journey: Journey | None = None
    for event in events:
        stored = None if journey is None else unpack(journey.customer, pack(journey))
        assert stored is None or isinstance(stored, Journey)
        in_memory, stored_on = follow(journey, event, POLICY), follow(stored, event, POLICY)
        assert _encode(in_memory) == _encode(stored_on)
        journey = in_memory[0]


@law
@given(event_lists(), scored_messages(), st.integers(0, 1000))
def test_a_message_id_that_is_remembered_changes_nothing(
    events: list[Scored | Tick], message: Scored, hours_later: int
) -> None:
    journey, _ = follow_all(events)
    once, _ = follow(journey, message, POLICY)
    again = msgspec.structs.replace(message, origin=Origin("source", 0, 999), at=at(hours_later))
    twice, alerts = follow(once, again, POLICY)
    assert twice == once
    assert tuple(alerts) == ()


def test_a_tick_without_a_journey_changes_nothing() -> None:
    assert follow(None, tick(1), POLICY) == (None, ())


def test_time_is_passed_before_the_message_is_taken() -> None:
    _, alerts = follow_all([complain(0, 0), build_scored(1, 5, direction="outbound")])
    assert tell(alerts) == [("firing", "ignored_complaint"), ("resolved", "ignored_complaint")]
    assert [alert.cause for alert in alerts] == ["time passed", "reply"]


def test_a_case_that_faded_and_a_new_complaint_are_two_episodes_in_one_step() -> None:
    first = complain(0, 0, id="one", severity="blame")
    second = complain(1, 24 * 40, id="two", severity="blame")
    _, alerts = follow_all([first, tick(4), second, tick(24 * 40 + 4)])
    ids = [alert.id for alert in alerts if alert.kind == "ignored_complaint"]
    assert len(ids) == 3
    assert ids[0] == ids[1] != ids[2]


def _merge(one: list[Scored], other: list[Scored], choices: list[bool]) -> list[Scored]:
    """Interleave two lists, each in its order."""
    left, right = iter(one), iter(other)
    merged = [found for choice in choices if (found := next(left if choice else right, None))]
    return [*merged, *left, *right]


MESSAGES: Final = st.lists(scored_messages(), max_size=4)


@law
@given(
    spans=st.lists(st.tuples(MESSAGES, MESSAGES, st.integers(1, 200)), max_size=4),
    choices=st.tuples(*(st.lists(st.booleans(), max_size=8) for _ in range(2))),
)
def test_the_order_of_two_customers_does_not_matter_to_either(
    spans: list[tuple[list[Scored], list[Scored], int]], choices: tuple[list[bool], list[bool]]
) -> None:
    outcomes = []
    for choice in choices:
        log: list[Scored | Tick] = []
        hours, offsets = 0, {"c-ann": 0, "c-ben": 0}
        for ann, ben, passed in spans:
            placed: list[list[Scored]] = []
            for partition, (customer, messages) in enumerate((("c-ann", ann), ("c-ben", ben))):
                first = offsets[customer]
                offsets[customer] += len(messages)
                placed.append(
                    [
                        msgspec.structs.replace(
                            message, customer=customer, origin=Origin("source", partition, first + number)
                        )
                        for number, message in enumerate(messages)
                    ]
                )
            hours += passed
            log += [*_merge(placed[0], placed[1], choice), tick(hours)]
        outcomes.append(work_log(FOLLOW, SCORED_LOG, enumerate(log), POLICY))
    for customer in ("c-ann", "c-ben"):
        one, other = ([alert for alert in plan.alerts if alert.customer == customer] for _, plan in outcomes)
        assert _encode(one) == _encode(other)
    assert outcomes[0][0].states == outcomes[1][0].states


@law
@given(event_lists())
def test_a_log_tells_what_following_its_one_customer_tells_less_ticks_that_wake_nobody(
    events: list[Scored | Tick],
) -> None:
    partition, in_log = work_log(FOLLOW, SCORED_LOG, enumerate(events), POLICY)
    told: list[Alert] = []
    journey: Journey | None = None
    for event in events:
        woken = (
            journey is not None and journey.wake_at is not None and event.at.timestamp() >= journey.wake_at
        )
        if isinstance(event, Scored) or woken:
            journey, alerts = follow(journey, event, POLICY)
            told += alerts
    assert _encode(in_log.alerts) == _encode(told)
    assert len(partition.states) == (journey is not None)


def test_who_mentions_a_regulator_or_the_police_accuses() -> None:
    text = "My order never arrived. I am informing the police and the FCA"
    _, _, complaint, cues = assess(build_message(text), INSTRUMENTS, POLICY)
    assert (cues.law_or_press, complaint.is_complaint, complaint.severity) == (True, True, "accusation")
    _, _, complaint, _ = assess(build_message("My order never arrived."), INSTRUMENTS, POLICY)
    assert complaint.severity == "no_reproach"
