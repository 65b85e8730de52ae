"""How `monitor tail` writes a record on one line: the same columns each time, and what matters in colour.

It reads whatever JSON there is, of any version: what is not there stays empty, and what is unknown is shown whole.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from monitor.core.printable import clean
from monitor.topics import ALERTS, DEAD_LETTERS, SCORED

if TYPE_CHECKING:
    from monitor.client import Record

#: Text, and how rich is to show it.
Segment = tuple[str, str]

_STYLES: Final[Mapping[str, str]] = {
    "critical": "bold red",
    "warning": "yellow",
    "info": "green",
    "firing": "bold",
    "resolved": "green",
}
#: Enough of a pseudonym to tell customers apart, and for `--customer`.
_CUSTOMER_CHARACTERS: Final = 10
#: Of a record that no writer knows.
_CHARACTERS_MAX: Final = 200


def write_line(record: "Record", document: Any) -> list[Segment]:  # noqa: ANN401 - any JSON
    """Write one record, decoded as `document`; what customers wrote in it cannot steer the terminal."""
    segments: list[Segment] = []
    if document is None:
        key = (record.key or b"").decode(errors="replace")
        segments = [(f"{_place(record)} removed {key}", "dim")]
    elif isinstance(document, msgspec.DecodeError):
        segments = [(f"{_place(record)} not JSON, {len(record.value or b'')} bytes", "red")]
    elif isinstance(document, dict) and record.topic in _WRITERS:
        segments = list(_WRITERS[record.topic](document))
    if not any(text.strip() for text, _ in segments):
        segments = [(msgspec.json.encode(document).decode()[:_CHARACTERS_MAX], "")]
    return [(clean(text), style) for text, style in segments]


def _write_alert(alert: Mapping[str, Any]) -> Iterator[Segment]:
    state, severity = _text(alert, "state"), _text(alert, "severity")
    over = "dim" if state == "resolved" else ""
    yield _time(alert, "at"), "dim"
    yield f"{state:9} ", _STYLES.get(state, "")
    yield f"{severity:8} ", over or _STYLES.get(severity, "")
    yield f"{_text(alert, 'kind'):18} ", over
    yield f"{_text(alert, 'action', 'owner'):14} ", over or "cyan"
    yield f"{_text(alert, 'customer')[:_CUSTOMER_CHARACTERS]:{_CUSTOMER_CHARACTERS}} ", "dim"
    yield _text(alert, "headline"), over


def _write_scored(scored: Mapping[str, Any]) -> Iterator[Segment]:
    yield _time(scored, "at"), "dim"
    if _text(scored, "type") != "scored":
        yield _text(scored, "type"), "dim"
        return
    yield f"{_text(scored, 'customer')[:_CUSTOMER_CHARACTERS]:{_CUSTOMER_CHARACTERS}} ", "dim"
    yield f"{_text(scored, 'channel'):9}", "cyan"
    if _text(scored, "direction") == "outbound":
        yield "reply", "green"
        return
    compound = _get(scored, "sentiment", "compound")
    yield (f"{compound:+.2f}  " if isinstance(compound, int | float) else ""), ""
    if _get(scored, "complaint", "is_complaint") is True:
        finding = " ".join(_text(scored, "complaint", name) for name in ("category", "severity"))
        yield f"{finding}  ", "yellow"
        yield _text(scored, "excerpt"), ""


def _write_dead_letter(letter: Mapping[str, Any]) -> Iterator[Segment]:
    yield _time(letter, "received_at"), "dim"
    yield f"{_text(letter, 'reason'):18}", "yellow"
    if "topic" in letter:
        yield f"{_text(letter, 'topic')}/{_text(letter, 'partition')}@{_text(letter, 'offset')}  ", "cyan"
    yield _text(letter, "detail"), ""


_WRITERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[Segment]]]] = {
    ALERTS: _write_alert,
    SCORED: _write_scored,
    DEAD_LETTERS: _write_dead_letter,
}


def _get(document: Mapping[str, Any], *path: str) -> Any:  # noqa: ANN401 - any JSON
    found: Any = document
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _text(document: Mapping[str, Any], *path: str) -> str:
    found = _get(document, *path)
    return "" if found is None else str(found)


def _time(document: Mapping[str, Any], name: str) -> str:
    """Write a time without its year, which everybody knows, in UTC."""
    text = _text(document, name)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return f"{text} " if text else ""
    return f"{at:%d %b %H:%M:%S} "


def _place(record: "Record") -> str:
    return f"{record.topic}/{record.partition}@{record.offset}"
