"""What an unbiased reader would call a message: negative, neutral or positive, as calibrated probabilities."""

import math
from typing import Final

from monitor.core.finding import Polarity, Sentiment
from monitor.core.scale import Tone, interpolate
from monitor.core.weights import PolarityWeights
from monitor.core.words import Said

#: A message that says nothing at all, by words, stars or figures.
_SILENT: Final = Polarity(0.0, 1.0, 0.0)


#: Beyond this nothing changes but the risk that exp() overflows.
_LOGIT_MAX: Final = 60.0


class PolarityModel:
    """The trained model; it holds no state."""

    def __init__(self, negative: PolarityWeights, positive: PolarityWeights) -> None:
        self._negative = _Sign(negative)
        self._positive = _Sign(positive)

    def find(
        self, said: Said, sentiment: Sentiment, rating: float | None = None, nps: int | None = None
    ) -> Polarity:
        """Return the three probabilities; a text without tokens leaves them to the rating."""
        if not said.count and rating is None and nps is None:
            return _SILENT
        negative = self._negative.odds(said, sentiment, rating, nps)
        positive = self._positive.odds(said, sentiment, rating, nps)
        share = 1.0 / (1.0 + negative + positive)
        return Polarity(negative * share, share, positive * share)


class _Sign:
    """One polarity against neutral."""

    __slots__ = ("_bias", "_log_tokens", "_negative", "_nps", "_positive", "_rating", "_tone")

    def __init__(self, weights: PolarityWeights) -> None:
        self._bias, self._log_tokens = weights.bias, weights.log_tokens
        self._negative, self._positive = weights.negative, weights.positive
        self._rating, self._nps = weights.rating, weights.nps
        self._tone = Tone(weights.sentiment)

    def odds(self, said: Said, sentiment: Sentiment, rating: float | None, nps: int | None) -> float:
        logit = 0.0
        if said.count:
            words = self._negative * said.negative + self._positive * said.positive
            length = self._log_tokens * math.log1p(said.count)
            logit += self._bias + words + length + self._tone.weigh(sentiment)
        if rating is not None:
            logit += interpolate(self._rating, rating - 1)
        if nps is not None:
            logit += self._nps[nps]
        if logit > _LOGIT_MAX:
            logit = _LOGIT_MAX
        elif logit < -_LOGIT_MAX:
            logit = -_LOGIT_MAX
        return math.exp(logit)
