"""Virtual environments of the peers, below build/: their libraries never come near ours."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]
BUILD: Final = REPOSITORY / "build"

#: Where `make test-compiled` puts the package.
COMPILED: Final = BUILD / "compiled"

_INSTALL_SECONDS: Final = 300.0


class PeerUnavailable(Exception):
    """A peer cannot be installed here; the message says why."""


def is_compiled() -> bool:
    """Tell whether scoring has been compiled, and from the very sources that are here."""
    copies = {
        source: COMPILED / source.relative_to(REPOSITORY) for source in REPOSITORY.glob("monitor/**/*.py")
    }
    return COMPILED.exists() and all(
        copy.exists() and copy.read_bytes() == source.read_bytes() for source, copy in copies.items()
    )


def prepare(peer: str) -> Path:
    """Return the Python of a peer's environment, made from `peers-NAME.txt` where that has changed."""
    requirements = Path(__file__).with_name(f"peers-{peer}.txt")
    folder = BUILD / "bench" / f"venv-{peer}"
    python, stamp = folder / "bin" / "python", folder / "installed"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])
    _run(
        [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            str(requirements),
        ]
    )
    stamp.write_text(digest)
    return python


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise PeerUnavailable(f"its installation took longer than {_INSTALL_SECONDS:.0f} s") from error
    if done.returncode != 0:
        lines = (done.stderr.strip() or "no reason given").splitlines()
        raise PeerUnavailable(lines[-1])
