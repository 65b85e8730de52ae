"""Tells people outside Kafka: Alertmanager and a signed webhook, over HTTP; what is told is decided elsewhere."""

from monitor.notifiers.alertmanager import Alertmanager
from monitor.notifiers.annotations import Links
from monitor.notifiers.webhook import Webhook
from monitor.settings import Settings

__all__ = ["Alertmanager", "Webhook", "make_alertmanager", "make_webhook"]


def make_alertmanager(settings: Settings) -> Alertmanager | None:
    """Make the client of all Alertmanagers; None where there is no address.

    Raises:
        ConfigError: a certificate cannot be used.

    """
    notify = settings.notify
    if not notify.alertmanager.urls:
        return None
    links = Links(notify.runbooks_url, notify.dashboards_url)
    return Alertmanager(notify.alertmanager, links, settings.clock.wall_seconds)


def make_webhook(settings: Settings) -> Webhook | None:
    """Make the webhook's client; None where there is no address.

    Raises:
        ConfigError: a certificate or the secret cannot be used.

    """
    webhook = settings.notify.webhook
    return None if webhook.url is None else Webhook(webhook)
