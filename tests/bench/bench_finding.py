"""What sentiment, complaint probability, the whole finding and the cues cost per text: a command, not a test.

    python tests/bench/bench_finding.py [--rounds 7]

All measure the same texts in turns within one process, beside stock vaderSentiment. "new" is the cost of texts
that are met for the first time after others of the same kind, as a worker meets them; "again" that of texts whose
words are all remembered. The memory of cues is the process's own: only the first round meets them new.
"sentiment and find" is probability, category, severity and evidence of each complaint, as the pipeline works them
out; "without evidence" leaves out the spans that say why, which only an alert shows.
"""

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

FOLDER = Path(__file__).resolve().parent
sys.path.append(
    str(FOLDER.parents[1])
)  # last, so that a compiled build on PYTHONPATH is the one that is measured

from monitor.compilation import BUILD  # noqa: E402 (needs the path above)
from monitor.core.cues import find_cues  # noqa: E402 (the same)
from monitor.core.finding import Cues, Sentiment  # noqa: E402 (the same)
from monitor.core.sentiment import Analyzer  # noqa: E402 (the same)
from monitor.resources import load_complaint_model, load_instruments, load_lexicon  # noqa: E402 (the same)
from tests.bench.bench_sentiment import (  # noqa: E402 (the same)
    REVIEW_SNIPPETS,
    SHARED_DATA,
    join_reviews,
    read_texts,
)

TWEETS = ("airline_dev.csv",)
THRESHOLD = 0.5
TIMED_TWEETS, TIMED_REVIEWS = 2_000, 200

Said = tuple[str, Sentiment]


def measure_microseconds(work: Callable[[Said], object], texts: Sequence[Said]) -> float:
    """Return the processor time per text, in microseconds."""
    start = time.process_time()
    for text in texts:
        work(text)
    return (time.process_time() - start) / max(len(texts), 1) * 1e6


class Texts:
    """The texts of one kind, told apart beforehand by instruments of their own, so that they stay new to others."""

    def __init__(self, name: str, warm: list[str], timed: list[str]) -> None:
        self.name = name
        self.warm = warm
        analyzer, model = Analyzer(load_lexicon()), load_complaint_model()
        self.all: list[Said] = [(text, analyzer.score(text)) for text in timed]
        self.complaints = [said for said in self.all if model.probability(*said) >= THRESHOLD]
        self.cueless = [
            said for said in self.all if find_cues(*said) == Cues(arousal=find_cues(*said).arousal)
        ]


def measure_round(texts: Texts) -> dict[str, float]:
    """Return microseconds per text by what was done, with analyzer, models and cues that know other texts only."""
    stock, analyzer, model, finder = (
        SentimentIntensityAnalyzer(),
        Analyzer(load_lexicon()),
        load_complaint_model(),
        load_complaint_model(),
    )
    both = load_instruments()

    def find_both(said: Said, *, is_quoted: bool = True) -> None:
        """Find sentiment and complaint as the pipeline does: one split, one look at each word."""
        text, words = said[0], said[0].split()
        reading = both.reader.read(words)
        sentiment = both.analyzer.weigh(text, words, reading.tokens)
        weighed = both.words.weigh(reading.chunks)
        both.complaints.find(
            text, sentiment, threshold=THRESHOLD, reading=reading, said=weighed, is_quoted=is_quoted
        )

    for text in texts.warm:
        sentiment = analyzer.score(text)
        find_both((text, sentiment))
        model.probability(text, sentiment)
        finder.find(text, sentiment, threshold=THRESHOLD)
        find_cues(text, sentiment)
    works: dict[str, Callable[[Said], object]] = {
        "sentiment": lambda said: analyzer.score(said[0]),
        "probability": lambda said: model.probability(*said),
        "find": lambda said: finder.find(*said, threshold=THRESHOLD),
        "cues": lambda said: find_cues(*said),
        "sentiment and find": find_both,
    }
    costs = {"stock": measure_microseconds(lambda said: stock.polarity_scores(said[0]), texts.all)}
    for state in ("new", "again"):
        costs |= {f"{name}, {state}": measure_microseconds(work, texts.all) for name, work in works.items()}
    costs["without evidence, again"] = measure_microseconds(
        lambda said: find_both(said, is_quoted=False), texts.all
    )
    costs["probability of a complaint"] = measure_microseconds(works["probability"], texts.complaints)
    costs["find on a complaint"] = measure_microseconds(works["find"], texts.complaints)
    costs["cues where there are none"] = measure_microseconds(works["cues"], texts.cueless)
    return costs


def print_table(texts: Texts, rounds: Sequence[dict[str, float]]) -> None:
    """Print a row for each cost: median and spread in microseconds, and how many times cheaper than stock."""
    words = statistics.mean(len(text.split()) for text, _ in texts.all)
    share = len(texts.complaints) / len(texts.all)
    print(f"\n{len(texts.all):,} {texts.name}, {words:.1f} words on average, {share:.0%} complaints")
    for name in rounds[0]:
        costs = [row[name] for row in rounds]
        ratios = [row["stock"] / row[name] for row in rounds]
        print(
            f"  {name:28}{statistics.median(costs):8.1f} [{min(costs):.1f} to {max(costs):.1f}]"
            f"  {statistics.median(ratios):6.1f}x"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=7)
    count = parser.parse_args().rounds
    if not SHARED_DATA.is_dir():
        print(f"No texts to score: {SHARED_DATA} is absent.", file=sys.stderr)
        return 1
    tweets = read_texts(TWEETS)
    reviews = join_reviews(read_texts(REVIEW_SNIPPETS))
    kinds = [
        Texts("tweets", tweets[TIMED_TWEETS:], tweets[:TIMED_TWEETS]),
        Texts("reviews", reviews[TIMED_REVIEWS:], reviews[:TIMED_REVIEWS]),
    ]
    rounds = [[measure_round(texts) for texts in kinds] for _ in range(count)]
    print(f"Python {platform.python_version()} ({BUILD}), {count} rounds")
    print("microseconds per text: median [spread], times stock")
    for number, texts in enumerate(kinds):
        print_table(texts, [row[number] for row in rounds])
    return 0


if __name__ == "__main__":
    sys.exit(main())
