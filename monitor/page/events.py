"""Server-sent events: each browser gets the whole board first, then what changes; one that is too slow starts anew."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Final

import msgspec

from monitor.page.board import Board, Row

_encode: Final = msgspec.json.Encoder().encode
_ROWS_PER_EVENT: Final = 500
_EVENTS_WAITING_MAX: Final = 64
BROWSERS_MAX: Final = 50


class TooManyBrowsers(Exception):
    """Nobody watches with fifty windows."""


class Events:
    """Sends rows and health to every browser that listens; lives on one event loop."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._queues: set[asyncio.Queue[bytes | None]] = set()
        self._changed: dict[str, Row] = {}
        #: What was last told under each name; who comes later has not to wait for the next.
        self._told: dict[str, bytes] = {}

    def note(self, rows: Iterable[Row]) -> None:
        """Note rows that have changed; they are sent with the next `flush`."""
        for row in rows:
            self._changed[row.id] = row

    def flush(self) -> None:
        """Send what has changed since the last time."""
        if self._changed:
            rows, self._changed = list(self._changed.values()), {}
            for event in write_rows("change", rows):
                self._send(event)

    def tell(self, name: str, document: object) -> None:
        """Send one event to everybody."""
        self._told[name] = write_event(name, document)
        self._send(self._told[name])

    def _send(self, event: bytes) -> None:
        for queue in list(self._queues):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                self._queues.discard(queue)
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(None)

    async def listen(self) -> AsyncIterator[bytes]:
        """Yield the board, and then every change, until the browser is too slow.

        Raises:
            TooManyBrowsers: there are enough already.

        """
        if len(self._queues) >= BROWSERS_MAX:
            raise TooManyBrowsers
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_EVENTS_WAITING_MAX)
        self._queues.add(queue)
        try:
            yield write_event("begin", {})
            for told in list(self._told.values()):
                yield told
            for chunk in write_rows("change", list(self._board.list_rows())):
                yield chunk
            yield write_event("complete", {})
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._queues.discard(queue)


def write_rows(name: str, rows: list[Row]) -> list[bytes]:
    """Write rows as events of bounded size."""
    return [
        write_event(name, rows[start : start + _ROWS_PER_EVENT])
        for start in range(0, len(rows), _ROWS_PER_EVENT)
    ]


def write_event(name: str, document: object) -> bytes:
    """Write one event; JSON has no raw line ends, so that none can break out of it."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), _encode(document))
