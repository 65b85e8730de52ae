"""Reads a scenario: a text file of messages in and alerts out, with times, that a support manager can read.

    Title, one sentence that can fail
    ---
    0h     ann  social     "My order never arrived"  rating=1     an inbound message; its line is its place in the log
    1h     ann  social <-  "We have received it"                  the brand's answer
    4h     tick                                                   time passes up to here
    ---
    4h     ann  firing  ignored_complaint  warning                every alert, in order; or: nothing

A time counts from the scenario's beginning and is the message's own: a line above a line with a later time came late.
`key=value` sets any other field of the canonical message. `#` begins a comment.
"""

import re
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from monitor.core.alert import Alert
from monitor.core.message import Message
from monitor.core.scored import Tick
from monitor.wire import message_of

#: Far enough back that all scenarios, one after the other, lie in the past of every wall clock.
BEGINNING: Final = datetime(2020, 1, 1, tzinfo=UTC)

_UNIT_SECONDS: Final = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_TIME: Final = re.compile(r"(-?)((?:\d+[dhms])+)")
_PART: Final = re.compile(r"(\d+)([dhms])")


class Expected(msgspec.Struct, frozen=True):
    """One alert as a scenario tells it."""

    at: timedelta
    who: str
    state: str
    kind: str
    severity: str


class Scenario(msgspec.Struct, frozen=True):
    """Steps in log order, with times from the beginning, and the alerts that come of them."""

    name: str
    title: str
    steps: tuple[tuple[timedelta, dict[str, Any] | None], ...]
    alerts: tuple[Expected, ...]

    @property
    def span(self) -> tuple[timedelta, timedelta]:
        """Return the earliest and the latest time there is."""
        times = [at for at, _ in self.steps]
        return min(times), max(times)

    def set_at(self, beginning: datetime) -> tuple[Message | Tick, ...]:
        """Return the messages and ticks of the scenario when it begins then."""
        return tuple(
            Tick(at=beginning + at)
            if fields is None
            else message_of({**fields, "at": (beginning + at).isoformat()})
            for at, fields in self.steps
        )

    def tell(self, alerts: Iterable[Alert], beginning: datetime, who: dict[str, str]) -> tuple[Expected, ...]:
        """Say alerts as the scenario would; `who` gives the name behind a pseudonym."""
        return tuple(
            Expected(alert.at - beginning, who[str(alert.customer)], alert.state, alert.kind, alert.severity)
            for alert in alerts
        )


def read_scenario(path: Path) -> Scenario:
    """Read one file.

    Raises:
        ValueError: naming the file, the line and what is wrong with it.

    """
    sections: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() == "---":
            sections.append([])
        elif line.strip() and not line.lstrip().startswith("#"):
            sections[-1].append((number, line))
    if len(sections) != 3 or not all(sections):
        raise ValueError(f"{path.name}: expected a title, messages and alerts, with --- between them")
    title, steps, alerts = sections
    silent = [line.strip() for _, line in alerts] == ["nothing"]
    return Scenario(
        name=path.stem,
        title=" ".join(line.strip() for _, line in title),
        steps=tuple(_read(path, number, line, _read_step) for number, line in steps),
        alerts=() if silent else tuple(_read(path, number, line, _read_alert) for number, line in alerts),
    )


def _read(path: Path, number: int, line: str, read: Any) -> Any:  # noqa: ANN401 - one wrapper for both kinds of line
    try:
        return read(path.stem, number, shlex.split(line, comments=True))
    except ValueError as error:
        raise ValueError(f"{path.name}:{number}: {error}") from error


def _read_step(name: str, number: int, words: list[str]) -> tuple[timedelta, dict[str, Any] | None]:
    at = read_time(words[0])
    if words[1:] == ["tick"]:
        return at, None
    outbound = "<-" in words
    plain = [word for word in words[1:] if word != "<-"]
    if len(plain) < 3:
        raise ValueError("expected: time, customer, channel, text in quotes, and key=value fields")
    who, channel, text, *settings = plain
    fields = dict(setting.split("=", 1) for setting in settings)
    return at, {
        "id": f"{name}:{number}",
        "customer": f"{name}/{who}",
        "author": who,
        "channel": channel,
        "text": text,
        "direction": "outbound" if outbound else "inbound",
        **fields,
    }


def _read_alert(_name: str, _number: int, words: list[str]) -> Expected:
    if len(words) != 5:
        raise ValueError("expected: time, customer, state, kind, severity")
    return Expected(read_time(words[0]), *words[1:])


def read_time(text: str) -> timedelta:
    """Read a time like 4h, 3h59m, 2d or -1h.

    Raises:
        ValueError: it is none.

    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time like 4h, 3h59m or 2d")
    seconds = sum(int(number) * _UNIT_SECONDS[unit] for number, unit in _PART.findall(found[2]))
    return timedelta(seconds=-seconds if found[1] else seconds)
