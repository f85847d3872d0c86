"""Tables in Markdown: `cases` has a row a case, `published` sets published figures beside ours,
`hard` says what other inputs of the same shape cost skim, `real` what real rows cost it, `eager` what a call
of each path takes from a program, on a GPU from the host, `sampling` has a column a shape and a line for every
way to draw and path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .results import Case, PathResult, ReportError, Result, chosen_paths, path_names
from .sampling_table import sampling_lines
from .text import (
    STATUS_TEXT,
    marks_of,
    meanings_of,
    once,
    place_text,
    ratio_text,
    reasons_of,
    time_text,
    wrong_inputs,
)

KINDS = ("cases", "published", "hard", "real", "eager", "sampling")


@dataclass
class Column:
    title: str
    cell: Callable[[Case], str]
    align: str = "---:"
    path: str | None = None  # whose times it holds


def _marked(text: str, marks: str) -> str:
    return f"{text} <sup>{marks}</sup>" if marks else text


def _common_marks(cases: Sequence[Case], name: str) -> str:
    """The marks of every time in that path's column: they stand once, in its title."""
    marks = {marks_of(path) for case in cases if (path := case.path(name)) and path.timing}
    return marks.pop() if len(marks) == 1 else ""


def _cell(path: PathResult | None, in_title: str = "") -> str:
    if path is None:
        return ""
    if path.us is None:
        return STATUS_TEXT.get(path.status, path.status.upper())
    marks = marks_of(path)
    return _marked(time_text(path.us), "" if marks == in_title else marks)


def _path_column(cases: Sequence[Case], name: str, title: str | None = None) -> Column:
    in_title = _common_marks(cases, name)
    return Column(
        _marked(title or name, in_title), lambda case: _cell(case.path(name), in_title), path=name
    )


def _floor_cell(case: Case) -> str:
    return time_text(case.floor.median_us) if case.floor else ""


def _times_the_floor(case: Case) -> str:
    own = case.own
    if own is None or own.us is None or case.floor is None:
        return ""
    return f"{own.us / case.floor.median_us:.1f}x"


def _verdict(case: Case) -> str:
    own, baseline = case.own, case.baseline
    if own is None or own.us is None or baseline is None or baseline.us is None:
        return ""
    return f"{ratio_text(own.us, baseline.us)} than {baseline.name}"


def _case_columns(cases: Sequence[Case], words: Sequence[str]) -> list[Column]:
    names = chosen_paths(cases, words) if words else path_names(cases, timed=True)
    columns = [Column("case", lambda case: case.text, "---"), Column("read floor", _floor_cell)]
    columns += [_path_column(cases, name) for name in names]
    if cases[0].device == "cuda":
        columns.append(Column("skim / floor", _times_the_floor))
    return [*columns, Column("skim is", _verdict, "---")]


# ---- the published comparison ----

PUBLISHED_KERNEL = "Triton (published)"
BEST_OF_CUB = "best of CUB"
# skim is a native path of the benchmark.
HOST_TITLES = {"PyTorch": "host time, PyTorch (Python)", "skim": "host time, skim (C++)"}


def best_cub(case: Case) -> PathResult | None:
    """Of CUB's ways the fastest that is right on hard inputs too, or else the fastest, as in
    bench/side_by_side.cc; where none has a time, the first."""
    ways = [path for path in case.paths if path.name.startswith("CUB")]
    return min(ways, key=lambda path: (not path.timing, not path.right, path.us or 0), default=None)


def _relative(case: Case) -> str:
    triton, pytorch = case.path(PUBLISHED_KERNEL), case.path("PyTorch")
    if triton is None or pytorch is None or triton.us is None or pytorch.us is None:
        return ""
    return ratio_text(triton.us, pytorch.us)


def published_text(case: Case) -> str:
    published = case.published
    if published is None:
        return ""
    ratio = ratio_text(published.triton_us, published.pytorch_us)
    return f"{time_text(published.pytorch_us)} / {time_text(published.triton_us)}, {ratio}"


def published_title(cases: Sequence[Case]) -> str:
    sources = once(
        f"{published.gpu}, {published.date}" for case in cases if (published := case.published)
    )
    return f"published PyTorch / Triton ({sources})"


def _host_cell(case: Case, name: str) -> str:
    path = case.path(name)
    return time_text(path.host_us) if path is not None and path.host_us is not None else ""


