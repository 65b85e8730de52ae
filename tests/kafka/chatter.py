"""Endless seeded chatter for the fault tests, the same in every run, and the feeder that sends it.

Customers come, talk for about forty messages and fall silent, some of them with a complaint that nobody answers.
A kettle is complained of now and then, and at times by a crowd.
"""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Final

from kafka import KafkaProducer

from monitor.core.message import Message
from monitor.wire import encode_message

_POLL_SECONDS: Final = 0.01
EVENT_START: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)

MESSAGES_PER_CUSTOMER: Final = 40
CUSTOMERS_AT_A_TIME: Final = 40
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


#: One message in so many is a customer's who complains about the kettle; at times, so many in a row.
_KETTLE_EVERY: Final = 40
_CROWD_EVERY: Final = 1_500
_CROWD_SIZE: Final = 40
_KETTLE: Final = (
    ("My", "Our", "The new", "This"),
    ("kettle", "kettle's lid", "kettle's handle", "kettle's switch"),
    ("broke", "failed", "melted", "leaks"),
    ("after a week", "on the first day", "again", "for good"),
)


def tell_messages(seed: int, step: timedelta) -> Iterator[Message]:
    """Tell messages without end, one `step` of event time after the other."""
    dice = Random(seed)
    for number in count():
        if number % _KETTLE_EVERY == 0 or number % _CROWD_EVERY >= _CROWD_EVERY - _CROWD_SIZE:
            yield _complain_of_kettle(dice, number, EVENT_START + number * step)
            continue
        newest = number // MESSAGES_PER_CUSTOMER
        customer = newest + dice.randrange(CUSTOMERS_AT_A_TIME)
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


def _complain_of_kettle(dice: Random, number: int, at: datetime) -> Message:
    text = " ".join(dice.choice(words) for words in _KETTLE)
    return Message(
        id=f"m-{number}",
        channel="support",
        at=at,
        text=f"{text}, it is useless, I want my money back.",
        customer=f"cook-{number}",
        brand="acme",
        product="kettle",
        stage="customer",
        touchpoint="product",
    )


class Feeder:
    """Sends chatter at a steady rate, keyed by customer, until it is told to finish."""

    def __init__(self, bootstrap: str, topic: str, messages: Iterator[Message], per_second: float) -> None:
        self._topic = topic
        self._messages = messages
        self._per_second = per_second
        self._ahead = 0
        self._finished = threading.Event()
        self._failures: list[BaseException] = []
        self.sent: list[str] = []
        self._producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", reconnect_backoff_max_ms=500)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_finished(self) -> bool:
        return self._finished.is_set()

    def burst(self, messages: int) -> None:
        """Send so many at once, on top of the steady rate."""
        self._ahead += messages

    def finish(self, seconds: float = 60.0) -> int:
        """Stop, wait until the broker has confirmed everything, and return how many it is."""
        self._finished.set()
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "the feeder did not finish in time"
        self._producer.flush(seconds)
        self._producer.close()
        assert not self._failures, self._failures[0]
        return len(self.sent)

    def _run(self) -> None:
        began = time.monotonic()
        while not self._finished.is_set():
            due = self._ahead + int((time.monotonic() - began) * self._per_second)
            while len(self.sent) < due and not self._finished.is_set():
                message = next(self._messages)
                key = str(message.customer).encode()
                sending = self._producer.send(self._topic, key=key, value=encode_message(message))
                sending.add_errback(self._failures.append)
                self.sent.append(message.id)
            self._finished.wait(_POLL_SECONDS)
