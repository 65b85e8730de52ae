"""What a word is by itself to the rules of vaderSentiment; what it counts for among others is not said here."""

from collections.abc import Sequence
from string import punctuation
from typing import Final

from monitor.core.lexicon import Lexicon

#: Bounds a vocabulary's memory to about 20 MB.
WORDS_MAX: Final = 131_072
#: Longer words are not kept, so that nobody can fill the memory with them.
WORD_MAX_CHARACTERS: Final = 64

#: Shorter ones may be emoticons, of which the punctuation is a part.
WORD_MIN_CHARACTERS: Final = 3
#: The words that the rules themselves name.
RULE_WORDS: Final = frozenset(
    "but no or nor kind of so this never without doubt least at very".split()  # noqa: SIM905 (reads better)
)


class Token:
    """What one word of a text is by itself, whatever stands around it; it never changes."""

    __slots__ = (
        "boost",
        "description",
        "ends_phrase",
        "has_emoji",
        "in_lexicon",
        "is_influential",
        "is_sensitive",
        "is_stop",
        "is_upper",
        "negates",
        "opens_idiom",
        "valence",
        "word",
    )

    def __init__(
        self,
        word: str = "",
        *,
        is_upper: bool = False,
        is_stop: bool = False,
        is_influential: bool = False,
        is_sensitive: bool = False,
        valence: float | None = None,
        in_lexicon: bool = False,
        has_emoji: bool = False,
        description: Sequence[str] = (),
        boost: float = 0.0,
        negates: bool = False,
        opens_idiom: bool = False,
        ends_phrase: bool = False,
    ) -> None:
        #: Lower case, without the punctuation around it; "" for the many words that no rule asks about.
        self.word = word
        self.is_upper = is_upper
        #: A rule starts from this word: it has a valence, or an emoji in it, or it is "but".
        self.is_stop = is_stop
        #: May change the score of one of the next three words; every other word changes none.
        self.is_influential = is_influential
        #: Its own score may differ from its valence, even after words that change nothing.
        self.is_sensitive = is_sensitive
        #: None for a word that is never scored; a booster is not, even if the lexicon lists it.
        self.valence = valence
        self.in_lexicon = in_lexicon
        #: Then nothing else is known: the words of the description must be read in its place.
        self.has_emoji = has_emoji
        self.description = description
        #: What it adds to the words after it.
        self.boost = boost
        self.negates = negates
        self.opens_idiom = opens_idiom
        #: Last word of an idiom or of a booster of several words.
        self.ends_phrase = ends_phrase

    def in_capitals(self) -> "Token":
        """Give the token of the same word written in capitals."""
        return Token(
            self.word,
            is_upper=True,
            is_stop=self.is_stop,
            is_influential=self.is_influential,
            is_sensitive=True,
            valence=self.valence,
            in_lexicon=self.in_lexicon,
            boost=self.boost,
            negates=self.negates,
            opens_idiom=self.opens_idiom,
            ends_phrase=self.ends_phrase,
        )


#: Most words are one of these two; sharing them saves memory, and time with it.
PLAIN: Final = Token()
PLAIN_UPPER: Final = Token(is_upper=True)


class Vocabulary(dict[str, Token]):
    """The token of each word as written, found at its first use; forgets all when full.

    One look-up (`vocabulary[raw]`) serves hit and miss, so threads may share it.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self._lexicon = lexicon
        self._descriptions = {emoji: f" {lexicon.emoji[emoji]}" for emoji in lexicon.single_emoji()}
        idioms = [idiom.split() for idiom in lexicon.idioms]
        phrases = idioms + [booster.split() for booster in lexicon.boosters if " " in booster]
        self._idiom_openers = {words[0] for words in idioms}
        self._phrase_enders = {words[-1] for words in phrases}
        known = RULE_WORDS.union(lexicon.negations, lexicon.valences, lexicon.boosters, *phrases)
        self._known = {word: self._make_token(word) for word in known}

    def __missing__(self, raw: str) -> Token:
        token = self.read(raw)
        if len(raw) <= WORD_MAX_CHARACTERS:
            if len(self) >= WORDS_MAX:
                self.clear()
            self[raw] = token
        return token

    def read(self, raw: str) -> Token:
        """Find what a word is, and remember nothing of it."""
        stripped = raw.strip(punctuation)
        if len(stripped) < WORD_MIN_CHARACTERS:
            stripped = raw
        word = stripped.lower()
        token = self._known.get(word)
        if token is None:
            token = self._make_token(word) if "n't" in word else PLAIN
        if stripped.isupper():
            token = PLAIN_UPPER if token is PLAIN else token.in_capitals()
        if not raw.isascii() and not self._descriptions.keys().isdisjoint(raw):
            described = "".join([self._descriptions.get(char, char) for char in raw])
            token = Token(is_stop=True, has_emoji=True, description=described.split())
        return token

    def _make_token(self, word: str) -> Token:
        lexicon = self._lexicon
        boost = lexicon.boosters.get(word)
        valence = lexicon.valences.get(word) if boost is None else None
        negates = word in lexicon.negations or "n't" in word
        opens_idiom = word in self._idiom_openers
        ends_phrase = word in self._phrase_enders
        return Token(
            word,
            is_stop=valence is not None or word == "but",
            is_influential=boost is not None
            or negates
            or ends_phrase
            or word in ("no", "so", "this", "least", "never"),
            is_sensitive=opens_idiom or ends_phrase or word in ("no", "kind"),
            valence=valence,
            in_lexicon=word in lexicon.valences,
            boost=boost or 0.0,
            negates=negates,
            opens_idiom=opens_idiom,
            ends_phrase=ends_phrase,
        )
