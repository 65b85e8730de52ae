"""A name as it is kept, of which there are millions: a pseudonym is its digits, every other name is itself."""

from typing import Final

_PSEUDONYM_LENGTH: Final = 22
_DIGITS_FROM: Final = 2


def pack_name(name: str) -> bytes | str:
    """Pack a name."""
    if len(name) != _PSEUDONYM_LENGTH or not name.startswith("c-"):
        return name
    written = name[_DIGITS_FROM:]
    try:
        digits = bytes.fromhex(written)
    except ValueError:
        return name
    # It reads capitals and blanks, too.
    return digits if digits.hex() == written else name


def unpack_name(packed: bytes | str) -> str:
    """Give the name that was packed."""
    return packed if isinstance(packed, str) else f"c-{packed.hex()}"
