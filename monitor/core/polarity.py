"""What an unbiased reader would call a message: negative, neutral or positive, as calibrated probabilities."""

import math
from typing import Final

from monitor.core.finding import Polarity, Sentiment
from monitor.core.scale import interpolate, weigh_tone
from monitor.core.weights import PolarityWeights
from monitor.core.words import Said

#: A message that says nothing at all, by words, stars or figures.
_SILENT: Final = Polarity(0.0, 1.0, 0.0)


class PolarityModel:
    """The trained model; it holds no state."""

    def __init__(self, negative: PolarityWeights, positive: PolarityWeights) -> None:
        self._negative = negative
        self._positive = positive

    def find(
        self, said: Said, sentiment: Sentiment, rating: float | None = None, nps: int | None = None
    ) -> Polarity:
        """Return the three probabilities; a text without tokens leaves them to the rating."""
        if not said.count and rating is None and nps is None:
            return _SILENT
        negative = math.exp(_weigh(self._negative, said, sentiment, rating, nps))
        positive = math.exp(_weigh(self._positive, said, sentiment, rating, nps))
        share = 1.0 / (1.0 + negative + positive)
        return Polarity(negative * share, share, positive * share)


def _weigh(
    weights: PolarityWeights, said: Said, sentiment: Sentiment, rating: float | None, nps: int | None
) -> float:
    logit = 0.0
    if said.count:
        logit = (
            weights.bias
            + weights.negative * said.negative
            + weights.positive * said.positive
            + weights.log_tokens * math.log1p(said.count)
            + weigh_tone(weights.sentiment, sentiment)
        )
    if rating is not None:
        logit += interpolate(weights.rating, rating - 1)
    if nps is not None:
        logit += weights.nps[nps]
    # Beyond this nothing changes but the risk that exp() overflows.
    return min(max(logit, -_LOGIT_MAX), _LOGIT_MAX)


_LOGIT_MAX: Final = 60.0
