"""What scoring finds in one text: its sentiment, the complaint with its evidence, and the cues beside it.

There are thousands at a time, and none can hold itself: the garbage collector is told to look at none (`gc=False`).
"""

from typing import Final, Literal, get_args

import msgspec

Category = Literal[
    "billing",
    "delivery",
    "product_quality",
    "staff_conduct",
    "website_app",
    "price",
    "policy_returns",
    "no_answer",
    "brand_conduct",
    "other",
]
#: The scale of the complaint-severity literature (Jin & Aletras 2021), mildest first.
Severity = Literal["no_reproach", "disapproval", "accusation", "blame"]

CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)


class Sentiment(msgspec.Struct, frozen=True, gc=False):
    """neg, neu and pos are shares (0 to 1), compound runs from -1 to 1; as vaderSentiment rounds them."""

    neg: float
    neu: float
    pos: float
    compound: float


class Polarity(msgspec.Struct, frozen=True, gc=False):
    """How likely an unbiased reader calls the message negative, neutral or positive; the three sum to 1."""

    negative: float
    neutral: float
    positive: float


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """One span of the text that speaks for (weight above 0) or against a complaint, in logits."""

    start: int
    end: int
    text: str
    weight: float


class Complaint(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The finding for one message."""

    probability: float
    is_complaint: bool
    category: Category
    severity: Severity
    evidence: tuple[Evidence, ...] = ()
    #: All that it is about, the strongest first; `category` is the first of them, or other.
    categories: tuple[Category, ...] = ()


class Cues(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the text says beside the complaint itself, for journey and listeners."""

    #: 0 (calm) to 1 (shouting): exclamation, capitals, intensity of the words.
    arousal: float = 0.0
    #: Asks others to act: "avoid", "boycott", "everyone should know".
    call_to_action: bool = False
    #: Says that they leave, or that they have left.
    threat_to_leave: bool = False
    #: Says that they told the brand before: "third time I call".
    repeated: bool = False
    #: An outbound text that no person wrote: "we have received your message".
    auto_reply: bool = False
    #: Says that the matter is settled: "thanks, sorted now".
    settled: bool = False
    #: Says what the brand is to do: "please refund me".
    request_for_action: bool = False
    #: Speaks of a court, a regulator or the press.
    law_or_press: bool = False
    #: Says that nobody has answered so far.
    no_answer: bool = False
