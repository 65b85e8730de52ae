"""The README's figures are those that the benches have measured."""

import pytest

from tests.bench.readme import HEADING, replace_section

SPREAD = {"min": 0.5, "median": 0.75, "max": 1.0}
REPORT = {
    "throughput": {
        "at": "2026-01-02T03:04:05+00:00",
        "machine": "x86_64, 2 cores",
        "message_bytes": 170,
        "contestants": {
            "ours": {
                "label": "Earshot",
                "work": "whole job",
                "messages_per_second": SPREAD,
                "cpu_microseconds_per_message": SPREAD,
                "peak_memory_bytes": 2**20,
                "runs": [{}, {}, {}],
            },
            "quix": {
                "label": "Quix Streams",
                "work": "less",
                "messages_per_second": {**SPREAD, "median": 12_388.4},
                "cpu_microseconds_per_message": SPREAD,
                "peak_memory_bytes": 2**20,
                "runs": [{}, {}, {}],
            },
        },
    },
    "ratio_spread": {"quix": {"throughput": SPREAD}},
}
README = f"# Title\n\n{HEADING}\n\nold figures\n\n## Next\n\nkept\n"


def test_the_section_tells_what_was_measured_and_nothing_else_changes() -> None:
    written = replace_section(README, REPORT)
    assert "old figures" not in written
    assert "medians of 3 rounds in turns" in written
    assert "| Quix Streams | less | 12,388 | 0.8 | 1 | 0.75 times (0.50 to 1.00) |" in written
    assert written.startswith("# Title\n\n## How fast it is\n\nOne core")
    assert written.endswith("\n\n## Next\n\nkept\n")


def test_the_section_is_written_over_by_the_next_one() -> None:
    assert replace_section(replace_section(README, REPORT), REPORT) == replace_section(README, REPORT)


def test_what_is_measured_beside_it_is_told_where_it_is_measured() -> None:
    run = {"label": "Earshot", "messages_per_second": 3400.0}
    latency = {"runs": [{**run, "p50_seconds": 0.06, "p99_seconds": 0.1, "max_seconds": 0.2}]}
    written = replace_section(README, {**REPORT, "latency": latency})
    assert (
        "From append to append, Earshot at 3,400 msg/s: 60 ms (p50), 100 ms (p99), 200 ms at most." in written
    )


def test_a_readme_without_the_section_is_refused() -> None:
    with pytest.raises(ValueError, match="How fast it is"):
        replace_section("# Title\n", REPORT)
