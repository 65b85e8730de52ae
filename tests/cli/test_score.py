"""`monitor score` as a user meets it: a filter in a pipe."""

import json
import math
import os
import pty
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from tests.cli.program import COMMAND, DEADLINE_SECONDS, make_environment, run

TEXTS: Final = (
    "third time I call, my order never arrived. Avoid @acme!",
    "GREAT service, thank you so much :)",
    "The kettle is on the table.",
    "I am not happy with this product, but the staff was kind.",
    "Schlecht! Nie wieder 😡",
    "WORST. COMPANY. EVER!!! charged twice",
)
BAD_LINES: Final = (
    b"\xff\xfe",
    b'{"text": "\\ud800"}',
    b"[" * 10_000,
    b'{"text": NaN}',
    b"null",
    b'"text"',
    b'{"text": "a", "followers": -1}',
    b'{"text": "a", "channel": "pigeon"}',
    b'{"text": "a", "at": "yesterday"}',
    b'{"text": "a", "rating": 1e999}',
    b"\0",
)


def score(lines: list[str | dict[str, Any]], folder: Path, *arguments: str) -> tuple[int, list[Any], str]:
    stdin = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    done = run("score", *arguments, folder=folder, stdin=stdin)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_a_line_without_end_is_refused_and_the_next_one_scored(tmp_path: Path) -> None:
    code, found, stderr = score(["x" * 10_000_000, {"text": TEXTS[0]}], tmp_path)
    assert (code, len(found)) == (1, 2)
    assert found[0]["error"].startswith("text_too_long")
    assert found[1]["complaint"]["is_complaint"]
    assert "line 1" in stderr


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Score all the texts."""
    code, found, stderr = score([{"text": text} for text in TEXTS], tmp_path_factory.mktemp("score"))
    assert (code, stderr) == (0, "")
    assert len(found) == len(TEXTS)
    return found


def test_the_sentiment_is_that_of_stock_vadersentiment(findings: list[Any]) -> None:
    stock = SentimentIntensityAnalyzer()
    assert [finding["sentiment"] for finding in findings] == [stock.polarity_scores(text) for text in TEXTS]


def test_contributions_sum_to_the_logarithm_of_the_expected_listeners(findings: list[Any]) -> None:
    for listeners in (finding["listeners"] for finding in findings):
        total = math.fsum(contribution["value"] for contribution in listeners["contributions"])
        assert total == pytest.approx(math.log(listeners["expected"]), abs=1e-9)


def test_evidence_is_cut_from_the_text(findings: list[Any]) -> None:
    spans = [
        (text, span)
        for text, finding in zip(TEXTS, findings, strict=True)
        for span in finding["complaint"]["evidence"]
    ]
    assert spans
    for text, span in spans:
        assert span["text"] == text[span["start"] : span["end"]] != ""


def test_a_finding_has_the_promised_shape(findings: list[Any]) -> None:
    for finding in findings:
        marked = ["unsupported_language"] if "unsupported_language" in finding else []
        assert list(finding) == [*marked, "sentiment", "polarity", "complaint", "listeners"]
        assert set(finding["sentiment"]) == {"neg", "neu", "pos", "compound"}
        assert set(finding["complaint"]) - {"categories"} == {
            "probability", "is_complaint", "category", "severity", "evidence",
        }  # fmt: skip
        assert {"expected", "p_over_20", "contributions"} <= set(finding["listeners"])
    foreign = {
        text: finding.get("unsupported_language") for text, finding in zip(TEXTS, findings, strict=True)
    }
    assert {text: tag for text, tag in foreign.items() if tag} == {TEXTS[4]: "de"}
    assert findings[0]["complaint"]["is_complaint"] is True
    assert findings[1]["complaint"]["is_complaint"] is False


def test_a_bad_line_stands_as_an_error_in_its_place_and_the_rest_is_scored(tmp_path: Path) -> None:
    good: dict[str, Any] = {"text": TEXTS[0]}
    lines: list[str | dict[str, Any]] = [good, "{oops", good, "", "[1]", {"text": 5}, {"rating": 3}, good]
    code, found, stderr = score(lines, tmp_path)
    assert code == 1
    assert ["error" if "error" in finding else "scored" for finding in found] == [
        "scored", "error", "scored", "error", "error", "error", "scored",
    ]  # fmt: skip
    assert [list(finding) for finding in found if "error" in finding] == [["error"]] * 4
    named = [line.removeprefix("monitor: line ").partition(":")[0] for line in stderr.splitlines()]
    assert named == ["2", "5", "6", "7"]


def test_no_line_ends_the_program(tmp_path: Path) -> None:
    good = b'{"text": "My order never arrived."}'
    done = run("score", folder=tmp_path, stdin=b"\n".join(line for bad in BAD_LINES for line in (bad, good)))
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    for bad, finding, after in zip(BAD_LINES, findings[::2], findings[1::2], strict=True):
        assert list(finding) == ["error"], bad[:40]
        assert after["complaint"]["category"] == "delivery"


def test_rating_and_audience_count(tmp_path: Path) -> None:
    plain = {"text": "It came late."}
    code, (alone, loud), _ = score([plain, {**plain, "rating": 1, "followers": 100_000}], tmp_path)
    assert code == 0
    assert loud["complaint"]["probability"] > alone["complaint"]["probability"]
    named = {contribution["name"] for contribution in loud["listeners"]["contributions"]}
    assert named - {contribution["name"] for contribution in alone["listeners"]["contributions"]} == {
        "public_audience"
    }
    assert loud["listeners"]["expected"] > 100


def test_what_is_no_field_of_a_message_is_ignored(tmp_path: Path) -> None:
    code, (plain, more), _ = score([{"text": "It came late."}, {"text": "It came late.", "x": {}}], tmp_path)
    assert code == 0
    assert plain == more


def test_no_input_is_no_output(tmp_path: Path) -> None:
    assert score(["", "   "], tmp_path) == (0, [], "")


def test_a_policy_that_is_not_there_is_a_wrong_call_in_one_line(tmp_path: Path) -> None:
    code, found, stderr = score([], tmp_path, "--policy", "nowhere.toml")
    assert (code, found) == (2, [])
    assert len(stderr.splitlines()) == 1
    assert "nowhere.toml" in stderr


def test_a_reader_that_has_seen_enough_ends_it_without_a_word(tmp_path: Path) -> None:
    lines = b'{"text": "my order never arrived"}\n' * 5_000
    (tmp_path / "lines").write_bytes(lines)
    with (tmp_path / "lines").open("rb") as stdin:
        scoring = subprocess.Popen(
            [*COMMAND, "score"],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=make_environment({}),
        )
        assert scoring.stdout
        assert scoring.stderr
        with scoring.stdout, scoring.stderr:
            first = scoring.stdout.readline()
            scoring.stdout.close()
            assert scoring.stderr.read() == b""
        assert scoring.wait(DEADLINE_SECONDS) == 1
    assert json.loads(first)["complaint"]["is_complaint"] is True


def test_ten_thousand_lines_come_out_in_their_order(tmp_path: Path) -> None:
    lines: list[str | dict[str, Any]] = [
        {"text": f"{TEXTS[number % len(TEXTS)]} {'so ' * (number % 97)}"} for number in range(10_000)
    ]
    code, found, _ = score(lines, tmp_path)
    assert (code, len(found)) == (0, 10_000)
    stock = SentimentIntensityAnalyzer()
    for number in range(0, 10_000, 503):
        line = lines[number]
        assert isinstance(line, dict)
        assert found[number]["sentiment"] == stock.polarity_scores(line["text"])


def test_at_a_terminal_a_line_is_answered_before_the_input_ends(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    scoring = subprocess.Popen(
        [*COMMAND, "score"], stdin=subprocess.PIPE, stdout=theirs, cwd=tmp_path, env=make_environment({})
    )
    try:
        assert scoring.stdin
        with scoring.stdin:
            scoring.stdin.write(b'{"text": "My order never arrived."}\n')
            scoring.stdin.flush()
            assert os.read(ours, 1) == b"{"
    finally:
        scoring.kill()
        scoring.wait()
        os.close(ours)
        os.close(theirs)
