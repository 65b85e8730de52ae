"""What is known about the language, as vaderSentiment supplies it; where it is read is no business of this module."""

from collections.abc import Mapping

import msgspec


class Lexicon(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known about the language. Its values must not change once it is in use."""

    #: Lower-case word or emoticon to its mean rating, -4 to 4.
    valences: Mapping[str, float]
    #: Emoji to the words, without emoji, that stand for it in a text.
    emoji: Mapping[str, str]
    #: Degree adverb, one word or several, to what it adds to the word after it.
    boosters: Mapping[str, float]
    negations: frozenset[str]
    #: Phrases whose valence replaces that of their words. An int must stay an int: from Python 3.12 on
    #: sum() adds ints and floats differently.
    idioms: Mapping[str, float]
    #: What capitals add to a word in a text that is not all in capitals.
    capitals_increment: float
    #: What a negation multiplies the word after it by.
    negation_factor: float

    def single_emoji(self) -> frozenset[str]:
        """Give the emoji that stock can find, since it looks at one code point at a time; none is ASCII."""
        return frozenset(emoji for emoji in self.emoji if len(emoji) == 1 and not emoji.isascii())
