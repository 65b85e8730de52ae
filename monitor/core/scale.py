"""How the models turn numbers that are not words into logits: vaderSentiment's outputs, stars, recommendation."""

from monitor.core.finding import Sentiment
from monitor.core.weights import SentimentWeights


class Tone:
    """Weighs what vaderSentiment says."""

    __slots__ = ("_compound", "_gloom", "_neg", "_neu", "_pos")

    def __init__(self, weights: SentimentWeights) -> None:
        self._neg, self._neu, self._pos = weights.neg, weights.neu, weights.pos
        self._compound, self._gloom = weights.compound, weights.gloom

    def weigh(self, sentiment: Sentiment) -> float:
        """Return the logits of one sentiment."""
        compound = sentiment.compound
        logit = (
            self._neg * sentiment.neg
            + self._neu * sentiment.neu
            + self._pos * sentiment.pos
            + self._compound * compound
        )
        return logit + self._gloom * compound if compound < 0 else logit


def interpolate(table: tuple[float, ...], position: float) -> float:
    """Read a table between its entries."""
    low = min(int(position), len(table) - 2)
    share = position - low
    return table[low] * (1.0 - share) + table[low + 1] * share
