"""The demo's input: real texts told as customer stories, over a background of an ordinary week.

Given the same seed and start it tells the same messages, in event-time order. It must never read a clock, and
never invent what a customer says: every inbound text is a row of an openly licensed file, which
`monitor/stories/ATTRIBUTION.md` names.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from importlib import resources
from itertools import chain
from math import ceil
from random import Random
from typing import Final, Literal

import msgspec

from monitor.core.alert import AlertKind
from monitor.core.message import Channel, Direction, Message, Stage

Kind = Literal["tweet", "product_review", "restaurant_review", "support_question"]
Polarity = Literal["positive", "neutral", "negative"]

BACKGROUND_FILE: Final = "background.jsonl"
#: Every story is over by then, and its `final` is what holds at that moment.
STORY_HOURS: Final = 240.0
#: How lively each hour of the day is: a quiet night, a lunch peak, and most of it in the evening.
RHYTHM: Final = (3, 2, 1, 1, 1, 2, 3, 4, 5, 5, 5, 6, 7, 6, 5, 5, 6, 8, 10, 12, 13, 12, 9, 5)
CUSTOMERS_PER_KIND: Final = 160
#: A brand that answers nearly everyone, but not everyone.
ANSWERED_SHARE: Final = 0.85
ANSWER_HOURS: Final = (0.3, 3.5)

#: What a product review may be about, the finer word first; and what it is about if it names none.
PRODUCTS: Final = ("headset", "charger", "battery", "case", "cable", "phone")
OTHER_PRODUCT: Final = "accessories"
#: The touchpoint of a bank customer's question, by the words in its intent.
TOUCHPOINTS: Final = {
    "delivery": ("arrival", "delivery"),
    "billing": ("charge", "fee", "rate", "refund"),
    "website": ("verify", "passcode"),
}
OTHER_TOUCHPOINT: Final = "support"
STAGES: Final[tuple[Stage, ...]] = ("prospect", "purchase", "customer", "former")
STAGE_WEIGHTS: Final = (25, 10, 60, 5)
FIRST_WORDS: Final = ("amber", "brisk", "cedar", "dapper", "early", "fern", "gentle", "hazel")
SECOND_WORDS: Final = ("badger", "comet", "dune", "heron", "kettle", "lantern", "maple", "otter")


class Who(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The customer whom a story is about."""

    handle: str
    customer: str
    brand: str
    product: str | None = None
    followers: int | None = None
    value: float | None = None

    def copy(self, number: int) -> "Who":
        """Name the same kind of customer anew; copy 0 is the customer of the file."""
        if number == 0:
            return self
        return msgspec.structs.replace(
            self, handle=f"{self.handle}-{number}", customer=f"{self.customer}-{number}"
        )


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One message of a story; `source` is the row that an inbound text was taken from, word for word."""

    id: str
    after_hours: float
    channel: Channel
    stage: Stage
    touchpoint: str
    text: str
    direction: Direction = "inbound"
    source: str | None = None
    reply_to: str | None = None
    thread: str | None = None
    rating: float | None = None
    nps: int | None = None
    reshares: int | None = None
    likes: int | None = None
    views: int | None = None


class Story(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One customer over ten days, and which alerts this must raise.

    `expect` lists each kind that fires at least once, `final` those still firing at the end; none is silence.
    """

    name: str
    description: str
    who: Who
    expect: tuple[AlertKind, ...]
    final: tuple[AlertKind, ...]
    steps: tuple[Step, ...]


