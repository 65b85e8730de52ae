"""`monitor page`: serves the live page by itself, away from the workers."""

import signal
from threading import Event
from typing import Annotated

import typer

from monitor.cli import app
from monitor.cli.options import BootstrapOption, ConfigOption


@app.command("page")
def page(
    config: ConfigOption = None,
    bootstrap: BootstrapOption = None,
    port: Annotated[int, typer.Option(metavar="N", min=1, max=65_535, help="Port to listen on.")] = 9109,
) -> None:
    """Serve the live page until SIGTERM or Ctrl-C: who is about to tell many people, and why.

    It reads the alert topic and the workers' metrics (page.metrics_urls), and writes nothing.
    """
    from monitor.logs import configure_logs
    from monitor.page import serve_page
    from monitor.settings import load_settings

    flags = {} if bootstrap is None else {"kafka": {"bootstrap": bootstrap}}
    settings = load_settings(config, {**flags, "page": {"port": port}})
    configure_logs(settings.log)
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with serve_page(settings) as address:
        typer.echo(address)
        ended.wait()
