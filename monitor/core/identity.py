"""Who a message is from, as a pseudonym, and which names are one customer: no raw identifier goes further than this."""

import re
from hashlib import blake2b
from math import inf
from typing import Final

from monitor.core.message import CHANNELS, Message
from monitor.core.milestone import Milestone
from monitor.errors import ConfigError

_CACHE_MAX: Final = 131_072
#: Of one name; more than are said within the time in which a record may be scored again.
_WORDS_REMEMBERED: Final = 4
_PSEUDONYM: Final = re.compile(r"c-[0-9a-f]{20}")
#: Who writes from an address is the same on every channel.
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def is_pseudonym(text: str) -> bool:
    """Tell whether this is a pseudonym, and no raw identifier."""
    return _PSEUDONYM.fullmatch(text) is not None


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
        return self._name_handle(str(message.channel), str(message.author))

    def name_identifier(self, identifier: str) -> str:
        """Name whom a person means: `social:@ann`, `ann@example.org`, `customer:C-1`, or a pseudonym as it stands.

        Raises:
            ConfigError: it is none of these.

        """
        if is_pseudonym(identifier):
            return identifier
        kind, _, value = identifier.partition(":")
        if kind == "customer" and value:
            return self.hide(identifier)
        if kind in CHANNELS and value:
            return self._name_handle(kind, value)
        if _ADDRESS.fullmatch(identifier):
            return self._name_handle("email", identifier)
        raise ConfigError(
            "an identifier is customer:ID, CHANNEL:HANDLE such as social:@ann, an e-mail address, or a pseudonym"
            " as alerts show it"
        )

    def _name_handle(self, channel: str, author: str) -> str:
        handle = author.casefold()
        if _ADDRESS.fullmatch(handle):
            return self.hide(f"email:{handle}")
        return self.hide(f"handle:{channel}:{handle}")

    def hide(self, identity: str) -> str:
        """Give the pseudonym of one identity."""
        known = self._known.get(identity)
        if known is None:
            if len(self._known) >= _CACHE_MAX:
                self._known.clear()
            digest = blake2b(identity.encode(), digest_size=10, key=self._key).hexdigest()
            known = self._known[identity] = f"c-{digest}"
        return known


class Identities:
    """Which name stood for which customer at which time, as far as it has been learned.

    A record is scored by what had been said some time before it was received, never by what is known at the moment:
    whoever scores it again, after a crash, comes to the same customer. What was said since is for the partition of the
    name to know, which hands the word on.
    """

    def __init__(self) -> None:
        #: Of each name, what has been said last: since when, and whom it stands for.
        self._words: dict[str, tuple[tuple[float, str | None], ...]] = {}

    def learn(self, name: str, canonical: str | None, at_seconds: float) -> None:
        """Take the latest word on one name, and when it was said."""
        word = (at_seconds, None if canonical == name else canonical)
        before = self._words.get(name, ())
        if before or word[1] is not None:
            self._words[name] = (*before, word)[-_WORDS_REMEMBERED:]

    def resolve(self, name: str, until_seconds: float = inf) -> str:
        """Find whom a name stood for at that time, over any number of links; of a circle, the smallest name."""
        if name not in self._words:
            return name
        following = self._find(name, until_seconds)
        if following is None:
            return name
        path = [name]
        while following is not None:
            if following in path:
                return min(path[path.index(following) :])
            path.append(following)
            following = self._find(following, until_seconds)
        return path[-1]

    def list_names(self, canonical: str) -> tuple[str, ...]:
        """List the names that stand for a customer now, the customer's own first."""
        others = sorted(name for name in self._words if name != canonical and self.resolve(name) == canonical)
        return (canonical, *others)

    def _find(self, name: str, until_seconds: float) -> str | None:
        for at_seconds, canonical in reversed(self._words.get(name, ())):
            if at_seconds <= until_seconds:
                return canonical
        return None
