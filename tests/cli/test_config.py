"""`monitor config` shows what is in effect without secrets, and finds problems before the worker does."""

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app, config
from monitor.errors import ConfigError

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "monitor.toml"


def run(*arguments: str) -> Result:
    assert config.config_app  # its import has put the command on `app`
    return CliRunner().invoke(app, ["config", *arguments])


def test_what_show_prints_is_read_back_as_the_same_settings(tmp_path: Path) -> None:
    first = run("show", "--config", str(SHIPPED)).stdout
    (tmp_path / "again.toml").write_text(first, encoding="utf-8")
    assert run("show", "--config", str(tmp_path / "again.toml")).stdout == first
    assert tomllib.loads(first)["source"][1]["brand_authors"] == ["@acme", "@acme_help"]


def test_show_as_json_has_the_same_content() -> None:
    shown = json.loads(run("show", "--config", str(SHIPPED), "--json").stdout)
    assert shown["kafka"]["replication"] == 3
    assert len(shown["source"]) == len(tomllib.loads(SHIPPED.read_text("utf-8"))["source"])


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_show_masks_secrets(monkeypatch: pytest.MonkeyPatch, form: list[str]) -> None:
    monkeypatch.setenv("MONITOR_KAFKA__PASSWORD", "hunter2")
    monkeypatch.setenv("MONITOR_PRIVACY__PSEUDONYM_KEY", "hunter3")
    shown = run("show", "--config", str(SHIPPED), *form).stdout
    assert "hunter" not in shown
    assert "**********" in shown


def test_check_prints_each_source_with_its_preset() -> None:
    result = run("check", "--config", str(SHIPPED))
    assert result.exit_code == 0
    assert ["social.x", "x"] in [line.split() for line in result.stdout.splitlines()]
    assert ["surveys.after_sale", "own"] in [line.split() for line in result.stdout.splitlines()]


def test_check_as_json_lists_the_sources() -> None:
    listed = json.loads(run("check", "--config", str(SHIPPED), "--json").stdout)
    assert listed["sources"][0] == {"topic": "messages", "preset": "canonical"}


def test_check_finds_a_secret_and_a_certificate_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2", encoding="utf-8")
    (tmp_path / "ca.pem").write_text("hunter2", encoding="utf-8")
    (tmp_path / "m.toml").write_text(
        '[notify]\nalertmanager = { urls = ["https://a"], ca_file = "ca.pem" }\n'
        'webhook = { url = "https://b", secret_file = "secret" }\n',
        encoding="utf-8",
    )
    result = run("check", "--config", str(tmp_path / "m.toml"))
    assert isinstance(result.exception, ConfigError)
    said = str(result.exception)
    assert "ca.pem: no certificate that can be used" in said
    assert "notify.webhook: the secret must be base64 of 16 bytes or more" in said
    assert "hunter2" not in said


def test_check_tells_the_problems_of_all_sources_and_of_the_policy_at_once(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text("no TOML", encoding="utf-8")
    (tmp_path / "m.toml").write_text(
        'policy_file = "policy.toml"\n'
        '[[source]]\ntopic = "a"\npreset = "zendsk"\n'
        '[[source]]\ntopic = "b"\npreset = "x"\nmap.rating = { path = "r", scale = [5, 1] }\n',
        encoding="utf-8",
    )
    result = run("check", "--config", str(tmp_path / "m.toml"))
    assert isinstance(result.exception, ConfigError)
    said = str(result.exception)
    assert "source `a`: preset: `zendsk` is unknown; did you mean `zendesk`?" in said
    assert "source `b`: map.rating: `scale`: expected [low, high]" in said
    assert "policy.toml" in said
    assert result.stdout == ""
