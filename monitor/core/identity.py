"""Who a message is from, as a pseudonym: raw identifiers never go further than this."""

from hashlib import blake2b
from typing import Final

from monitor.core.message import Message
from monitor.core.milestone import Milestone

_CACHE_MAX: Final = 131_072


class Pseudonyms:
    """Keyed hashes of customers, remembered; the same key gives the same pseudonyms, another key others."""

    def __init__(self, key: bytes) -> None:
        """`key` is secret and at most 64 bytes; empty means that pseudonyms can be guessed from identifiers."""
        self._key = key
        self._known: dict[str, str] = {}

    def name(self, message: Message | Milestone) -> str:
        """Name its customer: by the brand's own id where known, else by handle and channel."""
        if message.customer is not None:
            return self.hide(f"customer:{message.customer}")
        return self.hide(f"handle:{message.channel}:{str(message.author).casefold()}")

    def hide(self, identity: str) -> str:
        """Give the pseudonym of one identity."""
        known = self._known.get(identity)
        if known is None:
            if len(self._known) >= _CACHE_MAX:
                self._known.clear()
            digest = blake2b(identity.encode(), digest_size=10, key=self._key).hexdigest()
            known = self._known[identity] = f"c-{digest}"
        return known
