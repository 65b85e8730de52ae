"""The demo's crowds: real texts, real sources, and the alerts that they promise."""

from datetime import timedelta
from importlib import resources
from itertools import pairwise

import pytest

from monitor.core.scored import Tick
from monitor.crowd_story import CrowdStory, load_crowds, tell_crowds
from monitor.replay import Arrival, replay
from monitor.story import STORY_HOURS, load_background, load_stories
from tests.core.builders import INSTRUMENTS, POLICY
from tests.test_story import REDISTRIBUTABLE, START, needs_shared_data, rows

CROWDS = load_crowds()

each_crowd = pytest.mark.parametrize("crowd", CROWDS, ids=lambda crowd: crowd.name)


def tell_alone(crowd: CrowdStory) -> list[Arrival | Tick]:
    """Tell a crowd's story with nothing around it, and an hourly tick."""
    arrivals = [Arrival("crowd", message.at, message) for message in tell_crowds([crowd], start=START)]
    ticks = [Tick(at=START + timedelta(hours=hour)) for hour in range(int(STORY_HOURS) + 1)]
    return sorted(
        [*arrivals, *ticks], key=lambda step: step.received_at if isinstance(step, Arrival) else step.at
    )


@each_crowd
def test_a_crowd_ends_in_the_alerts_that_it_tells(crowd: CrowdStory) -> None:
    replayed = replay(tell_alone(crowd), INSTRUMENTS, POLICY)
    alerts = [alert for alert in replayed.crowd_alerts if alert.subject == crowd.subject]
    assert {alert.kind for alert in alerts if alert.state == "firing"} == set(crowd.expect)
    last = {alert.id: alert for alert in alerts}
    assert {alert.kind for alert in last.values() if alert.state != "resolved"} == set(crowd.final)


@each_crowd
def test_a_crowd_is_of_many_customers_who_say_one_thing_each_and_are_answered(crowd: CrowdStory) -> None:
    told = tell_crowds([crowd], start=START)
    inbound = [message for message in told if message.direction == "inbound"]
    assert len({message.customer for message in inbound}) == len(inbound) == len(crowd.said) > 20
    assert {message.reply_to for message in told if message.direction == "outbound"} == {
        message.id for message in inbound
    }
    assert all(earlier.at <= later.at for earlier, later in pairwise(told))
    assert told[-1].at <= START + timedelta(hours=STORY_HOURS)


@needs_shared_data
def test_every_text_of_a_crowd_is_a_row_word_for_word() -> None:
    for crowd in CROWDS:
        for said in crowd.said:
            file, _, row = said.source.partition(":")
            assert rows(file)[int(row) - 1]["text"] == said.text, said.source


def test_a_crowds_texts_may_be_redistributed_and_are_told_nowhere_else() -> None:
    sources = [said.source for crowd in CROWDS for said in crowd.said]
    assert {source.partition(":")[0] for source in sources} <= REDISTRIBUTABLE
    others = {text.source for text in load_background()}
    others |= {step.source for story in load_stories() for step in story.steps if step.source}
    assert len(set(sources)) == len(sources)
    assert not others & set(sources)


def test_a_crowd_is_named_after_its_file() -> None:
    files = [entry.name for entry in (resources.files("monitor") / "stories" / "crowds").iterdir()]
    assert sorted(f"{crowd.name}.toml" for crowd in CROWDS) == sorted(files)
