"""What can be set, its defaults and its bounds; it reads nothing itself."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    AwareDatetime,
    Field,
    FilePath,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from monitor.errors import ConfigError
from monitor.settings.notify import NotifySettings
from monitor.settings.page import PageSettings
from monitor.settings.registry import SchemaRegistrySettings
from monitor.settings.section import Section


class KafkaSettings(Section):
    bootstrap: str = Field("127.0.0.1:9092", min_length=1)
    replication: int = Field(3, ge=1)
    #: The embedded broker refuses idempotent producers; with any other one, leave this on.
    idempotent: bool = True
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    username: str | None = None
    password: SecretStr | None = None
    ca_file: FilePath | None = None
    cert_file: FilePath | None = None
    key_file: FilePath | None = None

    @model_validator(mode="after")
    def _check_security(self) -> Self:
        if self._uses_sasl and (self.username is None or self.password is None):
            raise PydanticCustomError(
                "sasl",
                "security_protocol {name} needs `username` and `password`",
                {"name": self.security_protocol},
            )
        if (self.cert_file is None) != (self.key_file is None):
            raise PydanticCustomError("tls", "give both `cert_file` and `key_file`, or neither")
        return self

    @property
    def _uses_sasl(self) -> bool:
        return self.security_protocol.startswith("SASL")

    def client_options(self) -> dict[str, Any]:
        """Return the keyword arguments that kafka-python's clients take for this broker."""
        options: dict[str, Any] = {
            "bootstrap_servers": [address.strip() for address in self.bootstrap.split(",")],
            "security_protocol": self.security_protocol,
        }
        if self.security_protocol.endswith("SSL"):
            files = {"ssl_cafile": self.ca_file, "ssl_certfile": self.cert_file, "ssl_keyfile": self.key_file}
            options |= {name: str(path) for name, path in files.items() if path is not None}
        if self._uses_sasl and self.password is not None:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password.get_secret_value(),
            }
        return options


class WorkerSettings(Section):
    group: str = Field("monitor-v1", min_length=1)
    #: Of the topics that the monitor makes. Changing it later moves customers between partitions.
    partitions: int = Field(8, ge=1)
    #: 0 appends no ticks: somebody else puts event time into the log, as the scenario suite does.
    tick_seconds: float = Field(5.0, ge=0)
    metrics_host: str = "127.0.0.1"
    #: 0 serves no metrics.
    metrics_port: int = Field(9108, ge=0, le=65_535)
    session_timeout_seconds: float = Field(30, gt=0)
    rebalance_timeout_seconds: float = Field(60, gt=0)
    commit_interval_seconds: float = Field(1.0, gt=0)
    batch_max_records: int = Field(2000, ge=1)
    future_tolerance_seconds: float = Field(300, ge=0)
    #: The worker works the past again, with fresh state: its alerts are marked `replay`, and page nobody.
    replay: bool = False


class StateSettings(Section):
    """Where journeys and baselines are kept while a worker follows them; the truth is in their changelogs."""

    store: Literal["memory", "rocksdb"] = "memory"
    #: Of this worker alone, on a local disk. What is lost with it is read from the changelog again.
    folder: Path | None = None
    #: Shared by all partitions: blocks that were read, and what is not on the disk yet.
    cache_mib: int = Field(256, ge=16)

    def require_extra(self) -> None:
        """Make sure that what the store needs is installed.

        Raises:
            ConfigError: it is not.

        """
        if self.store == "rocksdb" and find_spec("rocksdict") is None:
            raise ConfigError('state.store: "rocksdb" needs an extra: pip install "earshot-monitor[rocksdb]"')

    @model_validator(mode="after")
    def _check_folder(self) -> Self:
        if self.store == "rocksdb" and self.folder is None:
            raise PydanticCustomError("folder", 'store = "rocksdb" needs a `folder` of this worker\'s own')
        return self


class PrivacySettings(Section):
    pseudonym_key: SecretStr | None = None
    keep_dead_letter_payload: bool = True


class ClockSettings(Section):
    """Event time against the wall clock; other than 1:1 only for the demo and for replays."""

    speed: float = Field(1.0, gt=0)
    event_start: AwareDatetime | None = None
    wall_start: AwareDatetime | None = None

    @model_validator(mode="after")
    def _check_starts(self) -> Self:
        starts = (self.event_start, self.wall_start)
        if (self.speed != 1 or any(starts)) and not all(starts):
            raise PydanticCustomError(
                "starts", "a clock of its own needs both `event_start` and `wall_start`"
            )
        return self

    def event_seconds(self, wall_seconds: float) -> float:
        """Return the event time at a moment of the wall clock, both in seconds since 1970."""
        if self.event_start is None or self.wall_start is None:
            return wall_seconds
        return self.event_start.timestamp() + (wall_seconds - self.wall_start.timestamp()) * self.speed

    def wall_seconds(self, event_seconds: float) -> float:
        """Return the moment of the wall clock at an event time: the way back."""
        if self.event_start is None or self.wall_start is None:
            return event_seconds
        return self.wall_start.timestamp() + (event_seconds - self.event_start.timestamp()) / self.speed


class LogSettings(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    #: auto: console on a terminal, json elsewhere.
    format: Literal["auto", "json", "console"] = "auto"


class SourceSettings(Section):
    """One of the user's topics; `monitor.sources` reads what `map` says."""

    topic: str = Field(min_length=1, max_length=249, pattern=r"^[A-Za-z0-9._-]+$")
    #: message: what somebody said; event: what the user's own systems did, such as an order placed.
    kind: Literal["message", "event"] = "message"
    preset: str | None = None
    format: Literal["json", "csv"] | None = None
    columns: tuple[str, ...] = ()
    brand_authors: tuple[str, ...] = ()
    map: dict[str, Any] = Field(default_factory=dict)


class Settings(BaseSettings):
    """The whole tree; build it with `load_settings`, or with keyword arguments alone in a test."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kafka: KafkaSettings = KafkaSettings()
    worker: WorkerSettings = WorkerSettings()
    state: StateSettings = StateSettings()
    privacy: PrivacySettings = PrivacySettings()
    clock: ClockSettings = ClockSettings()
    log: LogSettings = LogSettings()
    page: PageSettings = PageSettings()
    notify: NotifySettings = NotifySettings()
    schema_registry: SchemaRegistrySettings = SchemaRegistrySettings()
    policy_file: FilePath | None = None
    source: tuple[SourceSettings, ...] = ()

    @field_validator("source")
    @classmethod
    def _check_topics(cls, sources: tuple[SourceSettings, ...]) -> tuple[SourceSettings, ...]:
        topics = [source.topic for source in sources]
        twice = sorted({topic for topic in topics if topics.count(topic) > 1})
        if twice:
            raise PydanticCustomError(
                "topics",
                "a topic has one [[source]], but there are more for {topics}",
                {"topics": ", ".join(twice)},
            )
        return sources

    def find_page_port(self) -> int:
        """Return the port of the live page, 0 for none."""
        if self.page.port is not None:
            return self.page.port
        return self.worker.metrics_port and self.worker.metrics_port + 1

    def list_metrics_urls(self) -> tuple[str, ...]:
        """Return the addresses of the metrics that the page shows."""
        if self.page.metrics_urls or not self.worker.metrics_port:
            return self.page.metrics_urls
        host = self.worker.metrics_host
        return (f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{self.worker.metrics_port}/metrics",)  # noqa: S104 - what is listened on, not by us

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings calls it by keyword
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)
