"""What is written about an identity: whom a name stands for, both as pseudonyms."""

from typing import Annotated

import msgspec

Pseudonym = Annotated[str, msgspec.Meta(pattern="^c-[0-9a-f]{20}$")]


class Identity(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="schema", tag="identity.v1"
):
    """Which customer a name stands for: a handle, an e-mail address or an account.

    The record's key is the name again. A record without a value, a tombstone, asks for the erasure of what was said
    under the name. When it became known, or was asked for, is the record's timestamp.
    """

    name: Annotated[Pseudonym, msgspec.Meta(description="Pseudonym of the name.")]
    customer: Annotated[
        Pseudonym | None, msgspec.Meta(description="Pseudonym of whom it stands for; none: itself.")
    ] = None
