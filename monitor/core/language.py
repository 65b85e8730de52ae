"""Which texts are in a language that is read here, English; no other is ever guessed at.

What the source declares decides; two common English words do, too, and a few more words leave little in doubt. Only
for the rest is a detector asked, which costs far more than all of scoring.
"""

import re
from collections.abc import Callable, Collection, Iterable
from typing import Final, NamedTuple

#: What a language is counted as, where the values must be few.
LANGUAGE_GROUPS: Final = (
    *(
        "ar",
        "de",
        "es",
        "fa",
        "fr",
        "hi",
        "id",
        "it",
        "ja",
        "ko",
        "nl",
        "pl",
        "pt",
        "ru",
        "sv",
        "tl",
        "tr",
        "uk",
    ),
    *("zh", "other"),
)
_SUPPORTED: Final = frozenset({"en", "eng"})
#: Tags that name no language, beside those from qaa to qtz, which platforms use for links and pictures.
_UNDECIDED: Final = frozenset({"und", "zxx", "mul", "mis", "art"})
_TAG_LETTERS: Final = 3
#: ISO 639's word for a language that was not told.
_UNKNOWN: Final = "und"
#: Fewer words say nothing of their language: a name, "ok", "lol". Where none of them is known as foreign, a few more.
_WORDS_MIN: Final = 3
_STRANGE_WORDS_MIN: Final = 4
#: One word in so many must be English where no common word or too few of them say it.
_ENGLISH_ONE_IN: Final = 5
#: So many times likelier than English must another language be: brand names and hashtags look foreign to a detector.
_LIKELIER_MIN: Final = 5.0
#: A script has no use for spaces in some languages: so many of its letters are a word or two.
_LETTERS_MIN: Final = 2
_LATIN_END: Final = "\u0250"

#: Distinct texts whose guesses are remembered.
_TEXTS_MAX: Final = 8_192
#: A longer text is judged by its beginning.
_TEXT_MAX_CHARACTERS: Final = 400
_WORDS_MAX: Final = 80

_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_NO_WORDS: Final = re.compile(r"https?:|www\.|[@#]|[^@]+@[^@]|&\w+;$")
_CHUNK: Final = re.compile(r"\S+")

#: Distinct chunks whose counts are remembered.
_CHUNKS_MAX: Final = 65_536
_CHUNK_MAX_CHARACTERS: Final = 40
_CHUNK_READ_CHARACTERS: Final = 200
# What a chunk counts for is one number, so that the sum of a text's chunks is that of each count.
_DIGIT: Final = 1 << 16
_MASK: Final = _DIGIT - 1
_ENGLISH_WORD, _FOREIGN_WORD, _ANY_WORD, _LATIN_LETTER, _OTHER_LETTER = [_DIGIT**place for place in range(5)]


#: Common in English, and rare in any other language.
_COMMON_WORDS: Final = (
    "the and you your my with this that have for it are they what not from just but be to i i'm it's don't how when"
    " will would has been all there about please is of was can get if do we our thanks thank"
)
_COMMON: Final = frozenset(
    form for word in _COMMON_WORDS.split() for form in (word, word.capitalize(), word.upper())
)
_FURTHER_WORDS: Final = (
    "so at an by or as his her she he them their us who why where which than then too very more most some any much"
    " many up out over off down again still never only even also now new today need want help let's did does had"
    " could should am because after before into every always ever cannot can't won't didn't doesn't isn't haven't"
    " wasn't i've i'll that's you're cant dont im u ur sorry yes ok today tomorrow night day time back one first"
    " last week year make made use used using buy bought go got going know like see say said look think come take"
    " give wait waiting call called really product phone service order money work works working worked price"
    " quality delivery customer account card password payment change watch game item book blog post quick stopped"
    " update video version review online website store shop shipping package refund cancel cancelled error app"
)
_ENGLISH: Final = frozenset((*_COMMON_WORDS.split(), *_FURTHER_WORDS.split()))
#: Common in other languages that are written in Latin letters, and rare in English.
_FOREIGN_WORDS: Final = (
    "el la los las que por para una está pero muy del se ne su tu mi y ha nadie todavía"
    " le les des est et je pas pour dans sur vous nous avec ce cette mais qui moi toi où"
    " der das und ist nicht ich ein eine mit zu den auf dem auch wie wir sie"
    " noch nur wenn für nach habe hab mir mich dir dich heute kein keine doch schon jetzt bei aus wird mal"
    " il di che per è sono ma anche non si os não um uma com em da eu mais"
    " meu minha você vai tem mas isso já tá sou sei foi pra"
    " het een van ik niet dat maar voor jag och är inte det som"
    " bir ve bu için yang dan ini nie jest się na ang ng mga ako"
    " hai nahi ke ko mein bhi ka ki kya"
)
_FOREIGN: Final = frozenset(_FOREIGN_WORDS.split())
#: English, too, but as common elsewhere.
_EITHER: Final = frozenset({"no", "me", "die", "mad", "gut"})


