"""One minute that is still open: a set of voices, the same in whatever order they came."""

from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final

import msgspec

from monitor.core.finding import Severity
from monitor.core.keeping import keep_origin
from monitor.core.kept import KeptOrigin
from monitor.core.message import Channel
from monitor.core.presence import MINUTE_SECONDS
from monitor.core.trend import Trend

#: Texts that are kept of one minute, and customers; of more, a sample by their hashes.
TEXTS_MAX: Final = 16
CUSTOMERS_MAX: Final = 1024
_HASH_BITS: Final = 52
_HASHES: Final = float(1 << _HASH_BITS)
_MILLI: Final = 1000
#: A complaint makes several trends, one soon after the other.
_CUSTOMERS_REMEMBERED: Final = 4096


#: Where in its log a trend, or what is kept of one, stands.
find_place: Final[Callable[[Any], tuple[str, int, int, int]]] = attrgetter(
    "origin.topic", "origin.partition", "origin.offset", "number"
)


class Voice(msgspec.Struct, array_like=True, frozen=True):
    """The first word of one customer in this minute."""

    origin: KeptOrigin
    #: Among the trends of that record.
    number: int
    #: Thousandths of expected listeners: whole numbers add up to the same in every order.
    listeners_milli: int
    fingerprint: int
    channel: Channel | None
    severity: Severity | None
    text: str


class Minute(msgspec.Struct, array_like=True):
    """What was said in one minute (minutes since 1970), by customer."""

    minute: int
    messages: int = 0
    #: Hashes of the customers, rising, and beside each the voice.
    customers: list[int] = []
    voices: list[Voice] = []

    def take(self, trend: Trend) -> None:
        """Take one trend; of a customer the first in the log counts."""
        self.messages += 1
        who = hash_customer(trend.customer or "")
        place = bisect_left(self.customers, who)
        if place < len(self.customers) and self.customers[place] == who:
            if find_place(self.voices[place]) > find_place(trend):
                self.voices[place] = _hear(trend, quoted=place < TEXTS_MAX)
            return
        self.customers.insert(place, who)
        self.voices.insert(place, _hear(trend, quoted=place < TEXTS_MAX))
        if place < TEXTS_MAX < len(self.voices):
            self.voices[TEXTS_MAX] = msgspec.structs.replace(self.voices[TEXTS_MAX], text="")
        del self.customers[CUSTOMERS_MAX:], self.voices[CUSTOMERS_MAX:]

    def forget(self, who: int) -> None:
        """Forget one customer's voice; how many messages there were is nobody's."""
        place = bisect_left(self.customers, who)
        if place < len(self.customers) and self.customers[place] == who:
            del self.customers[place], self.voices[place]

    def scale(self) -> float:
        """Return how many customers each one listed stands for."""
        if len(self.customers) < CUSTOMERS_MAX:
            return 1.0
        # The hashes are spread evenly: where the last of so many lies tells how many there are.
        spread = self.customers[-1] / _HASHES
        return max(1.0, (CUSTOMERS_MAX - 1) / spread / CUSTOMERS_MAX)


def _hear(trend: Trend, *, quoted: bool) -> Voice:
    return Voice(
        origin=keep_origin(trend.origin),
        number=trend.number,
        listeners_milli=round(trend.listeners * _MILLI),
        fingerprint=trend.fingerprint,
        channel=trend.channel,
        severity=trend.severity,
        text=trend.excerpt if quoted else "",
    )


@lru_cache(_CUSTOMERS_REMEMBERED)
def hash_customer(customer: str) -> int:
    """Spread customers evenly over whole numbers."""
    digest = blake2b(customer.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - _HASH_BITS)


def find_minute(trend: Trend) -> int:
    """Return the minute since 1970 in which it was said."""
    return int(trend.at.timestamp() // MINUTE_SECONDS)
