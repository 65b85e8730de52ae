"""The committed dashboards are the generated ones, and every query in them says something of a worker in the demo."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.deploy.dashboards import FOLDER, Page, generate, read_pages
from tests.deploy.played import Played, play
from tests.deploy.programs import DEPLOY, read_yaml

PAGES: Final = read_pages()
BOARDS: Final = {page.uid: json.loads((FOLDER / f"{page.uid}.json").read_text("utf-8")) for page in PAGES}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with play(tmp_path_factory.mktemp("played"), for_seconds=30) as found:
        yield found


def list_panels(board: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    return [panel for panel in board["panels"] if panel["type"] != "row"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.uid)
def test_what_is_committed_is_what_is_generated(page: Page) -> None:
    assert (FOLDER / f"{page.uid}.json").read_text("utf-8") == generate(page, PAGES)


def test_every_query_is_answered_with_a_number_by_a_prometheus_that_scraped_the_demo(played: Played) -> None:
    silent = [
        f"{page.uid}, {panel.title}: {query.expression}"
        for page in PAGES
        for panel in page.panels
        for query in panel.queries
        if not any(math.isfinite(value) for line in played.answer(panel, query) for _, value in line.points)
    ]
    assert silent == []


def test_the_answers_are_those_of_the_demo(played: Played) -> None:
    (open_now,) = played.query('sum(monitor_open_alerts{kind="detractor"})')
    (at_risk,) = played.query('sum(monitor_open_listeners{kind="detractor"})')
    # A detractor is expected to tell at least 13 people, or the alert would be resolved.
    assert float(at_risk["value"][1]) >= 13 * float(open_now["value"][1]) > 0


def test_every_annotation_is_a_query_that_prometheus_can_answer(played: Played) -> None:
    for board in BOARDS.values():
        for annotation in board["annotations"]["list"]:
            played.query(annotation["expr"])


def test_no_panel_names_a_data_source_of_its_own() -> None:
    """Dashboards that name one are dead on arrival where it has another id."""
    for board in BOARDS.values():
        assert board["templating"]["list"][0]["type"] == "datasource"
        asked = re.findall(r'"uid": "([^"]*)"', json.dumps([board["panels"], board["templating"]]))
        assert set(asked) == {"${datasource}"}


def test_every_panel_says_what_it_shows_and_in_which_unit() -> None:
    for board in BOARDS.values():
        for panel in list_panels(board):
            assert len(panel["description"]) > 20, panel["title"]
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]


def test_no_two_panels_have_one_title_and_none_overlap() -> None:
    for board in BOARDS.values():
        titles = [panel["title"] for panel in board["panels"]]
        assert len(set(titles)) == len(titles)
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            place = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not cells & taken, panel["title"]
            assert place["x"] + place["w"] <= 24
            taken |= cells


def test_every_rate_is_taken_over_an_interval_that_grafana_fits_to_the_scrapes() -> None:
    for page in PAGES:
        for panel in page.panels:
            for query in panel.queries:
                assert set(re.findall(r"\[([^\]]*)\]", query.expression)) <= {"$__rate_interval", "$__range"}


def test_every_runbook_that_a_panel_names_is_there() -> None:
    runbooks = "".join(path.read_text("utf-8") for path in (DEPLOY / "runbooks").glob("*.md"))
    named = {
        name
        for page in PAGES
        for panel in page.panels
        for name in re.findall(r"Runbook: (\w+)", panel.description)
    }
    assert named
    assert [name for name in sorted(named) if not re.search(rf"^#+ .*{name}", runbooks, re.MULTILINE)] == []


def test_provisioning_reads_the_folder_that_compose_mounts() -> None:
    provider = read_yaml(DEPLOY / "grafana" / "provisioning" / "dashboards" / "earshot.yaml")
    (folder,) = [one["options"]["path"] for one in provider["providers"]]
    mounts = read_yaml(DEPLOY / "compose.yaml")["services"]["grafana"]["volumes"]
    mounted = {Path(mount.split(":")[1]) for mount in mounts if mount.startswith("./grafana/dashboards")}
    assert mounted == {Path(folder) / f"{page.uid}.json" for page in PAGES}


def test_the_data_source_scrapes_as_often_as_prometheus_does() -> None:
    (source,) = read_yaml(DEPLOY / "grafana" / "provisioning" / "datasources" / "prometheus.yaml")[
        "datasources"
    ]
    scraped = read_yaml(DEPLOY / "prometheus" / "prometheus.yml")["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == scraped
