"""Draws what the dashboards would show of the demo: real answers of a real Prometheus, in Chromium; not Grafana itself.

    python -m tests.deploy.draw_dashboards deploy/pictures

One picture a dashboard, labelled as a preview.
"""

import html
import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from tests.deploy.dashboards import Page, Panel, read_pages
from tests.deploy.played import Line, Played, play
from tests.deploy.programs import find_program

_COLORS: Final = (
    "#5794f2", "#ff9830", "#73bf69", "#f2495c", "#b877d9", "#fade2a", "#8ab8ff", "#ffb357", "#96d98d", "#e02f44",
)  # fmt: skip
_STYLE: Final = """
body { margin: 0; padding: 16px; width: 1408px; background: #111217; color: #ccccdc }
body { font: 13px Inter, "DejaVu Sans", sans-serif }
h1 { font-size: 19px; margin: 0 0 2px } p { margin: 0 0 12px; color: #8e8ea0 }
h2 { font-size: 13px; margin: 14px 0 6px; color: #8e8ea0; font-weight: 600 }
.row { display: grid; grid-template-columns: repeat(24, 1fr); gap: 8px }
.panel { background: #181b1f; border: 1px solid #24272d; border-radius: 3px; padding: 8px 10px; min-width: 0 }
.title { font-weight: 600; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.value { font-size: 30px; font-weight: 600; padding: 8px 0 4px }
.legend { color: #9fa0ad; font-size: 11px; line-height: 15px; max-height: 30px; overflow: hidden }
.legend i { display: inline-block; width: 10px; height: 3px; margin: 0 4px 3px 8px; vertical-align: middle }
svg { display: block; width: 100% } text { fill: #8e8ea0; font-size: 10px }
table { width: 100%; border-collapse: collapse; font-size: 11px; margin-top: 4px }
td { border-top: 1px solid #24272d; padding: 2px 4px } td:last-child { text-align: right }
.bar { display: grid; grid-template-columns: 130px 1fr 46px; gap: 6px; margin: 4px 0; font-size: 11px }
.bar b { background: #5794f2; height: 12px; border-radius: 1px } .bar span:last-child { text-align: right }
"""
_HOUR_SECONDS: Final = 3600
_WIDTH_PER_24TH: Final = 52.5
_LINES_AT_MOST: Final = 6
_HEIGHT: Final = 130
_LEFT: Final = 44


def main() -> None:
    """Play the demo once, and write one PNG per dashboard into the folder."""
    folder = Path(sys.argv[1])
    with (
        tempfile.TemporaryDirectory() as scratch,
        play(Path(scratch), for_seconds=60) as played,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=find_program("chromium", "apt-get install chromium"), args=["--no-sandbox"]
        )
        for page in read_pages():
            tab = browser.new_page(viewport={"width": 1440, "height": 600})
            tab.set_content(draw_page(page, played))
            tab.screenshot(path=folder / f"{page.uid}.png", full_page=True)
        browser.close()


def draw_page(page: Page, played: Played) -> str:
    rows = "".join(
        f"<h2>{html.escape(row.title)}</h2><div class=row>"
        + "".join(draw_panel(panel, played) for panel in row.panel)
        + "</div>"
        for row in page.row
    )
    return (
        f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style><h1>{html.escape(page.title)}</h1>"
        f"<p>{html.escape(page.description)} Preview: the queries of this dashboard, answered by Prometheus during "
        f"<b>make demo</b> and drawn without Grafana.</p>{rows}"
    )


def draw_panel(panel: Panel, played: Played) -> str:
    named = [
        (name_line(query.legend, line, panel.title), line)
        for query in panel.queries
        for line in played.answer(panel, query)
    ]
    draw = {"stat": draw_value, "bars": draw_bars, "table": draw_table}.get(panel.shape, draw_lines)
    return (
        f'<div class=panel style="grid-column: span {panel.width}">'
        f"<div class=title>{html.escape(panel.title)}</div>{draw(panel, named)}</div>"
    )


def name_line(legend: str, line: Line, fallback: str) -> str:
    """Put the labels of a series into its legend."""
    for label, value in line.labels.items():
        legend = legend.replace(f"{{{{{label}}}}}", value)
    return legend or fallback


Named = Sequence[tuple[str, Line]]


def draw_value(panel: Panel, named: Named) -> str:
    return "".join(f"<div class=value>{show(line.points[-1][1], panel.unit)}</div>" for _, line in named)


