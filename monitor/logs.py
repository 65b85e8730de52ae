"""How the program logs: structured, on stderr, Faust's and aiokafka's lines in the same form as our own."""

import logging
import sys
from typing import Any

import structlog

from monitor.settings import LogSettings

#: Their INFO lines say what our own lines say better, or repeat every few seconds.
_QUIET = ("aiokafka", "faust", "mode", "kafka")
#: kafka-python's I/O loop warns of each of its steps that took 0.1 s: on a busy machine many do, and nothing is wrong.
_HEARD_FROM_ERRORS_ON = "kafka.net.selector"


def configure_logs(log: LogSettings) -> None:
    """Send everything to stderr: readable on a terminal, JSON elsewhere, unless the settings choose."""
    pretty = log.format == "console" or (log.format == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(
            # Never the rich traceback: it prints local variables, messages and secrets among them.
            exception_formatter=structlog.dev.plain_traceback,
        )
        if pretty
        else structlog.processors.JSONRenderer()
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *([] if pretty else [structlog.processors.format_exc_info]),
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(log.level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.getLogger(_HEARD_FROM_ERRORS_ON).setLevel(max(logging.ERROR, root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
