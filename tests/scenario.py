"""Reads a scenario: a text file of messages in and alerts out, with times, that a support manager can read.

    Title, one sentence that can fail
    ---
    0h     ann    social     "My order never arrived"  rating=1   an inbound message; its line is its place in the log
    1h     ann    social <-  "We have received it"                the brand's answer
    2h     fan*   x50 within 10m  social  "My (card|app) fails"   fifty customers, fan1 to fan50, evenly in time
    2h     ann    x50 within 10m  social  "It fails again"        fifty messages of one customer
    3h     garbage x9 within 1h   "{not json"                     what a source should not send
    3h     ann    event      order_placed  stage=purchase         what the brand's own system says
    4h     @ann   social     "Why does nobody answer?"            one of whom nothing is known but the handle
    4h     @ann   is         ann                                  whose handle it is; or whom an account is one with
    4h     ann    erased                                          asks to be forgotten, under every name
    4h     tick                                                   time passes up to here
    4h     tick   x8 within 2h                                    and every quarter of an hour from here on
    ---
    4h     ann  firing  ignored_complaint  warning                every alert, in order; or: nothing
    4h     ann  firing  ignored_complaint  warning  priority=12.81   and any of its fields, numbers to two places
    2h9m   surge|acme||billing|  firing  surge  critical          one about a crowd is told by its subject

A time counts from the scenario's beginning and is the message's own: a line above a line with a later time came late.
What is sent several times stands among the lines below by its times. `(this|that)` says one of them, each time another.
`key=value` sets any other field of the canonical message or milestone; `topic=` another source, of which
`scenario.office` is staffed from Monday to Friday, 9 to 17 h UTC. A scenario begins on a Wednesday at midnight.
`#` begins a comment.
"""

import re
import shlex
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, takewhile
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import msgspec

from monitor.core.alert import Alert
from monitor.core.scored import Tick
from monitor.replay import Arrival
from monitor.topics import IDENTITIES
from monitor.wire import MESSAGE, MILESTONE

#: Far enough back that all scenarios, one after the other, lie in the past of every wall clock.
BEGINNING: Final = datetime(2020, 1, 1, tzinfo=UTC)
#: Where everything comes from unless a line says otherwise.
SOURCE: Final = "scenario"
#: What the brand's own systems say.
EVENTS: Final = "scenario.events"

_UNIT_SECONDS: Final = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_TIME: Final = re.compile(r"(-?)((?:\d+[dhms])+)")
_PART: Final = re.compile(r"(\d+)([dhms])")
_TIMES: Final = re.compile(r"x(\d+)")
_CHOICE: Final = re.compile(r"\(([^()]*\|[^()]*)\)")
#: Ends the name of many customers, who are numbered.
_MANY: Final = "*"
_GARBAGE: Final = "garbage"
_TICK: Final = "tick"
_IS: Final = "is"
_ERASED: Final = "erased"
_EVENT: Final = "event"


class Expected(msgspec.Struct, frozen=True):
    """One alert as a scenario tells it."""

    at: timedelta
    who: str
    state: str
    kind: str
    severity: str
    #: Other fields of the alert as far as the scenario names them, as text.
    fields: tuple[tuple[str, str], ...] = ()


class Step(msgspec.Struct, frozen=True):
    """One record of a source, or with no record a tick."""

    at: timedelta
    topic: str = SOURCE
    record: dict[str, Any] | bytes | None = None


class Scenario(msgspec.Struct, frozen=True):
    """Steps in log order, with times from the beginning, and the alerts that come of them."""

    name: str
    title: str
    steps: tuple[Step, ...]
    alerts: tuple[Expected, ...]

    @property
    def span(self) -> tuple[timedelta, timedelta]:
        """Return the earliest and the latest time there is."""
        times = [step.at for step in self.steps]
        return min(times), max(times)

    def set_at(self, beginning: datetime) -> tuple[Arrival | Tick, ...]:
        """Return the records and ticks of the scenario when it begins then.

        A record arrives at the time of its message, or with what came before if that is later.
        """
        placed: list[Arrival | Tick] = []
        now = beginning + self.steps[0].at
        for step in self.steps:
            at = beginning + step.at
            now = max(now, at)
            if step.record is None:
                placed.append(Tick(at=at))
            elif isinstance(step.record, bytes):
                placed.append(Arrival(step.topic, now, step.record))
            else:
                form = MILESTONE if step.topic == EVENTS else MESSAGE
                record = form.build({**step.record, "at": at.isoformat()})
                placed.append(Arrival(step.topic, now, record))
        return tuple(placed)

    def tell(self, alerts: Iterable[Alert], beginning: datetime, who: dict[str, str]) -> tuple[Expected, ...]:
        """Say alerts as the scenario would; `who` gives the name behind a pseudonym."""
        fields = {(one.at, one.who, one.state, one.kind): one.fields for one in self.alerts}
        told: list[Expected] = []
        for alert in alerts:
            at, name = alert.at - beginning, who[alert.customer] if alert.customer else alert.subject
            named = fields.get((at, name, alert.state, alert.kind), ())
            told.append(
                Expected(
                    at,
                    name,
                    alert.state,
                    alert.kind,
                    alert.severity,
                    tuple((field, _write(attrgetter(field)(alert))) for field, _ in named),
                )
            )
        return tuple(told)


