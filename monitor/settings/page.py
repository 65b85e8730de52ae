"""The settings of the live page."""

from pydantic import Field

from monitor.settings.section import Section


class PageSettings(Section):
    """Where the page is served, and whose metrics it shows."""

    #: It has no login: whoever reaches it reads what customers say.
    host: str = "127.0.0.1"
    #: 0 serves none; not set: the one after the metrics' port, if that is free.
    port: int | None = Field(None, ge=0, le=65_535)
    #: Of every worker; none: this worker's own.
    metrics_urls: tuple[str, ...] = ()
