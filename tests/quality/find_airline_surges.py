"""Finds the surges in eight days of tweets to airlines, replayed in event time, and draws them: a command, not a test.

    python -m tests.quality.find_airline_surges [--picture FILE] [--unseen 3.0]

The tweets are for tests alone (their licence forbids commercial use): the picture shows counts and our own phrases.
In so few days no hour of the week comes twice: `--unseen` stands for surge.unseen_hour_multiple of the policy, which is
made for weeks to come.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from monitor.core.alert import Alert
from monitor.core.message import Message
from monitor.core.scored import Tick
from monitor.core.trend import Trend
from monitor.replay import Arrival, replay
from monitor.resources import load_instruments, load_policy
from tests.quality.corpora import read_rows

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
_MINUTE: Final = timedelta(minutes=1)


def read_steps(data: Path) -> list[Arrival | Tick]:
    """Read the tweets in their order, with a tick after each minute."""
    messages = sorted(
        (
            Message(
                id=row["tweet_id"],
                channel="social",
                at=datetime.fromisoformat(row["created_at"]).replace(tzinfo=UTC),
                author=row["author"],
                brand=row["airline"],
                text=row["text"],
                reshares=int(row["retweet_count"]),
            )
            for row in read_rows(data / "airline_dev.csv")
        ),
        key=lambda message: (message.at, message.id),
    )
    return list(_tick_between(messages))


def _tick_between(messages: Iterable[Message]) -> Iterator[Arrival | Tick]:
    now: datetime | None = None
    for message in messages:
        while now is not None and now <= message.at:
            yield Tick(at=now)
            now += _MINUTE
        now = now or message.at.replace(second=0) + _MINUTE
        yield Arrival("tweets", message.at, message)
    if now is not None:
        yield Tick(at=now)


def find_surges(data: Path, unseen: float) -> tuple[list[Alert], list[Trend]]:
    """Replay the tweets; return the states of surges, and the complaints that were counted."""
    policy = load_policy()
    bounds = msgspec.structs.replace(policy.surge, unseen_hour_multiple=unseen)
    policy = msgspec.structs.replace(policy, surge=bounds)
    replayed = replay(read_steps(data), load_instruments(b"airline"), policy)
    complaints = [trend for trend in replayed.trends if isinstance(trend, Trend) and trend.kind == "surge"]
    return [alert for alert in replayed.crowd_alerts if alert.kind == "surge"], complaints


def group_episodes(alerts: Iterable[Alert]) -> list[list[Alert]]:
    """Group states of alerts by episode, in the order in which these began."""
    episodes: defaultdict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        episodes[alert.id].append(alert)
    return sorted(episodes.values(), key=lambda states: states[0].opened_at)


def describe(states: Sequence[Alert]) -> str:
    """Say in a line what an episode was."""
    first, last = states[0], states[-1]
    crowd, begun = last.crowd, first.crowd
    assert crowd is not None
    assert begun is not None
    phrases = max((state.crowd.phrases for state in states if state.crowd), key=len)
    told = f"{last.listeners.expected:6.0f}" if last.listeners else "     -"
    return (
        f"{begun.since:%d %b %H:%M}  fired {first.at:%H:%M}  until {last.at:%d %b %H:%M}  {first.brand or '':15}"
        f" {first.category or '':16} {crowd.customers:4} customers {crowd.growth:5.1f}x {told} listeners"
        f"  {last.severity:8}  {', '.join(phrases)}"
    )


def draw(episodes: Sequence[Sequence[Alert]], complaints: Iterable[Trend], picture: Path) -> None:
    """Draw complaints an hour per airline, and over them each surge with its cause."""
    import matplotlib as mpl  # noqa: PLC0415 - only the picture needs it

    mpl.use("svg")
    import matplotlib.pyplot as plt  # noqa: PLC0415 - the same
    from matplotlib import dates  # noqa: PLC0415 - the same

    mpl.rcParams["svg.hashsalt"] = "airline"
    hourly: defaultdict[str, Counter[datetime]] = defaultdict(Counter)
    for trend in complaints:
        hourly[trend.brand or ""][trend.at.replace(minute=0)] += 1
    figure, panels = plt.subplots(len(hourly), 1, sharex=True, figsize=(13, 2.1 * len(hourly)))
    for panel, (brand, counts) in zip(panels, sorted(hourly.items()), strict=True):
        _draw_brand(panel, brand, counts, [states for states in episodes if states[0].brand == brand])
    panels[-1].xaxis.set_major_formatter(dates.DateFormatter("%a %d %b"))  # type: ignore[no-untyped-call] # matplotlib's
    figure.suptitle(
        "Surges in tweets to airlines, February 2015: complaints an hour, and what the new ones say"
    )
    figure.tight_layout()
    figure.savefig(picture, metadata={"Date": None})


def _draw_brand(
    panel: Any,  # noqa: ANN401 - matplotlib's axes, imported by the picture alone
    brand: str,
    counts: Mapping[datetime, int],
    episodes: Sequence[Sequence[Alert]],
) -> None:
    hours = [
        min(counts) + timedelta(hours=n)
        for n in range(int((max(counts) - min(counts)).total_seconds() // 3600) + 1)
    ]
    panel.fill_between(hours, [counts.get(hour, 0) for hour in hours], step="post", color="0.75", linewidth=0)
    panel.set_ylabel(brand, rotation=0, ha="right", va="center")
    top = max(counts.values())
    for place, states in enumerate(episodes):
        crowd = states[-1].crowd
        assert crowd is not None
        phrases = max((state.crowd.phrases for state in states if state.crowd), key=len)
        panel.axvspan(crowd.since, states[-1].at, color="tab:red", alpha=0.25, linewidth=0)
        label = f"{states[0].category}: {', '.join(phrases) or 'no phrase stands out'} ({crowd.growth:.0f}x)"
        panel.annotate(
            label, (crowd.since, top * (0.92 - 0.17 * (place % 5))), fontsize=7, ha="right", va="top", xytext=(-3, 0),
            textcoords="offset points",
        )  # fmt: skip
    panel.spines[["top", "right"]].set_visible(False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--unseen", type=float, default=1.5)
    options = parser.parse_args()
    if not DATA.is_dir():
        print(f"No tweets to read: {DATA} is absent.", file=sys.stderr)
        return 1
    alerts, complaints = find_surges(DATA, options.unseen)
    episodes = group_episodes(alerts)
    print(f"{len(complaints)} complaints about {len({trend.subject for trend in complaints})} subjects")
    print(f"{len(episodes)} surges")
    for states in episodes:
        print(describe(states))
    if options.picture:
        draw(episodes, complaints, options.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
