"""Fits how likely a post is reshared often by followers; no part of the product runs it.

python -m tests.quality.reach --data DIR
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from tests.quality import corpora
from tests.quality.measures import Judged
from tests.quality.training import SEED

FOLDS: Final = 5
#: Least reshares that are looked for: a handful, and what policy estimates (more than 20).
LEVELS: Final = (10, 21)


class Posts(NamedTuple):
    """Public posts: their authors, ln(1 + followers), and how often each was reshared."""

    texts: list[str]
    authors: np.ndarray
    log_followers: np.ndarray
    reshares: np.ndarray


def read_posts(data: Path) -> Posts:
    rows = corpora.read_rows(data / "reach_dev.csv")
    return Posts(
        [row["text"] for row in rows],
        np.array([row["author"] for row in rows]),
        np.log1p([[float(row["followers"])] for row in rows]),
        np.array([int(row["retweets"]) for row in rows]),
    )


def fit_reach(log_followers: np.ndarray, is_reached: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=1e6).fit(log_followers, is_reached)


def judge_reach(data: Path) -> Iterator[Judged]:
    """Judge posts of authors whom the fit has not seen."""
    posts = read_posts(data)
    for level in LEVELS:
        is_reached = (posts.reshares >= level).astype(int)
        found = np.zeros(len(is_reached))
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
        for train, test in folds.split(posts.log_followers, is_reached, posts.authors):
            model = fit_reach(posts.log_followers[train], is_reached[train])
            found[test] = model.predict_proba(posts.log_followers[test])[:, 1]
        name = f"reach: {level} reshares or more, 5-fold by author"
        yield Judged(name, posts.texts, is_reached, found, is_rare=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled texts")
    posts = read_posts(parser.parse_args().data)
    model = fit_reach(posts.log_followers, posts.reshares >= LEVELS[-1])
    bias, weight = float(model.intercept_[0]), float(model.coef_[0][0])
    print(f"reshared = {{ bias = {bias:.2f}, per_log_followers = {weight:.3f} }}")


if __name__ == "__main__":
    main()
