"""Who counts: each customer once a day, each text for a few customers; one loud voice, or many bots, are no crowd.

Bounded: at high rates the oldest are forgotten, and one voice more is nothing there.
"""

from bisect import bisect_left
from heapq import nlargest
from typing import Final

import msgspec

from monitor.core.crowd.bounds import SurgePolicy

DAY_MINUTES: Final = 24 * 60
_MINUTES_MAX: Final = 1 << 32


class Ledger(msgspec.Struct, array_like=True):
    """Whole numbers by whole number, in one order whatever the order in which they came."""

    keys: list[int] = []
    values: list[int] = []

    def get(self, key: int) -> int | None:
        """Return what is kept for the key."""
        place = bisect_left(self.keys, key)
        if place < len(self.keys) and self.keys[place] == key:
            return self.values[place]
        return None

    def put(self, key: int, value: int) -> None:
        """Keep this for the key."""
        place = bisect_left(self.keys, key)
        if place < len(self.keys) and self.keys[place] == key:
            self.values[place] = value
        else:
            self.keys.insert(place, key)
            self.values.insert(place, value)

    def drop(self, key: int) -> None:
        """Keep nothing for the key."""
        place = bisect_left(self.keys, key)
        if place < len(self.keys) and self.keys[place] == key:
            del self.keys[place], self.values[place]

    def thin(self, bound: int) -> None:
        """Keep those with the greatest values, where there are more than `bound`."""
        if len(self.keys) <= bound:
            return
        greatest = nlargest(bound, zip(self.values, self.keys, strict=True))
        kept = sorted((key, value) for value, key in greatest)
        self.keys, self.values = [key for key, _ in kept], [value for _, value in kept]


class People(msgspec.Struct, array_like=True):
    """The customers and texts counted within a day."""

    #: Hash of the customer: the minute in which they counted.
    customers: Ledger = msgspec.field(default_factory=Ledger)
    #: Fingerprint: how many used this text, and, in the lower bits, the minute in which the first of them did.
    texts: Ledger = msgspec.field(default_factory=Ledger)

    def counts(self, customer: int, text: int, minute: int, policy: SurgePolicy) -> bool:
        """Tell whether this customer's word is a new voice, and remember it."""
        said_at = self.customers.get(customer)
        if said_at is not None and minute - said_at < DAY_MINUTES:
            return False
        self.customers.put(customer, minute)
        if text == 0:
            return True
        uses, since = divmod(self.texts.get(text) or 0, _MINUTES_MAX)
        if minute - since >= DAY_MINUTES:
            uses, since = 0, minute
        self.texts.put(text, (uses + 1) * _MINUTES_MAX + since)
        return uses < policy.same_text_customers

    def forget(self, policy: SurgePolicy) -> None:
        """Forget, beyond the bounds, who counted longest ago, and the texts that fewest used."""
        self.customers.thin(policy.remembered_customers)
        self.texts.thin(policy.remembered_customers // 4)
