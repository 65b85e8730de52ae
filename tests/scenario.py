"""Reads a scenario: a text file of messages in and alerts out, with times, that a support manager can read.

    Title, one sentence that can fail
    ---
    0h     ann  social     "My order never arrived"  rating=1     an inbound message; its line is its place in the log
    1h     ann  social <-  "We have received it"                  the brand's answer
    4h     ann  event    order_placed  stage=purchase             the brand's own system says so
    4h     tick                                                   time passes up to here
    ---
    4h     ann  firing  ignored_complaint  warning  priority=13.25   every alert, in order; or: nothing

A time counts from the scenario's beginning and is the message's own: a line above a line with a later time came late.
`key=value` sets any other field of the canonical message or milestone. What stands in the thread `office` comes from
a source that is staffed from Monday to Friday, 9 to 17 h UTC; a scenario begins on a Wednesday at midnight. `#` begins
a comment.
"""

import re
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from monitor.core.alert import Alert
from monitor.core.message import Message
from monitor.core.milestone import Milestone
from monitor.core.scored import Tick
from monitor.wire import MESSAGE, MILESTONE

#: Far enough back that all scenarios, one after the other, lie in the past of every wall clock.
BEGINNING: Final = datetime(2020, 1, 1, tzinfo=UTC)

_UNIT_SECONDS: Final = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_TIME: Final = re.compile(r"(-?)((?:\d+[dhms])+)")
_PART: Final = re.compile(r"(\d+)([dhms])")


Step: TypeAlias = Message | Milestone | Tick


class Expected(msgspec.Struct, frozen=True):
    """One alert as a scenario tells it."""

    at: timedelta
    who: str
    state: str
    kind: str
    severity: str
    #: Other fields of the alert as far as the scenario names them, numbers to two figures after the point.
    fields: tuple[tuple[str, str], ...] = ()


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

    def set_at(self, beginning: datetime) -> tuple[Step, ...]:
        """Return the messages, milestones and ticks of the scenario when it begins then."""
        return tuple(_build(beginning + at, fields) for at, fields in self.steps)

    def tell(self, alerts: Iterable[Alert], beginning: datetime, who: dict[str, str]) -> tuple[Expected, ...]:
        """Say alerts as the scenario would; `who` gives the name behind a pseudonym."""
        return tuple(
            Expected(
                alert.at - beginning,
                who[str(alert.customer)],
                alert.state,
                alert.kind,
                alert.severity,
                tuple((name, _write(getattr(alert, name))) for name, _ in told.fields) if told else (),
            )
            for alert, told in zip_longest(tuple(alerts), self.alerts)
            if alert is not None
        )


def _write(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _build(at: datetime, fields: dict[str, Any] | None) -> Step:
    if fields is None:
        return Tick(at=at)
    form = MESSAGE if "text" in fields else MILESTONE
    step: Step = form.build({**fields, "at": at.isoformat()})
    return step


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
    if channel == "event":
        known_as = {"id": f"{name}:{number}", "customer": f"{name}/{who}", "author": who, "channel": "sale"}
        return at, {**known_as, "name": text, "stage": "none", **fields}
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
    plain, fields = words[:5], words[5:]
    if len(plain) != 5 or not all("=" in field for field in fields):
        raise ValueError("expected: time, customer, state, kind, severity, and key=value fields")
    at, who, state, kind, severity = plain
    named = tuple((name, value) for name, _, value in (field.partition("=") for field in fields))
    return Expected(read_time(at), who, state, kind, severity, named)


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
