"""Builds the package in plain Python, or, with EARSHOT_COMPILE=1 and a C compiler, its hot modules compiled by mypyc.

    pip install .                       any machine
    EARSHOT_COMPILE=1 pip install .     the same results, scoring about twice as fast

An editable install is never compiled: extensions in the source tree would hide the modules that one edits.
"""

import os
import sys
import tomllib
from pathlib import Path

from setuptools import Extension, setup


def list_extensions() -> list[Extension]:
    """Compile the modules that pyproject.toml names."""
    from mypyc.build import mypycify  # noqa: PLC0415 (a plain build needs no mypy)

    modules = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["tool"]["earshot"]["compiled"]
    paths = [f"{module.replace('.', '/')}.py" for module in modules]
    # Without the configuration, whose plugins a build need not have.
    extensions: list[Extension] = mypycify(["--config-file=", *paths], opt_level="3")
    if sys.platform != "win32":
        for extension in extensions:
            # A product and a sum in one rounding are another number than vaderSentiment's.
            extension.extra_compile_args.append("-ffp-contract=off")
    return extensions


is_compiled = os.environ.get("EARSHOT_COMPILE") == "1" and "editable_wheel" not in sys.argv
setup(
    ext_modules=list_extensions() if is_compiled and "egg_info" not in sys.argv else [],
    setup_requires=["mypy", "msgspec"] if is_compiled else [],
)
