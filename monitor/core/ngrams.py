"""How a text becomes countable tokens and letter n-grams; training and run time share it."""

import re
from typing import Final

#: Letter n-grams of a word with its borders, shortest and longest.
LETTERS_MIN: Final = 3
LETTERS_MAX: Final = 5

#: How many tokens after "not" are taken to be denied.
NEGATION_REACH: Final = 3

NEGATORS: Final = frozenset(
    """not no never nor without cannot can't won't don't doesn't didn't isn't aren't wasn't weren't haven't hasn't
    hadn't wouldn't couldn't shouldn't ain't cant wont dont doesnt didnt isnt arent wasnt havent hasnt hadnt wouldnt
    couldnt nothing none neither hardly barely""".split()  # noqa: SIM905  # forty quoted words hide the words
)
_STOPS: Final = frozenset(("!", "?", "!!", "??", "?!", "..."))

#: Longer runs of letters are no words (keys, encoded data); their tail says nothing.
WORD_MAX_LETTERS: Final = 30

_TOKEN: Final = re.compile(
    r"(?P<url>https?://\S+|www\.\S+)"
    r"|(?P<handle>@\w+)"
    r"|(?P<word>[^\W\d_]+(?:['\u2019][^\W\d_]+)*)"
    r"|(?P<number>\d+)"
    r"|(?P<face>[:;=]['-]?[()DPp/|])"
    r"|(?P<mark>[!?]+)"
    r"|(?P<dots>\.\.+|…)"
    r"|(?P<money>[$€£₹])"
    r"|(?P<symbol>[^\w\s\x00-\x7f\ufe0f\u200d\ufffd\u2018\u2019\u201c\u201d\u2013\u2014])"
)
#: A handle that a brand answers customers under, whatever the brand is called.
_CARE: Final = re.compile(r"help|care|support|serv|assist|ask|cust|team|official", re.IGNORECASE)
#: What is no word goes by the name of its kind; a mark, a face and a symbol by what is written.
_NAMES: Final = {"url": "<url>", "number": "0", "dots": "...", "money": "$"}
_STRETCHED: Final = re.compile(r"(.)\1{2,}")


class Piece:
    """One token of a chunk: where it stands, its name as a feature, and whether it is a word."""

    __slots__ = ("end", "is_capitals", "is_word", "name", "start")

    def __init__(self, start: int, end: int, name: str, *, is_word: bool, is_capitals: bool) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.is_word = is_word
        self.is_capitals = is_capitals


def split_chunk(chunk: str) -> list[Piece]:
    """Split one whitespace-free chunk into its tokens; addresses and figures lose what identifies them."""
    return [_name_piece(match) for match in _TOKEN.finditer(chunk)]


def find_reach(name: str) -> int | None:
    """Return how many tokens after the one of this name are denied; None where it changes nothing about that."""
    if name in NEGATORS:
        return NEGATION_REACH
    return 0 if name in _STOPS else None


def follow_scope(scope: int, piece: Piece) -> int:
    """Return how many tokens after `piece` are still denied, given how many were before it."""
    reach = find_reach(piece.name)
    if reach is not None:
        return reach
    return scope - 1 if scope else 0


def fold_word(written: str) -> str:
    """Return the name of a word: without case, and without the letters that stretch it."""
    lowered = written.lower().replace("\u2019", "'")[:WORD_MAX_LETTERS]
    return _STRETCHED.sub(r"\1\1", lowered) if _STRETCHED.search(lowered) else lowered


def split_letters(name: str) -> list[str]:
    """Give the letter n-grams of a word, its borders included as spaces."""
    bordered = f" {name} "
    length = len(bordered)
    return [
        bordered[start : start + size]
        for size in range(LETTERS_MIN, min(LETTERS_MAX, length) + 1)
        for start in range(length - size + 1)
    ]


def _name_piece(match: re.Match[str]) -> Piece:
    kind = match.lastgroup
    written = match.group()
    start, end = match.span()
    if kind == "word":
        return Piece(
            start, end, fold_word(written), is_word=True, is_capitals=len(written) > 1 and written.isupper()
        )
    name = _NAMES.get(kind or "", written)
    if kind == "handle":
        name = _name_handle(written)
    elif kind == "mark":
        name = _name_mark(written)
    return Piece(start, end, name, is_word=False, is_capitals=False)


def _name_handle(written: str) -> str:
    """Say how a handle is made and not whose it is: brands write theirs otherwise than people do."""
    if _CARE.search(written):
        return "<@care>"
    if written[1:].isdecimal():
        return "<@>"
    for character in written:
        if character.isdecimal():
            return "<@0>"
    return "<@A>" if written[1].isupper() else "<@a>"


def _name_mark(written: str) -> str:
    if len(written) == 1:
        return written
    if "!" in written and "?" in written:
        return "?!"
    return written[:2]
