"""The demo's crowds: many customers, a message each, about one and the same thing.

The same rules as for the stories: no clock, and every text is a row of an openly licensed file.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from importlib import resources
from typing import Final

import msgspec

from monitor.core.alert import AlertKind
from monitor.core.message import Channel, Message, Stage

_FOLDER: Final = "crowds"


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One customer's message; `source` is the row that the text was taken from, word for word."""

    after_hours: float
    channel: Channel
    text: str
    source: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the brand writes to each of them, so many hours after their message."""

    after_hours: float
    text: str


class CrowdStory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Many customers over ten days, and which alerts about all of them this must raise.

    `expect` lists each kind that fires about the subject at least once, `final` those still firing at the end.
    """

    name: str
    description: str
    subject: str
    brand: str
    product: str
    stage: Stage
    touchpoint: str
    expect: tuple[AlertKind, ...]
    final: tuple[AlertKind, ...]
    answer: Answer
    said: tuple[Said, ...]


def load_crowds() -> tuple[CrowdStory, ...]:
    """Read every crowd's story, by name."""
    folder = resources.files("monitor") / "stories" / _FOLDER
    texts = sorted((entry.name, entry.read_text("utf-8")) for entry in folder.iterdir())
    return tuple(msgspec.toml.decode(text, type=CrowdStory) for _, text in texts)


def tell_crowds(crowds: Iterable[CrowdStory], *, start: datetime) -> list[Message]:
    """Tell what the crowds say, and what they are answered, in event-time order."""
    told = (message for crowd in crowds for message in _tell(crowd, start))
    return sorted(told, key=lambda message: (message.at, message.id))


def _tell(crowd: CrowdStory, start: datetime) -> Iterator[Message]:
    for number, said in enumerate(crowd.said):
        asked = Message(
            id=f"{crowd.name}-{number}",
            channel=said.channel,
            at=start + timedelta(hours=said.after_hours),
            text=said.text,
            author=f"{crowd.name}_{number}",
            customer=f"{crowd.name}-{number:03}",
            brand=crowd.brand,
            product=crowd.product,
            stage=crowd.stage,
            touchpoint=crowd.touchpoint,
        )
        yield asked
        yield msgspec.structs.replace(
            asked,
            id=f"{asked.id}-answer",
            at=asked.at + timedelta(hours=crowd.answer.after_hours),
            text=crowd.answer.text,
            direction="outbound",
            reply_to=asked.id,
        )
