"""Claims about how well the shipped models judge: what the last whole run found, and a light run by the shared data."""

from pathlib import Path
from typing import Final

import msgspec
import pytest

from monitor.resources import load_instruments
from tests.quality.measures import Figure
from tests.quality.report import FIGURES, hash_weights

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
#: How far a light run may stay behind the whole one: it judges fewer texts.
TOLERANCE: Final = 0.01
STEP: Final = 3

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no labelled texts in {DATA}")
INSTRUMENTS = load_instruments()


class Run(msgspec.Struct, frozen=True):
    """What `make quality` found last."""

    weights_sha256: str
    figures: dict[str, dict[str, Figure]]


RUN = msgspec.json.decode(FIGURES.read_bytes(), type=Run)


def test_the_stored_figures_are_of_the_weights_that_ship() -> None:
    """Whoever trains anew runs `make quality`, and sees here what became worse."""
    assert RUN.weights_sha256 == hash_weights()


@pytest.mark.parametrize(
    ("name", "measure", "least"),
    LEAST := [
        ("complaint tweets, 5-fold", "macro-F1", 0.83),
    ],
)
def test_texts_held_out_of_training_are_judged_as_well_as_the_card_says(
    name: str, measure: str, least: float
) -> None:
    assert RUN.figures[name][measure].value >= least
