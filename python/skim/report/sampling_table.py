"""The table of kind `sampling`: a column a shape, and for every way to draw a line a path."""

from __future__ import annotations

from collections.abc import Sequence

from .results import Case, PathResult, ReportError, chosen_paths, path_names
from .text import STATUS_TEXT, time_text


def sampling_lines(cases: Sequence[Case], words: Sequence[str]) -> list[list[str]]:
    """Cells, titles and alignments first."""
    if not all(case.sampling for case in cases):
        raise ReportError("a table of kind sampling is of `skim bench --op sample`; measure with it")
    inputs = list(dict.fromkeys(f"{case.dtype}, {case.input}" for case in cases))
    if len(inputs) > 1:
        raise ReportError(f"a table of kind sampling is of one input, these are {'; '.join(inputs)}")
    shapes = list(dict.fromkeys((case.rows, case.cols) for case in cases))
    lines = [
        [inputs[0], "", *(f"{rows} x {cols}" for rows, cols in shapes)],
        ["---", "---", *["---:"] * len(shapes)],
        ["read floor", "", *(_floor(cases, shape) for shape in shapes)],
    ]
    names = chosen_paths(cases, words) if words else path_names(cases, timed=True)
    for draw in dict.fromkeys(case.what for case in cases):
        of_draw = {(case.rows, case.cols): case for case in cases if case.what == draw}
        timed = [name for name in names if any(_timed(case, name) for case in of_draw.values())]
        for name in timed:
            cells = [_cell(of_draw[shape].path(name)) if shape in of_draw else "" for shape in shapes]
            lines.append(["" if name != timed[0] else draw, name, *cells])
    return lines


def _floor(cases: Sequence[Case], shape: tuple[int, int]) -> str:
    floors = [case.floor.median_us for case in cases if case.floor and (case.rows, case.cols) == shape]
    return time_text(min(floors)) if floors else ""


def _timed(case: Case, name: str) -> bool:
    path = case.path(name)
    return path is not None and path.us is not None


def _cell(path: PathResult | None) -> str:
    if path is None:
        return ""
    return STATUS_TEXT.get(path.status, path.status.upper()) if path.us is None else time_text(path.us)
