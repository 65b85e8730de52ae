"""A real Apache Kafka (KRaft, one broker) for tests and benches: its jars, its life, its faults.

Its address comes from MONITOR_TEST_BOOTSTRAP, or else its jars from KAFKA_HOME, or else from Maven (pom.xml
beside this file, fetched once into build/). It listens on loopback only; its data lie in a temporary folder.
"""

import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from monitor.broker.child import Child

#: Broker properties under which every record carries the time of its append.
APPEND_TIMES: Final = {"log.message.timestamp.type": "LogAppendTime"}

_POM = Path(__file__).with_name("pom.xml")
_CACHE = Path(__file__).resolve().parents[2] / "build" / "apache-kafka"
#: Any 16 bytes in base64 will do.
_CLUSTER_ID = "RWFyc2hvdFRlc3RLYWZrYQ"
_START_SECONDS = 60.0
_POLL_SECONDS = 0.02
_MAVEN_SECONDS = 300.0


class KafkaUnavailable(Exception):
    """No Apache Kafka can be had here; the message says what was looked for."""


class ApacheKafka:
    """`with ApacheKafka() as kafka:` runs an empty broker at `kafka.bootstrap`; its data outlive a kill.

    `properties` are added to server.properties, for tests that need other limits.
    """

    def __init__(self, properties: Mapping[str, str] | None = None) -> None:
        self._properties = dict(properties or {})
        self._child: Child | None = None
        self._folder: Path | None = None
        self._classpath = ""
        self._broker_port, self._controller_port = _find_free_ports(2)

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self._broker_port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start the broker, on the data it had before if it ran before, and return when it answers."""
        if self._child is not None and self._child.is_running:
            return
        if self._folder is None:
            self._classpath = find_classpath()
            self._folder = Path(tempfile.mkdtemp(prefix="apache-kafka-"))
            self._write_settings(self._folder)
            self._format()
        self._child = Child(self._java("kafka.Kafka", str(self._folder / "server.properties")))
        try:
            self._wait_until_ready(self._child)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Shut the broker down in order: it hands over, flushes and closes."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def kill(self) -> None:
        """End the broker as a crash does (SIGKILL)."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def restart(self) -> None:
        """Stop in order and start again at the same address."""
        self.stop()
        self.start()

    def _write_settings(self, folder: Path) -> None:
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://127.0.0.1:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "log.dirs": str(folder / "data"),
            "auto.create.topics.enable": "false",
            "num.partitions": "1",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "offsets.topic.num.partitions": "4",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            # A killed broker may register again only once its former session is over.
            "broker.session.timeout.ms": "2000",
            "broker.heartbeat.interval.ms": "400",
            **self._properties,
        }
        lines = [f"{name}={value}" for name, value in settings.items()]
        (folder / "server.properties").write_text("\n".join(lines) + "\n")
        (folder / "log4j2.properties").write_text(
            "rootLogger.level = WARN\n"
            "rootLogger.appenderRef.stdout.ref = STDOUT\n"
            "appender.stdout.type = Console\n"
            "appender.stdout.name = STDOUT\n"
            "appender.stdout.layout.type = PatternLayout\n"
            "appender.stdout.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1} %m%n\n"
        )

    def _java(self, *arguments: str) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={self._folder}/log4j2.properties"
        return ["java", "-Xmx512m", "-Xms128m", logging, "-cp", self._classpath, *arguments]

    def _format(self) -> None:
        command = ["format", "--cluster-id", _CLUSTER_ID, "--config", f"{self._folder}/server.properties"]
        done = subprocess.run(
            self._java("kafka.tools.StorageTool", *command), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"StorageTool format failed: {done.stdout}{done.stderr}")

    def _wait_until_ready(self, child: Child) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while child.is_running and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self._broker_port), timeout=1).close()
                # The port opens before the broker is registered; metadata without brokers makes this wait.
                KafkaAdminClient(
                    bootstrap_servers=self.bootstrap,
                    bootstrap_timeout_ms=20_000,
                    reconnect_backoff_max_ms=100,
                ).close()
            except (OSError, KafkaError):
                time.sleep(_POLL_SECONDS)
            else:
                return
        raise RuntimeError(f"Apache Kafka did not start; it printed:\n{child.read_log()}")


def given_bootstrap() -> str | None:
    """Return the address of a Kafka that is there already, if one was named."""
    return os.environ.get("MONITOR_TEST_BOOTSTRAP") or None


def find_classpath() -> str:
    """Return the Java class path of Apache Kafka, fetching it with Maven the first time."""
    if shutil.which("java") is None:
        raise KafkaUnavailable(
            "no java on the PATH (17 or later is needed), and MONITOR_TEST_BOOTSTRAP is not set"
        )
    home = os.environ.get("KAFKA_HOME")
    if home:
        libraries = Path(home) / "libs"
        if not any(libraries.glob("kafka_*.jar")):
            raise KafkaUnavailable(f"KAFKA_HOME is set, but there is no kafka_*.jar in {libraries}")
        return f"{libraries}/*"
    if shutil.which("mvn") is None:
        raise KafkaUnavailable("none of MONITOR_TEST_BOOTSTRAP, KAFKA_HOME and mvn is there")
    return f"{_fetch_jars()}/*"


def _fetch_jars() -> Path:
    """Return the folder of the jars that the pom names; one process fetches, the others wait for it."""
    digest = hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]
    jars = _CACHE / digest
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jars.is_dir():
            partial = _CACHE / f"{digest}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            goal = ["dependency:copy-dependencies", f"-DoutputDirectory={partial}"]
            try:
                done = subprocess.run(
                    ["mvn", "-q", "-B", "-f", str(_POM), *goal],
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=_MAVEN_SECONDS,
                )
            except subprocess.TimeoutExpired as error:
                raise KafkaUnavailable(f"Maven took longer than {_MAVEN_SECONDS:.0f} s") from error
            if done.returncode != 0:
                raise KafkaUnavailable(
                    f"Maven could not fetch Apache Kafka: {(done.stdout + done.stderr)[-800:]}"
                )
            partial.rename(jars)
    return jars


def _find_free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
