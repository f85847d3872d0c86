"""The charts of the page, as plotly figures; page.js colours them, because it knows the theme."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from plotly import graph_objects

from .results import Case, PathResult
from .text import time_text

FLOOR = "read floor"
MANY_CASES = 16  # more do not fit one chart of all cases
OWN_SYMBOL = "circle"
# One fewer than page.css has colours, so that a colour that comes again has another symbol.
SYMBOLS = [
    "square",
    "diamond",
    "triangle-up",
    "triangle-down",
    "cross",
    "x",
    "star",
    "pentagon",
    "hexagon2",
    "bowtie",
    "hourglass",
]


@dataclass
class Choice:
    """One of the figures that a chart can show."""

    label: str
    figure: dict[str, Any]


@dataclass
class Chart:
    name: str
    title: str
    explanation: str
    choices: list[Choice]
    absent: str = ""  # why there is nothing to show


@dataclass(frozen=True)
class Variable:
    """What the x axis of a chart says of a case."""

    name: str
    title: str
    value: Callable[[Case], int]


VARIABLES = [
    Variable("vocabulary", "vocabulary (elements of a row)", lambda case: case.cols),
    Variable("k", "k (results of a row)", lambda case: case.k),
    Variable("batch", "batch (rows of a call)", lambda case: case.rows),
]


# ---- axes ----


def _round_numbers(low: float, high: float) -> list[float]:
    """1, 2 and 5 of every decade between them; only the decades where there are many."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    digits = (1, 2, 5) if len(decades) <= 4 else (1,)
    return [digit * 10.0**decade for decade in decades for digit in digits]


def _number_text(number: float) -> str:
    return f"{number:,.0f}" if number >= 1 else f"{number:g}"


def _time_axis(times: Sequence[float]) -> dict[str, Any]:
    low, high = min(times) / 1.3, max(times) * 1.3
    ticks = _round_numbers(low, high)
    return {
        "type": "log",
        "title": {"text": "microseconds a call"},
        "tickvals": ticks,
        "ticktext": [_number_text(tick) for tick in ticks],
        "automargin": True,
        "range": [math.log10(low), math.log10(high)],
    }


def _far_apart(values: Iterable[int]) -> list[int]:
    """Without those so near to the one before that their labels would meet."""
    kept: list[int] = []
    for value in sorted(set(values)):
        if not kept or value > 1.2 * kept[-1]:
            kept.append(value)
    return kept


def _variable_axis(variable: Variable, cases: Sequence[Case]) -> dict[str, Any]:
    ticks = _far_apart(variable.value(case) for case in cases)
    return {
        "type": "log",
        "title": {"text": variable.title},
        "tickvals": ticks,
        "ticktext": [f"{tick:,}" for tick in ticks],
        "automargin": True,
    }


# ---- traces ----


def _hover(case: Case, path: PathResult) -> str:
    lines = [f"<b>{path.name}</b>", case.text, f"{time_text(path.us or 0)} us a call"]
    if case.floor:
        lines.append(f"{(path.us or 0) / case.floor.median_us:.1f} times the read floor")
    if path.timing:
        lines.append(f"spread {100 * path.timing.spread:.1f} %")
    return "<br>".join(lines + path.labels)


def _path_trace(
    name: str, index: int, cases: Sequence[Case], place: Callable[[Case], Any], flat: bool
) -> graph_objects.Scatter | None:
    timed = [(case, path) for case in cases if (path := case.path(name)) and path.us is not None]
    if not timed:
        return None
    places = [place(case) for case, _ in timed]
    times = [path.us for _, path in timed]
    own = timed[0][1].own_kernel
    return graph_objects.Scatter(
        name=name,
        x=times if flat else places,
        y=places if flat else times,
        mode="markers" if flat else "lines+markers",
        marker={
            "symbol": OWN_SYMBOL if own else SYMBOLS[index % len(SYMBOLS)],
            "size": 11 if own else 8,
        },
        line=None if flat else {"width": 3.5 if own else 1.5},
        hoverinfo="text",
        hovertext=[_hover(case, path) for case, path in timed],
        meta={"path": name, "own": own},
    )


def _floor_trace(
    cases: Sequence[Case], place: Callable[[Case], Any], flat: bool
) -> graph_objects.Scatter | None:
    timed = [(case, case.floor.median_us) for case in cases if case.floor]
    if not timed:
        return None
    places = [place(case) for case, _ in timed]
    times = [us for _, us in timed]
    shape: dict[str, Any] = {"mode": "lines", "line": {"width": 2, "dash": "dash"}}
    if flat:
        shape = {
            "mode": "markers",
            "marker": {"symbol": "line-ns-open", "size": 18, "line": {"width": 3}},
        }
    return graph_objects.Scatter(
        name=FLOOR,
        x=times if flat else places,
        y=places if flat else times,
        hoverinfo="text",
        hovertext=[
            f"<b>{FLOOR}</b><br>{case.text}<br>{time_text(us)} us a call" for case, us in timed
        ],
        meta={"path": FLOOR, "own": False},
        **shape,
    )