def _competitor_columns(cases: Sequence[Case], words: Sequence[str]) -> list[Column]:
    if words:
        return [_path_column(cases, name) for name in chosen_paths(cases, words)]
    known = path_names(cases)
    columns = [
        _path_column(cases, name)
        for name in ("Triton (best)", "CuTe", "QuACK", "skim")
        if name in known
    ]
    if any(best_cub(case) for case in cases):
        columns.append(Column(BEST_OF_CUB, lambda case: _cell(best_cub(case))))
    rest = [("RAFT select_k", "RAFT"), ("FlashInfer", None), ("torch.compile", None), ("JAX", None)]
    return columns + [_path_column(cases, name, title) for name, title in rest if name in known]


def _published_columns(cases: Sequence[Case], words: Sequence[str]) -> list[Column]:
    shape = [
        Column("Batch", lambda case: str(case.rows)),
        Column("Vocab", lambda case: str(case.cols)),
        Column("k", lambda case: str(case.k)),
        Column("dtype", lambda case: case.dtype, "---"),
        _path_column(cases, "PyTorch"),
        _path_column(cases, PUBLISHED_KERNEL),
        Column("Relative", lambda case: (text := _relative(case)) and f"**{text}**"),
    ]
    if any(case.published for case in cases):
        shape.append(Column(published_title(cases), published_text))
    host = [
        Column(title, lambda case, name=name: _host_cell(case, name))
        for name, title in HOST_TITLES.items()
        if any(_host_cell(case, name) for case in cases)
    ]
    return [*shape, *_competitor_columns(cases, words), Column("read floor", _floor_cell), *host]


# ---- hard inputs ----

# What hard inputs may cost; those beyond it are named.
MOST_OF_HARD = 2.5


def _own_ratios(case: Case) -> dict[str, float]:
    """Of each other input to that of the case, slowest first."""
    own = case.own
    if own is None or own.us is None:
        return {}
    slowest_first = sorted(own.others.items(), key=lambda other: -other[1])
    return {name: us / own.us for name, us in slowest_first}


def _worst_cell(case: Case) -> str:
    return next((f"{ratio:.2f}x, {name}" for name, ratio in _own_ratios(case).items()), "")


def _beyond_cell(case: Case) -> str:
    return ", ".join(
        f"{name} {ratio:.1f}x" for name, ratio in _own_ratios(case).items() if ratio > MOST_OF_HARD
    )


def _hard_columns(cases: Sequence[Case], _words: Sequence[str]) -> list[Column]:
    return [
        Column("case", lambda case: case.text, "---"),
        Column("skim", lambda case: _cell(case.own)),
        Column("worst of the other inputs", _worst_cell, "---"),
        Column(f"more than {MOST_OF_HARD}x", _beyond_cell, "---"),
    ]


# ---- real rows ----


def _normal_of(real: Case, cases: Sequence[Case]) -> Case | None:
    """The case of the same shape with normal input."""
    key = (*real.key[:-1], "normal")
    return next((case for case in cases if case.key == key), None)


def _real_columns(cases: Sequence[Case], _words: Sequence[str]) -> list[Column]:
    def normal_us(real: Case) -> float | None:
        normal = _normal_of(real, cases)
        return normal.own.us if normal and normal.own else None

    def normal_cell(real: Case) -> str:
        us = normal_us(real)
        return time_text(us) if us else ""

    def ratio_cell(real: Case) -> str:
        us = normal_us(real)
        return f"{real.own.us / us:.2f}x" if us and real.own and real.own.us else ""

    shape = Column("shape", lambda case: case.text.removesuffix(", real"), "---")
    return [
        shape,
        Column("normal", normal_cell),
        Column("real", lambda case: _cell(case.own)),
        Column("real / normal", ratio_cell),
    ]


# ---- eager calls ----


def _eager_us(case: Case, name: str | None) -> float | None:
    """What the caller waits for."""
    path = case.path(name)
    if path is None or path.us is None:
        return None
    return path.host_us if case.device == "cuda" else path.us


def _eager_cell(case: Case, name: str) -> str:
    path, us = case.path(name), _eager_us(case, name)
    if path is None or us is None:
        return _cell(path)
    baseline = _eager_us(case, case.baseline_name)
    ratio = f" ({baseline / us:.1f}x)" if baseline and name != case.baseline_name else ""
    return _marked(time_text(us) + ratio, marks_of(path))


