"""Rounds as the builtin does, several times faster; never to another number.

The builtin rounds by way of decimal digits, which is slow. Both give the float that is nearest to a whole number of
thousandths; only where two are as near, but for the error of a product, must the builtin decide.
"""

from typing import Final

#: Added to a float and taken away again, it leaves the nearest whole number: beside it, there are no other floats.
_WHOLE: Final = 1.5 * 2.0**52

#: Farther off than this from the nearest whole number, the error of a product could have made it the nearest.
_SURELY_NEAREST: Final = 0.499_999


def round_to_3_digits(number: float) -> float:
    """Round a number that is not negative, up to some thousands."""
    scaled = number * 1000.0
    whole = scaled + _WHOLE - _WHOLE
    if -_SURELY_NEAREST < scaled - whole < _SURELY_NEAREST:
        return whole / 1000.0
    return round(number, 3)


def round_to_4_digits(number: float) -> float:
    """Round a number up to some thousands, and keep the sign of zero."""
    scaled = number * 10000.0
    whole = scaled + _WHOLE - _WHOLE
    if whole != 0.0 and -_SURELY_NEAREST < scaled - whole < _SURELY_NEAREST:
        return whole / 10000.0
    return round(number, 4)
