"""What is looked up once for all instruments is what each of them would have found by itself."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.cues import find_cues
from monitor.core.reading import Reader
from monitor.resources import load_instruments

INSTRUMENTS = load_instruments()
TEXTS = st.text() | st.lists(
    st.sampled_from(
        ["not", "GOOD", "so,", "refund!!", "@AmazonHelp", "#4711", "—", "😀", "https://a.b/c", "boycott"]
    )
).map(" ".join)


@given(TEXTS)
def test_every_instrument_finds_the_same_in_a_reading_as_by_itself(text: str) -> None:
    words = text.split()
    reading = INSTRUMENTS.reader.read(words)
    sentiment = INSTRUMENTS.analyzer.weigh(text, words, reading.tokens)
    assert sentiment == INSTRUMENTS.analyzer.score(text)
    assert find_cues(text, sentiment, reading.hints) == find_cues(text, sentiment)
    together, alone = INSTRUMENTS.words.weigh(reading.chunks), INSTRUMENTS.words.sum_up(words)
    for lane in ("count", "complaint", "negative", "positive", "opening"):
        assert getattr(together, lane) == getattr(alone, lane)
    complaints = INSTRUMENTS.complaints
    assert complaints.find(text, sentiment, threshold=0.0, reading=reading) == complaints.find(
        text, sentiment, threshold=0.0
    )


@given(TEXTS)
def test_what_has_been_read_before_never_changes_a_reading(text: str) -> None:
    words = text.split()
    fresh = Reader(INSTRUMENTS.analyzer.vocabulary, INSTRUMENTS.words.layouts, INSTRUMENTS.complaints.book)
    for again in range(2):
        reading, known = fresh.read(words), INSTRUMENTS.reader.read(words)
        assert reading.hints == known.hints, again
        assert [one and one.sums for one in reading.chunks] == [one and one.sums for one in known.chunks]
        assert [token.word for token in reading.tokens] == [token.word for token in known.tokens]