def _eager_columns(cases: Sequence[Case], words: Sequence[str]) -> list[Column]:
    names = chosen_paths(cases, words) if words else path_names(cases, timed=True)
    on_gpu = cases[0].device == "cuda"
    columns = [Column("case", lambda case: case.text, "---")]
    columns += [
        Column(
            f"host, {name}" if on_gpu else name,
            lambda case, name=name: _eager_cell(case, name),
            path=name,
        )
        for name in names
    ]
    if on_gpu:
        columns += [_path_column(cases, name, f"GPU, {name}") for name in names]
    return columns


# ---- what stands above and below a table ----


def _introduction(results: Sequence[tuple[Result, str]]) -> str:
    places = once(place_text(result) for result, _ in results)
    modes = once(case.mode for result, _ in results for case in result.cases)
    dates = once(result.environment.date[:10] for result, _ in results)
    sources = "; ".join(
        f"[{result.file}]({link}), made by `{result.environment.command}`"
        for result, link in results
    )
    return (
        f"Microseconds a call, median; {places}, inputs: {modes}, {dates}. The read floor is "
        f"the fastest plain read of the same bytes. From {sources}."
    )


def _notes(cases: Sequence[Case], columns: Sequence[Column]) -> list[str]:
    shown = [column.path for column in columns if column.path]
    if any(column.title == BEST_OF_CUB for column in columns):
        best = [path.name for case in cases if (path := best_cub(case)) and path.timing]
        shown += [name for name in dict.fromkeys(best) if name not in shown]
    marks = "".join(
        marks_of(path)
        for case in cases
        for path in case.paths
        if path.timing and path.name in shown
    )
    notes = [f"<sup>{mark}</sup> {meaning}" for mark, meaning in meanings_of(marks)]
    for name in shown:
        if inputs := wrong_inputs(cases, name):
            notes.append(f"{name} is wrong on: {', '.join(inputs)}")
        if reasons := reasons_of(cases, name):
            notes.append(f"{name}: {'; '.join(reasons)}")
    notes += [f"{shapes}: {remark}" for remark, shapes in _remarks(cases).items()]
    return notes


def _remarks(cases: Sequence[Case]) -> dict[str, str]:
    by_text: dict[str, list[str]] = {}
    for case in cases:
        if case.remark:
            by_text.setdefault(case.remark, []).append(f"{case.rows} x {case.cols}")
    return {remark: ", ".join(dict.fromkeys(shapes)) for remark, shapes in by_text.items()}


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")


def _rows(cases: Sequence[Case], columns: Sequence[Column]) -> list[list[str]]:
    return [
        [column.title for column in columns],
        [column.align for column in columns],
        *([column.cell(case) for column in columns] for case in cases),
    ]


def _lines(rows: Sequence[Sequence[str]]) -> str:
    return "".join("| " + " | ".join(map(_escaped, row)) + " |\n" for row in rows)


_COLUMNS = {
    "cases": _case_columns,
    "published": _published_columns,
    "hard": _hard_columns,
    "real": _real_columns,
    "eager": _eager_columns,
}


def table(
    results: Sequence[tuple[Result, str]], kind: str = "cases", paths: Sequence[str] = ()
) -> str:
    """The table of these results, each with the link to its file, with its notes."""
    cases = [case for result, _ in results for case in result.cases]
    files = " and ".join(result.file for result, _ in results)
    if not cases:
        raise ReportError(f"{files} has no case; measure again")
    if len({case.device for case in cases}) != 1:
        raise ReportError(
            f"{files} has cases of several devices, and a table is of one; "
            "measure with --device cpu or --device cuda"
        )
    if kind not in KINDS:
        raise ReportError(f"'{kind}' is no kind of table; the kinds are: {', '.join(KINDS)}")
    if kind == "sampling":
        return _introduction(results) + "\n\n" + _lines(sampling_lines(cases, paths))
    columns = _COLUMNS[kind](cases, paths)
    if kind == "real":
        cases = [case for case in cases if case.input == "real"]
    notes = "".join(f"- {note}\n" for note in _notes(cases, columns))
    return (
        _introduction(results)
        + "\n\n"
        + _lines(_rows(cases, columns))
        + (f"\n{notes}" if notes else "")
    )
