"""What each chunk of a text is to every instrument: looked up once for all of them, and remembered."""

from typing import Final

from monitor.core.chunks import Chunk, Chunks, is_seldom
from monitor.core.cues import hint_chunk
from monitor.core.vocabulary import Token, Vocabulary

#: Distinct chunks of text that are remembered, about 30 MB when full.
_CHUNKS_MAX: Final = 131_072


class Entry:
    """One chunk as written: its rules of vaderSentiment, what it weighs, and the hints of cues that it gives."""

    __slots__ = ("chunk", "hints", "token")

    def __init__(self, token: Token, chunk: Chunk | None, hints: int) -> None:
        self.token = token
        self.chunk = chunk
        self.hints = hints


class Reading:
    """A text's chunks, and by their places what they are to each instrument."""

    __slots__ = ("chunks", "hints", "tokens", "words")

    def __init__(self, words: list[str], entries: list[Entry]) -> None:
        self.words = words
        self.tokens = [entry.token for entry in entries]
        self.chunks = [entry.chunk for entry in entries]
        self.hints = [entry.hints for entry in entries]


class Reader:
    """Reads the chunks of texts; it forgets all when full."""

    def __init__(self, vocabulary: Vocabulary, chunks: Chunks) -> None:
        self._entry_of = _Entries(vocabulary, chunks).__getitem__

    def read(self, words: list[str]) -> Reading:
        """Read a text that is split into these chunks."""
        return Reading(words, list(map(self._entry_of, words)))


class _Entries(dict[str, Entry]):
    def __init__(self, vocabulary: Vocabulary, chunks: Chunks) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._chunks = chunks

    def __missing__(self, written: str) -> Entry:
        entry = Entry(self._vocabulary.read(written), self._chunks.read(written), hint_chunk(written))
        if not is_seldom(written):
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[written] = entry
        return entry
