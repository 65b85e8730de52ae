"""The `monitor` command: one command, one file; stdout is data, stderr is logs, a user's mistake is one line."""

import sys

import typer

from monitor.errors import BrokerError, EarshotError

#: Exit codes: 0 done, 1 done but something in the input was wrong, 2 wrong call or settings, 3 broker trouble.
EXIT_INPUT = 1
EXIT_USAGE = 2
EXIT_BROKER = 3

app = typer.Typer(
    name="monitor",
    help="Earshot: finds the customers who are about to tell many people, and says why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line; a user's mistake ends in one line on stderr and no traceback."""
    # Here and not above: the commands import `app` from this module.
    import monitor.cli.commands  # noqa: F401

    try:
        app()
    except BrokerError as error:
        print(f"monitor: {error}", file=sys.stderr)
        sys.exit(EXIT_BROKER)
    except EarshotError as error:
        print(f"monitor: {error}", file=sys.stderr)
        sys.exit(EXIT_USAGE)
