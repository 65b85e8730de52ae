"""The demo's input: what is told is real, openly licensed, in order, and the same for the same seed."""

import csv
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.journey import Journey
from monitor.core.message import Message, check_message
from monitor.core.pipeline import follow, score
from monitor.core.scored import Origin, Scored, Tick
from monitor.resources import load_instruments, load_policy
from monitor.story import BACKGROUND_FILE, STORY_HOURS, Story, load_background, load_stories, tell, tell_story
from tests.quality import sample_texts

SHARED_DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
needs_shared_data = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the labelled texts (../shared/data) are not beside this repository"
)
#: Their licences allow their rows to be passed on; those of no other file in the shared data do.
REDISTRIBUTABLE = {
    "uci_sentences.csv",
    "banking77_train.csv",
    "vader_tweets.csv",
    "vader_amazonReviewSnippets.csv",
    "vader_movieReviewSnippets.csv",
    "vader_nytEditorialSnippets.csv",
}
START = datetime(2026, 3, 2, 6, tzinfo=UTC)
STORIES = load_stories()
BACKGROUND = load_background()


def tell_all(seed: int = 7, count: int = 3000, copies: int = 1) -> list[Message]:
    told = tell(
        STORIES,
        BACKGROUND,
        start=START,
        span_hours=STORY_HOURS,
        background_count=count,
        seed=seed,
        copies=copies,
    )
    return list(told)


