"""What the page says of the pipeline, read from the workers' own metrics."""

import urllib.request
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import msgspec
from prometheus_client.parser import text_string_to_metric_families

_TIMEOUT_SECONDS: Final = 2.0


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Of all workers that answered: lag in seconds by topic, and counts."""

    workers: int
    silent_workers: int
    lags: dict[str, float]
    scored: float
    dead_lettered: float
    journeys: float


def read_health(urls: Iterable[str]) -> Health:
    """Ask every worker for its metrics; one that does not answer is counted."""
    texts: list[str] = []
    silent = 0
    for url in urls:
        try:
            with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - addresses of our own settings
                texts.append(answer.read().decode())
        except OSError:
            silent += 1
    lags: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[str, float] = defaultdict(float)
    for text in texts:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == "monitor_lag_seconds":
                    topic = sample.labels["topic"]
                    lags[topic] = max(lags[topic], sample.value)
                elif sample.name == "monitor_messages_total":
                    counts[sample.labels["outcome"]] += sample.value
                elif sample.name == "monitor_journeys":
                    counts["journeys"] += sample.value
    return Health(
        workers=len(texts),
        silent_workers=silent,
        lags=dict(sorted(lags.items())),
        scored=counts["scored"],
        dead_lettered=counts["dead_lettered"],
        journeys=counts["journeys"],
    )
