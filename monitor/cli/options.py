"""The options that several commands share, and the settings that they yield."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from monitor.settings import Settings

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="PATH", help="Settings file; monitor.toml of this folder if there is one."
    ),
]
BootstrapOption = Annotated[
    str | None,
    typer.Option(
        "--bootstrap", metavar="HOST:PORT", help="Kafka's address; it goes before the settings file."
    ),
]
PolicyOption = Annotated[
    Path | None,
    typer.Option("--policy", metavar="PATH", help="Policy file; it names only what it changes."),
]
IDENTIFIER: Final = "customer:ID, CHANNEL:HANDLE such as social:@ann, an e-mail address, or a pseudonym."
CustomerArgument = Annotated[str, typer.Argument(metavar="CUSTOMER", help=IDENTIFIER)]


def load_kafka_settings(config: Path | None, bootstrap: str | None) -> "Settings":
    """Read the settings with the address of the command line on top."""
    # Lazy, as everything heavy is under cli: `monitor --help` must answer at once.
    from monitor.settings import load_settings

    return load_settings(config, {} if bootstrap is None else {"kafka": {"bootstrap": bootstrap}})
