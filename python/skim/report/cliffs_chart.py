"""A chart of `skim cliffs`: time over columns, a panel a k, a line a batch; an SVG for documents."""

from __future__ import annotations

import io
import re
from typing import Any

import matplotlib
from matplotlib.figure import Figure

# Batches that get a line, so that lines stay apart.
SHOWN_ROWS = (1, 4, 16, 64, 256, 1024, 4096)

# From few rows to many, readable on white.
COLOURS = ("#1b9e77", "#1f78b4", "#6a3d9a", "#b15928", "#e6851e", "#d62728", "#444444")

# The same file for the same measurements: no date, no random names; text stays text.
SETTINGS = {
    "svg.hashsalt": "skim",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "path.simplify": False,
}


def _times(data: dict[str, Any], rows: int, k: int) -> list[tuple[int, float]]:
    return [
        (matrix["cols"], us)
        for matrix in data["matrices"]
        if matrix["rows"] == rows
        for cell_k, us in zip(matrix.get("k", []), matrix.get("us", []), strict=True)
        if cell_k == k
    ]


def _floors(data: dict[str, Any], rows: int) -> list[tuple[int, float]]:
    return [
        (matrix["cols"], matrix["floor_us"])
        for matrix in data["matrices"]
        if matrix["rows"] == rows and "floor_us" in matrix
    ]


def _draw(axes: Any, data: dict[str, Any], k: int) -> None:
    for rows, colour in zip(SHOWN_ROWS, COLOURS, strict=True):
        times, floors = _times(data, rows, k), _floors(data, rows)
        if times:
            axes.plot(*zip(*times, strict=True), color=colour, linewidth=1.2, label=f"{rows}")
        if floors:
            axes.plot(*zip(*floors, strict=True), color=colour, linewidth=0.8, linestyle=(0, (3, 3)))
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_title(f"k = {k}", fontsize=9)
    axes.grid(visible=True, color="#dddddd", linewidth=0.5)


def chart_of(data: dict[str, Any]) -> str:
    """The SVG."""
    with matplotlib.rc_context(SETTINGS):
        columns = min(len(data["ks"]), 3)
        lines = -(-len(data["ks"]) // columns)
        figure = Figure(figsize=(10, 3.2 * lines + 0.6), facecolor="white", layout="constrained")
        panels = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
        for panel, k in zip(panels.flat, data["ks"], strict=False):
            _draw(panel, data, k)
        for panel in panels.flat[len(data["ks"]) :]:
            panel.set_visible(False)
        figure.supxlabel("columns")
        figure.supylabel("microseconds a call")
        lines_of_rows = panels.flat[0].get_legend_handles_labels()
        figure.legend(
            *lines_of_rows,
            title=f"rows ({data['dtype']}; dashed: the same bytes read once)",
            loc="outside upper center",
            ncols=len(SHOWN_ROWS),
            frameon=False,
        )
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return re.sub(r"[ \t]+$", "", text.getvalue(), flags=re.MULTILINE)
