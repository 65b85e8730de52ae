"""The demo played through under a real Prometheus: what the dashboards would have shown of it."""

import json
import math
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

from monitor.demo import Show
from monitor.demo.stage import Stage
from tests.deploy.dashboards import Panel, Query
from tests.deploy.programs import ask, find_free_port, find_program, read_yaml, serve
from tests.deploy.rules import FOLDER

_STEP_SECONDS: Final = 0.5
#: Grafana puts these in: the variables that stand for everything, and the times.
_VARIABLES: Final = {"$__rate_interval": "20s", "$instance": ".*", "$channel": ".*", "$stage": ".*"}


class Line(NamedTuple):
    """One series of an answer: its labels, and (seconds since 1970 UTC, value) in order."""

    labels: dict[str, str]
    points: list[tuple[float, float]]


class Played(NamedTuple):
    """Prometheus after the demo; times are seconds since 1970 UTC."""

    url: str
    began_at_seconds: float
    ended_at_seconds: float

    def query(self, expression: str) -> list[Any]:
        """Ask as Grafana asks for one value, as of the end of the demo."""
        asked = quote(self._fill_in(expression))
        result: list[Any] = self._ask(f"query?query={asked}&time={self.ended_at_seconds}")
        return result

    def answer(self, panel: Panel, query: Query) -> list[Line]:
        """Ask as Grafana asks for a panel: for one value, or for lines over the whole demo."""
        if panel.is_instant:
            return [
                Line(one["metric"], [(one["value"][0], float(one["value"][1]))])
                for one in self.query(query.expression)
            ]
        span = f"start={self.began_at_seconds}&end={self.ended_at_seconds}&step={_STEP_SECONDS}"
        found = self._ask(f"query_range?query={quote(self._fill_in(query.expression))}&{span}")
        return [Line(one["metric"], [(at, float(value)) for at, value in one["values"]]) for one in found]

    def _ask(self, what: str) -> Any:  # noqa: ANN401 - any JSON
        return ask(f"{self.url}/api/v1/{what}")["data"]["result"]

    def _fill_in(self, expression: str) -> str:
        seconds = math.ceil(self.ended_at_seconds - self.began_at_seconds)
        for name, value in {**_VARIABLES, "$__range": f"{seconds}s"}.items():
            expression = re.sub(rf"{re.escape(name)}\b", value, expression)
        return expression


@contextmanager
def play(folder: Path, *, for_seconds: float) -> Iterator[Played]:
    """Play the demo, and keep the Prometheus that has scraped its worker each second until the block is left."""
    program = find_program("prometheus", "apt-get install prometheus")
    moments = [0.0]
    with ExitStack() as stack:
        address = f"127.0.0.1:{find_free_port()}"

        def watch(stage: Stage) -> None:
            target = urlsplit(stage.metrics_url).netloc
            (folder / "prometheus.yml").write_text(json.dumps(aim(target)), "utf-8")
            command = [
                program,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={address}",
            ]
            stack.enter_context(serve(command, f"http://{address}/-/ready"))
            moments[0] = time.time()

        show = Show(
            for_seconds=for_seconds,
            messages_per_second=25,
            on_alert=lambda _alert, _story: None,
            on_progress=lambda _sent, _share: moments.append(time.time()),
        )
        report = show.run(watch)
        assert report.is_as_told
        yield Played(f"http://{address}", moments[0], moments[-1])


def aim(target: str) -> dict[str, Any]:
    """Return the committed configuration, faster, with one worker found where it is."""
    config: dict[str, Any] = read_yaml(FOLDER / "prometheus.yml")
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(FOLDER / name) for name in config["rule_files"]]
    del config["alerting"]
    (scraped,) = config["scrape_configs"]
    del scraped["dns_sd_configs"]
    scraped["static_configs"] = [{"targets": [target]}]
    return config
