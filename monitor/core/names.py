"""A name as it is kept, of which there are millions: a pseudonym is its digits, every other name is itself."""

from typing import Final

_PSEUDONYM_LENGTH: Final = 22
_DIGITS_FROM: Final = 2


def pack_name(name: str) -> bytes | str:
    """Pack a name."""
    if len(name) != _PSEUDONYM_LENGTH or not name.startswith("c-"):
        return name
    digits = pack_digits(name[_DIGITS_FROM:])
    return digits if isinstance(digits, bytes) else name


def unpack_name(packed: bytes | str) -> str:
    """Give the name that was packed."""
    return packed if isinstance(packed, str) else f"c-{packed.hex()}"


def pack_digits(written: str) -> bytes | str:
    """Pack what is written in hexadecimal digits, as the id of an alert is, into half as many bytes."""
    try:
        digits = bytes.fromhex(written)
    except ValueError:
        return written
    # It reads capitals and blanks, too.
    return digits if digits.hex() == written else written


def unpack_digits(packed: bytes | str) -> str:
    """Give what was packed."""
    return packed if isinstance(packed, str) else packed.hex()
