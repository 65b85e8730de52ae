"""Bytewax: JSON, vaderSentiment, a count per customer in its state with recovery on, the negative ones out.

Its recovery store is SQLite on the local disk, a snapshot of the touched keys every ten seconds (its default epoch);
it keeps no changelog in Kafka. It stops by itself at the end of the topic.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import bytewax.operators as op  # type: ignore[import-not-found]  # lives in a venv of its own
import orjson  # type: ignore[import-not-found]  # the same
from bytewax.connectors.kafka import KafkaSinkMessage  # type: ignore[import-not-found]  # the same
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow  # type: ignore[import-not-found]  # the same
from bytewax.recovery import RecoveryConfig, init_db_dir  # type: ignore[import-not-found]  # the same
from bytewax.testing import run_main  # type: ignore[import-not-found]  # the same
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from tests.bench.workers.job import NEGATIVE, Job, Tally, begin, rest, say


def make_flow(job: Job, tally: Tally) -> Any:  # noqa: ANN401 - Bytewax is not installed where this is checked
    """Build the flow, with as few steps as the job allows."""
    polarity = SentimentIntensityAnalyzer().polarity_scores

    def score(record: Any) -> tuple[str, dict[str, Any]]:  # noqa: ANN401 - the same
        tally.take()
        message = orjson.loads(record.value)
        compound = polarity(message["text"])["compound"]
        customer: str = message["customer"]
        return customer, {"id": message["id"], "customer": customer, "compound": compound}

    def count(counted: int | None, scored: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        counted = (counted or 0) + 1
        scored["count"] = counted
        return counted, scored

    def keep_negative(item: tuple[str, dict[str, Any]]) -> Any:  # noqa: ANN401 - the same
        customer, scored = item
        if scored["compound"] > NEGATIVE:
            return None
        return KafkaSinkMessage(customer.encode(), orjson.dumps(scored))

    flow = Dataflow("bench")
    taken = kop.input("source", flow, brokers=[job.bootstrap], topics=[job.source], tail=False)
    op.raises("errors", taken.errs)
    counted = op.stateful_map("count", op.map("score", taken.oks, score), count)
    negative = op.filter_map("negative", counted, keep_negative)
    kop.output("output", negative, brokers=[job.bootstrap], topic=job.output)
    return flow


def run() -> None:
    """Run the flow to the end of the topic; returning, it has taken its last snapshot."""
    job = begin()
    tally = Tally(job.messages)
    store = Path(job.folder)
    init_db_dir(store, 1)
    run_main(
        make_flow(job, tally), epoch_interval=timedelta(seconds=10), recovery_config=RecoveryConfig(store)
    )
    say("last", handled=tally.handled)
    say("done")
    rest()


if __name__ == "__main__":
    run()
