"""Stock Faust, the version that we pin: JSON, vaderSentiment, a count per customer in a Table, negatives out."""

from typing import Any

import faust
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from tests.bench.workers.job import NEGATIVE, Job, Tally, begin, say


def make_app(job: Job) -> Any:  # noqa: ANN401 - Faust publishes no types
    """Build a plain app as its manual does: a topic, a table with its changelog, an agent."""
    tally = Tally(job.messages)
    polarity = SentimentIntensityAnalyzer().polarity_scores
    app = faust.App(
        job.group,
        broker=f"kafka://{job.bootstrap}",
        datadir=job.folder,
        store="memory://",
        topic_replication_factor=1,
        topic_partitions=job.partitions,
        web_enabled=False,
    )
    counts = app.Table("counts", default=int, partitions=job.partitions)
    output = app.topic(job.output)

    async def handle(messages: Any) -> None:  # noqa: ANN401 - the same
        async for message in messages:
            tally.take()
            customer = message["customer"]
            counts[customer] += 1
            compound = polarity(message["text"])["compound"]
            if compound <= NEGATIVE:
                scored = {"id": message["id"], "customer": customer, "compound": compound}
                await output.send(key=customer, value={**scored, "count": counts[customer]})
            if tally.is_complete:
                await confirm(app)
                say("last", handled=tally.handled)
                say("done")

    app.agent(app.topic(job.source))(handle)
    return app


async def confirm(app: Any) -> None:  # noqa: ANN401 - the same
    """Wait until the broker has confirmed everything sent: Faust's own flush gives up after 100 ms."""
    await app.producer.buffer.flush()
    await app.producer._ensure_producer().flush()


def run() -> None:
    """Work until ended by the bench."""
    faust.Worker(make_app(begin()), loglevel="WARNING", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    run()
