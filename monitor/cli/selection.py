"""Which records `monitor tail` shows: the options for it, and whether a record fits all of them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Annotated, Any, Final, get_args

import msgspec
import typer

Texts = list[str] | None

KindOption = Annotated[Texts, typer.Option("--kind", help="Alerts of this kind; repeat it for more.")]
SeverityOption = Annotated[
    Texts, typer.Option("--severity", help="Alerts this severe: info, warning, critical.")
]
StateOption = Annotated[
    Texts, typer.Option("--state", help="Alerts in this state: firing, updated, resolved, suppressed.")
]
OwnerOption = Annotated[Texts, typer.Option("--owner", help="Alerts of this owner.")]
MinListenersOption = Annotated[
    float | None,
    typer.Option("--min-listeners", metavar="N", help="Alerts about customers who tell so many."),
]
CustomerOption = Annotated[
    str | None,
    typer.Option("--customer", metavar="PSEUDONYM", help="Of this customer; its beginning is enough."),
]
BrandOption = Annotated[Texts, typer.Option("--brand", help="About this brand.")]
ProductOption = Annotated[Texts, typer.Option("--product", help="About this product.")]
CategoryOption = Annotated[
    Texts, typer.Option("--category", help="Complaints about this: billing, delivery, …")
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="AGE|TIME", help="From then on: 30m, 2h, 7d, or a time like 2026-01-31T12:00Z."
    ),
]

_AGE: Final = re.compile(r"(\d+)([smhd])")
_UNIT_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


#: Where a record has it.
_PATHS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "kind": (("kind",),),
    "severity": (("severity",),),
    "state": (("state",),),
    "owner": (("action", "owner"),),
    "brand": (("brand",),),
    "product": (("product",),),
    "category": (("category",), ("complaint", "category")),
}


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What a record must be; with nothing in it, every record fits."""

    values: Mapping[str, frozenset[str]] = {}
    customer: str = ""
    min_listeners: float = 0.0

    def takes(self, document: Any) -> bool:  # noqa: ANN401 - any JSON
        """Tell whether a record fits; a field that it does not have fits nothing."""
        if not str(_find(document, ("customer",)) or "").startswith(self.customer):
            return False
        if self.min_listeners:
            expected = _find(document, ("listeners", "expected"))
            if not isinstance(expected, int | float) or expected < self.min_listeners:
                return False
        return all(
            any(_find(document, path) in wanted for path in _PATHS[name])
            for name, wanted in self.values.items()
        )


def choose_records(
    values: Mapping[str, list[str] | None], customer: str | None, min_listeners: float | None
) -> Selection:
    """Make a selection of what was given.

    Raises:
        typer.BadParameter: a value is none that there is.

    """
    given = {name: frozenset(wanted) for name, wanted in values.items() if wanted}
    known = _list_known()
    for name, wanted in given.items():
        for value in sorted(wanted - known.get(name, wanted)):
            near = get_close_matches(value, known[name], n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known[name]))}"
            raise typer.BadParameter(f"no {name} is called {value}; {hint}", param_hint=f"--{name}")
    return Selection(values=given, customer=customer or "", min_listeners=min_listeners or 0.0)


def read_since(text: str, now: datetime) -> datetime:
    """Read an age, or a time; a time without an offset is UTC.

    Raises:
        typer.BadParameter: it is neither.

    """
    age = _AGE.fullmatch(text)
    if age is not None:
        return now - timedelta(seconds=int(age[1]) * _UNIT_SECONDS[age[2]])
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text} is neither an age like 30m, 2h or 7d nor a time like 2026-01-31T12:00Z",
            param_hint="--since",
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _list_known() -> Mapping[str, frozenset[str]]:
    # Lazy, as everything heavy is under cli.
    from monitor.core.alert import AlertKind, AlertSeverity, AlertState
    from monitor.core.finding import CATEGORIES

    return {
        "kind": frozenset(get_args(AlertKind)),
        "severity": frozenset(get_args(AlertSeverity)),
        "state": frozenset(get_args(AlertState)),
        "category": frozenset(CATEGORIES),
    }


def _find(document: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document
