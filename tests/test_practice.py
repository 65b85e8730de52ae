"""What practice says is shown by scenarios: every row of the table names one that exists, and what it names is real."""

import re
from pathlib import Path
from typing import Final, get_args

import pytest
from prometheus_client import CollectorRegistry

from monitor.core.alert import AlertKind
from monitor.metrics import Metrics

FOLDER: Final = Path(__file__).parent / "scenarios"
SCENARIOS: Final = {file.stem for file in FOLDER.rglob("*.txt")}
ROWS: Final = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (FOLDER / "README.md").read_text("utf-8").splitlines()
    if line.startswith("|")
][2:]
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:50])


def list_names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_the_table_has_a_row_for_each_thing_that_practice_says() -> None:
    assert len(ROWS) == 20
    assert len({practice for practice, _, _ in ROWS}) == len(ROWS)


@each_row
def test_every_row_names_a_scenario_that_exists(row: list[str]) -> None:
    named = set(list_names(row[2]))
    assert named
    assert named <= SCENARIOS


@each_row
def test_the_kinds_and_metrics_that_a_row_names_are_the_programs(row: list[str]) -> None:
    metrics = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in Metrics(CollectorRegistry(), "hash").registry.collect()
    }
    known = metrics | set(get_args(AlertKind)) | {"touchpoint_gap"}
    assert set(list_names(row[1])) <= known
