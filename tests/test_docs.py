"""The README is true: its commands are run, its example output is compared, and what it names exists."""

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Any, Final, NamedTuple, get_args

import pytest

from monitor import __version__
from monitor.broker import EmbeddedBroker
from monitor.client import create_topics
from monitor.core.alert import AlertKind
from monitor.settings import WorkerSettings, load_settings
from monitor.story import STORY_HOURS
from monitor.topics import Topic, declare_topics
from tests.cli.program import COMMAND, DEADLINE_SECONDS, Program, make_environment, run, start
from tests.quality.draw_life_cycle import draw_life_cycle

ROOT: Final = Path(__file__).resolve().parents[1]
README: Final = (ROOT / "README.md").read_text("utf-8")
MONITOR: Final = ".venv/bin/monitor"


def list_blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


COMMANDS: Final = [line[2:] for block in list_blocks("console") for line in block.splitlines()]
SETTINGS, PAGING = list_blocks("toml")
(LIFE_CYCLE,) = list_blocks("mermaid")
(FINDING,) = list_blocks("json")


class FirstTry(NamedTuple):
    """A folder with what the README's reader has at hand, the embedded worker and the demo, both running."""

    folder: Path
    worker: Program
    bootstrap: str
    demo: Program


def split(command: str, bootstrap: str = "") -> tuple[str, ...]:
    """Split a command into what follows `monitor`, with the real address in it."""
    program, *arguments = shlex.split(command.replace("127.0.0.1:PORT", bootstrap))
    assert program == MONITOR
    return tuple(arguments)


