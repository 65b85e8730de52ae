"""`monitor demo` as a user meets it: it says what happened, and leaves nothing behind."""

import json
import re
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from monitor.crowd_story import load_crowds
from monitor.story import load_stories
from tests.cli.program import Descendants, Program, start

SHORT = ("demo", "--for", "20", "--rate", "10")


class Seen(NamedTuple):
    """What a whole demo showed."""

    code: int
    stdout: str
    stderr: str
    metrics: dict[str, Metric]


def read_metrics(demo: Program) -> dict[str, Metric]:
    address = demo.wait_for(lambda line: line.startswith("metrics")).split()[1]
    demo.wait_for(is_alert)
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - a loopback address
        return {family.name: family for family in text_string_to_metric_families(answer.read().decode())}


def is_alert(line: str) -> bool:
    return re.match(r"\d\d \w{3} \d\d:\d\d  firing ", line) is not None


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Play one demo to its end."""
    folder = tmp_path_factory.mktemp("demo")
    with start(*SHORT, "--json", folder=folder, TMPDIR=str(folder)) as demo:
        metrics = read_metrics(demo)
        started = Descendants(demo.process.pid)
        assert any("worker" in command for command in started.commands.values())
        assert any("broker" in command for command in started.commands.values())
        code = demo.end()
        started.wait_until_gone()
        assert list(folder.iterdir()) == []
        yield Seen(code, demo.stdout, demo.stderr, metrics)


def test_stdout_is_one_line_of_json(seen: Seen) -> None:
    assert seen.code == 0, seen.stderr
    assert len(seen.stdout.splitlines()) == 1
    assert set(json.loads(seen.stdout)) >= {"messages", "alerts", "stories"}


def test_what_goes_in_comes_out_scored_or_dead_lettered(seen: Seen) -> None:
    counts: dict[str, int] = json.loads(seen.stdout)["messages"]
    assert counts["in"] == counts["scored"] + counts["dead_lettered"]
    assert counts["scored"] > 200
    assert counts["dead_lettered"] > 0


def test_every_kind_of_alert_that_a_story_tells_fires(seen: Seen) -> None:
    alerts: dict[str, int] = json.loads(seen.stdout)["alerts"]
    told = {kind for story in load_stories() for kind in story.expect}
    assert set(alerts) >= told | {kind for crowd in load_crowds() for kind in crowd.expect}
    assert min(alerts.values()) > 0


def test_every_story_ends_as_it_tells(seen: Seen) -> None:
    stories: dict[str, dict[str, Any]] = json.loads(seen.stdout)["stories"]
    assert len(stories) >= 6
    assert {name: end["got"] for name, end in stories.items()} == {
        name: end["expected"] for name, end in stories.items()
    }
    assert any(end["expected"]["fired"] for end in stories.values())
    assert any(not end["expected"]["fired"] for end in stories.values())


def test_the_alerts_and_the_closing_table_are_for_people_on_stderr(seen: Seen) -> None:
    lines = seen.stderr.splitlines()
    counts: dict[str, int] = json.loads(seen.stdout)["messages"]
    assert sum(map(is_alert, lines)) >= sum(json.loads(seen.stdout)["alerts"].values())
    assert any(line.startswith(f"{counts['in']} records in = {counts['scored']} scored") for line in lines)


def test_its_metrics_can_be_read_while_it_runs(seen: Seen) -> None:
    assert {"monitor_messages", "monitor_alerts", "monitor_build_info"} <= set(seen.metrics)
    assert sum(sample.value for sample in seen.metrics["monitor_alerts"].samples) > 0
    for family in seen.metrics.values():
        assert family.documentation, family.name
        assert family.type != "unknown", family.name


def test_ctrl_c_ends_it_promptly_and_leaves_nothing(tmp_path: Path) -> None:
    with start(*SHORT, folder=tmp_path, TMPDIR=str(tmp_path)) as demo:
        demo.wait_for(is_alert, "stdout")
        started = Descendants(demo.process.pid)
        assert demo.end(signal.SIGINT) == 130
        assert "Traceback" not in demo.stderr
        assert "How the stories ended" not in demo.stdout
        started.wait_until_gone()
        assert list(tmp_path.iterdir()) == []


def test_even_when_it_is_killed_no_process_is_left_behind(tmp_path: Path) -> None:
    with start(*SHORT, folder=tmp_path, TMPDIR=str(tmp_path)) as demo:
        demo.wait_for(lambda line: line.startswith("metrics"), "stdout")
        started = Descendants(demo.process.pid)
        assert any("worker" in command for command in started.commands.values())
        assert demo.end(signal.SIGKILL) == -signal.SIGKILL
        started.wait_until_gone()
