"""Who counts: each customer once a day, each text for a few customers; one loud voice, or many bots, are no crowd.

Bounded: at high rates the oldest are forgotten, and one voice more is nothing there.
"""

from typing import Final

import msgspec

from monitor.core.crowd.bounds import SurgePolicy

DAY_MINUTES: Final = 24 * 60


class People(msgspec.Struct, array_like=True):
    """The customers and texts counted within a day."""

    #: Hash of the customer: the minute in which they counted.
    customers: dict[int, int] = {}
    #: Fingerprint: the customers who used this text, and the minute of the last.
    texts: dict[int, tuple[int, int]] = {}

    def counts(self, customer: int, text: int, minute: int, policy: SurgePolicy) -> bool:
        """Tell whether this customer's word is a new voice, and remember it."""
        said_at = self.customers.get(customer)
        if said_at is not None and minute - said_at < DAY_MINUTES:
            return False
        self.customers[customer] = minute
        if text == 0:
            return True
        times, used_at = self.texts.get(text, (0, minute))
        times = times + 1 if minute - used_at < DAY_MINUTES else 1
        self.texts[text] = (times, minute)
        return times <= policy.same_text_customers

    def forget(self, minute: int, policy: SurgePolicy) -> None:
        """Forget what is a day old, and, beyond the bounds, what is oldest."""
        bound = policy.remembered_customers
        if len(self.customers) > bound:
            newest = sorted(((at, who) for who, at in self.customers.items()), reverse=True)[:bound]
            self.customers = {who: at for at, who in newest if minute - at < DAY_MINUTES}
        if len(self.texts) > bound:
            # A text that many use is the one to know again.
            kept = sorted(((use, text) for text, use in self.texts.items()), reverse=True)[: bound // 2]
            self.texts = {text: use for use, text in kept if minute - use[1] < DAY_MINUTES}
