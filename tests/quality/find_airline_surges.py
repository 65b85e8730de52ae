"""Finds the surges in eight days of tweets to airlines, replayed in event time, and draws them: a command, not a test.

    python -m tests.quality.find_airline_surges [--picture deploy/pictures/airline-surges.png] [--unseen 1.5]

The tweets are for tests alone (their licence forbids commercial use): the picture shows counts and phrases, no tweet.
In so few days hardly an hour of the week comes twice: `--unseen` stands for surge.unseen_hour_multiple of the policy,
which is made for weeks to come. One airline is recorded from the sixth day on; to the monitor that is a surge, too.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import msgspec

mpl.use("Agg")
from matplotlib import dates
from matplotlib import pyplot as plt

from monitor.core.alert import Alert
from monitor.core.message import Message
from monitor.core.scored import Tick
from monitor.core.trend import Trend
from monitor.replay import Arrival, replay
from monitor.resources import load_instruments, load_policy
from tests.quality.corpora import read_rows

DATA: Final = Path(__file__).resolve().parents[3] / "shared" / "data"
_MINUTE: Final = timedelta(minutes=1)
_BLUE, _RED = "#8fa9c4", "#b3261e"
#: So many complaints in an hour are not strays: the recording of the subject has begun.
_RECORDED: Final = 5


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
    told = f"{last.listeners.expected:6.0f}" if last.listeners else "     -"
    return (
        f"{begun.since:%d %b %H:%M}  fired {first.at:%H:%M}  until {last.at:%d %b %H:%M}  {first.brand or '':15}"
        f" {first.category or '':16} {crowd.customers:4} customers {crowd.growth:5.1f}x {told} listeners"
        f"  {last.severity:8}  {', '.join(find_phrases(states))}"
    )


def draw(episodes: Sequence[Sequence[Alert]], complaints: Iterable[Trend], picture: Path) -> None:
    """Draw, for each subject that surged, its complaints an hour, and over them the surges with their causes."""
    mpl.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    hourly: defaultdict[str, Counter[datetime]] = defaultdict(Counter)
    for trend in complaints:
        hourly[trend.subject][trend.at.replace(minute=0)] += 1
    surged: defaultdict[str, list[tuple[int, Sequence[Alert]]]] = defaultdict(list)
    for number, states in enumerate(episodes, 1):
        surged[states[0].subject or ""].append((number, states))
    figure, panels = plt.subplots(
        len(surged),
        1,
        sharex=True,
        squeeze=False,
        figsize=(10, 0.9 + 2.2 * len(surged)),
        layout="constrained",
    )
    for panel, (subject, found) in zip(panels[:, 0], surged.items(), strict=True):
        _draw_subject(panel, hourly[subject], found)
    panels[-1, 0].xaxis.set_major_locator(dates.DayLocator())  # type: ignore[no-untyped-call] # matplotlib's
    panels[-1, 0].xaxis.set_major_formatter(dates.DateFormatter("%a %d Feb"))  # type: ignore[no-untyped-call] # the same
    panels[-1, 0].set_xlim(
        min(map(min, hourly.values())), max(map(max, hourly.values())) + timedelta(hours=1)
    )
    figure.suptitle(
        f"Surges that Earshot finds in eight days of tweets to four airlines ({len(hourly)} subjects watched)",
        x=0.01, ha="left", weight="bold",
    )  # fmt: skip
    figure.supxlabel(
        "Blue: complaints an hour.  Red: from the first that was unusual until it was over;  line: the alert fires;"
        "  dashes: what is usual then.",
        x=0.01, ha="left", size=9,
    )  # fmt: skip
    figure.savefig(picture, dpi=110, metadata={"Software": None})


def _draw_subject(
    panel: Any,  # noqa: ANN401 - matplotlib takes moments for numbers, which its types do not say
    counts: Mapping[datetime, int],
    found: Sequence[tuple[int, Sequence[Alert]]],
) -> None:
    hours = [
        min(counts) + timedelta(hours=n) for n in range((max(counts) - min(counts)) // timedelta(hours=1) + 1)
    ]
    panel.fill_between(hours, [counts.get(hour, 0) for hour in hours], step="post", color=_BLUE, linewidth=0)
    lines = []
    for number, states in found:
        first, last = states[0], states[-1]
        crowd = last.crowd
        assert crowd is not None
        lasted_hours = (last.at - crowd.since) / timedelta(hours=1)
        panel.axvspan(crowd.since, last.at, color=_RED, alpha=0.16, linewidth=0)
        panel.axvline(first.at, color=_RED, linewidth=1.4)
        panel.hlines(
            crowd.usual / lasted_hours, crowd.since, last.at, color="0.1", linestyle="--", linewidth=1.2
        )
        panel.annotate(
            str(number), (crowd.since, 1), xycoords=("data", "axes fraction"), color="white", weight="bold", size=8,
            ha="right", va="top", bbox={"boxstyle": "circle", "color": _RED},
        )  # fmt: skip
        lines.append(_caption(number, first, last, find_phrases(states)))
    began = find_beginning(counts)
    if began is not None:
        panel.annotate(
            "this airline is recorded from here on \u2192", (began, 0.5), xycoords=("data", "axes fraction"),
            ha="right", color="0.35", style="italic",
        )  # fmt: skip
    panel.set_title("\n".join(lines), loc="left", color=_RED, size=9)
    brand, category = found[0][1][0].brand or "", found[0][1][0].category or ""
    panel.set_ylabel(f"{brand}\n{category.replace('_', ' ')}", rotation=0, ha="right", va="center")


def _caption(number: int, first: Alert, last: Alert, phrases: Sequence[str]) -> str:
    crowd = last.crowd
    assert crowd is not None
    waited = round((first.at - crowd.since) / _MINUTE)
    causes = ", ".join(f"\u201c{phrase}\u201d" for phrase in phrases) or "no phrase stands out"
    return (
        f"{number}  {crowd.since:%a %H:%M}, alert after {waited // 60} h {waited % 60:02} min: "
        f"{crowd.customers} customers, {crowd.growth:.1f} times the usual. New: {causes}"
    )


def find_phrases(states: Iterable[Alert]) -> tuple[str, ...]:
    """Return the phrases of the state that named most of them."""
    return max((state.crowd.phrases for state in states if state.crowd), key=len)


def find_beginning(counts: Mapping[datetime, int]) -> datetime | None:
    """Return the hour from which on a subject is recorded, where next to nothing is before: half of the time."""
    hours = sorted(counts)
    began = next((hour for hour in hours if counts[hour] >= _RECORDED), None)
    late = began is not None and began - hours[0] > (hours[-1] - hours[0]) / 2
    return began if late else None


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
    if options.picture and episodes:
        draw(episodes, complaints, options.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
