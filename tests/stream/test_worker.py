"""What a worker asks of the process that it runs in."""

import subprocess
import sys
from typing import Final

import pytest

#: Buffers come and go, each with something small behind it that stays.
_COME_AND_GO: Final = """
from pathlib import Path
from monitor.stream.worker import settle_memory

def find_resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

settle_memory()
bytes(bytearray(16_000_000))
before, kept = find_resident(), []
for _ in range(20):
    buffers = []
    for _ in range(4):
        buffers.append(bytearray(b"x") * 4_000_000)
        kept.append(bytearray(b"y") * 2_000)
    del buffers
print(find_resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it is glibc that is asked, and /proc that tells")
def test_large_buffers_that_are_free_leave_no_holes_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _COME_AND_GO], check=True, capture_output=True, text=True, timeout=60
    )
    assert int(done.stdout) < 10_000_000
