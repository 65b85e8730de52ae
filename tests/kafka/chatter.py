"""Endless seeded chatter for the fault tests: the same messages in every run, in the order of their event time.

Customers come, talk for about forty messages and fall silent, some of them with a complaint that nobody answers.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from monitor.core.message import Message

EVENT_START: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)

_MESSAGES_PER_CUSTOMER: Final = 40
_CUSTOMERS_AT_A_TIME: Final = 40
#: Every third customer is one whom the brand never answers.
_NEVER_ANSWERED: Final = 3
#: Some messages arrive late: they are older than those before them.
_LATE_SHARE: Final = 0.1
_LATE_MINUTES: Final = 90

_COMPLAINTS: Final = (
    "The parcel is two weeks late and nobody answers my mails.",
    "AVOID this company!!! They stole my money, everyone should know, I want a refund NOW",
    "The invoice is wrong again, I was charged twice.",
    "The driver was rude and threw the parcel over the fence.",
    "Your app crashes every time I open it.",
)
_CONTENT: Final = (
    "Love the headset, works great!",
    "Is there a blue one?",
    "Arrived a day early, very happy with it.",
    "Which of the two has the longer cable?",
    "Thank you, all solved now, great support.",
)
_REPLIES: Final = (
    "We are sorry about that. We have refunded you and a new one leaves today.",
    "Thank you for telling us, our colleague will call you this afternoon.",
)


def tell_messages(seed: int, step: timedelta) -> Iterator[Message]:
    """Tell messages without end, one `step` of event time after the other."""
    dice = Random(seed)
    for number in count():
        newest = number // _MESSAGES_PER_CUSTOMER
        customer = newest + dice.randrange(_CUSTOMERS_AT_A_TIME)
        answered = customer % _NEVER_ANSWERED != 0
        direction = "outbound" if answered and dice.random() < 0.2 else "inbound"
        texts = _REPLIES if direction == "outbound" else dice.choice((_COMPLAINTS, _CONTENT))
        late = (
            timedelta(minutes=dice.randrange(_LATE_MINUTES)) if dice.random() < _LATE_SHARE else timedelta()
        )
        yield Message(
            id=f"m-{number}",
            channel=dice.choice(("social", "support", "chat")),
            at=EVENT_START + number * step - late,
            text=dice.choice(texts),
            direction="outbound" if direction == "outbound" else "inbound",
            author=f"user-{customer}",
            customer=f"customer-{customer}",
            brand="acme",
            followers=dice.choice((None, 40, 900, 12_000)),
            reshares=dice.choice((None, 0, 3)),
        )
