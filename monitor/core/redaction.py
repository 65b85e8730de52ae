"""What may leave of a text: the same length, with everything that names a person or an account masked."""

import re
from collections.abc import Iterable
from typing import Final

from phonenumbers import PhoneNumberMatcher

MASK: Final = "•"
#: A shorter name is as likely an ordinary word.
_NAME_MIN_CHARACTERS: Final = 3
# Repetitions are bounded where a run of letters could be tried from each of its characters.
#: None of these has whitespace within it.
_ADDRESSES: Final = re.compile(
    r"""
      [\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]+         # e-mail
    | (?i:https?://|www\.)\S+                   # links carry tokens and names
    | \b(?:[\w-]{1,63}\.){1,4}[A-Za-z]{2,24}/\S+
    | @\w(?:[\w.-]*\w)?                         # handles
    """,
    re.VERBOSE,
)
_NUMBERS: Final = re.compile(
    r"""
      \b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?\b   # IBAN
    | \b(?:\d[ -]?){12,18}\d\b                  # card numbers
    | (?<![\w.-])(?!\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b)
      (?:\+|\(?0)(?:[ ()./-]{0,2}\d){6,14}(?!\w) # phone numbers with a leading + or 0; no dates
    | \#?\b(?=\w*\d\w*\d\w*\d\w*\d)\w{6,}\b    # order, ticket and account numbers
    | \#?\b\d{5,}\b | \#\d{3,}\b
    """,
    re.VERBOSE,
)
_DIGIT: Final = re.compile(r"\d")
#: Without this, no number can match.
_FIGURES: Final = re.compile(r"\d\D*\d\D*\d|[A-Z]{2}\d{2}")
#: So many characters before the word of its first digit a number may begin: "+", two marks, or "#".
_NUMBER_BEGINS_BEFORE: Final = 3
_DIGITS_FOR_PHONE: Final = re.compile(r"(?:\d\D{0,3}){7}")


def redact(text: str, names: Iterable[str | None] = ()) -> str:
    """Mask identifiers, and `names` where they stand as words; spans of the original keep their places."""
    if "@" in text or "/" in text or (("w." in text or "W." in text) and "www." in text.lower()):
        text = " ".join([_mask_address(piece) for piece in text.split(" ")])
    digit = _DIGIT.search(text)
    if digit is not None:
        text = _mask_numbers(text, digit.start())
    for name in names:
        bare = (name or "").strip("@ ")
        if len(bare) >= _NAME_MIN_CHARACTERS and bare.casefold() in text.casefold():
            text = re.sub(rf"(?<!\w){re.escape(bare)}(?!\w)", _mask, text, flags=re.IGNORECASE)
    return text


def _mask_numbers(text: str, first_digit: int) -> str:
    """Mask what is a number; nothing is searched that lies well before the first digit."""
    if not _FIGURES.search(text, max(first_digit - 2, 0)):
        return text
    begin = first_digit
    while begin and (text[begin - 1].isalnum() or text[begin - 1] == "_"):
        begin -= 1
    masked: list[str] = []
    end = 0
    for match in _NUMBERS.finditer(text, max(begin - _NUMBER_BEGINS_BEFORE, 0)):
        masked += (text[end : match.start()], _mask(match))
        end = match.end()
    text = "".join([*masked, text[end:]])
    if _DIGITS_FOR_PHONE.search(text, begin):
        for found in PhoneNumberMatcher(text, "US"):
            text = text[: found.start] + MASK * (found.end - found.start) + text[found.end :]
    return text


def _mask_address(piece: str) -> str:
    if "@" in piece or "/" in piece or ("." in piece and "www." in piece.lower()):
        return _ADDRESSES.sub(_mask, piece)
    return piece


def _mask(match: re.Match[str]) -> str:
    return MASK * len(match.group())
