"""States on the disk: the same as those in memory, whatever is done to them, and as they were settled."""

import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.states import MemoryStates
from monitor.errors import ConfigError, StateFolderError
from monitor.settings import StateSettings
from monitor.stream.app import choose_states
from monitor.stream.rocks import RocksFolder

KEYS = ("", "ada", "bo", "çem", "s", "w")
Change = Mapping[str, bytes | None]
#: A state here is the moment at which its clock runs out, as text.
MOMENTS = st.sampled_from((None, b"-", b"-70.5", b"0.0", b"59.9", b"60.0", b"61.25", b"7000.0"))


def find_wake(value: bytes) -> float | None:
    return None if value == b"-" else float(value)


@pytest.fixture
def folder(tmp_path: Path) -> RocksFolder:
    return RocksFolder(tmp_path / "state", cache_mib=16)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.dictionaries(st.sampled_from(KEYS), MOMENTS),
            st.sampled_from(("settle", "clear", "open again")),
            st.sampled_from((-71.0, 0.0, 59.95, 60.0, 10_000.0)),
        )
    )
)
def test_whatever_is_done_the_disk_holds_what_memory_does(steps: list[Change | str | float]) -> None:
    with TemporaryDirectory() as place:
        folder = RocksFolder(Path(place), cache_mib=16)
        memory, disk = MemoryStates(find_wake), folder.open("journeys", 0, find_wake)
        for step in steps:
            match step:
                case "settle":
                    disk.settle(b"here")
                case "clear":
                    memory.clear()
                    disk.clear()
                case "open again":
                    disk.settle(None)
                    disk.close()
                    disk = folder.open("journeys", 0, find_wake)
                case float():
                    assert sorted(disk.list_due(step)) == sorted(memory.list_due(step))
                case Mapping():
                    memory.put(step)
                    disk.put(step)
            assert len(disk) == len(memory)
            assert disk == memory
            assert [disk.get(key) for key in KEYS] == [memory.get(key) for key in KEYS]
            assert sorted(disk.list_waking()) == sorted(memory.list_waking())
        disk.close()


def test_the_place_is_that_of_the_last_settling_that_named_one_until_all_is_cleared(
    folder: RocksFolder,
) -> None:
    states = folder.open("journeys", 0, find_wake)
    assert states.settled is None
    states.settle(b"one")
    states.put({"ada": b"-"})
    states.settle(None)
    states.close()
    states = folder.open("journeys", 0, find_wake)
    assert (states.settled, dict(states)) == (b"one", {"ada": b"-"})
    states.clear()
    assert (states.settled, dict(states)) == (None, {})
    states.close()


def test_each_partition_of_each_changelog_has_its_own(folder: RocksFolder) -> None:
    opened = [folder.open(topic, number, find_wake) for topic in ("one", "two") for number in (0, 1)]
    opened[2].put({"ada": b"-"})
    assert [len(states) for states in opened] == [0, 0, 1, 0]
    for states in opened:
        states.close()


def test_a_folder_that_another_worker_has_is_refused(tmp_path: Path) -> None:
    RocksFolder(tmp_path, cache_mib=16)
    with pytest.raises(ConfigError, match="each worker needs a folder of its own"):
        RocksFolder(tmp_path, cache_mib=16)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"state\.folder: .*file/state cannot be written: Not a directory"):
        RocksFolder(tmp_path / "file" / "state", cache_mib=16)


def test_a_database_that_cannot_be_read_says_that_it_may_be_removed(
    folder: RocksFolder, tmp_path: Path
) -> None:
    folder.open("journeys", 0, find_wake).close()
    (tmp_path / "state" / "journeys" / "0" / "CURRENT").write_text("nonsense")
    with pytest.raises(
        StateFolderError, match="remove this folder: what it holds is read from the changelog"
    ):
        folder.open("journeys", 0, find_wake)


def test_without_the_extra_the_settings_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rocksdict", None)
    with pytest.raises(ConfigError, match=r'pip install "earshot-monitor\[rocksdb\]"'):
        choose_states(StateSettings(store="rocksdb", folder=tmp_path))


def test_in_memory_is_where_states_are_kept_unless_the_settings_say_rocksdb(tmp_path: Path) -> None:
    in_memory = choose_states(StateSettings())("journeys", 0, find_wake)
    assert isinstance(in_memory, MemoryStates)
    on_disk = choose_states(StateSettings(store="rocksdb", folder=tmp_path))("journeys", 0, find_wake)
    assert not isinstance(on_disk, MemoryStates)
    on_disk.close()