class Guess(NamedTuple):
    """The likeliest language of a text, and how many times likelier it is than English."""

    language: str
    odds: float


Detector = Callable[[str], Guess]


class _Counts(dict[str, int]):
    """What each chunk of text counts for, worked out at its first use; forgets all when full."""

    def __init__(self, valences: Collection[str]) -> None:
        super().__init__()
        self._valences = valences

    def __missing__(self, chunk: str) -> int:
        count = 0
        if not _NO_WORDS.match(chunk):
            for word in _WORD.findall(chunk[:_CHUNK_READ_CHARACTERS].lower().replace("\u2019", "'")):
                letter = _LATIN_LETTER if word[0] < _LATIN_END else _OTHER_LETTER
                count += _ANY_WORD + letter * len(word)
                if word in _FOREIGN:
                    count += _FOREIGN_WORD
                elif word in _ENGLISH or (word in self._valences and word not in _EITHER):
                    count += _ENGLISH_WORD
        if len(chunk) <= _CHUNK_MAX_CHARACTERS:
            if len(self) >= _CHUNKS_MAX:
                self.clear()
            self[chunk] = count
        return count


class LanguageGate:
    """Tells which texts are not to be read; without a detector, only those that need none to tell."""

    def __init__(
        self, valences: Collection[str] = (), emoji: Iterable[str] = (), detect: Detector | None = None
    ) -> None:
        self._valences = valences
        self._emoji = frozenset(emoji)
        self._detect = detect
        self._count = _Counts(valences).__getitem__
        self._guesses: dict[str, Guess] = {}

    def find_unsupported(self, words: list[str], declared: str | None = None) -> str | None:
        """Name the language of a text of these chunks where it is not supported; None, too, where it cannot be told."""
        if declared is not None and _names_language(declared):
            primary = declared.partition("-")[0]
            return None if primary in _SUPPORTED else primary
        if _has_common(words):
            return None
        return self._look_closer(words[:_WORDS_MAX])

    def _look_closer(self, words: list[str]) -> str | None:
        count = sum(map(self._count, words))
        others = count // _OTHER_LETTER
        if others >= _LETTERS_MIN and others > count // _LATIN_LETTER & _MASK:
            # Its script alone says that it is not English; which language it is may stay open.
            guess = self._guess(words)
            return _UNKNOWN if guess is None or guess.language in _SUPPORTED else guess.language
        foreign = count // _FOREIGN_WORD & _MASK
        english = count & _MASK
        written = count // _ANY_WORD & _MASK
        if written < (_WORDS_MIN if foreign else _STRANGE_WORDS_MIN) or (
            english > foreign and english * _ENGLISH_ONE_IN >= written
        ):
            return None
        guess = self._guess(words)
        if guess is None or guess.language in _SUPPORTED or guess.odds < _LIKELIER_MIN:
            return None
        return guess.language

    def keep_signs(self, text: str) -> str:
        """Leave of a text the emoji and emoticons, which need no language, each in its place."""
        return _CHUNK.sub(self._keep_signs, text)

    def _keep_signs(self, chunk: re.Match[str]) -> str:
        written = chunk[0]
        if not written[0].isalnum() and written.lower() in self._valences:
            return written
        return "".join([character if character in self._emoji else " " for character in written])

    def _guess(self, words: list[str]) -> Guess | None:
        """Ask the detector, once for each text: what is sent twice is often sent a thousand times."""
        if self._detect is None:
            return None
        text = " ".join([word for word in words if self._count(word)])[:_TEXT_MAX_CHARACTERS]
        guess = self._guesses.get(text)
        if guess is None:
            guess = self._detect(text)
            if len(self._guesses) >= _TEXTS_MAX:
                self._guesses.clear()
            self._guesses[text] = guess
        return guess


def group_language(language: str) -> str:
    """Give the language itself if it is common, or other."""
    return language if language in LANGUAGE_GROUPS else "other"


def _has_common(words: list[str]) -> bool:
    """Tell whether two different common words are there; most texts say it early."""
    common = ""
    for word in words:
        if word in _COMMON and word != common:
            if common:
                return True
            common = word
    return False


def _names_language(tag: str) -> bool:
    primary = tag.partition("-")[0]
    return primary not in _UNDECIDED and not (len(primary) == _TAG_LETTERS and "qaa" <= primary <= "qtz")
