"""Quix Streams: JSON, vaderSentiment, a count per customer in its state with the changelog on, the negative ones out.

Its defaults throughout: at-least-once, RocksDB state, a checkpoint every five seconds, orjson.
"""

from typing import Any

from quixstreams import Application, State  # type: ignore[import-not-found]  # lives in a venv of its own
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from tests.bench.workers.job import NEGATIVE, Tally, begin, rest, say


def run() -> None:
    """Work until every message is handled; leaving the loop makes the last checkpoint."""
    job = begin()
    tally = Tally(job.messages)
    polarity = SentimentIntensityAnalyzer().polarity_scores

    def stop_when_complete(_topic: str, _partition: int, _offset: int) -> None:
        if tally.is_complete:
            say("last", handled=tally.handled)
            app.stop()

    app = Application(
        broker_address=job.bootstrap,
        consumer_group=job.group,
        auto_offset_reset="earliest",
        state_dir=job.folder,
        loglevel="WARNING",
        on_message_processed=stop_when_complete,
    )

    def score(message: dict[str, Any], state: State) -> dict[str, Any]:
        tally.take()
        count = state.get("count", 0) + 1
        state.set("count", count)
        compound = polarity(message["text"])["compound"]
        return {"id": message["id"], "customer": message["customer"], "compound": compound, "count": count}

    source = app.topic(job.source, value_deserializer="json")
    output = app.topic(job.output, value_serializer="json")
    scored = app.dataframe(source).apply(score, stateful=True)
    scored.filter(lambda one: one["compound"] <= NEGATIVE).to_topic(output)
    app.run()
    say("done")
    rest()


if __name__ == "__main__":
    run()
