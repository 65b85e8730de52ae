"""What a case keeps of an origin: the same without the names of its fields, which would be half of it."""

import msgspec


class KeptOrigin(msgspec.Struct, frozen=True, array_like=True):
    """An origin as it is kept."""

    topic: str
    partition: int
    offset: int
