"""Tells which build of scoring and following runs: plain Python, or the one that mypyc has compiled (see setup.py)."""

from typing import Final, Literal

from monitor.core import sentiment

Build = Literal["plain", "compiled"]

BUILD: Final[Build] = "plain" if sentiment.__file__.endswith(".py") else "compiled"
