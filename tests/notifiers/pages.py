"""Pages to tell: of a detractor that was followed for it."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from monitor.core.alert import Alert
from monitor.core.desk import Page
from monitor.core.routing import Routing, label
from tests.core.builders import complain, follow_all

ROUTING: Final = Routing()
(ALERT,) = follow_all([complain(0, 0, severity="blame", followers=9_000, product="Kettle", brand="acme")])[1]


def make_page(name: str = "a1", *, ago_seconds: float = 60.0, **fields: Any) -> Page:  # noqa: ANN401 - any field of an alert
    """Make a page of an alert that happened so long before now; Alertmanager lives in the present."""
    happened = datetime.now(UTC) - timedelta(seconds=ago_seconds)
    alert: Alert = msgspec.structs.replace(
        ALERT, id=name, **{"at": happened, "opened_at": happened, **fields}
    )
    return Page(alert=alert, filed_at=happened.timestamp(), decision="granted", labels=label(alert, ROUTING))
