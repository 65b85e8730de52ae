"""Becomes `monitor worker` with the settings that ship, in this very process; it must never change what runs."""

import os
import sys
from pathlib import Path
from typing import Final, NoReturn

from tests.bench.workers.job import Job, begin

PSEUDONYM_KEY: Final = "the bench's own key"


def write_settings(job: Job) -> Path:
    """Write the settings that a deployment has to give; all others keep their defaults."""
    path = Path(job.folder) / "monitor.toml"
    path.write_text(
        f'[kafka]\nbootstrap = "{job.bootstrap}"\nreplication = 1\n'
        f'[worker]\ngroup = "{job.group}"\npartitions = {job.partitions}\nmetrics_port = 0\n'
        f'[state]\nstore = "{job.store}"\nfolder = "state"\n'
        f'[privacy]\npseudonym_key = "{PSEUDONYM_KEY}"\n'
        f'[[source]]\ntopic = "{job.source}"\n'
    )
    return path


def run() -> NoReturn:
    """Hand the process over to the command."""
    path = write_settings(begin())
    # -P: the package is found on PYTHONPATH, compiled or not, and not in the folder that the bench runs in.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "monitor", "worker", "--config", str(path)])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    run()
