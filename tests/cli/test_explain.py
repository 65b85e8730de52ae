"""`monitor explain` as a user meets it: an account that a person can check by adding up."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.program import run

TEXT = "third time I call, my order NEVER arrived!! Avoid @acme"


def test_the_page_names_every_score_and_the_words_behind_it(tmp_path: Path) -> None:
    done = run("explain", TEXT, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for heading in ("Sentiment", "Complaint", "Cues", "Listeners"):
        assert re.search(rf"^{heading} ", done.stdout, re.MULTILINE), heading
    assert "NEVER arrived" in done.stdout.split("of which the words:")[1]
    assert "call to action" in done.stdout


def test_json_says_the_same_to_a_program(tmp_path: Path) -> None:
    done = run("explain", "--json", TEXT, folder=tmp_path)
    account = json.loads(done.stdout)
    complaint = account["complaint"]
    assert sum(point["value"] for point in complaint["points"]) == pytest.approx(complaint["logit"])
    assert complaint["result"]["is_complaint"]


def test_a_message_is_read_from_stdin_with_its_rating(tmp_path: Path) -> None:
    done = run("explain", "--json", "-", folder=tmp_path, stdin='{"text": "meh", "rating": 1}')
    names = [point["name"] for point in json.loads(done.stdout)["complaint"]["points"]]
    assert "rating" in names


def test_markup_in_a_text_is_printed_as_it_stands(tmp_path: Path) -> None:
    done = run("explain", "[red]never[/red] [/bold]arrived", folder=tmp_path)
    assert done.returncode == 0
    assert "[red]never[/red] [/bold]arrived" in done.stdout


def test_what_is_no_message_is_refused_with_the_reason(tmp_path: Path) -> None:
    done = run("explain", "-", folder=tmp_path, stdin='{"text": 3}')
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("monitor: ")
