"""Scoring and following are compiled as a whole or not at all, and say which; what is compiled stays so for mypyc."""

import ast
import os
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from monitor.compilation import BUILD

ROOT: Final = Path(__file__).resolve().parents[1]
COMPILED: Final[list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["earshot"][
    "compiled"
]


def test_the_build_that_is_tested_is_the_one_that_was_asked_for() -> None:
    assert os.environ.get("EARSHOT_TESTED_BUILD", "plain") == BUILD


@pytest.mark.parametrize("name", COMPILED)
def test_every_module_of_a_build_is_of_that_build(name: str) -> None:
    is_plain = str(import_module(name).__file__).endswith(".py")
    assert is_plain == (BUILD == "plain")


@pytest.mark.parametrize("name", COMPILED)
def test_no_module_that_is_compiled_defines_a_struct(name: str) -> None:
    """Compiled, a struct would be an ordinary class, neither frozen nor checked."""
    tree = ast.parse((ROOT / f"{name.replace('.', '/')}.py").read_text("utf-8"))
    bases = {
        ast.unparse(base) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases
    }
    assert not {base for base in bases if "Struct" in base}
