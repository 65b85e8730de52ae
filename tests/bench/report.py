"""The report that the benches share: build/bench.json, to which each adds its own keys."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from rich.console import Console

from tests.bench.environments import BUILD

REPORT: Final = BUILD / "bench.json"

console: Final = Console(width=150)


def read() -> dict[str, Any]:
    """Return what the benches have found so far."""
    return dict(msgspec.json.decode(REPORT.read_bytes())) if REPORT.exists() else {}


def merge(report: Mapping[str, Any]) -> None:
    """Write these keys into the report, leave the others alone, and say where it is."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    encoded = msgspec.json.format(msgspec.json.encode({**read(), **report}), indent=2)
    REPORT.write_bytes(encoded + b"\n")
    console.print(f"written to {REPORT.relative_to(BUILD.parent)}")


def spread_of(values: Sequence[float]) -> dict[str, float]:
    """Return the least, the middle and the greatest of some figures."""
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}
