"""What is said of alerts as records of the alert topic: their states, and the ids of those that are taken back."""

from collections.abc import Iterable

from monitor.core.alert import Alert
from monitor.records import describe_alert, describe_removal, encode
from monitor.stream.outlet import Record


def write_alerts(alerts: Iterable[Alert]) -> list[Record]:
    """Write states of alerts."""
    return [(alert.id.encode(), encode(alert), describe_alert(alert)) for alert in alerts]


def write_removals(alert_ids: Iterable[str]) -> list[Record]:
    """Write what takes alerts back: records without a value."""
    return [(alert_id.encode(), None, describe_removal(alert_id)) for alert_id in alert_ids]
