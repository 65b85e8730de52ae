"""How the models turn numbers that are not words into logits: vaderSentiment's outputs, stars, recommendation."""

from monitor.core.finding import Sentiment
from monitor.core.weights import SentimentWeights


def weigh_tone(weights: SentimentWeights, sentiment: Sentiment) -> float:
    """Weigh what vaderSentiment says."""
    compound = sentiment.compound
    return (
        weights.neg * sentiment.neg
        + weights.neu * sentiment.neu
        + weights.pos * sentiment.pos
        + weights.compound * compound
        + (weights.gloom * compound if compound < 0 else 0.0)
    )


def interpolate(table: tuple[float, ...], position: float) -> float:
    """Read a table between its entries."""
    low = min(int(position), len(table) - 2)
    share = position - low
    return table[low] * (1.0 - share) + table[low + 1] * share
