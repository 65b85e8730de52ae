"""The shape of the code: the arrows of the design, a pure core, and nothing too long to be read at once."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
MODULES: Final = sorted((ROOT / "monitor").rglob("*.py"))
CORE: Final = [module for module in MODULES if module.is_relative_to(ROOT / "monitor" / "core")]

MODULE_LINES_MAX: Final = 300
FUNCTION_LINES_MAX: Final = 50

#: Lists of what there is, stated once and in one place: long, but without a branch.
LONG_LISTS: Final = {
    "monitor/core/review.py": {"_write": "every field of an alert about a customer"},
    "monitor/metric_list.py": {"__init__": "every metric that is exported"},
    "monitor/topics.py": {"declare_topics": "every topic with its configuration"},
}

#: What the core may import: no module here reads a clock, a file, a socket or chance.
PURE: Final = {
    *(
        "abc",
        "collections",
        "collections.abc",
        "copy",
        "datetime",
        "functools",
        "hashlib",
        "heapq",
        "itertools",
    ),
    *(
        "math",
        "statistics",
        "re",
        "types",
        "typing",
        "operator",
        "unicodedata",
        "string",
        "enum",
        "bisect",
        "array",
        "struct",
    ),
    *("msgspec", "phonenumbers", "monitor.core", "monitor.errors"),
}
#: Names of `datetime` and `date` that ask the machine.
CLOCKS: Final = {"now", "utcnow", "today"}

each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
each_core_module = pytest.mark.parametrize("module", CORE, ids=lambda module: str(module.relative_to(ROOT)))


def _parse(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"), str(module))


def _list_imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the arrows"
            yield node.module or ""


def _is_pure(name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:length]) in PURE for length in range(1, len(parts) + 1))


def test_the_arrows_point_as_the_design_draws_them() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@each_module
def test_every_module_opens_by_saying_what_it_owns(module: Path) -> None:
    docstring = ast.get_docstring(_parse(module))
    assert docstring
    assert docstring.strip()


@each_module
def test_no_module_is_too_long(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= MODULE_LINES_MAX


@each_module
def test_no_function_is_too_long_but_the_lists_that_are_named_here(module: Path) -> None:
    functions = [
        node for node in ast.walk(_parse(module)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = {
        node.name
        for node in functions
        if (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES_MAX
    }
    assert long == set(LONG_LISTS.get(str(module.relative_to(ROOT)), {}))


@each_module
def test_no_module_is_named_for_nothing(module: Path) -> None:
    assert module.stem not in {"utils", "util", "helpers", "helper", "base", "manager", "common", "misc"}


@each_core_module
def test_the_core_imports_only_what_is_pure(module: Path) -> None:
    assert [name for name in _list_imports(_parse(module)) if not _is_pure(name)] == []


@each_core_module
def test_the_core_asks_no_clock(module: Path) -> None:
    asked = [
        node.lineno
        for node in ast.walk(_parse(module))
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS
    ]
    assert asked == []


@each_core_module
def test_the_core_opens_and_prints_nothing(module: Path) -> None:
    called = {
        node.func.id
        for node in ast.walk(_parse(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called.isdisjoint({"open", "print", "input", "exec", "eval", "__import__"})
