"""What each chunk of a text is to every instrument: looked up once for all of them, and remembered."""

from collections.abc import Sequence
from typing import Final

from monitor.core.chunks import Chunk, Layouts, Spans, is_seldom
from monitor.core.cues import hint_chunk
from monitor.core.finding import Category, Severity
from monitor.core.phrases import Opening, PhraseBook
from monitor.core.vocabulary import Token, Vocabulary

#: Distinct chunks of text that are remembered, about 30 MB when full.
_CHUNKS_MAX: Final = 131_072

#: One chunk as written: its rules of vaderSentiment, what it weighs, where its tokens stand, the hints of cues that it
#: gives, and the phrases that it opens.
Entry = tuple[Token, Chunk | None, Spans, int, Opening[Category | Severity] | None]


class Reading:
    """A text's chunks, and by their places what they are to each instrument."""

    __slots__ = ("chunks", "hints", "openings", "spans", "tokens", "words")

    def __init__(self, words: list[str], entries: list[Entry]) -> None:
        self.words = words
        self.tokens: Sequence[Token] = ()
        self.chunks: Sequence[Chunk | None] = ()
        self.spans: Sequence[Spans] = ()
        self.hints: Sequence[int] = ()
        self.openings: Sequence[Opening[Category | Severity] | None] = ()
        if entries:
            self.tokens, self.chunks, self.spans, self.hints, self.openings = zip(*entries, strict=True)


class Reader:
    """Reads the chunks of texts; it forgets all when full."""

    def __init__(
        self, vocabulary: Vocabulary, layouts: Layouts, book: PhraseBook[Category | Severity]
    ) -> None:
        self._entry_of = _Entries(vocabulary, layouts, book).__getitem__

    def read(self, words: list[str]) -> Reading:
        """Read a text that is split into these chunks."""
        return Reading(words, list(map(self._entry_of, words)))


class _Entries(dict[str, Entry]):
    def __init__(
        self, vocabulary: Vocabulary, layouts: Layouts, book: PhraseBook[Category | Severity]
    ) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._layouts = layouts
        self._book = book

    def __missing__(self, written: str) -> Entry:
        chunk, spans = self._layouts.read(written)
        entry = (
            self._vocabulary.read(written),
            chunk,
            spans,
            hint_chunk(written),
            self._book.read(written),
        )
        if not is_seldom(written):
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[written] = entry
        return entry
