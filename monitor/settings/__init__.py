"""Every setting of a deployment: one frozen tree from flags, MONITOR_* variables, a TOML file and defaults.

    flags  >  MONITOR_KAFKA__BOOTSTRAP  >  bootstrap under [kafka] in monitor.toml  >  the default in `tree`

It never holds a threshold or a weight (those are policy), and never shows a secret.
"""

from monitor.settings.notify import (
    AlertmanagerSettings,
    NotifySettings,
    RouteSettings,
    ServerSettings,
    WebhookSettings,
)
from monitor.settings.page import PageSettings
from monitor.settings.reading import load_settings
from monitor.settings.registry import SchemaRegistrySettings
from monitor.settings.tree import (
    ClockSettings,
    KafkaSettings,
    LogSettings,
    PrivacySettings,
    Settings,
    SourceSettings,
    StateSettings,
    WorkerSettings,
)

__all__ = [
    "AlertmanagerSettings",
    "ClockSettings",
    "KafkaSettings",
    "LogSettings",
    "NotifySettings",
    "PageSettings",
    "PrivacySettings",
    "RouteSettings",
    "SchemaRegistrySettings",
    "ServerSettings",
    "Settings",
    "SourceSettings",
    "StateSettings",
    "WebhookSettings",
    "WorkerSettings",
    "load_settings",
]
