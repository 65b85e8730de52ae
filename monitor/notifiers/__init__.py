"""Tells people outside Kafka: Alertmanager and a signed webhook, over HTTP; what is told is decided elsewhere."""

from monitor.notifiers.alertmanager import Alertmanager
from monitor.notifiers.webhook import Webhook

__all__ = ["Alertmanager", "Webhook"]