@cache
def rows(file: str) -> list[dict[str, str]]:
    with (SHARED_DATA / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def sources() -> list[tuple[str, str]]:
    steps = [(step.source, step.text) for story in STORIES for step in story.steps if step.source]
    return steps + [(text.source, text.text) for text in BACKGROUND]


def test_the_stories_that_the_design_asks_for_are_told() -> None:
    assert {story.name for story in STORIES} >= {
        "prospect_charmed",
        "buyer_content",
        "advocate_turns",
        "ignored_complainer",
        "recovered",
        "former_returns",
        "loud_and_public",
        "auto_reply_only",
        "answered_in_time",
    }


def test_a_story_is_named_after_its_file_and_no_two_are_about_one_customer() -> None:
    files = [entry.name for entry in (resources.files("monitor") / "stories").iterdir()]
    assert sorted(f"{story.name}.toml" for story in STORIES) == sorted(
        file for file in files if file.endswith(".toml")
    )
    assert len({story.who.customer for story in STORIES}) == len(STORIES)
    assert len({story.who.handle for story in STORIES}) == len(STORIES)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_runs_forward_within_ten_days_and_answers_only_what_was_said(story: Story) -> None:
    steps = story.steps
    assert all(earlier.after_hours < later.after_hours for earlier, later in pairwise(steps))
    assert steps[0].after_hours >= 0
    assert steps[-1].after_hours <= STORY_HOURS
    said: set[str] = set()
    for step in steps:
        assert step.id not in said
        assert step.reply_to is None or step.reply_to in said
        said.add(step.id)


def test_a_kind_that_still_fires_at_the_end_is_one_that_is_expected() -> None:
    assert all(set(story.final) <= set(story.expect) for story in STORIES)
    assert any(not story.expect for story in STORIES)
    assert {kind for story in STORIES for kind in story.expect} == {
        "detractor",
        "ignored_complaint",
        "advocate_lost",
        "unresolved_handoff",
        "former_at_risk",
        "prospect_lost",
        "recovered",
    }


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_ends_in_the_alerts_or_the_silence_that_it_tells(story: Story) -> None:
    policy = load_policy()
    instruments = load_instruments(b"")
    messages = list(tell_story(story, start=START))
    fired: set[str] = set()
    journey: Journey | None = None
    for hour in range(int(STORY_HOURS) + 1):
        now = START + timedelta(hours=hour)
        events: list[Scored | Tick] = []
        while messages and messages[0].at <= now:
            message = messages.pop(0)
            origin = Origin("messages", 0, len(messages))
            events.append(score(message, origin, message.at.timestamp(), instruments, policy))
        for event in (*events, Tick(at=now)):
            journey, alerts = follow(journey, event, policy)
            fired |= {alert.kind for alert in alerts if alert.state == "firing"}
    assert journey is not None
    assert (fired, set(journey.open_alerts)) == (set(story.expect), set(story.final))


def test_what_a_customer_says_has_a_source_and_what_the_brand_says_has_none() -> None:
    for story in STORIES:
        for step in story.steps:
            assert (step.source is not None) == (step.direction == "inbound"), (story.name, step.id)


def test_no_text_comes_from_a_file_that_may_not_be_redistributed() -> None:
    assert {source.partition(":")[0] for source, _ in sources()} <= REDISTRIBUTABLE
    assert set(sample_texts.REDISTRIBUTABLE) <= REDISTRIBUTABLE


def test_the_attribution_names_every_file_that_is_used() -> None:
    attribution = (resources.files("monitor") / "stories" / "ATTRIBUTION.md").read_text("utf-8")
    for file in {source.partition(":")[0] for source, _ in sources()}:
        assert f"`{file}`" in attribution


@needs_shared_data
def test_every_inbound_text_is_a_row_word_for_word() -> None:
    for source, text in sources():
        file, _, row = source.partition(":")
        assert rows(file)[int(row) - 1]["text"] == text, source


@needs_shared_data
def test_the_background_can_be_drawn_again_byte_for_byte() -> None:
    kept = (resources.files("monitor") / "stories" / BACKGROUND_FILE).read_bytes()
    assert sample_texts.sample(SHARED_DATA) == kept


def test_the_background_is_a_compact_and_mostly_friendly_mix_in_which_nothing_is_told_twice() -> None:
    size = len((resources.files("monitor") / "stories" / BACKGROUND_FILE).read_bytes())
    assert size < 400_000
    assert 1400 <= len(BACKGROUND) <= 1600
    assert len({text.text for text in BACKGROUND}) == len(BACKGROUND)
    told = {step.source for story in STORIES for step in story.steps}
    assert not told & {text.source for text in BACKGROUND}
    negative = sum(text.polarity == "negative" for text in BACKGROUND)
    assert 0.10 <= negative / len(BACKGROUND) <= 0.20


def test_the_same_seed_tells_the_same_and_another_seed_something_else() -> None:
    assert tell_all(seed=7) == tell_all(seed=7)
    assert tell_all(seed=7) != tell_all(seed=8)


@given(
    seed=st.integers(0, 2**32),
    count=st.integers(0, 200),
    span_hours=st.floats(0.5, 300),
    copies=st.integers(0, 3),
)
@settings(max_examples=40, deadline=None)
def test_messages_come_in_event_time_order_with_unique_ids_within_the_span(
    seed: int, count: int, span_hours: float, copies: int
) -> None:
    told = list(
        tell(
            STORIES,
            BACKGROUND,
            start=START,
            span_hours=span_hours,
            background_count=count,
            seed=seed,
            copies=copies,
        )
    )
    assert all(earlier.at <= later.at for earlier, later in pairwise(told))
    assert len({message.id for message in told}) == len(told)
    said = [message for message in told if message.id.startswith("background-") and not message.reply_to]
    assert len(said) == count
    assert all(START <= message.at <= START + timedelta(hours=span_hours) for message in said)


def test_every_message_is_valid() -> None:
    for message in tell_all():
        decoded = msgspec.json.decode(msgspec.json.encode(message), type=Message)
        check_message(decoded, received_at_seconds=message.at.timestamp(), future_tolerance_seconds=0)
        assert decoded == message


def test_copies_of_a_story_are_the_same_words_from_other_customers() -> None:
    story = STORIES[0]
    first, second = list(tell_story(story, start=START)), list(tell_story(story, start=START, copy=1))
    assert [message.text for message in first] == [message.text for message in second]
    assert {message.customer for message in first} == {story.who.customer}
    assert not {message.customer for message in first} & {message.customer for message in second}
    assert not {message.author for message in first} & {message.author for message in second}
    assert len(tell_all(count=0, copies=3)) == 3 * len(tell_all(count=0))


def test_a_reply_follows_what_it_answers_and_goes_to_the_same_customer() -> None:
    told = {message.id: message for message in tell_all()}
    for message in told.values():
        if message.reply_to:
            asked = told[message.reply_to]
            assert asked.at < message.at
            assert (asked.author, asked.customer) == (message.author, message.customer)


def test_the_brand_answers_most_of_the_background_that_calls_for_it_within_four_hours() -> None:
    told = [message for message in tell_all() if message.id.startswith("background-")]
    polarity = {text.text: text.polarity for text in BACKGROUND}
    asked = [
        message
        for message in told
        if message.direction == "inbound"
        and (message.brand == "Nimbus Bank" or polarity[message.text] == "negative")
    ]
    answers = {message.reply_to: message for message in told if message.direction == "outbound"}
    assert 0.80 < len(answers) / len(asked) < 0.90
    for message in asked:
        if message.id in answers:
            assert answers[message.id].at - message.at < timedelta(hours=4)


def test_the_background_is_told_by_several_hundred_customers_on_the_channels_that_fit() -> None:
    told = [message for message in tell_all() if message.id.startswith("background-")]
    assert len({(message.author, message.customer) for message in told}) > 400
    kind = {text.text: text.kind for text in BACKGROUND}
    for message in told:
        if message.direction == "outbound":
            continue
        if kind[message.text] == "tweet":
            assert message.channel == "social"
        elif kind[message.text] == "support_question":
            assert message.channel in {"support", "chat", "email"}
        else:
            assert message.channel == "review"
            assert message.rating is not None


def test_the_evening_is_livelier_than_the_night() -> None:
    hours = Counter(message.at.hour for message in tell_all() if message.id.startswith("background-"))
    assert sum(hours[hour] for hour in (18, 19, 20, 21)) > 3 * sum(hours[hour] for hour in (1, 2, 3, 4))
