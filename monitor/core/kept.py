"""What a case keeps of origins and evidence: the same without the names of their fields, which would be half of it."""

from collections.abc import Sequence

import msgspec

from monitor.core.finding import Evidence
from monitor.core.scored import Origin


class KeptOrigin(msgspec.Struct, frozen=True, array_like=True):
    """An origin as it is kept."""

    topic: str
    partition: int
    offset: int


class KeptEvidence(msgspec.Struct, frozen=True, array_like=True):
    """One span of evidence as it is kept."""

    start: int
    end: int
    text: str
    weight: float


def keep_origin(origin: Origin) -> KeptOrigin:
    """Make what is kept of an origin."""
    return KeptOrigin(origin.topic, origin.partition, origin.offset)


def tell_origin(kept: KeptOrigin) -> Origin:
    """Make the origin of what was kept."""
    return Origin(kept.topic, kept.partition, kept.offset)


def keep_evidence(evidence: Sequence[Evidence]) -> tuple[KeptEvidence, ...]:
    """Make what is kept of evidence."""
    return tuple([KeptEvidence(span.start, span.end, span.text, span.weight) for span in evidence])


def tell_evidence(kept: Sequence[KeptEvidence]) -> tuple[Evidence, ...]:
    """Make the evidence of what was kept."""
    return tuple([Evidence(span.start, span.end, span.text, span.weight) for span in kept])
