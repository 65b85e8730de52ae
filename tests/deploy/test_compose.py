"""The compose file is valid, opens nothing beyond loopback, and agrees with the files that it puts together."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from monitor.settings import Settings, load_settings
from monitor.sources import compile_source
from tests.deploy.programs import DEPLOY, ROOT, find_program, read_yaml, run_program

COMPOSE: Final = DEPLOY / "compose.yaml"
DOCKERFILE: Final = (DEPLOY / "Dockerfile").read_text("utf-8")
OURS: Final = {"topics", "worker"}


@pytest.fixture
def services() -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(COMPOSE)["services"]
    return found


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Load the settings as the container does: its environment goes before the file."""
    for name, value in list_variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MONITOR_CONFIG", str(DEPLOY / "monitor.compose.toml"))
    return load_settings()


def list_variables() -> dict[str, str]:
    return dict(re.findall(r"\b(MONITOR_\w+)=(\S+)", DOCKERFILE))


def test_it_is_a_compose_file() -> None:
    program = find_program("check-jsonschema", "pip install check-jsonschema")
    run_program([program, "--builtin-schema", "vendor.compose-spec", str(COMPOSE)])


def test_every_port_is_on_loopback_only(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert len(published) == 5
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_no_container_gains_privileges(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert "privileged" not in service
        if name in OURS or name in {"prometheus", "alertmanager", "grafana"}:
            assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
            assert service["security_opt"] == ["no-new-privileges:true"], name


def test_every_service_that_stays_is_restarted_and_watched(services: dict[str, Any]) -> None:
    for name in ("kafka", "prometheus", "alertmanager", "grafana"):
        assert services[name]["restart"] == "unless-stopped"
        assert services[name]["healthcheck"]["test"][0] == "CMD"
    assert services["worker"]["restart"] == "unless-stopped"
    assert "HEALTHCHECK" in DOCKERFILE


def test_every_image_but_ours_is_pinned(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert name in OURS or re.search(r":v?\d+\.\d+\.\d+$", service["image"]), name


def test_every_file_that_it_mounts_exists_and_is_read_only(services: dict[str, Any]) -> None:
    volumes = read_yaml(COMPOSE)["volumes"]
    for service in services.values():
        for mount in service.get("volumes", []):
            source, target, *mode = mount.split(":")
            if source.startswith("./"):
                assert (DEPLOY / source).is_file(), mount
                assert mode == ["ro"], mount
            else:
                assert source in volumes, mount
                assert Path(target).is_absolute()


def test_the_workers_start_once_every_topic_is_there(services: dict[str, Any]) -> None:
    assert services["worker"]["depends_on"] == {
        name: {"condition": "service_completed_successfully"} for name in ("topics", "source-topics")
    }
    for name in ("topics", "source-topics"):
        assert services[name]["depends_on"] == {"kafka": {"condition": "service_healthy"}}


def test_the_settings_of_its_workers_are_in_order(settings: Settings, services: dict[str, Any]) -> None:
    topics = [compile_source(source).topic for source in settings.source]
    created = services["source-topics"]["command"]
    assert topics == [created[created.index("--topic") + 1]]
    assert settings.kafka.replication == 1
    assert services["worker"]["stop_grace_period"] == "70s"
    assert settings.worker.rebalance_timeout_seconds < 70


def test_the_workers_reach_kafka_where_it_says_that_it_is(
    settings: Settings, services: dict[str, Any]
) -> None:
    kafka = services["kafka"]
    advertised = dict(
        part.split("://") for part in kafka["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(",")
    )
    assert settings.kafka.bootstrap == advertised["INTERNAL"]
    assert kafka["ports"] == [f"{advertised['HOST']}:9092"]
    assert kafka["healthcheck"]["test"][-1] == advertised["INTERNAL"]
    listeners = dict(part.split("://") for part in kafka["environment"]["KAFKA_LISTENERS"].split(","))
    assert listeners["CONTROLLER"].startswith("127.0.0.1:"), "the controller is nobody else's"


def test_prometheus_finds_the_workers_and_alertmanager(settings: Settings, services: dict[str, Any]) -> None:
    config = read_yaml(DEPLOY / "prometheus" / "prometheus.yml")
    (discovery,) = config["scrape_configs"][0]["dns_sd_configs"]
    assert set(discovery["names"]) <= services.keys()
    assert discovery["port"] == settings.worker.metrics_port
    assert settings.worker.metrics_host == "0.0.0.0"  # noqa: S104 - inside the container
    assert all(port.endswith(f":{discovery['port']}") for port in services["worker"]["ports"])
    (target,) = config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    name, _, port = target.partition(":")
    assert services[name]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_prometheus_remembers_what_the_alerts_on_silence_look_back_on(services: dict[str, Any]) -> None:
    (days,) = re.findall(
        r"--storage\.tsdb\.retention\.time=(\d+)d", " ".join(services["prometheus"]["command"])
    )
    assert int(days) >= 8


def test_the_image_is_built_from_files_that_exist_and_are_not_ignored() -> None:
    kept = re.findall(r"^!(\S+)", (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8"), re.MULTILINE)
    copied = [
        name.removeprefix("./")
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        for name in line.split()
    ]
    assert sorted(copied) == sorted(kept)
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_installs_hashed_wheels_only_and_runs_as_nobody_special() -> None:
    assert "--require-hashes --only-binary :all: --requirement constraints.txt" in DOCKERFILE
    (user,) = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    assert all(int(number) > 0 for number in user)
    assert DOCKERFILE.index("USER") > DOCKERFILE.rindex("FROM")


def test_the_image_runs_the_worker() -> None:
    (entrypoint,) = re.findall(r"^ENTRYPOINT (.*)$", DOCKERFILE, re.MULTILINE)
    commands = re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)
    assert (json.loads(entrypoint), [json.loads(command) for command in commands]) == (
        ["monitor"],
        [["worker"]],
    )
