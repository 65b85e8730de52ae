"""The analyzer gives vaderSentiment's own numbers, to the last bit and the sign of zero, on every text."""

import csv
import gzip
import itertools
import json
import random
import string
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from monitor.core.sentiment import Analyzer
from monitor.resources import load_lexicon

SHARED_DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
needs_shared_data = pytest.mark.skipif(not SHARED_DATA.is_dir(), reason=f"no shared data at {SHARED_DATA}")

STOCK = SentimentIntensityAnalyzer()
LEXICON = load_lexicon()
ANALYZER = Analyzer(LEXICON)

RULE_WORDS = (
    *("but", "no", "or", "nor", "kind", "of", "sort", "just", "enough", "so", "this", "never", "without"),
    *("doubt", "at", "very", "least", "not", "isn't", "needn'twork", "most", "hardly", "kinda", "sort-of"),
)
IDIOMS = sorted(LEXICON.idioms)
IDIOM_WORDS = sorted({word for idiom in IDIOMS for word in idiom.split()})
SCORED = sorted(LEXICON.valences)
EMOJI = sorted(LEXICON.emoji)
#: With rules in their descriptions, attached variation selectors, joiners, and several code points.
ODD_EMOJI = ("😥", "🚭", "🆙", "🔛", "❤", "❤\ufe0f", "👩‍👩‍👧", "👍🏽", "🇩🇪", "©", "😀😀")
#: Letters whose lower case or capital is odd, and blanks that are none.
ODD_WORDS = (
    "İ",
    "\u212aind",
    "ΑΣ",
    "ß",
    "ǅ",
    "\u200bgood",
    "good\u200b",
    "don\u2019t",
    "\ufb01ne",
    "\u2019good\u2019",
    "\ud800",
    "\x00",
)
BLANKS = (" ", "  ", "\n", "\t", "\x1c", "\x85", "\u00a0", "\u2003", "\u3000", "")


def stock_score(text: str) -> str:
    return repr(STOCK.polarity_scores(text))


def our_score(text: str) -> str:
    score = ANALYZER.score(text)
    return repr({"neg": score.neg, "neu": score.neu, "pos": score.pos, "compound": score.compound})


def assert_same(texts: Iterable[str]) -> None:
    different = [text for text in texts if our_score(text) != stock_score(text)]
    assert not different, f"{len(different)} texts differ, the first: {different[:5]!r}"


def in_other_cases(words: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda word, case: case(word), words, st.sampled_from([str, str, str, str.upper, str.title])
    )


def with_punctuation(words: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    marks = st.sampled_from(["", "", "", "", "!", "!!!!!", "?", "??", ",", "...", "'", '"', ")", "#", "&"])
    return st.builds(lambda before, word, after: before + word + after, marks, words, marks)


rule_words = st.sampled_from(RULE_WORDS)
words = with_punctuation(
    in_other_cases(
        st.one_of(
            rule_words,
            rule_words,
            st.sampled_from(SCORED),
            st.sampled_from(SCORED),
            st.sampled_from(IDIOMS),
            st.sampled_from(IDIOM_WORDS),
            st.sampled_from(sorted(LEXICON.boosters)),
            st.sampled_from(sorted(LEXICON.negations)),
            st.sampled_from(["table", "it", "x", "ok", "http://t.co/a!b?", "@someone"]),
            st.sampled_from(ODD_EMOJI + ODD_WORDS),
            st.sampled_from(EMOJI),
        )
    )
)
blanks = st.one_of(st.just(" "), st.just(" "), st.just(" "), st.sampled_from(BLANKS))
texts = st.lists(st.tuples(words, blanks), max_size=14).map(lambda parts: "".join(map("".join, parts)))

#: A sentence of few different words: the rules meet, and equal values collide around "but".
dense_words = in_other_cases(
    st.sampled_from(
        [*RULE_WORDS, *IDIOM_WORDS, "good", "bad", "great", "love", "hate", "table", "THE", "no", "but"]
    )
)
dense_texts = st.lists(dense_words, max_size=9).map(" ".join)


@settings(max_examples=3000, deadline=None)
@given(texts)
def test_mixtures_of_rule_words_emoji_and_punctuation_score_as_stock(text: str) -> None:
    assert our_score(text) == stock_score(text)


@settings(max_examples=4000, deadline=None)
@given(dense_texts)
def test_sentences_full_of_rules_score_as_stock(text: str) -> None:
    assert our_score(text) == stock_score(text)


@settings(max_examples=1000, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet=string.printable, max_size=60))
def test_any_characters_score_as_stock(text: str) -> None:
    assert our_score(text) == stock_score(text)