def _write(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


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
        steps=_weave([_read(path, number, line, _read_steps) for number, line in steps]),
        alerts=() if silent else tuple(_read(path, number, line, _read_alert) for number, line in alerts),
    )


def _weave(lines: Iterable[Sequence[Step]]) -> tuple[Step, ...]:
    """Put what is sent several times among the lines that follow, by its times; other lines stay where they are."""
    woven: list[Step] = []
    waiting: list[Step] = []
    for first, *others in lines:
        due = list(takewhile(lambda step, until=first.at: step.at <= until, waiting))  # type: ignore[misc]  # the default binds the loop's value
        woven += [*due, first]
        waiting = sorted(chain(waiting[len(due) :], others), key=lambda step: step.at)
    return (*woven, *waiting)


def _read(path: Path, number: int, line: str, read: Any) -> Any:  # noqa: ANN401 - one wrapper for both kinds of line
    try:
        return read(path.stem, number, shlex.split(line, comments=True))
    except ValueError as error:
        raise ValueError(f"{path.name}:{number}: {error}") from error


def _read_steps(name: str, number: int, words: list[str]) -> list[Step]:
    """Read one line, which may be many steps."""
    at = read_time(words[0])
    who, *rest = (word for word in words[1:] if word != "<-")
    times = [at]
    if rest and (repeated := _TIMES.fullmatch(rest[0])):
        count, within = int(repeated[1]), _read_span(rest[1:3])
        times = [at + within * part / count for part in range(count)]
        rest = rest[3:]
    if who == _TICK and not rest:
        return [Step(time) for time in times]
    if rest and rest[0] in {_IS, _ERASED}:
        return [Step(at, IDENTITIES, {"name": who, "customer": rest[1] if rest[0] == _IS else None})]
    if who == _GARBAGE:
        rest = ["", *rest]
    if len(rest) < 2:
        raise ValueError("expected: time, customer, channel, text in quotes, and key=value fields")
    channel, text, *fields = rest
    settings = dict(field.split("=", 1) for field in fields)
    topic = settings.pop("topic", SOURCE)
    if who == _GARBAGE:
        return [Step(time, topic, text.encode()) for time in times]
    if channel == _EVENT:
        happened = {"id": f"{name}:{number}", "customer": f"{name}/{who}", "author": who, "name": text}
        return [Step(at, EVENTS, {"stage": "none", **happened, **settings})]
    settings |= {"channel": channel, "direction": "outbound" if "<-" in words else "inbound"}
    if len(times) == 1:
        return [Step(at, topic, _say(f"{name}:{number}", f"{name}/", who, text) | settings)]
    return [
        Step(
            time,
            topic,
            _say(
                f"{name}:{number}.{part}",
                f"{name}/",
                f"{who.removesuffix(_MANY)}{part + 1}" if who.endswith(_MANY) else who,
                _vary(text, part),
            )
            | settings,
        )
        for part, time in enumerate(times)
    ]


def _say(message: str, family: str, who: str, text: str) -> dict[str, Any]:
    if who.startswith("@"):
        return {"id": message, "author": family + who, "text": text}
    return {"id": message, "customer": family + who, "author": who, "text": text}


def _read_span(words: list[str]) -> timedelta:
    if len(words) != 2 or words[0] != "within":
        raise ValueError("expected after how often: within, and how long")
    return read_time(words[1])


def _vary(text: str, number: int) -> str:
    """Say one of each `(this|that)`, in another combination for every number."""

    def choose(found: re.Match[str]) -> str:
        nonlocal number
        options = found[1].split("|")
        number, choice = divmod(number, len(options))
        return options[choice]

    return _CHOICE.sub(choose, text)


def _read_alert(_name: str, _number: int, words: list[str]) -> Expected:
    plain, fields = words[:5], words[5:]
    if len(plain) != 5 or not all("=" in field for field in fields):
        raise ValueError("expected: time, customer or subject, state, kind, severity, and key=value fields")
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
