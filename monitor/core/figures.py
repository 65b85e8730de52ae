"""How single facts lie in a packed row: moments by what they differ by, figures and masked texts in few bytes.

Whatever would not come back to the last bit stays as it is.
"""

from math import copysign
from typing import Any, Final

from monitor.core.redaction import MASK

#: Most figures have four decimals at most.
_UNITS: Final = 10_000
#: Beyond, a whole number takes no less than the figure itself.
_UNITS_MAX: Final = 2**31
#: Stands for the mask, which takes three bytes, and the mask for it.
_SUBSTITUTE: Final = "\x1a"
_SWAPPED: Final = str.maketrans({MASK: _SUBSTITUTE, _SUBSTITUTE: MASK})


def tell_before(later: float, at: float) -> float | list[float]:
    """Tell how long before the later moment one was; itself, in a list, where no rounding would bring it back."""
    if at == later:
        return 0
    before = later - at
    return before if later - before == at else [at]


def find_before(later: float, before: float | list[float]) -> float:
    """Find the moment that was told."""
    return before[0] if isinstance(before, list) else later - before


def pack_figure(figure: float) -> Any:  # noqa: ANN401 - a compiled function would make a float of the other
    """Pack a figure of few decimals as a whole number of their units."""
    scaled = figure * _UNITS
    if not -_UNITS_MAX < scaled < _UNITS_MAX:
        return figure
    # The nearest whole number, and quicker than the builtin; whichever it is, it must give the figure again.
    units = int(scaled + 0.5) if scaled > 0 else int(scaled - 0.5)
    if units:
        return units if units / _UNITS == figure else figure
    return 0 if figure == 0 and copysign(1.0, figure) > 0 else figure


def unpack_figure(packed: Any) -> float:  # noqa: ANN401 - the same
    """Give the figure that was packed."""
    figure: float = packed / _UNITS if isinstance(packed, int) else packed
    return figure


def swap_mask(text: str) -> str:
    """Give a text with a single byte for each masked character, and of such a text the one that it was made of."""
    if _SUBSTITUTE not in text:
        return text.replace(MASK, _SUBSTITUTE)
    if MASK not in text:
        return text.replace(_SUBSTITUTE, MASK)
    return text.translate(_SWAPPED)
