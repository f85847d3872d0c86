"""Tables of what others than `skim bench` measured: crossovers between plans, cliffs, and generated text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .results import ReportError, read_of_kind

OTHER_KINDS = ("crossover", "cliffs", "generate")


def _introduction(data: dict[str, Any], link: str, what: str) -> str:
    environment = data["environment"]
    gpu = environment.get("gpu")
    place = f"{gpu['name']}, driver {gpu['driver']}" if gpu else environment["cpu"]
    return (
        f"{what}; {place}, {environment['date'][:10]}. From [{link}]({link}), made by "
        f"`{environment['command']}`."
    )


def _lines(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


# ---- crossovers ----


def _best(crossover: dict[str, Any]) -> str:
    return "<br>".join(
        f"`{span['plan']}`: {span['first']}"
        + (f" to {span['last']}" if span["last"] != span["first"] else "")
        for span in crossover["best"]
    )


def _loss(crossover: dict[str, Any]) -> str:
    loss = crossover["loss"]
    return f"{loss['ratio']:.2f}x, {loss['shape']}" if loss else ""


def _crossover_table(data: dict[str, Any], link: str) -> str:
    rows = [
        [crossover["boundary"], _best(crossover), _loss(crossover)]
        for crossover in data["crossovers"]
    ]
    what = "Which plan is fastest where, and the most that the plan of src/plan/tuning.h loses"
    return f"{_introduction(data, link, what)}\n\n" + _lines(
        ["limit", "fastest, in this order along the shapes", "at most lost"], rows
    )


# ---- cliffs ----

MOST_CLIFFS = 20


def _spot(spot: dict[str, Any]) -> str:
    return f"{spot['rows']} x {spot['cols']}, k {spot['k']}: {spot['us']:.2f}"


def _pair(pair: dict[str, Any]) -> list[str]:
    return [
        _spot(pair["fast"]),
        _spot(pair["slow"]),
        f"{pair['times']:.2f}x",
        f"{pair['bytes']:.2f}x",
    ]


def _cliffs_table(data: dict[str, Any], link: str) -> str:
    found = data["neighbours"]
    cells = sum(len(matrix.get("us", [])) for matrix in data["matrices"])
    what = (
        f"{cells} cells of {data['dtype']}, {found['compared']} pairs of neighbours in rows, columns "
        f"or k compared, {len(found['cliffs'])} of them more than {found['limit']}x apart beyond "
        "what their bytes explain; microseconds"
    )
    shown = found["cliffs"][:MOST_CLIFFS] or ([found["steepest"]] if found["steepest"] else [])
    more = len(found["cliffs"]) - len(shown)
    return (
        f"{_introduction(data, link, what)}\n\n"
        + _lines(["fast", "slow", "times as long", "times the bytes"], list(map(_pair, shown)))
        + (f"\nand {more} less steep\n" if more > 0 else "")
    )


# ---- generated text ----


def _generate_table(data: dict[str, Any], link: str) -> str:
    filters = ", ".join(
        f"{name.replace('_', '-')} {value}"
        for name, value in data["filters"].items()
        if name != "do_sample" and value is not None
    )
    versions = data["environment"]["libraries"]
    threads = f", threads: {data['threads']}" if data["device"] == "cpu" else ""
    what = (
        f"{data['model']} in float32, {filters}; medians of {data['rounds']} rounds by turns{threads}, "
        f"torch {versions['torch']}, transformers {versions['transformers']}"
    )
    rows = [
        [
            sampler["name"],
            f"{sampler['tokens_per_second']:.1f}",
            f"{sampler['sampling_us']:.0f}",
            f"{100 * sampler['sampling_share']:.2f} %",
        ]
        for sampler in data["samplers"]
    ]
    titles = ["sampler", "tokens a second", "sampling, us a token", "of the time"]
    return f"{_introduction(data, link, what)}\n\n" + _lines(titles, rows)


_TABLES = {"crossover": _crossover_table, "cliffs": _cliffs_table, "generate": _generate_table}


def other_table(files: Sequence[tuple[Path, str]], kind: str) -> str:
    """The table of one file, with the link to it."""
    if len(files) != 1:
        raise ReportError(f"a table of {kind} is made of one file; {len(files)} are named")
    ((file, link),) = files
    data = read_of_kind(file, kind, link)
    try:
        return _TABLES[kind](data, link)
    except (KeyError, TypeError) as error:
        raise ReportError(f"{link} lacks a part of `skim {kind}` ({error}); measure again") from None