def test_every_lexicon_word_scores_as_stock_alone_and_among_rules() -> None:
    assert_same(
        text
        for word in SCORED
        for text in (word, word.upper(), f"it was not so {word}, but no {word.upper()}!")
    )


def test_every_emoji_scores_as_stock_alone_attached_and_among_rules() -> None:
    assert_same(text for emoji in EMOJI for text in (emoji, f"ok{emoji}good", f"never so {emoji} {emoji}!"))


def test_every_booster_negation_and_idiom_scores_as_stock_at_each_distance() -> None:
    phrases = [*LEXICON.boosters, *LEXICON.negations, *LEXICON.idioms, *RULE_WORDS]
    assert_same(
        f"{start}{phrase.upper() if loud else phrase}{between} {word} on it"
        for phrase in phrases
        for loud in (False, True)
        for start in ("", "we all say ")
        for between in ("", " a", " a b", " so", " this")
        for word in ("good", "BAD")
    )


def test_every_three_rule_words_before_a_word_score_as_stock() -> None:
    rule_words = (
        "without",
        "never",
        "doubt",
        "so",
        "this",
        "least",
        "at",
        "very",
        "no",
        "or",
        "nor",
        "not",
        "it",
    )
    assert_same(
        f"{start}{' '.join(before)} good thing"
        for before in itertools.product(rule_words, repeat=3)
        for start in ("", "WE ")
    )


def cancelling_texts(count: int) -> Iterator[str]:
    """Yield texts in which each value meets its opposite, so that only rounding is left of the sum."""
    rng = random.Random(3)
    by_valence: dict[float, list[str]] = {}
    for word in SCORED:
        if word.isalpha() and len(word) > 2:
            by_valence.setdefault(LEXICON.valences[word], []).append(word)
    valences = [valence for valence in by_valence if valence > 0 and -valence in by_valence]
    for _ in range(count):
        chosen = rng.choices(valences, k=rng.randint(1, 4))
        phrases = [
            f"{modifier}the of it {rng.choice(by_valence[sign * valence])} thing on it"
            for valence in chosen
            for modifier in [rng.choice(["", "", "very ", "not ", "barely "])]
            for sign in (1, -1)
        ]
        phrases += rng.choices(["", "but", "say yeah right on", "he is the bomb now"], k=2)
        rng.shuffle(phrases)
        yield " ".join(phrases) + "!" * rng.randint(0, 3)


def test_texts_whose_values_cancel_score_as_stock() -> None:
    assert_same(cancelling_texts(5000))


@pytest.mark.parametrize(
    ("text", "compound"),
    [
        ("", "0.0"),
        (" \n\u3000", "0.0"),
        ("the bomb", "-0.4939"),
        ("everybody knows he is the bomb", "0.6124"),
        ("ok!", "0.0"),
        ("❤", "0.6369"),
        ("❤\ufe0f", "0.0"),
        ("alas and ignored and brave", "-0.0"),
    ],
)
def test_known_oddities_of_stock_are_kept(text: str, compound: str) -> None:
    assert repr(ANALYZER.score(text).compound) == compound
    assert our_score(text) == stock_score(text)


def test_the_same_text_scores_the_same_before_and_after_its_words_are_known() -> None:
    text = "Sadly NOT so great, but the support is kind of lovely 😀"
    fresh = Analyzer(LEXICON)
    assert fresh.score(text) == fresh.score(text) == ANALYZER.score(text)


@needs_shared_data
def test_the_parity_vectors_score_as_recorded() -> None:
    with gzip.open(SHARED_DATA / "vader_parity_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        vectors = [json.loads(line) for line in lines]
    assert len(vectors) == 20_000
    if sys.version_info >= (3, 12):  # they were recorded on 3.11, and sum() has changed since
        assert_same(vector["t"] for vector in vectors)
        return
    different = [vector["t"] for vector in vectors if our_score(vector["t"]) != repr(vector["s"])]
    assert not different


@needs_shared_data
def test_a_hundred_thousand_real_texts_score_as_stock() -> None:
    texts: set[str] = set()
    for path in SHARED_DATA.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as rows:
            texts.update(row["text"] for row in csv.DictReader(rows))
    assert len(texts) >= 100_000
    assert_same(texts)
