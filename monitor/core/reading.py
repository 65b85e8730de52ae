"""What each chunk of a text is to every instrument: looked up once for all of them, and remembered."""

from typing import Final

from monitor.core.chunks import Layout, Layouts, Spans, is_seldom
from monitor.core.cues import hint_chunk
from monitor.core.finding import Category, Severity
from monitor.core.phrases import Opening, PhraseBook
from monitor.core.vocabulary import Token, Vocabulary

#: Distinct chunks of text that are remembered, about 30 MB when full.
_CHUNKS_MAX: Final = 131_072


class Entry:
    """One chunk as written, and what it is to each instrument; it never changes."""

    __slots__ = ("chunk", "hints", "opening", "spans", "token")

    def __init__(
        self,
        token: Token,
        layout: Layout,
        hints: int,
        opening: Opening[Category | Severity] | None,
    ) -> None:
        #: What it is to the rules of vaderSentiment.
        self.token = token
        #: What it weighs, and where its tokens stand.
        self.chunk, self.spans = layout
        #: The hints of cues that it gives.
        self.hints = hints
        #: The phrases that it opens.
        self.opening = opening


class Reading:
    """A text's chunks, and by their places what they are to each instrument."""

    __slots__ = ("_entries", "chunks", "hints", "tokens", "words")

    def __init__(self, words: list[str], entries: list[Entry]) -> None:
        self.words = words
        self._entries = entries
        self.tokens = [entry.token for entry in entries]
        self.chunks = [entry.chunk for entry in entries]
        self.hints = [entry.hints for entry in entries]

    def list_spans(self) -> list[Spans]:
        """Tell where the tokens of each chunk stand, which is asked of a complaint only."""
        return [entry.spans for entry in self._entries]

    def list_openings(self) -> list[Opening[Category | Severity] | None]:
        """Tell which phrases each chunk opens, which is asked of a complaint only."""
        return [entry.opening for entry in self._entries]


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
        entry = Entry(
            self._vocabulary.read(written),
            self._layouts.read(written),
            hint_chunk(written),
            self._book.read(written),
        )
        if not is_seldom(written):
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[written] = entry
        return entry
