"""Writes what the benches have measured into the README: a command, which `make bench` ends with.

python -m tests.bench.readme
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tests.bench.contestants import OURS
from tests.bench.report import read

README: Final = Path(__file__).resolve().parents[2] / "README.md"
HEADING: Final = "## How fast it is"
_SECTION: Final = re.compile(rf"(?<=^{HEADING}\n).*?(?=^## )", re.MULTILINE | re.DOTALL)


def main() -> None:
    """Put the section of `build/bench.json` in the place of the one that is there."""
    report = read()
    if "throughput" not in report:
        sys.exit("nothing is measured: run tests.bench.throughput first")
    README.write_text(replace_section(README.read_text("utf-8"), report), "utf-8")


def replace_section(readme: str, report: Mapping[str, Any]) -> str:
    """Replace the section of the figures, and nothing else.

    Raises:
        ValueError: the README has no such section.

    """
    section = "\n" + "\n".join([*tell_throughput(report), "", *tell_rest(report)]) + "\n\n"
    replaced, count = _SECTION.subn(lambda _: section, readme)
    if count != 1:
        raise ValueError(f"README.md needs one section `{HEADING}` before another one")
    return replaced


def tell_throughput(report: Mapping[str, Any]) -> Iterator[str]:
    """Tell what each contestant does on one core."""
    throughput = report["throughput"]
    contestants = throughput["contestants"]
    rounds = len(contestants[OURS.name]["runs"])
    counted = f"{rounds} rounds in turns" if rounds > 1 else "one round"
    size = throughput["message_bytes"]
    yield f"One core, a real Apache Kafka on the other one, {size}-byte messages, medians of {counted}"
    yield f"({throughput['at'][:10]}, {throughput['machine']}; `make bench`, explained in `tests/bench/README.md`)."
    yield ""
    yield "| | work | msg/s | CPU µs a message | peak MiB | Earshot is (min to max) |"
    yield "|---|---|---:|---:|---:|---:|"
    for name, one in contestants.items():
        spread = report["ratio_spread"].get(name)
        ratio = "{median:.2f} times ({min:.2f} to {max:.2f})".format(**spread["throughput"]) if spread else ""
        figures = (
            f"{one['messages_per_second']['median']:,.0f}",
            f"{one['cpu_microseconds_per_message']['median']:.1f}",
            f"{one['peak_memory_bytes'] / 2**20:.0f}",
        )
        yield f"| {' | '.join([one['label'], one['work'], *figures, ratio])} |"


def tell_rest(report: Mapping[str, Any]) -> Iterator[str]:
    """Tell latency, recovery, memory and scaling, as far as they are measured."""
    for run in report.get("latency", {}).get("runs", ()):
        p50, p99, most = [run[key] * 1000 for key in ("p50_seconds", "p99_seconds", "max_seconds")]
        yield (
            f"* From append to append, {run['label']} at {run['messages_per_second']:,.0f} msg/s:"
            f" {p50:.0f} ms (p50), {p99:.0f} ms (p99), {most:.0f} ms at most."
        )
    for one in report.get("growth", ()):
        if one["sweep"] == "customers":
            yield (
                f"* {one['known']:,} customers in state ({one['store']}): {one['messages_per_second']:,.0f} msg/s,"
                f" {one['memory_bytes'] / 2**20:,.0f} MiB resident,"
                f" {one['recovery_keys_per_second']:,.0f} keys a second restored after the loss of it."
            )
    if "bytes_per_customer" in report:
        yield f"* In memory, a customer takes {report['bytes_per_customer']:.0f} bytes."
    if "scaling" in report:
        scaling = report["scaling"]
        yield (
            f"* {scaling['workers']} workers on as many cores do {scaling['ratio']['median']:.2f} times what one does,"
            " the broker's share of their cores subtracted."
        )


if __name__ == "__main__":
    main()
