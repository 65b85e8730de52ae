"""A vocabulary finds what a word is by itself, and its memory is bounded whatever is written to it."""

from monitor.core.vocabulary import PLAIN, WORD_MAX_CHARACTERS, WORDS_MAX, Vocabulary
from monitor.resources import load_lexicon

LEXICON = load_lexicon()


def test_a_vocabulary_never_holds_more_than_its_bound() -> None:
    vocabulary = Vocabulary(LEXICON)
    for number in range(WORDS_MAX + 10):
        assert vocabulary[f"word{number}"] is PLAIN
        assert len(vocabulary) <= WORDS_MAX
    assert len(vocabulary) == 10


def test_a_very_long_word_is_found_but_not_kept() -> None:
    vocabulary = Vocabulary(LEXICON)
    assert vocabulary["good" + "!" * WORD_MAX_CHARACTERS].valence == LEXICON.valences["good"]
    assert not vocabulary


def test_punctuation_is_part_of_what_may_be_an_emoticon_only() -> None:
    vocabulary = Vocabulary(LEXICON)
    assert vocabulary[":)"].valence == LEXICON.valences[":)"]
    assert vocabulary["(good)"].valence == LEXICON.valences["good"]
    assert vocabulary["so"].boost > 0
    assert vocabulary["so,"].boost == 0


def test_a_booster_is_in_no_text_scored_for_itself() -> None:
    vocabulary = Vocabulary(LEXICON)
    assert all(vocabulary[word].valence is None for word in LEXICON.boosters if " " not in word)
