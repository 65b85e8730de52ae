"""The tables of the models that read texts, as they ship: what training found, and the phrases that people wrote."""

import msgspec

from monitor.core.finding import Category, Severity

#: What one feature weighs for a complaint that is known to be meant for a brand, for negative, for positive, and how
#: much more it weighs for a complaint where only the text can tell whom it is for; zeros at the end are left out.
Lanes = tuple[int, ...]


class WordWeights(msgspec.Struct, frozen=True, kw_only=True):
    """Tables of whole numbers in units of 1 / `scale` logits."""

    scale: int
    #: Added to the number of tokens before the text's sum is divided by its square root.
    tokens_offset: float
    capitals: Lanes
    tokens: dict[str, Lanes]
    #: Added when the token stands in a negator's reach.
    negated: dict[str, Lanes]
    letters: dict[str, Lanes]
    pairs: dict[str, dict[str, Lanes]]


class SentimentWeights(msgspec.Struct, frozen=True):
    """Logits per unit of each output of vaderSentiment; `gloom` is the part of compound below 0."""

    neg: float
    neu: float
    pos: float
    compound: float
    gloom: float


class SituationWeights(msgspec.Struct, frozen=True, kw_only=True):
    """What training found out about complaints in one situation beside the words, in calibrated logits."""

    bias: float
    #: The text opens with a handle.
    addressed: float
    log_tokens: float
    sentiment: SentimentWeights


class ComplaintWeights(msgspec.Struct, frozen=True, kw_only=True):
    """Two situations, learnt together: it is known that a brand is meant, or only the text can tell."""

    directed: SituationWeights
    open: SituationWeights
    #: Logits for 1 to 5 stars, and for 0 to 10 on the recommendation scale.
    rating: tuple[float, ...]
    nps: tuple[float, ...]


class PolarityWeights(msgspec.Struct, frozen=True, kw_only=True):
    """Calibrated logits of one polarity against neutral."""

    bias: float
    #: Per logit of the words for negative, and for positive.
    negative: float
    positive: float
    log_tokens: float
    sentiment: SentimentWeights
    rating: tuple[float, ...]
    nps: tuple[float, ...]


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """What training found; all models share one reading of the words."""

    words: WordWeights
    complaint: ComplaintWeights
    negative: PolarityWeights
    positive: PolarityWeights


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weighted phrases per category and per severity."""

    category: dict[Category, dict[str, float]]
    severity: dict[Severity, dict[str, float]]
