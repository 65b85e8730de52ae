"""Each alert has a runbook that answers the same five questions; its links lead somewhere, its commands exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

import pytest
import typer
from prometheus_client import CollectorRegistry

from monitor.cli import app, commands
from monitor.core.action import name_runbook
from monitor.core.alert import AlertKind
from monitor.metrics import Metrics
from tests.deploy.programs import DEPLOY, ROOT, read_yaml
from tests.deploy.rules import RUNBOOKS_URL, load_alerts, load_rules

FOLDER: Final = DEPLOY / "runbooks"
RUNBOOKS: Final = sorted(FOLDER.glob("*.md"))
KINDS: Final = get_args(AlertKind)
HEADINGS: Final = [
    "What it means",
    "Who is affected",
    "What to check",
    "How to fix it",
    "How to know that it is over",
]

each_runbook = pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda runbook: runbook.stem)


def list_anchors(runbook: Path) -> set[str]:
    """List the anchors that a renderer makes of the headings."""
    headings = re.findall(r"^#+ (.*)$", runbook.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def list_commands(runbook: Path) -> Iterator[str]:
    for block in re.findall(r"^```console\n(.*?)^```", runbook.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            assert line.startswith("$ "), line
            yield line[2:]


def parse_monitor(arguments: list[str]) -> None:
    """Parse a command line of the program without running it; wrong options raise."""
    assert commands
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[arguments.pop(0)]
    command.make_context(command.name, arguments)


def test_each_alert_has_a_runbook_and_each_runbook_its_alert() -> None:
    assert {runbook.stem for runbook in RUNBOOKS} - set(KINDS) == {alert.alert for alert in load_alerts()}


def test_the_runbook_of_each_kind_of_alert_leads_to_a_heading() -> None:
    for kind in KINDS:
        name, _, anchor = name_runbook(kind).partition("#")
        assert anchor in list_anchors(FOLDER / name), kind


def test_each_runbook_address_leads_to_a_heading() -> None:
    for alert in load_alerts():
        name, _, anchor = alert.annotations["runbook_url"].removeprefix(RUNBOOKS_URL).partition("#")
        assert anchor in list_anchors(FOLDER / name), alert.alert


@each_runbook
def test_a_runbook_answers_the_five_questions(runbook: Path) -> None:
    text = runbook.read_text("utf-8")
    assert text.startswith(f"# {runbook.stem}: ")
    sections = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    assert sections[1::2] == HEADINGS
    assert all(section.strip() for section in sections[2::2])
    assert "```console" in sections[6]


@each_runbook
def test_a_link_of_a_runbook_leads_somewhere(runbook: Path) -> None:
    for target in re.findall(r"\]\((.*?)\)", runbook.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        assert (FOLDER / name).is_file(), target
        assert not anchor or anchor in list_anchors(FOLDER / name), target


@each_runbook
def test_a_command_of_ours_in_a_runbook_is_one_that_there_is(runbook: Path) -> None:
    compose = read_yaml(DEPLOY / "compose.yaml")
    for line in list_commands(runbook):
        words = shlex.split(line)
        ends = [place for place, word in enumerate(words) if word in {"|", ">"}]
        program, *arguments = words[: ends[0]] if ends else words
        if program == "monitor":
            parse_monitor(arguments)
        elif program == "docker":
            assert arguments[:3] == ["compose", "-f", "deploy/compose.yaml"]
            named = set(arguments[3:]) & {"worker", "kafka", "prometheus", "alertmanager"}
            assert named <= compose["services"].keys()
            assert (ROOT / arguments[2]).is_file()
        else:
            assert program in {"curl", "jq", "date"}, line


@each_runbook
def test_a_metric_in_a_runbook_is_one_that_there_is(runbook: Path) -> None:
    families = {family.name for family in Metrics(CollectorRegistry(), "hash").registry.collect()}
    records = {rule.record for rule in load_rules()}
    text = runbook.read_text("utf-8")
    for name in re.findall(r"(?<![\w:])monitor_\w+(?![\w:])", text):
        family = re.sub(r"_(total|bucket|count|sum)$", "", name)
        assert any(known.startswith(family) for known in families), name
    assert set(re.findall(r"\bjob\w*:\w+:\w+", text)) <= records