class BackgroundText(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One real text with its row, its kind, and the label that its file gives it."""

    source: str
    kind: Kind
    text: str
    polarity: Polarity | None = None
    intent: str | None = None


def load_stories() -> tuple[Story, ...]:
    """Read every story, by name."""
    folder = resources.files("monitor") / "stories"
    texts = sorted(
        (entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".toml")
    )
    return tuple(msgspec.toml.decode(text, type=Story) for _, text in texts)


def load_background() -> tuple[BackgroundText, ...]:
    """Read the background texts, in the order of their file."""
    lines = (resources.files("monitor") / "stories" / BACKGROUND_FILE).read_bytes()
    return tuple(msgspec.json.Decoder(BackgroundText).decode_lines(lines))


@cache
def _load_answers() -> dict[Kind, tuple[str, ...]]:
    """Read what the brand writes back: ours, not from any source."""
    text = (resources.files("monitor") / "stories" / "answers.json").read_bytes()
    return msgspec.json.decode(text, type=dict[Kind, tuple[str, ...]])


def tell(
    stories: Iterable[Story],
    background: Sequence[BackgroundText],
    *,
    start: datetime,
    span_hours: float,
    background_count: int,
    seed: int,
    copies: int = 1,
) -> Iterator[Message]:
    """Tell the stories, each `copies` times, among `background_count` other messages and the replies to them.

    The stories keep their own times, whatever the span; it is the background that is spread over it.
    """
    told = chain.from_iterable(
        tell_story(story, start=start, copy=copy) for story in stories for copy in range(copies)
    )
    ordered = sorted(told, key=_order)
    around = tell_background(
        background, start=start, span_hours=span_hours, count=background_count, seed=seed
    )
    return heapq.merge(ordered, around, key=_order)


def tell_story(story: Story, *, start: datetime, copy: int = 0) -> Iterator[Message]:
    """Tell one story about one customer, in the order of its steps."""
    who = story.who.copy(copy)
    prefix = f"{story.name}-{copy}"
    for step in story.steps:
        inbound = step.direction == "inbound"
        yield Message(
            id=f"{prefix}-{step.id}",
            channel=step.channel,
            at=start + timedelta(hours=step.after_hours),
            text=step.text,
            direction=step.direction,
            author=who.handle,
            customer=who.customer,
            brand=who.brand,
            product=who.product,
            stage=step.stage,
            touchpoint=step.touchpoint,
            thread=step.thread and f"{prefix}-{step.thread}",
            reply_to=step.reply_to and f"{prefix}-{step.reply_to}",
            rating=step.rating,
            nps=step.nps,
            followers=who.followers if inbound and step.channel == "social" else None,
            reshares=step.reshares,
            likes=step.likes,
            views=step.views,
            value=who.value,
        )


def tell_background(
    texts: Sequence[BackgroundText], *, start: datetime, span_hours: float, count: int, seed: int
) -> Iterator[Message]:
    """Tell `count` inbound messages over the span, and among them the brand's replies to most of those
    that call for one.
    """
    random = Random(seed)  # noqa: S311  # a story must be the same for a seed; nothing here is secret
    pending: list[tuple[datetime, str, Message]] = []
    deck: list[BackgroundText] = []
    for number, hours in enumerate(_draw_hours(random, start, span_hours, count)):
        if not deck:
            deck = random.sample(texts, len(texts))
        text = deck.pop()
        message = _say(random, text, number, start + timedelta(hours=hours))
        while pending and pending[0][:2] <= _order(message):
            yield heapq.heappop(pending)[2]
        yield message
        needs_answer = text.polarity == "negative" or text.kind == "support_question"
        if needs_answer and random.random() < ANSWERED_SHARE:
            reply = _answer(random, _load_answers()[text.kind], message)
            heapq.heappush(pending, (*_order(reply), reply))
    while pending:
        yield heapq.heappop(pending)[2]


def _order(message: Message) -> tuple[datetime, str]:
    return message.at, message.id


def _draw_hours(random: Random, start: datetime, span_hours: float, count: int) -> list[float]:
    """Draw event times after the start, by the rhythm of the day."""
    slots = range(ceil(span_hours))
    lengths = [min(1.0, span_hours - slot) for slot in slots]
    weights = [RHYTHM[(start + timedelta(hours=slot)).hour] * lengths[slot] for slot in slots]
    return sorted(slot + random.random() * lengths[slot] for slot in random.choices(slots, weights, k=count))


def _say(random: Random, text: BackgroundText, number: int, at: datetime) -> Message:
    """Give a background text a customer, a channel and a stage, in keeping with its kind."""
    handle, customer = _draw_customer(random, text.kind)
    said = partial(Message, id=f"background-{number}", at=at, text=text.text, author=handle)
    if text.kind == "support_question":
        intent = text.intent or ""
        places = (place for place, words in TOUCHPOINTS.items() if any(word in intent for word in words))
        return said(
            channel=random.choice(("support", "chat", "email")),
            customer=customer,
            brand="Nimbus Bank",
            product="transfers" if "transfer" in intent else "card",
            stage=random.choices(STAGES[1:], STAGE_WEIGHTS[1:])[0],
            touchpoint=next(places, OTHER_TOUCHPOINT),
            thread=f"ticket-{number}",
        )
    if text.kind == "tweet":
        return said(
            channel="social",
            brand="Nimbus",
            stage=random.choices(STAGES, STAGE_WEIGHTS)[0],
            touchpoint="social_post",
            followers=int(random.lognormvariate(5.2, 1.0)),
            likes=int(random.expovariate(0.5)),
        )
    of_shop = text.kind == "product_review"
    product = next((name for name in PRODUCTS if name in text.text.lower()), OTHER_PRODUCT)
    return said(
        channel="review",
        brand="Nimbus" if of_shop else "Nimbus Kitchen",
        product=product if of_shop else None,
        stage=random.choice(("purchase", "customer")),
        touchpoint="product" if of_shop else "store",
        rating=random.choice((1.0, 2.0) if text.polarity == "negative" else (4.0, 5.0)),
    )


def _draw_customer(random: Random, kind: Kind) -> tuple[str, str]:
    """Draw a handle and the brand's own number; whoever writes in one kind of place stays there."""
    index = random.randrange(CUSTOMERS_PER_KIND)
    first = FIRST_WORDS[index % len(FIRST_WORDS)]
    second = SECOND_WORDS[index // len(FIRST_WORDS) % len(SECOND_WORDS)]
    return f"{first}_{second}_{kind[0]}{index}", f"N-{kind[0].upper()}{index:04}"


def _answer(random: Random, texts: Sequence[str], message: Message) -> Message:
    return msgspec.structs.replace(
        message,
        id=f"{message.id}-answer",
        at=message.at + timedelta(hours=random.uniform(*ANSWER_HOURS)),
        text=random.choice(texts),
        direction="outbound",
        reply_to=message.id,
        rating=None,
        followers=None,
        likes=None,
    )
