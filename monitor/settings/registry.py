"""Owns the settings of a Schema Registry: where it is, how it is reached, and whether we may write to it."""

from monitor.settings.notify import ServerSettings, Url


class SchemaRegistrySettings(ServerSettings):
    """Nothing is registered, and no record names a schema, before there is a URL."""

    url: Url | None = None
    #: False looks the schemas up, where somebody else registers `schemas/` beforehand.
    auto_register: bool = True
