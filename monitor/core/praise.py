"""How many people a content customer is expected to tell: what widens a brand's reach without an advertisement."""

from monitor.core.listeners import count_public
from monitor.core.policy import Policy
from monitor.core.scored import Scored
from monitor.core.telling import Telling


def count_positive_listeners(scored: Scored, policy: Policy) -> float:
    """Count the people who will hear of it by word of mouth and in public; none unless the customer is content."""
    content = scored.sentiment.compound >= policy.journey.settled_compound
    if scored.direction == "outbound" or scored.complaint.is_complaint or not content:
        return 0.0
    telling = Telling(
        probability=scored.complaint.probability,
        severity=scored.complaint.severity,
        followers=scored.followers or 0,
        reshares=scored.reshares or 0,
        likes=scored.likes or 0,
        helpful=scored.helpful or 0,
    )
    return policy.listeners.content_tells + count_public(telling, policy.listeners)
