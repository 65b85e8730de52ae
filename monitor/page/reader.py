"""Reads the alert topic from its beginning for the board, for as long as the page is served."""

import threading
from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from monitor.client import read_topic
from monitor.errors import BrokerError
from monitor.page.board import Board, Row
from monitor.records import decode_alert
from monitor.settings import KafkaSettings
from monitor.topics import ALERTS

_RETRY_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)


def read_alerts(
    kafka: KafkaSettings, board: Board, ended: threading.Event, *, note: Callable[[list[Row]], object]
) -> None:
    """Feed the board; begins again at the first alert whenever the broker has been away."""
    while not ended.is_set():
        try:
            for record in read_topic(kafka.bootstrap, ALERTS, follow=True, connection=kafka.client_options()):
                if ended.is_set():
                    return
                if record.value is None:
                    board.drop((record.key or b"").decode())
                else:
                    _take(board, record.value, note)
        except BrokerError as error:
            log.debug("the page waits for the broker", reason=str(error))
        ended.wait(_RETRY_SECONDS)


def _take(board: Board, value: bytes, note: Callable[[list[Row]], object]) -> None:
    try:
        row = board.take(decode_alert(value), value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.warning("no alert of ours on the alert topic", error=type(error).__name__)
        return
    if row is not None:
        note([row])