def draw_bars(panel: Panel, named: Named) -> str:
    last = sorted(((line.points[-1][1], name) for name, line in named), reverse=True)[:10]
    most = max((value for value, _ in last), default=0) or 1
    return "".join(
        f'<div class=bar><span>{html.escape(name)}</span><b style="width:{max(0.5, value / most * 100):.1f}%"></b>'
        f"<span>{show(value, panel.unit)}</span></div>"
        for value, name in last
    )


def draw_table(panel: Panel, named: Named) -> str:
    rows = sorted(((line.points[-1][1], line.labels) for _, line in named), key=lambda row: -row[0])[:9]
    return (
        "<table>"
        + "".join(
            "<tr>"
            + "".join(f"<td>{html.escape(value)}</td>" for _, value in sorted(labels.items()))
            + f"<td>{show(value, panel.unit)}</td></tr>"
            for value, labels in rows
        )
        + "</table>"
    )


def draw_lines(panel: Panel, named: Named) -> str:
    """Draw series over time, one on top of the other where the panel stacks them."""
    stacked = panel.shape == "stacked"
    drawn = [
        (name, [(at, value) for at, value in line.points if math.isfinite(value)]) for name, line in named
    ]
    drawn = [(name, points) for name, points in drawn if points]
    if len(drawn) > _LINES_AT_MOST:
        drawn = [(name, points) for name, points in drawn if any(value for _, value in points)]
    width = _WIDTH_PER_24TH * panel.width
    if not drawn:
        return "<div class=legend>No data</div>"
    begin = min(points[0][0] for _, points in drawn)
    end = max(points[-1][0] for _, points in drawn)
    below: dict[float, float] = {}
    shapes: list[tuple[str, list[tuple[float, float]], list[tuple[float, float]]]] = []
    for name, points in drawn:
        floor = [(at, below.get(at, 0.0)) for at, _ in points]
        top = [(at, value + (below.get(at, 0.0) if stacked else 0.0)) for at, value in points]
        if stacked:
            below.update(top)
        shapes.append((name, top, floor))
    high = max(value for _, top, _ in shapes for _, value in top)
    low = min(0.0, *(value for _, top, _ in shapes for _, value in top))
    high = high if high > low else low + 1

    def place(points: Sequence[tuple[float, float]]) -> str:
        return " ".join(
            f"{_LEFT + (at - begin) / ((end - begin) or 1) * (width - _LEFT):.1f},"
            f"{8 + (1 - (value - low) / (high - low)) * (_HEIGHT - 16):.1f}"
            for at, value in points
        )

    marks = []
    for share in (0, 0.5, 1):
        height = 8 + (1 - share) * (_HEIGHT - 16)
        label = show(low + share * (high - low), panel.unit)
        marks.append(
            f'<line x1={_LEFT} x2={width} y1={height} y2={height} stroke="#24272d"/>'
            f"<text x={_LEFT - 4} y={height + 3} text-anchor=end>{label}</text>"
        )
    lines, legend = [], []
    for number, (name, top, floor) in enumerate(shapes):
        color = _COLORS[number % len(_COLORS)]
        if stacked:
            lines.append(
                f'<polygon points="{place([*top, *reversed(floor)])}" fill="{color}" fill-opacity=.3 />'
            )
        lines.append(f'<polyline points="{place(top)}" fill=none stroke="{color}" stroke-width=1.3 />')
        legend.append(f'<i style="background:{color}"></i>{html.escape(name)}')
    view = f"0 0 {width} {_HEIGHT}"
    return f'<svg viewBox="{view}">{"".join(marks)}{"".join(lines)}</svg><div class=legend>{"".join(legend)}</div>'


def show(value: float, unit: str) -> str:
    """Write a value as a person reads it."""
    if not math.isfinite(value):
        return "-"
    if unit == "percentunit":
        return f"{value:.0%}"
    if unit == "bytes":
        return f"{value / 2**20:,.0f} MiB"
    if unit == "s":
        if value >= _HOUR_SECONDS:
            return f"{value / _HOUR_SECONDS:,.1f} h"
        return f"{value * 1000:,.0f} ms" if value < 1 else f"{value:,.1f} s"
    suffix = {"cpm": "/min", "cps": "/s"}.get(unit, "")
    return f"{value:,.0f}{suffix}" if abs(value) >= 10 or value == int(value) else f"{value:,.2g}{suffix}"


if __name__ == "__main__":
    main()
