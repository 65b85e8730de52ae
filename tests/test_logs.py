"""Logs are one JSON document a line where nobody watches, and a traceback never tells what was being worked on."""

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from kafka.net.selector import NetworkSelector

from monitor.client import list_topics
from monitor.logs import configure_logs
from monitor.settings import LogSettings

LIBRARIES = ("aiokafka", "faust", "kafka", "mode")
KAFKA_LOOP = "kafka.net.selector"


class Terminal(StringIO):
    """What stderr is where somebody watches."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    """Leave logging as the other tests know it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in (*LIBRARIES, KAFKA_LOOP)}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


def read(logged: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in logged.splitlines()]


def fail(digits: int) -> None:
    # Composed, because a traceback does quote the source.
    card = f"{digits}{digits + 1}"
    raise ValueError(len(card))


def log_failure() -> None:
    try:
        fail(41)
    except ValueError:
        structlog.get_logger("ours").exception("failed")


def test_where_nobody_watches_a_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogSettings())
    structlog.get_logger("ours").info("worker started", group="g", text="two\nlines")
    (line,) = read(capsys.readouterr().err)
    assert line["event"] == "worker started"
    assert (line["logger"], line["level"], line["group"]) == ("ours", "info", "g")
    assert str(line["timestamp"]).endswith("Z")


def test_lines_of_libraries_come_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogSettings())
    structlog.get_logger("ours").warning("one")
    logging.getLogger("aiokafka.cluster").warning("topic %s is gone", "inbox")
    ours, theirs = read(capsys.readouterr().err)
    assert ours.keys() == theirs.keys()
    assert (theirs["event"], theirs["logger"]) == ("topic inbox is gone", "aiokafka.cluster")


@pytest.mark.parametrize("name", LIBRARIES)
def test_libraries_are_heard_from_warnings_on(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure_logs(LogSettings())
    logging.getLogger(f"{name}.any").info("polling")
    logging.getLogger(f"{name}.any").warning("lost")
    assert [line["event"] for line in read(capsys.readouterr().err)] == ["lost"]


def test_a_busy_machine_is_no_warning(
    capsys: pytest.CaptureFixture[str], embedded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_logs(LogSettings())
    # Every step of kafka-python's I/O loop now counts as one that took too long.
    monkeypatch.setitem(NetworkSelector.DEFAULT_CONFIG, "slow_task_threshold_secs", 1e-9)
    list_topics(embedded)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_names_places_but_no_values(
    capsys: pytest.CaptureFixture[str], form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    configure_logs(LogSettings.model_validate({"format": form}))
    log_failure()
    logged = capsys.readouterr().err
    assert "in fail" in logged
    assert "ValueError" in logged
    assert "4142" not in logged
    assert "locals" not in logged


def test_at_a_terminal_a_line_is_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    configure_logs(LogSettings())
    structlog.get_logger("ours").info("worker started", group="g")
    assert "worker started" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")


def test_the_settings_choose_form_and_level(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    configure_logs(LogSettings(format="json", level="error"))
    structlog.get_logger("ours").warning("not heard")
    logging.getLogger("aiokafka").warning("not heard either")
    structlog.get_logger("ours").error("heard")
    assert [line["event"] for line in read(terminal.getvalue())] == ["heard"]


def test_configured_twice_a_line_still_comes_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogSettings())
    configure_logs(LogSettings())
    structlog.get_logger("ours").info("once")
    assert len(read(capsys.readouterr().err)) == 1
