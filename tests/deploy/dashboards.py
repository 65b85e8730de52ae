"""Writes the Grafana dashboards from `deploy/grafana/panels.toml`; the generated files are committed.

python -m tests.deploy.dashboards
"""

import tomllib
from string import ascii_uppercase
from typing import Any, Final, Literal

import msgspec
from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as models
from grafana_foundation_sdk.models import dashboard as dashboards
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from tests.deploy.programs import DEPLOY

FOLDER: Final = DEPLOY / "grafana" / "dashboards"
PANELS: Final = DEPLOY / "grafana" / "panels.toml"

#: A variable, never a fixed id: whoever provisions them has a Prometheus of their own.
_SOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
_LAST: Final = common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)
_HEIGHTS: Final = {"stat": 4, "table": 9}
_VARIABLES: Final = (
    ("instance", "Worker", "label_values(monitor_build_info, instance)"),
    ("channel", "Channel", "label_values(monitor_messages_total, channel)"),
    ("stage", "Stage", "label_values(monitor_complaints_total, stage)"),
)


Shape = Literal["timeseries", "stacked", "bars", "stat", "table"]


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One PromQL expression; `legend` names its series with {{label}}."""

    expression: str
    legend: str = ""


class Panel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    shape: Shape = "timeseries"
    width: int = 8
    warning: float | None = None
    critical: float | None = None

    @property
    def is_instant(self) -> bool:
        """Whether one value is asked for, not a line."""
        return self.shape == "table" or (
            self.shape in {"bars", "stat"} and any("$__range" in query.expression for query in self.queries)
        )


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    panel: tuple[Panel, ...]


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One dashboard."""

    uid: str
    title: str
    description: str
    tags: tuple[str, ...]
    row: tuple[Row, ...]

    @property
    def panels(self) -> list[Panel]:
        return [panel for row in self.row for panel in row.panel]


def main() -> None:
    """Write every dashboard."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    pages = read_pages()
    for page in pages:
        (FOLDER / f"{page.uid}.json").write_text(generate(page, pages), "utf-8")


def read_pages() -> tuple[Page, ...]:
    """Read what the dashboards show."""
    return msgspec.convert(tomllib.loads(PANELS.read_text("utf-8"))["page"], tuple[Page, ...])


def generate(page: Page, pages: tuple[Page, ...]) -> str:
    """Return one of the dashboards as JSON."""
    board = (
        dashboard.Dashboard(page.title)
        .uid(page.uid)
        .description(page.description)
        .tags(list(page.tags))
        .editable()
        .tooltip(dashboards.DashboardCursorSync.CROSSHAIR)
        .refresh("30s")
        .time("now-6h", "now")
        .timezone("browser")
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    used = "".join(query.expression for panel in page.panels for query in panel.queries)
    for name, label, query in _VARIABLES:
        if f"${name}" in used:
            board.with_variable(_choose(name, label, query))
    for other in pages:
        if other is not page:
            board.link(
                dashboard.DashboardLink(other.title)
                .type(dashboards.DashboardLinkType.LINK)
                .url(f"/d/{other.uid}")
                .keep_time(True)
                .include_vars(True)
            )
    board.annotation(
        _annotate("Surges", 'changes(monitor_alerts_total{kind="surge",state="firing"}[1m]) > 0', "orange")
    )
    board.annotation(_annotate("Alerts of Prometheus", 'ALERTS{job="monitor",alertstate="firing"}', "red"))
    board.annotation(
        _annotate(
            "Another version or policy",
            "count by (version, policy) (monitor_build_info) unless "
            "count by (version, policy) (monitor_build_info offset 2m)",
            "blue",
        )
    )
    for row in page.row:
        board.with_row(dashboard.Row(row.title))
        for panel in row.panel:
            board.with_panel(_build(panel))
    return JSONEncoder(sort_keys=True, indent=2).encode(board.build()) + "\n"


def _choose(name: str, label: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .query(query)
        .datasource(_SOURCE)
        .refresh(dashboards.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboards.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(dashboards.VariableOption(selected=True, text="All", value="$__all"))
    )


def _annotate(name: str, expression: str, color: str) -> dashboard.AnnotationQuery:
    return (
        dashboard.AnnotationQuery()
        .name(name)
        .datasource(_SOURCE)
        .enable(True)
        .icon_color(color)
        .expr(expression)
    )


def _build(panel: Panel) -> Any:  # noqa: ANN401 - the kinds of panel have no type in common
    drawn = _draw(panel)
    drawn.title(panel.title).description(panel.description).unit(panel.unit).datasource(_SOURCE)
    drawn.span(panel.width).height(_HEIGHTS.get(panel.shape, 8))
    if panel.warning is not None and panel.critical is not None:
        drawn.thresholds(_grade(panel.warning, panel.critical))
    for reference, query in zip(ascii_uppercase, panel.queries, strict=False):
        target = prometheus.Dataquery().expr(query.expression).datasource(_SOURCE).ref_id(reference)
        if query.legend:
            target.legend_format(query.legend)
        if panel.is_instant:
            target.instant()
        if panel.shape == "table":
            target.format(PromQueryFormat.TABLE)
        drawn.with_target(target)
    return drawn


def _draw(panel: Panel) -> Any:  # noqa: ANN401 - the same
    if panel.shape == "stat":
        return stat.Panel().graph_mode(models.BigValueGraphMode.AREA).reduce_options(_LAST)
    if panel.shape == "bars":
        return bargauge.Panel().orientation(models.VizOrientation.HORIZONTAL).min(0).reduce_options(_LAST)
    if panel.shape == "table":
        hidden = dashboards.DataTransformerConfig(
            id_val="organize", options={"excludeByName": {"Time": True}, "renameByName": {"Value": "number"}}
        )
        return table.Panel().with_transformation(hidden)
    lines = (
        timeseries.Panel()
        .line_width(1)
        .show_points(models.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(models.LegendDisplayMode.LIST)
            .placement(models.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
    )
    if panel.shape == "stacked":
        lines.fill_opacity(30).stacking(common.StackingConfig().mode(models.StackingMode.NORMAL))
    if panel.critical is not None:
        lines.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(models.GraphThresholdsStyleMode.DASHED)
        )
    return lines


def _grade(warning: float, critical: float) -> dashboard.ThresholdsConfig:
    steps = ((None, "green"), (warning, "yellow"), (critical, "red"))
    return (
        dashboard.ThresholdsConfig()
        .mode(dashboards.ThresholdsMode.ABSOLUTE)
        .steps([dashboards.Threshold(value, color) for value, color in steps])
    )


if __name__ == "__main__":
    main()
