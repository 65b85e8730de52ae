"""`monitor link`, `unlink` and `erase`: say who is who, and forget a customer; raw identifiers stay on this machine."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import EXIT_INPUT, app
from monitor.cli.options import (
    IDENTIFIER,
    BootstrapOption,
    ConfigOption,
    CustomerArgument,
    load_kafka_settings,
)

if TYPE_CHECKING:
    from monitor.core.identity import Pseudonyms
    from monitor.settings import Settings

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help=IDENTIFIER)]


@app.command("link")
def link(
    name: NameArgument,
    customer: CustomerArgument,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Say that NAME is CUSTOMER: what was said under NAME, and what will be, joins CUSTOMER's journey."""
    from monitor.client import read_identities, send_links
    from monitor.core.identity_record import Identity
    from monitor.errors import ConfigError

    settings = load_kafka_settings(config, bootstrap)
    kafka, pseudonyms = settings.kafka, _make_pseudonyms(settings)
    one, other = pseudonyms.name_identifier(name), pseudonyms.name_identifier(customer)
    if one == other:
        raise ConfigError("NAME and CUSTOMER are the same already")
    if read_identities(kafka.bootstrap, kafka.client_options()).resolve(other) == one:
        raise ConfigError("CUSTOMER stands for NAME already: unlink CUSTOMER first")
    send_links(
        kafka.bootstrap,
        [Identity(name=one, customer=other)],
        connection=kafka.client_options(),
        idempotent=kafka.idempotent,
    )
    print(f"linked {one} to {other}")


@app.command("unlink")
def unlink(name: NameArgument, config: ConfigOption = None, bootstrap: BootstrapOption = None) -> None:
    """Say that NAME stands for itself again: what comes from now on; what has joined a journey stays there."""
    from monitor.client import send_links
    from monitor.core.identity_record import Identity

    settings = load_kafka_settings(config, bootstrap)
    kafka = settings.kafka
    one = _make_pseudonyms(settings).name_identifier(name)
    send_links(
        kafka.bootstrap, [Identity(name=one)], connection=kafka.client_options(), idempotent=kafka.idempotent
    )
    print(f"unlinked {one}")


@app.command("erase")
def erase(
    customer: CustomerArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
) -> None:
    """Forget CUSTOMER and every name linked to them: journeys go, open alerts close, and nothing brings them back.

    Their alerts, and what was said of these, are taken back; an open alert about many no longer quotes them. What the
    topics keep for a time of its own stays that long: scored messages and trends for 7 days, records that could not
    be read for 30, and your own source topics for as long as you let them.
    """
    from monitor.client import read_identities, send_erasures

    settings = load_kafka_settings(config, bootstrap)
    kafka, pseudonyms = settings.kafka, _make_pseudonyms(settings)
    identities = read_identities(kafka.bootstrap, kafka.client_options())
    names = identities.list_names(identities.resolve(pseudonyms.name_identifier(customer)))
    if not yes and not _confirm(names):
        raise typer.Exit(EXIT_INPUT)
    send_erasures(kafka.bootstrap, names, connection=kafka.client_options(), idempotent=kafka.idempotent)
    for name in names:
        print(f"erased {name}")


def _make_pseudonyms(settings: "Settings") -> "Pseudonyms":
    from monitor.core.identity import Pseudonyms

    key = settings.privacy.pseudonym_key
    if key is None:
        print(
            "monitor: privacy.pseudonym_key is not set; the workers must have the same key, or none either",
            file=sys.stderr,
        )
    return Pseudonyms(key.get_secret_value().encode() if key else b"")


def _confirm(names: tuple[str, ...]) -> bool:
    print(f"This cannot be undone. To be erased: {', '.join(names)}", file=sys.stderr)
    return typer.confirm("Go on?", err=True)
