"""The `monitor` command: one command, one file; stdout is data, stderr is logs, a user's mistake is one line."""

import os
import sys
from typing import Annotated

import typer

from monitor import __version__
from monitor.errors import BrokerError, EarshotError

#: Exit codes: 0 done, 1 done but something in the input was wrong, 2 wrong call or settings, 3 broker trouble.
EXIT_INPUT = 1
EXIT_USAGE = 2
EXIT_BROKER = 3

app = typer.Typer(
    name="monitor",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from monitor.compilation import BUILD

        print(f"monitor {__version__} ({BUILD})")
        raise typer.Exit


@app.callback()
def take_options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version and whether scoring is compiled.",
            callback=_print_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Earshot: finds the customers who are about to tell many people, and says why."""


def main() -> None:
    """Run the command line; a user's mistake ends in one line on stderr and no traceback."""
    # Here and not above: the commands import `app` from this module.
    import monitor.cli.commands  # noqa: F401

    try:
        try:
            app()
        finally:
            # Here and not at exit, where Python reports a closed pipe as an exception that it ignores.
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output (`| head`) has seen enough. What is still buffered must go somewhere at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_INPUT)
    except BrokerError as error:
        print(f"monitor: {error}", file=sys.stderr)
        sys.exit(EXIT_BROKER)
    except EarshotError as error:
        print(f"monitor: {error}", file=sys.stderr)
        sys.exit(EXIT_USAGE)
