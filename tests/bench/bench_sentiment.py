"""How many times faster than stock vaderSentiment the analyzer scores tweets and long reviews: a command, not a test.

    python tests/bench/bench_sentiment.py [--rounds 9]

Both score the same texts in turns within one process, and each round gives one ratio. The analyzer starts
each round with the words of other texts in its memory, as a worker has them that has run for a while.
"""

import argparse
import csv
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.append(str(REPOSITORY))  # last, so that a compiled build on PYTHONPATH is the one that is measured

from monitor.compilation import BUILD  # noqa: E402 (needs the path above)
from monitor.core.sentiment import Analyzer  # noqa: E402 (the same)
from monitor.resources import load_lexicon  # noqa: E402 (the same)

SHARED_DATA = REPOSITORY / ".." / "shared" / "data"
TWEETS = ("airline_dev.csv", "complaints_dev.csv", "semeval_train.csv", "tweeteval_offensive_train.csv")
REVIEW_SNIPPETS = ("vader_amazonReviewSnippets.csv", "vader_movieReviewSnippets.csv")
REVIEW_WORDS = 160
WARM_TWEETS, TIMED_TWEETS, TIMED_REVIEWS = 10_000, 5_000, 600


def read_texts(names: tuple[str, ...]) -> list[str]:
    """Read and shuffle the texts of the named files, always in the same order."""
    texts = []
    for name in names:
        with (SHARED_DATA / name).open(encoding="utf-8", newline="") as rows:
            texts += [row["text"] for row in csv.DictReader(rows)]
    random.Random(1).shuffle(texts)
    return texts


def join_reviews(snippets: list[str]) -> list[str]:
    """Join real snippets to reviews of REVIEW_WORDS words or a little more."""
    reviews: list[str] = []
    words: list[str] = []
    for snippet in snippets:
        words += snippet.split()
        if len(words) >= REVIEW_WORDS:
            reviews.append(" ".join(words))
            words = []
    return reviews


def time_seconds(score: Callable[[str], object], texts: list[str]) -> float:
    """Return the processor time that scoring the texts takes."""
    start = time.process_time()
    for text in texts:
        score(text)
    return time.process_time() - start


def compare(name: str, warm: list[str], timed: list[str], rounds: int) -> str:
    """Time stock and analyzer in turns; give one row of the table."""
    stock, lexicon = SentimentIntensityAnalyzer(), load_lexicon()
    stock_rates, rates, ratios = [], [], []
    for _ in range(rounds):
        analyzer = Analyzer(lexicon)
        for text in warm:
            analyzer.score(text)
        seconds = time_seconds(analyzer.score, timed)
        stock_seconds = time_seconds(stock.polarity_scores, timed)
        stock_rates.append(len(timed) / stock_seconds)
        rates.append(len(timed) / seconds)
        ratios.append(stock_seconds / seconds)
    length = statistics.mean(len(text.split()) for text in timed)
    return (
        f"{name:8} {len(timed):6,} {length:6.1f} {statistics.median(stock_rates):9,.0f}"
        f" {statistics.median(rates):11,.0f} {statistics.median(ratios):6.1f}x"
        f" [{min(ratios):.1f} to {max(ratios):.1f}]"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    if not SHARED_DATA.is_dir():
        print(f"No texts to score: {SHARED_DATA} is absent.", file=sys.stderr)
        return 1
    tweets = read_texts(TWEETS)
    reviews = join_reviews(read_texts(REVIEW_SNIPPETS))
    print(f"Python {platform.python_version()} ({BUILD}), {rounds} rounds; median, ratio [spread]")
    print("texts     number  words   stock/s  analyzer/s   ratio")
    print(compare("tweets", tweets[:WARM_TWEETS], tweets[WARM_TWEETS:][:TIMED_TWEETS], rounds))
    print(compare("reviews", reviews[TIMED_REVIEWS:], reviews[:TIMED_REVIEWS], rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
