"""Writes a document as YAML: blocks for structure, JSON for every scalar, which YAML 1.2 contains.

So no library is needed to write it; a test reads it back with one.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
#: Read as another type than a string by YAML 1.1.
_RESERVED: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def write_yaml(document: Mapping[str, Any]) -> str:
    """Write a document of mappings, lists and JSON scalars."""
    return "\n".join(_write_block(document)) + "\n"


def _write_block(part: Mapping[str, Any] | Sequence[Any]) -> Iterator[str]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            yield from _write_entry(f"{_write_key(key)}:", value)
    else:
        for value in part:
            yield from _write_entry("-", value)


def _write_entry(head: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(value, Mapping | list | tuple) and value:
        yield head
        yield from (f"  {line}" for line in _write_block(value))
    else:
        yield f"{head} {_write_scalar(value)}"


def _write_scalar(value: Any) -> str:  # noqa: ANN401 - any JSON
    text = json.dumps(value, ensure_ascii=False)
    # YAML 1.1 takes a number with an exponent but without a point for a string.
    return text.replace("e", ".0e") if isinstance(value, float) and "." not in text else text


def _write_key(key: str) -> str:
    plain = _PLAIN_KEY.fullmatch(key) and key.lower() not in _RESERVED
    return key if plain else json.dumps(key, ensure_ascii=False)
