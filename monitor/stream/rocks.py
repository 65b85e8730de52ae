"""States that lie on the disk, in one RocksDB for each changelog partition, with bounded memory.

What the changelog says is the truth; this is a copy that saves reading it from the beginning. Each `settle` is one
write batch: values, clocks, count and the place that they reflect. RocksDB keeps the order of its batches, and splits
none, so whatever it has after an end of any kind is what it was at some earlier moment, with the place of that moment.
Its own log is off: a process that is killed loses what had not been flushed, as a machine that fails does, and reads
that much more of the changelog. Only an orderly `close` flushes.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
    WriteBufferManager,
    WriteOptions,
)

from monitor.core.states import FindWake, States
from monitor.errors import ConfigError, StateFolderError

_STATE: Final = b"s"
_AFTER_STATES: Final = b"t"
#: Then the second in which the clock runs out, then the key. Entries whose clock was reset stay until that second.
_WAKE: Final = b"w"
_AFTER_WAKES: Final = b"x"
_COUNT: Final = b"count"
_PLACE: Final = b"place"
_SECOND_BYTES: Final = 8
#: So that the bytes of seconds before 1970 come first, too.
_SECOND_SHIFT: Final = 2**63

#: What is not on the disk yet, as a share of all memory that is allowed.
_UNWRITTEN_SHARE: Final = 4
_BLOCK_BYTES: Final = 4096
_FILTER_BITS: Final = 10
_OPEN_FILES_MAX: Final = 256
#: Values that were read and not yet settled; a batch of records has fewer keys.
_READ_MAX: Final = 16_384


class RocksFolder:
    """The folder of one worker: a RocksDB for each topic and partition, all within one bound of memory."""

    def __init__(self, folder: Path, cache_mib: int) -> None:
        """Take the folder.

        Raises:
            ConfigError: it cannot be written, or another worker has it.

        """
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Held until the process ends, however it ends.
            lock = os.open(folder / "lock", os.O_CREAT | os.O_WRONLY, 0o600)
        except OSError as error:
            raise ConfigError(f"state.folder: {folder} cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(
                f"state.folder: {folder} is in use: each worker needs a folder of its own"
            ) from None
        cache_bytes = cache_mib * 2**20
        self._cache = Cache(cache_bytes)
        self._unwritten = WriteBufferManager.new_write_buffer_manager_with_cache(
            cache_bytes // _UNWRITTEN_SHARE, False, self._cache
        )

    def open(self, topic: str, partition: int, find_wake: FindWake) -> "RocksStates":
        """Open what is kept of a changelog partition, or begin it."""
        return RocksStates(self._folder / topic / str(partition), self._make_options(), find_wake)

    def _make_options(self) -> Options:
        table = BlockBasedOptions()
        table.set_block_cache(self._cache)
        table.set_block_size(_BLOCK_BYTES)
        table.set_bloom_filter(_FILTER_BITS, False)
        # Otherwise they lie beside the cache, and grow with the states.
        table.set_cache_index_and_filter_blocks(True)
        table.set_pin_l0_filter_and_index_blocks_in_cache(True)
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_block_based_table_factory(table)
        options.set_write_buffer_manager(self._unwritten)
        options.set_compression_type(DBCompressionType.lz4())
        options.set_max_open_files(_OPEN_FILES_MAX)
        options.set_keep_log_file_num(2)
        return options


class RocksStates(States):
    """The states of one changelog partition."""

    def __init__(self, path: Path, options: Options, find_wake: FindWake) -> None:
        self.path = path
        self._options = options
        self._find_wake = find_wake
        self._unlogged = WriteOptions()
        self._unlogged.disable_wal = True  # type: ignore[method-assign,assignment]  # a property, which its stub calls a method
        self._db: Rdict
        #: What was put and is not settled, None where it is removed; and what was read since the last time.
        self._staged: dict[str, bytes | None] = {}
        self._known: dict[str, bytes | None] = {}
        self._count = 0
        self._settled: bytes | None = None
        #: No clock that runs has an entry before this one.
        self._first_wake = _WAKE
        self._open()

    def __getitem__(self, key: str) -> bytes:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key: str, default: bytes | None = None) -> bytes | None:  # type: ignore[override]  # of bytes alone
        value = self._staged[key] if key in self._staged else self._read([key])[0]
        return default if value is None else value

    def __iter__(self) -> Iterator[str]:
        self.settle(None)
        for place in list(self._list_keys(_STATE, _AFTER_STATES)):
            yield place[len(_STATE) :].decode()

    def __len__(self) -> int:
        return self._count

    def put(self, changes: Mapping[str, bytes | None]) -> None:
        fresh = [key for key in changes if key not in self._staged]
        before = dict(zip(fresh, self._read(fresh), strict=True))
        for key, value in changes.items():
            known = before[key] if key in before else self._staged[key]
            self._count += (value is not None) - (known is not None)
            self._staged[key] = value

    def settle(self, place: bytes | None) -> None:
        if not self._staged and place is None:
            return
        batch = WriteBatch(raw_mode=True)
        for key, value in self._staged.items():
            name = key.encode()
            if value is None:
                batch.delete(_STATE + name)
                continue
            batch.put(_STATE + name, value)
            wake_at = self._find_wake(value)
            if wake_at is not None:
                entry = _name_wake(int(wake_at // 1), name)
                batch.put(entry, b"")
                self._first_wake = min(self._first_wake, entry)
        batch.put(_COUNT, self._count.to_bytes(8))
        if place is not None:
            batch.put(_PLACE, place)
            self._settled = place
        with self._explain():
            self._db.write(batch, self._unlogged)
        self._staged.clear()
        self._known.clear()

    @property
    def settled(self) -> bytes | None:
        return self._settled

    def list_due(self, at_seconds: float) -> list[tuple[str, float]]:
        self.settle(None)
        after = _name_wake(int(at_seconds // 1) + 1, b"")
        entries = list(self._list_keys(self._first_wake, after))
        stale = WriteBatch(raw_mode=True)
        due, first = [], after
        for entry, (key, wake_at) in zip(entries, self._look_up(entries), strict=True):
            if wake_at is None:
                stale.delete(entry)
                continue
            first = min(first, entry)
            if wake_at <= at_seconds:
                due.append((key, wake_at))
        # Looking begins here the next time: what is deleted costs a look until it is compacted away.
        self._first_wake = first
        if not stale.is_empty():
            with self._explain():
                self._db.write(stale, self._unlogged)
        return due

    def list_waking(self) -> Iterator[str]:
        self.settle(None)
        entries: list[bytes] = []
        for entry in self._list_keys(_WAKE, _AFTER_WAKES):
            entries.append(entry)
            if len(entries) == _READ_MAX:
                yield from self._list_valid(entries)
                entries.clear()
        yield from self._list_valid(entries)

    def clear(self) -> None:
        self.close()
        shutil.rmtree(self.path)
        self._staged.clear()
        self._known.clear()
        self._open()

    def flush(self) -> None:
        """Write what has been settled to the disk."""
        with self._explain():
            self._db.flush()

    def close(self) -> None:
        with self._explain():
            self._db.close()

    def _open(self) -> None:
        with self._explain():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = Rdict(str(self.path), self._options)
            self._count = int.from_bytes(self._db.get(_COUNT) or b"")
            self._settled = self._db.get(_PLACE)
        self._first_wake = _WAKE

    def _read(self, keys: list[str]) -> list[bytes | None]:
        known = self._known
        unknown = [key for key in keys if key not in known]
        if unknown:
            if len(known) + len(unknown) > _READ_MAX:
                known.clear()
                unknown = keys
            with self._explain():
                values: list[bytes | None] = self._db.get([_STATE + key.encode() for key in unknown]) or []
            known.update(zip(unknown, values, strict=True))
        return [known[key] for key in keys]

    def _list_keys(self, first: bytes, after: bytes) -> Iterator[bytes]:
        with self._explain():
            for key in self._db.keys(from_key=first):
                assert isinstance(key, bytes)  # noqa: S101 - as in every raw database
                if key >= after:
                    return
                yield key

    def _look_up(self, entries: list[bytes]) -> Iterator[tuple[str, float | None]]:
        """Give the key of each entry, and when its clock runs out; None if that is not what the entry says."""
        start = len(_WAKE) + _SECOND_BYTES
        keys = [entry[start:].decode() for entry in entries]
        for entry, key, value in zip(entries, keys, self._read(keys), strict=True):
            wake_at = None if value is None else self._find_wake(value)
            is_true = wake_at is not None and _name_wake(int(wake_at // 1), key.encode()) == entry
            yield key, wake_at if is_true else None

    def _list_valid(self, entries: list[bytes]) -> list[str]:
        return [key for key, wake_at in self._look_up(entries) if wake_at is not None]

    @contextmanager
    def _explain(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # rocksdict raises plain exceptions, whose text is RocksDB's own.
            raise StateFolderError(
                f"{self.path}: {error}; see to the disk, or remove this folder: what it holds is read from the "
                "changelog again"
            ) from error


def _name_wake(second: int, key: bytes) -> bytes:
    return _WAKE + (second + _SECOND_SHIFT).to_bytes(_SECOND_BYTES) + key
