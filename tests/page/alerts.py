"""Alerts for the page's tests: a real example, changed in what a test is about."""

from pathlib import Path
from typing import Any, Final

import msgspec

from monitor.core.alert import Alert
from monitor.records import decode_alert

_EXAMPLE: Final = Path(__file__).resolve().parents[2] / "schemas/examples/valid/alert.detractor_updated.json"
_ALERT: Final = decode_alert(_EXAMPLE.read_bytes())


def make_alert(number: int, **changes: Any) -> Alert:  # noqa: ANN401 - any field of an alert
    """Return the alert of that number; the same for the same arguments."""
    return msgspec.structs.replace(
        _ALERT, **{"id": f"{number:024x}", "sequence": 0, "state": "firing", **changes}
    )


def poison(document: Any, markup: str) -> Any:  # noqa: ANN401 - any JSON
    """Put markup into every free text of a JSON document, at any depth."""
    if isinstance(document, dict):
        kept = {
            "schema",
            "id",
            "kind",
            "state",
            "severity",
            "unit",
            "category",
            "complaint_severity",
            "channel",
            "stage",
        }
        times = {"at", "opened_at", "respond_by", "received_at"}
        return {
            key: value if key in kept | times or key == "basis" else poison(value, markup)
            for key, value in document.items()
        }
    if isinstance(document, list):
        return [poison(one, markup) for one in document]
    return f"{markup} {document}" if isinstance(document, str) else document
