"""The tables of the complaint model as they ship: what training found, and the phrases that people wrote down."""

import msgspec

from monitor.core.finding import Category, Severity


class WordWeights(msgspec.Struct, frozen=True, kw_only=True):
    """Tables of whole numbers in units of 1 / `scale` logits."""

    scale: int
    #: Added to the number of tokens before the text's sum is divided by its square root.
    tokens_offset: float
    capitals: int
    tokens: dict[str, int]
    #: Added when the token stands in a negator's reach.
    negated: dict[str, int]
    letters: dict[str, int]
    pairs: dict[str, dict[str, int]]


class SentimentWeights(msgspec.Struct, frozen=True):
    """Logits per unit of each output of vaderSentiment; `gloom` is the part of compound below 0."""

    neg: float
    neu: float
    pos: float
    compound: float
    gloom: float


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """What training found, in calibrated logits."""

    bias: float
    addressed: float
    log_tokens: float
    sentiment: SentimentWeights
    #: Logits for 1 to 5 stars, and for 0 to 10 on the recommendation scale.
    rating: tuple[float, ...]
    nps: tuple[float, ...]
    words: WordWeights


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weighted phrases per category and per severity."""

    category: dict[Category, dict[str, float]]
    severity: dict[Severity, dict[str, float]]
