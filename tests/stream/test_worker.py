"""What a worker asks of the process that it runs in."""

import subprocess
import sys
from typing import Final

import pytest

#: Buffers come and go, each with something small behind it that stays.
_HOLES: Final = """
import sys
from pathlib import Path
from monitor.stream.worker import give_back_large_blocks

def find_resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

if sys.argv[1] == "asked":
    give_back_large_blocks()
bytes(bytearray(16_000_000))
before, kept = find_resident(), []
for _ in range(20):
    buffers = []
    for _ in range(4):
        buffers.append(bytearray(b"x") * 1_000_000)
        kept.append(bytearray(b"y") * 2_000)
    del buffers
print(find_resident() - before)
"""


def _run(*arguments: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _HOLES, *arguments], check=True, capture_output=True, text=True, timeout=60
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="it asks glibc")
def test_large_buffers_that_are_free_leave_no_holes_behind() -> None:
    assert _run("asked") < 2_000_000