@pytest.fixture(scope="module")
def first_try(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstTry]:
    """Do what the reader does: write the settings file, start the demo, and a worker with its own broker."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "monitor.toml").write_text(SETTINGS, "utf-8")
    review = {
        "id": "r-1",
        "posted": datetime.now(UTC).timestamp(),
        "user": "ann",
        "title": "Never again",
        "body": "It broke after a day and nobody answers. Avoid!",
        "stars": 0,
    }
    (folder / "reviews.jsonl").write_text(json.dumps({"review": review}) + "\n", "utf-8")
    (worker_command,) = [command for command in COMMANDS if command.endswith("--broker embedded")]
    with (
        start("demo", "--for", "20", folder=folder) as demo,
        start(*split(worker_command), folder=folder, MONITOR_WORKER__METRICS_PORT="0") as worker,
    ):
        said = worker.wait_for(lambda line: "In-memory broker at" in line)
        address = re.search(r"127\.0\.0\.1:\d+", said)
        assert address
        worker.wait_for(lambda line: "worker started" in line)
        yield FirstTry(folder, worker, address[0], demo)


def list_recipe(target: str) -> list[str]:
    planned = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", target], cwd=ROOT, capture_output=True, check=True
    )
    return planned.stdout.decode().splitlines()


def make_demo(_command: str, first_try: FirstTry) -> None:
    assert shlex.split(list_recipe("demo")[-1]) == [MONITOR, "demo"]
    assert first_try.demo.end() == 0, first_try.demo.stdout
    assert "How the stories ended" in first_try.demo.stdout


def make_test(_command: str, _first_try: FirstTry) -> None:
    assert shlex.split(list_recipe("test")[-1])[0] == ".venv/bin/pytest"
    assert "make test" in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


def score(command: str, first_try: FirstTry) -> None:
    shell = command.replace(MONITOR, shlex.join(COMMAND))
    done = subprocess.run(
        ["sh", "-c", shell],
        cwd=first_try.folder,
        env=make_environment({}),
        capture_output=True,
        timeout=DEADLINE_SECONDS,
        check=True,
    )
    agree(json.loads(FINDING, parse_float=Decimal), json.loads(done.stdout), "finding")


def agree(shown: Any, actual: Any, place: str) -> None:  # noqa: ANN401 - any JSON
    """Assert that both are the same, numbers to the precision in which they are shown."""
    if isinstance(shown, dict):
        assert list(shown) == list(actual), place
        for name, value in shown.items():
            agree(value, actual[name], f"{place}.{name}")
    elif isinstance(shown, list):
        assert len(shown) == len(actual), place
        for number, value in enumerate(shown):
            agree(value, actual[number], f"{place}.{number}")
    elif isinstance(shown, Decimal):
        assert Decimal(actual).quantize(shown) == shown, place
    else:
        assert shown == actual, place


def check_settings(command: str, first_try: FirstTry) -> None:
    done = run(*split(command), folder=first_try.folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 sources and policy are in order" in done.stdout


def try_worker(_command: str, first_try: FirstTry) -> None:
    assert "nothing is kept" in first_try.worker.lines["stderr"][0]
    assert first_try.worker.process.poll() is None


def send(command: str, first_try: FirstTry) -> None:
    done = run(*split(command, first_try.bootstrap), folder=first_try.folder)
    assert (done.returncode, done.stderr) == (0, "sent 1 records to shop.reviews, left out 0\n")


def tail(command: str, first_try: FirstTry) -> None:
    with start(*split(command, first_try.bootstrap), folder=first_try.folder) as program:
        program.wait_for(lambda line: "firing" in line and "detractor" in line, "stdout")
        assert program.end(SIGINT) == 0
        assert program.stderr == ""


@pytest.fixture(scope="module")
def own_kafka() -> Iterator[dict[str, str]]:
    """Start a broker that stands for the reader's own, with the reader's own topics."""
    with EmbeddedBroker() as broker:
        yield {
            "MONITOR_KAFKA__BOOTSTRAP": broker.bootstrap,
            "MONITOR_KAFKA__REPLICATION": "1",
            "MONITOR_KAFKA__IDEMPOTENT": "false",
            "MONITOR_WORKER__METRICS_PORT": "0",
            "MONITOR_WORKER__SESSION_TIMEOUT_SECONDS": "6",
            "MONITOR_WORKER__REBALANCE_TIMEOUT_SECONDS": "2",
        }


def create(command: str, first_try: FirstTry, own_kafka: dict[str, str]) -> None:
    done = run(*split(command), folder=first_try.folder, **own_kafka)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(topic.name in done.stdout for topic in declare_topics(1))


def run_worker(command: str, first_try: FirstTry, own_kafka: dict[str, str]) -> None:
    sources = [
        Topic(name=source.topic, partitions=3)
        for source in load_settings(first_try.folder / "monitor.toml").source
    ]
    create_topics(own_kafka["MONITOR_KAFKA__BOOTSTRAP"], sources)
    with start(*split(command), folder=first_try.folder, **own_kafka) as program:
        program.wait_for(lambda line: "worker started" in line)
        assert program.end(SIGTERM) == 0


def say_identity(command: str, first_try: FirstTry) -> None:
    arguments = split(command, first_try.bootstrap)
    done = run(*arguments, folder=first_try.folder)
    assert done.returncode == 0, done.stderr
    assert re.match(rf"{arguments[0]}e?d c-[0-9a-f]{{20}}", done.stdout)


#: How each command is run, by its beginning; the longest one counts.
ALONE: Final[dict[str, Callable[[str, FirstTry], None]]] = {
    "make test": make_test,
    "echo ": score,
    f"{MONITOR} config check": check_settings,
    f"{MONITOR} worker --config monitor.toml --broker embedded": try_worker,
    f"{MONITOR} send": send,
    f"{MONITOR} tail": tail,
    f"{MONITOR} link": say_identity,
    f"{MONITOR} unlink": say_identity,
    f"{MONITOR} erase": say_identity,
    "make demo": make_demo,
}
ON_OWN_KAFKA: Final[dict[str, Callable[[str, FirstTry, dict[str, str]], None]]] = {
    f"{MONITOR} topics create": create,
    f"{MONITOR} worker --config monitor.toml": run_worker,
}


def test_every_command_of_the_readme_works(first_try: FirstTry, own_kafka: dict[str, str]) -> None:
    """One after the other, as the reader types them; the demo last, for it plays beside them."""
    unknown = list(COMMANDS)
    for command in sorted(COMMANDS, key="make demo".__eq__):
        ways = [way for way in (*ALONE, *ON_OWN_KAFKA) if command.startswith(way)]
        assert ways, f"no test knows how to run: {command}"
        way = max(ways, key=len)
        if way in ALONE:
            ALONE[way](command, first_try)
        else:
            ON_OWN_KAFKA[way](command, first_try, own_kafka)
        unknown.remove(command)
    assert unknown == []


def test_a_console_block_has_commands_only() -> None:
    lines = [line for block in list_blocks("console") for line in block.splitlines()]
    assert all(line.startswith("$ ") for line in lines)


def test_the_contributions_shown_sum_to_the_expected_listeners_shown() -> None:
    listeners = json.loads(FINDING)["listeners"]
    total = sum(contribution["value"] for contribution in listeners["contributions"])
    assert 2.718281828**total == pytest.approx(listeners["expected"], rel=0.02)


def test_help_and_readme_name_the_same_commands(tmp_path: Path) -> None:
    shown = run("--help", folder=tmp_path).stdout
    commands = set(re.findall(r"^│ ([a-z]+)  ", shown, re.MULTILINE))
    assert set(re.findall(r"\bmonitor`? ([a-z]+)\b(?= |`)", " ".join(COMMANDS) + README)) >= commands
    for command in re.findall(r"`(?:\.venv/bin/)?monitor ([a-z]+)", README):
        assert command in commands


def test_every_file_that_it_names_exists() -> None:
    inline = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    named = set(re.findall(r"`((?:\w[\w.-]*/)+[\w.-]*)`", inline)) | set(
        re.findall(r"\]\(([^)#]+)\)", inline)
    )
    assert len(named) >= 7
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_make_target_that_it_names_exists() -> None:
    for target in re.findall(r"`?make (\w+)`?", " ".join((*COMMANDS, *re.findall(r"`make \w+`", README)))):
        assert list_recipe(target)


def test_the_topics_kinds_and_numbers_that_it_names_are_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    topics = set(re.findall(r"monitor\.[a-z-]+\.v1\b", README))
    assert topics == {topic.name for topic in declare_topics(1)}
    kinds = re.search(r"Alert kinds so far: (.*?)\.\n", README, re.DOTALL)
    assert kinds
    assert set(re.findall(r"`(\w+)`", kinds[1])) == set(get_args(AlertKind))
    assert f"http://127.0.0.1:{WorkerSettings().metrics_port}/metrics" in README
    assert f"{STORY_HOURS / 24:.0f} days" in README.replace("ten days", "10 days")
    (variable,) = set(re.findall(r"MONITOR_\w+__\w+", README))
    monkeypatch.setenv(variable, "secret")
    monkeypatch.setenv("MONITOR_CONFIG", str(ROOT / "deploy" / "monitor.toml"))
    assert load_settings().privacy.pseudonym_key is not None


def test_the_life_cycle_that_it_draws_is_the_table_that_moves_a_stage() -> None:
    assert draw_life_cycle() == LIFE_CYCLE, "draw it with: python -m tests.quality.draw_life_cycle"


def test_the_changelog_tells_of_this_version() -> None:
    headings = re.findall(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] in {"Unreleased", __version__}
    assert "Unreleased" in headings or __version__ in headings


def test_the_paging_that_the_readme_shows_is_valid_once_its_files_are_there(tmp_path: Path) -> None:
    (tmp_path / "alertmanager.password").write_text("hunter2", "utf-8")
    (tmp_path / "monitor.toml").write_text(PAGING, "utf-8")
    assert load_settings(tmp_path / "monitor.toml").notify.is_on
