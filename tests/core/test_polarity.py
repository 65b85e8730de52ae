"""Claims about polarity, with the shipped weights."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.finding import Polarity
from monitor.core.polarity import PolarityModel
from monitor.core.sentiment import Analyzer
from monitor.core.words import WordModel
from monitor.resources import load_lexicon, load_weights

HERE = Path(__file__).parent
WEIGHTS = load_weights()
WORDS = WordModel(WEIGHTS.words)
MODEL = PolarityModel(WEIGHTS.negative, WEIGHTS.positive)
ANALYZER = Analyzer(load_lexicon())
MILLIONTH = 1e-6


def find(text: str, rating: float | None = None, nps: int | None = None) -> Polarity:
    return MODEL.find(WORDS.sum_up(text.split()), ANALYZER.score(text), rating, nps)


def call(polarity: Polarity) -> str:
    return max(("negative", "neutral", "positive"), key=lambda name: float(getattr(polarity, name)))


@given(st.text(), st.none() | st.floats(1, 5), st.none() | st.integers(0, 10))
def test_the_three_probabilities_sum_to_one(text: str, rating: float | None, nps: int | None) -> None:
    found = find(text, rating, nps)
    parts = (found.negative, found.neutral, found.positive)
    assert all(0 <= part <= 1 for part in parts)
    assert math.fsum(parts) == pytest.approx(1)


@pytest.mark.parametrize(
    ("polarity", "text"),
    [
        ("negative", "This is the worst service I have ever had, I hate it"),
        ("negative", "so disappointed, it broke after a day 😡"),
        ("positive", "I love it, great quality and so easy to use!"),
        ("positive", "what a wonderful day 😍"),
        ("neutral", "The meeting is on Tuesday at the office"),
        ("neutral", "What time does the store open tomorrow?"),
    ],
)
def test_a_plain_text_is_called_what_a_reader_would_call_it(polarity: str, text: str) -> None:
    assert call(find(text)) == polarity


def test_stars_and_recommendation_speak_for_a_text_without_words() -> None:
    stars = [call(find("", rating=stars)) for stars in (1, 2, 3, 4, 5)]
    assert stars == ["negative", "negative", "neutral", "positive", "positive"]
    assert (call(find("", nps=0)), call(find("", nps=10))) == ("negative", "positive")


def test_a_message_that_says_nothing_is_neutral() -> None:
    assert find("") == Polarity(0.0, 1.0, 0.0)


@given(st.text(), st.floats(1, 5), st.floats(1, 5))
def test_more_stars_never_make_a_message_more_negative(text: str, one: float, other: float) -> None:
    low, high = (find(text, stars) for stars in sorted((one, other)))
    assert low.negative >= high.negative - MILLIONTH
    assert low.positive <= high.positive + MILLIONTH


def test_the_probabilities_are_the_training_pipelines_to_a_millionth() -> None:
    for row in json.loads((HERE / "complaint_golden.json").read_text("utf-8")):
        found = find(row["text"])
        assert [found.negative, found.neutral, found.positive] == pytest.approx(
            row["polarity"], abs=MILLIONTH
        )
