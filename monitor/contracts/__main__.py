"""Writes every contract into the folder that is named: `python -m monitor.contracts schemas`."""

import sys
from pathlib import Path

from monitor.contracts import contracts

folder = Path(sys.argv[1])
for name, text in contracts(folder).items():
    (folder / name).write_text(text, encoding="utf-8")
