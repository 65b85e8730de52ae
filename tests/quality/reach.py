"""Fits how likely a post is reshared often by followers and likes; no part of the product runs it.

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
#: How many of its likes a post has got by the time it is judged; the data tell the last count alone.
MOMENTS: Final = (
    ("at posting", 0.0),
    ("a tenth of its likes in", 0.1),
    ("half of its likes in", 0.5),
    ("all of its likes in", 1.0),
)


class Posts(NamedTuple):
    """Public posts: their authors, ln(1 + followers), likes, and how often each was reshared."""

    texts: list[str]
    authors: np.ndarray
    log_followers: np.ndarray
    likes: np.ndarray
    reshares: np.ndarray

    def see(self, share: float) -> np.ndarray:
        """Return the likes that each post has when so large a share of them is in."""
        return np.floor(self.likes * share)


class Reach(NamedTuple):
    """What followers tell, and what followers and likes do."""

    bare: LogisticRegression
    liked: LogisticRegression


def read_posts(data: Path) -> Posts:
    rows = corpora.read_rows(data / "reach_dev.csv")
    return Posts(
        [row["text"] for row in rows],
        np.array([row["author"] for row in rows]),
        np.log1p([float(row["followers"]) for row in rows]),
        np.array([int(row["favorites"]) for row in rows]),
        np.array([int(row["retweets"]) for row in rows]),
    )


def fit_reach(posts: Posts, chosen: np.ndarray, level: int) -> Reach:
    """Fit both to posts as they were when the data were drawn."""
    is_reached, followers = posts.reshares[chosen] >= level, posts.log_followers[chosen]
    return Reach(
        LogisticRegression(C=1e6).fit(followers[:, None], is_reached),
        LogisticRegression(C=1e6).fit(
            np.column_stack([followers, np.log1p(posts.likes[chosen])]), is_reached
        ),
    )


def estimate_reach(reach: Reach, log_followers: np.ndarray, likes: np.ndarray) -> np.ndarray:
    """Estimate as the product does: few likes yet say nothing against a spread."""
    bare = reach.bare.predict_proba(log_followers[:, None])[:, 1]
    liked = reach.liked.predict_proba(np.column_stack([log_followers, np.log1p(likes)]))[:, 1]
    return np.asarray(np.where(likes > 0, np.maximum(bare, liked), bare))


def judge_reach(data: Path) -> Iterator[Judged]:
    """Judge posts of authors whom the fit has not seen."""
    posts = read_posts(data)
    for level in LEVELS:
        is_reached = (posts.reshares >= level).astype(int)
        found = np.zeros((len(MOMENTS), len(is_reached)))
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
        for train, test in folds.split(is_reached, is_reached, posts.authors):
            reach = fit_reach(posts, train, level)
            for row, (_, share) in zip(found, MOMENTS, strict=True):
                row[test] = estimate_reach(reach, posts.log_followers[test], posts.see(share)[test])
        for row, (moment, _) in zip(found, MOMENTS, strict=True):
            name = f"reach: {level} reshares or more, {moment}"
            yield Judged(name, posts.texts, is_reached, row, is_rare=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled texts")
    posts = read_posts(parser.parse_args().data)
    bare, liked = fit_reach(posts, np.arange(len(posts.texts)), LEVELS[-1])
    print(f"reshared = {{ bias = {bare.intercept_[0]:.2f}, per_log_followers = {bare.coef_[0][0]:.3f} }}")
    followers, likes = liked.coef_[0]
    print(
        f"reshared_liked = {{ bias = {liked.intercept_[0]:.2f}, per_log_followers = {followers:.3f},"
        f" per_log_likes = {likes:.3f} }}"
    )


if __name__ == "__main__":
    main()
