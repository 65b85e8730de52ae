"""How the alerts that are open lie in the row of their journey: few facts of them differ from those of its case."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from monitor.core.alert import AlertKind, AlertSeverity, OpenAlert, Verdict
from monitor.core.figures import find_before, pack_figure, tell_before, unpack_figure
from monitor.core.keeping import keep_origin, tell_origin
from monitor.core.kept import KeptOrigin
from monitor.core.names import pack_digits, unpack_digits

_KINDS: Final[tuple[str, ...]] = get_args(AlertKind)
_KIND_NUMBERS: Final = {kind: number for number, kind in enumerate(_KINDS)}
_SEVERITIES: Final[tuple[AlertSeverity, ...]] = get_args(AlertSeverity)
_SEVERITY_NUMBERS: Final = {name: number for number, name in enumerate(_SEVERITIES)}
#: Beside the severity it is kept whether people have closed the alert.
_CLOSED: Final = len(_SEVERITIES)

#: Where they stand in a row; the last two where they differ from what the rest says.
_SEVERITY: Final = 5
_THRESHOLD: Final = 7
_RESPOND_BY: Final = 8
_OWN_FIGURE: Final = 9
_OWN_ORIGIN: Final = 10


def list_open_alerts(
    open_alerts: Mapping[str, OpenAlert], clock: float, case_origin: KeptOrigin | None
) -> list[list[Any]]:
    """List the rows of open alerts; the origin that most of them have, and the clock, are known from elsewhere."""
    rows: list[list[Any]] = []
    for kind, known in open_alerts.items():
        verdict = known.verdict
        origin = keep_origin(verdict.origin)
        row: list[Any] = [
            _KIND_NUMBERS[kind],
            pack_figure(known.expected),
            pack_digits(known.id),
            known.sequence,
            tell_before(clock, known.opened_at),
            _SEVERITY_NUMBERS[verdict.severity] + (_CLOSED if known.closed else 0),
            verdict.headline,
            pack_figure(verdict.threshold),
            tell_before(clock, verdict.respond_by_seconds),
        ]
        differs = origin != case_origin
        if differs or verdict.observed != known.expected:
            row.append(pack_figure(verdict.observed))
        if differs:
            row.append(origin)
        rows.append(row)
    return rows


def read_open_alerts(
    rows: Sequence[Sequence[Any]], clock: float, case_origin: KeptOrigin | None
) -> dict[str, OpenAlert]:
    """Read the rows of open alerts."""
    found: dict[str, OpenAlert] = {}
    for row in rows:
        kind, expected, digits, sequence, opened_before, severity, headline = row[:_THRESHOLD]
        likely = unpack_figure(expected)
        kept = KeptOrigin(*row[_OWN_ORIGIN]) if len(row) > _OWN_ORIGIN else case_origin
        if kept is None:
            raise ValueError("an open alert without an origin")
        verdict = Verdict(
            tell_origin(kept),
            _SEVERITIES[severity % _CLOSED],
            headline,
            unpack_figure(row[_THRESHOLD]),
            unpack_figure(row[_OWN_FIGURE]) if len(row) > _OWN_FIGURE else likely,
            find_before(clock, row[_RESPOND_BY]),
        )
        found[_KINDS[kind]] = OpenAlert(
            id=unpack_digits(digits),
            sequence=sequence,
            opened_at=find_before(clock, opened_before),
            expected=likely,
            verdict=verdict,
            closed=severity >= _CLOSED,
        )
    return found


def list_expected(rows: Sequence[Sequence[Any]]) -> list[tuple[str, float]]:
    """List the kinds of those that nobody has closed, each with the listeners that it expects."""
    return [(_KINDS[row[0]], unpack_figure(row[1])) for row in rows if row[_SEVERITY] < _CLOSED]