def _traces(
    names: Sequence[str], cases: Sequence[Case], place: Callable[[Case], Any], flat: bool = False
) -> list[graph_objects.Scatter]:
    paths = [_path_trace(name, index, cases, place, flat) for index, name in enumerate(names)]
    # The own kernel last, so that it lies on top.
    paths.sort(key=lambda trace: trace is not None and trace.meta["own"])
    return [trace for trace in (_floor_trace(cases, place, flat), *paths) if trace is not None]


def _times(traces: Iterable[graph_objects.Scatter], flat: bool = False) -> list[float]:
    return [float(time) for trace in traces for time in (trace.x if flat else trace.y)]


def _figure(traces: Sequence[graph_objects.Scatter], **layout: Any) -> dict[str, Any]:
    figure = graph_objects.Figure(
        list(traces), {"showlegend": False, "hovermode": "closest", **layout}
    )
    data = json.loads(figure.to_json())
    data["layout"].pop("template", None)
    return data


# ---- charts ----


def _groups(cases: Iterable[Case], key: Callable[[Case], Hashable]) -> list[list[Case]]:
    groups: dict[Hashable, list[Case]] = {}
    for case in cases:
        groups.setdefault(key(case), []).append(case)
    return list(groups.values())


def _fixed_text(case: Case, variable: Variable) -> str:
    """What the cases of a group have in common."""
    parts = {
        "batch": f"batch {case.rows}",
        "vocabulary": f"vocabulary {case.cols:,}",
        "k": case.what,
    }
    parts.pop(variable.name)
    return ", ".join([*parts.values(), case.dtype, case.input])


def _variable_choice(variable: Variable, cases: list[Case], names: Sequence[str]) -> Choice:
    cases = sorted(cases, key=variable.value)
    traces = _traces(names, cases, variable.value)
    figure = _figure(
        traces, xaxis=_variable_axis(variable, cases), yaxis=_time_axis(_times(traces))
    )
    return Choice(_fixed_text(cases[0], variable), figure)


def _only_differs(variable: Variable) -> Callable[[Case], Hashable]:
    others = [other for other in VARIABLES if other is not variable]
    return lambda case: (
        case.dtype,
        case.input,
        case.mode,
        case.threads,
        case.sampling,
        *(other.value(case) for other in others),
    )


def _variable_chart(variable: Variable, cases: Sequence[Case], names: Sequence[str]) -> Chart:
    groups = [
        group
        for group in _groups(cases, _only_differs(variable))
        if len({variable.value(case) for case in group}) > 1
        and any(path.timing for case in group for path in case.paths)
    ]
    groups.sort(key=len, reverse=True)
    return Chart(
        name=variable.name,
        title=f"Time against {variable.name}",
        explanation=f"Cases that differ in {variable.name} only. Both axes are logarithmic; lower "
        "is better, and the dashed line is the read floor.",
        choices=[_variable_choice(variable, group, names) for group in groups],
        absent=f"No two cases of this run differ in {variable.name} only.",
    )


def _rest_text(case: Case) -> str:
    return f"{case.what}, {case.dtype}, {case.input}"


def _overview_choice(cases: Sequence[Case], names: Sequence[str]) -> Choice:
    same = len({_rest_text(case) for case in cases}) == 1

    def place(case: Case) -> str:
        return f"{case.rows} x {case.cols:,}" + ("" if same else f"<br>{_rest_text(case)}")

    traces = _traces(names, cases, place, flat=True)
    order = list(dict.fromkeys(place(case) for case in reversed(cases)))
    times = _times(traces, flat=True)
    figure = _figure(
        traces,
        xaxis=_time_axis(times),
        height=(32 if same else 46) * len(order) + 90,
        yaxis={
            "type": "category",
            "categoryarray": order,
            "categoryorder": "array",
            "range": [-0.6, len(order) - 0.4],
            "automargin": True,
            "tickfont": {"size": 11},
        },
    )
    return Choice(_rest_text(cases[0]) if same else "every case", figure)


def _overview(cases: Sequence[Case], names: Sequence[str]) -> Chart:
    timed = [case for case in cases if any(path.timing for path in case.paths)]
    groups = [timed] if timed else []
    if len(timed) > MANY_CASES:
        groups = _groups(timed, _rest_text)
    return Chart(
        name="cases",
        title="Every case at a glance",
        explanation="A row is a case (batch x vocabulary), a mark is a path's time on a "
        "logarithmic axis; further left is better, and the upright bar is the read floor.",
        choices=[_overview_choice(group, names) for group in groups],
        absent="No path has a time in this run.",
    )


def charts_of(cases: Sequence[Case], names: Sequence[str]) -> list[Chart]:
    """Of the paths with these names."""
    return [
        _overview(cases, names),
        *(_variable_chart(variable, cases, names) for variable in VARIABLES),
    ]
