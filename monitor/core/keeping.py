"""Makes what a case keeps of origins and evidence, and tells it again."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from monitor.core.figures import pack_figure, unpack_figure
from monitor.core.finding import Evidence
from monitor.core.kept import KeptOrigin
from monitor.core.scored import Origin

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder().decode


def keep_origin(origin: Origin) -> KeptOrigin:
    """Make what is kept of an origin."""
    return KeptOrigin(origin.topic, origin.partition, origin.offset)


def tell_origin(kept: KeptOrigin) -> Origin:
    """Make the origin of what was kept."""
    return Origin(kept.topic, kept.partition, kept.offset)


def keep_evidence(evidence: Sequence[Evidence], excerpt: str) -> bytes:
    """Pack evidence: of each span how far on it begins, its length, its weight, and its text if it is no quote."""
    row: list[int | float | str] = []
    at = 0
    for span in evidence:
        start, end, text = span.start, span.end, span.text
        row.append(start - at)
        row.append(end - start)
        row.append(pack_figure(span.weight))
        if excerpt[start:end] != text:
            row.append(text)
        at = end
    return _encode(row)


def tell_evidence(kept: bytes, excerpt: str) -> tuple[Evidence, ...]:
    """Make the evidence of what was kept beside the excerpt that it quotes."""
    row: list[Any] = _decode(kept)
    spans: list[Evidence] = []
    at = place = 0
    while place < len(row):
        start = at + row[place]
        at = start + row[place + 1]
        weight, place = row[place + 2], place + 3
        text = excerpt[start:at]
        if place < len(row) and isinstance(row[place], str):
            text, place = row[place], place + 1
        spans.append(Evidence(start, at, text, unpack_figure(weight)))
    return tuple(spans)
