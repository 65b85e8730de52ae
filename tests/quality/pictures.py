"""Draws reliability plots and confusion tables of judged sets; it measures nothing itself."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np

from tests.quality.measures import BINS, THRESHOLD, Judged

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

POLARITIES: Final = ("negative", "neutral", "positive")
ANSWERS: Final = ("no complaint", "complaint")


def draw_reliability(judged: Judged, folder: Path) -> None:
    """Draw what share of texts is so labelled against what was said, in ten bins of equally many texts."""
    columns = {"complaint": (judged.labels, judged.found)}
    if judged.found.ndim > 1:
        columns = {
            name: (judged.labels == place, judged.found[:, place]) for place, name in enumerate(POLARITIES)
        }
    figure, axes = plt.subplots(figsize=(5, 5), layout="constrained")
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", label="calibrated")
    for name, (labels, found) in columns.items():
        bins = np.array_split(np.argsort(found, kind="stable"), min(BINS, len(found)))
        said = [found[part].mean() for part in bins]
        axes.plot(said, [labels[part].mean() for part in bins], marker="o", label=name)
    axes.set(
        title=f"{judged.name}\nn = {len(judged.labels)}",
        xlabel="probability found (mean of bin)",
        ylabel="share so labelled",
        xlim=(0, 1),
        ylim=(0, 1),
    )
    axes.legend()
    _save(figure, folder / f"reliability-{_name_file(judged.name)}.png")


def draw_confusion(judged: Judged, folder: Path) -> None:
    if judged.found.ndim > 1:
        names: Sequence[str] = POLARITIES
        called = judged.found.argmax(axis=1)
    else:
        names = ANSWERS
        called = (judged.found >= THRESHOLD).astype(int)
    table = np.zeros((len(names), len(names)), dtype=int)
    np.add.at(table, (judged.labels.astype(int), called), 1)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(5, 5), layout="constrained")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, values in enumerate(table):
        for column, count in enumerate(values):
            share = shares[row, column]
            axes.text(
                column,
                row,
                f"{count}\n{share:.0%}",
                ha="center",
                va="center",
                color="white" if share > THRESHOLD else "black",
            )
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names, rotation=90, va="center")
    axes.set(title=f"{judged.name}\nn = {len(judged.labels)}", xlabel="found", ylabel="labelled")
    _save(figure, folder / f"confusion-{_name_file(judged.name)}.png")


def _save(figure: Figure, file: Path) -> None:
    figure.savefig(file, dpi=100)
    plt.close(figure)


def _name_file(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
