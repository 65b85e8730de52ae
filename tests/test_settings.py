"""Settings come from four layers, nearer before farther; a wrong one is told with its place and the fix."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from monitor.errors import ConfigError
from monitor.settings import ClockSettings, KafkaSettings, Settings, load_settings
from monitor.sources import compile_source

SHIPPED = Path(__file__).resolve().parents[1] / "deploy" / "monitor.toml"


@pytest.fixture(autouse=True)
def _own_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the caller's MONITOR_* variables nor a monitor.toml in the folder may decide a test."""
    import os  # noqa: PLC0415 - only to clear it

    for name in [name for name in os.environ if name.startswith("MONITOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def written(path: Path, toml: str) -> Path:
    path.write_text(toml, encoding="utf-8")
    return path


def refusal_of(config: Path | None = None, overrides: dict[str, Any] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(config, overrides)
    return str(caught.value)


def test_without_any_layer_the_defaults_hold() -> None:
    assert load_settings() == Settings()
    assert load_settings().kafka.bootstrap == "127.0.0.1:9092"


def test_each_layer_goes_before_the_next_and_leaves_its_other_fields(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = written(
        tmp_path / "a.toml", '[kafka]\nbootstrap = "file:1"\nreplication = 1\nidempotent = false'
    )
    assert load_settings(config).kafka.bootstrap == "file:1"
    monkeypatch.setenv("MONITOR_KAFKA__BOOTSTRAP", "environment:1")
    monkeypatch.setenv("MONITOR_KAFKA__REPLICATION", "2")
    assert load_settings(config).kafka.bootstrap == "environment:1"
    kafka_settings = load_settings(config, {"kafka": {"bootstrap": "flag:1"}}).kafka
    assert (kafka_settings.bootstrap, kafka_settings.replication, kafka_settings.idempotent) == (
        "flag:1",
        2,
        False,
    )


def test_the_file_is_the_one_named_by_monitor_config_else_the_one_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "monitor.toml", '[worker]\ngroup = "here"')
    assert load_settings().worker.group == "here"
    monkeypatch.setenv("MONITOR_CONFIG", str(written(tmp_path / "other.toml", '[worker]\ngroup = "named"')))
    assert load_settings().worker.group == "named"


def test_the_file_that_ships_states_the_defaults_and_compiles() -> None:
    shipped = load_settings(SHIPPED)
    assert shipped.model_copy(update={"source": ()}) == Settings()
    assert len([compile_source(source) for source in shipped.source]) == len(shipped.source) > 0


def test_every_problem_is_told_at_once_with_its_layer_its_field_and_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = written(
        tmp_path / "bad.toml", 'polcy_file = "x"\n[kafka]\nbootstap = "x"\n[[source]]\nprset = "x"'
    )
    monkeypatch.setenv("MONITOR_WORKER__TICK_SECONDS", "inf")
    monkeypatch.setenv("MONITOR_KFKA__BOOTSTRAP", "x")
    told = refusal_of(config, {"log": {"level": "loud"}}).splitlines()
    assert told[0] == "7 problems in the settings"
    assert {line.strip() for line in told[1:]} == {
        "MONITOR_KFKA__BOOTSTRAP: unknown setting; did you mean `kafka`?",
        f"{config}: `kafka.bootstap`: unknown setting; did you mean `bootstrap`?",
        "MONITOR_WORKER__TICK_SECONDS: `worker.tick_seconds`: must be a finite number",
        "flag: `log.level`: must be 'debug', 'info', 'warning' or 'error'",
        f"{config}: `source.0.topic`: is missing; add it",
        f"{config}: `source.0.prset`: unknown setting; did you mean `preset`?",
        f"{config}: `polcy_file`: unknown setting; did you mean `policy_file`?",
    }


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("kafka = ", "is not TOML: Invalid value (at end of document)"),
        ("[kafka]\nreplication = 0", "`kafka.replication`: must be greater than or equal to 1"),
        ("kafka = 5", "`kafka`: must be a valid dictionary"),
        ('policy_file = "nowhere.toml"', "`policy_file`: no such file; a path in the file is relative to"),
        ('[kafka]\nca_file = "nowhere.pem"', "`kafka.ca_file`: no such file"),
        ("[clock]\nevent_start = 2026-01-01T00:00:00", "`clock.event_start`: needs an offset"),
        ("[clock]\nspeed = 60", "`clock`: a clock of its own needs both `event_start` and `wall_start`"),
        ('[[source]]\ntopic = "a b"', "`source.0.topic`: string should match pattern"),
        ('[[source]]\ntopic = "a"\n[[source]]\ntopic = "a"', "`source`: a topic has one [[source]]"),
        ('[notify.alertmanager]\nurls = ["alertmanager:9093"]', "`notify.alertmanager.urls.0`: no URL of a"),
        ('[notify.alertmanager]\nurls = ["http://a:b@c"]', "`notify.alertmanager.urls.0`: has a user in it"),
        ('[notify.alertmanager]\nurls = ["http://a", "http://a"]', "`urls` names one Alertmanager twice"),
        ('[notify.alertmanager]\nurls = ["http://a?b=c"]', "`urls` are those of Alertmanager itself"),
        (
            '[notify.alertmanager]\nurls = ["http://a:70000"]',
            "`notify.alertmanager.urls.0`: no URL: its host",
        ),
        ('[notify.alertmanager]\ntoken = "a"\nusername = "b"\npassword = "c"', "or a token: not both"),
        ('[notify.alertmanager]\nusername = "b"', "`username` needs a `password_file`"),
        ('[notify.alertmanager]\ntoken_file = "nowhere"', "`notify.alertmanager.token_file`: no such file"),
        ('[notify.webhook]\nurl = "https://a"', "`notify.webhook`: `url` needs a `secret_file`"),
        ('[notify.webhook]\nulr = "https://a"', "`notify.webhook.ulr`: unknown setting; did you mean `url`?"),
        ('[[notify.route]]\nowner = "a b"', "`notify.route.0.owner`: string should match pattern"),
        ('[[notify.route]]\nowner = "a"\nkind = ["shout"]', "`notify.route.0.kind.0`: must be 'detractor'"),
        ('[[notify.route]]\nowner = "a"', "`notify.route.0`: names nothing that would be theirs"),
        (
            '[kafka]\nsecurity_protocol = "SASL_SSL"',
            "`kafka`: security_protocol SASL_SSL needs `username` and",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_the_field_named(tmp_path: Path, toml: str, said: str) -> None:
    refusal = refusal_of(written(tmp_path / "bad.toml", toml))
    assert said in refusal
    assert "bad.toml" in refusal


def test_a_file_that_is_not_there_or_not_utf_8_is_refused_by_name(tmp_path: Path) -> None:
    assert "none.toml: cannot be read" in refusal_of(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'x = "\xe9"')
    assert "latin.toml: byte 5 is not UTF-8" in refusal_of(tmp_path / "latin.toml")


def test_a_path_in_a_file_is_relative_to_that_file(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    written(folder / "policy.toml", "")
    assert load_settings(written(folder / "m.toml", 'policy_file = "policy.toml"')).policy_file == (
        folder / "policy.toml"
    )


def test_a_path_deep_in_a_file_is_relative_to_that_file_too(tmp_path: Path) -> None:
    written(tmp_path / "token", "secret")
    config = written(tmp_path / "m.toml", '[notify.alertmanager]\ntoken_file = "token"')
    assert load_settings(config).notify.alertmanager.token_file == tmp_path / "token"


def test_nobody_is_told_anything_before_an_address_is_given(tmp_path: Path) -> None:
    assert not load_settings().notify.is_on
    config = written(tmp_path / "m.toml", '[notify.alertmanager]\nurls = ["http://127.0.0.1:9093"]')
    assert load_settings(config).notify.is_on


def test_a_whole_section_in_a_variable_must_be_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_SOURCE", '[{"topic": "a"}]')
    assert [source.topic for source in load_settings().source] == ["a"]
    monkeypatch.setenv("MONITOR_KAFKA", "{")
    assert refusal_of() == "MONITOR_KAFKA: expected JSON, as a whole section or list is given at once"


def test_what_kubernetes_injects_for_a_service_named_monitor_is_no_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MONITOR_PORT", "tcp://10.0.0.1:9108")
    monkeypatch.setenv("MONITOR_SERVICE_HOST", "10.0.0.1")
    assert load_settings() == Settings()


def test_no_secret_is_shown_in_an_error_or_in_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_KAFKA__PASSWORD", "hunter2")
    config = written(
        tmp_path / "m.toml",
        '[kafka]\nreplication = "hunter2"\nsecurity_protocol = "SASL_SSL"\n[privacy]\nkey = "hunter2"',
    )
    assert "hunter2" not in refusal_of(config)
    assert "hunter2" not in repr(load_settings())
    assert "hunter2" not in load_settings().model_dump_json()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().kafka.replication = 1  # type: ignore[misc]  # mypy refuses it as well


def test_plain_kafka_needs_address_and_protocol_only() -> None:
    assert KafkaSettings(bootstrap="a:1, b:2").client_options() == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "PLAINTEXT",
    }


# kafka-python 3.0.12 reads its own schemas with a function that Python deprecates.
@pytest.mark.filterwarnings("ignore:(read|open)_text is deprecated:DeprecationWarning")
def test_secured_kafka_gets_every_option_under_a_name_that_kafka_python_knows(tmp_path: Path) -> None:
    import kafka  # noqa: PLC0415 - under the filter above

    ca, cert, key = (written(tmp_path / name, "") for name in ("ca.pem", "cert.pem", "cert.key"))
    options = KafkaSettings(
        security_protocol="SASL_SSL",
        username="u",
        password=SecretStr("p"),
        ca_file=ca,
        cert_file=cert,
        key_file=key,
    ).client_options()
    assert options["sasl_plain_password"] == "p"  # noqa: S105 - no real one
    assert options["ssl_cafile"] == str(ca)
    assert options.keys() <= kafka.KafkaProducer.DEFAULT_CONFIG.keys()
    assert len(options) == 8


def test_a_certificate_without_its_key_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "cert.pem", "")
    config = written(tmp_path / "m.toml", '[kafka]\ncert_file = "cert.pem"')
    assert "give both `cert_file` and `key_file`, or neither" in refusal_of(config)


def test_event_time_runs_with_the_wall_clock_unless_it_is_given_a_start_and_a_speed() -> None:
    assert ClockSettings().event_seconds(1000.0) == 1000.0
    clock = ClockSettings.model_validate(
        {"speed": 60, "event_start": "1970-01-01T01:00:00Z", "wall_start": "1970-01-01T00:10:00Z"}
    )
    assert clock.event_seconds(600.0) == 3600.0
    assert clock.event_seconds(601.0) == 3660.0


def test_states_on_the_disk_need_a_folder_which_is_where_the_file_says(tmp_path: Path) -> None:
    config = written(tmp_path / "state.toml", '[state]\nstore = "rocksdb"')
    assert '`state`: store = "rocksdb" needs a `folder` of this worker\'s own' in refusal_of(config)
    config.write_text('[state]\nstore = "rocksdb"\nfolder = "kept"', encoding="utf-8")
    assert load_settings(config).state.folder == tmp_path / "kept"
