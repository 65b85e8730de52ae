"""Claims about what customers want, measured on labelled public texts."""

import csv
from pathlib import Path

import pytest

from monitor.core.cues import find_cues
from monitor.core.finding import Sentiment

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
CALM = Sentiment(0.0, 1.0, 0.0, 0.0)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="needs the shared data beside the repository")


def share(cue: str, name: str, column: str, *values: str) -> float:
    """Return the share of the rows with these labels in which the cue is found."""
    with (DATA / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file) if not values or row[column] in values]
    return sum(getattr(find_cues(text, CALM), cue) is True for text in texts) / len(texts)


@pytest.mark.parametrize(
    ("name", "label", "least"),
    [
        ("banking77_train", "request_refund", 0.50),
        ("banking77_train", "cancel_transfer", 0.37),
        ("bitext_support", "get_refund", 0.40),
        ("bitext_support", "contact_human_agent", 0.23),
    ],
)
def test_requests_for_action_are_found(name: str, label: str, least: float) -> None:
    assert share("request_for_action", name, "intent", label) >= least


@pytest.mark.parametrize("label", ["exchange_rate", "card_delivery_estimate", "age_limit", "country_support"])
def test_questions_are_hardly_ever_taken_for_requests(label: str) -> None:
    assert share("request_for_action", "banking77_train", "intent", label) <= 0.06


def test_no_answer_is_said_by_those_who_complain() -> None:
    assert share("no_answer", "complaints_dev", "complaint", "1") >= 0.038
    assert share("no_answer", "complaints_dev", "complaint", "0") <= 0.001
    assert share("no_answer", "airline_dev", "sentiment", "negative") >= 0.021
    assert share("no_answer", "airline_dev", "sentiment", "positive", "neutral") <= 0.001


def test_ordinary_questions_mention_no_law_and_no_press() -> None:
    assert share("law_or_press", "banking77_train", "intent") == 0.0
    assert share("law_or_press", "bitext_support", "intent") == 0.0
    assert share("law_or_press", "airline_dev", "sentiment") <= 0.001
