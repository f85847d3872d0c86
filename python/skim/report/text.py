"""How figures are written, and what the marks beside them mean; the same in tables and pages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .results import Case, Environment, PathResult, ReportError, Result

# How a label begins, its mark in a table, and what it means.
LABELS = [
    ("unsorted", "u", "unsorted: the k largest, in no promised order"),
    ("ties any order", "t", "ties in any order: which of equal elements it picks is not promised"),
    ("nondeterministic", "n", "nondeterministic: the same input may give another result next time"),
    ("inexact", "i", "inexact: values differ from the input's within the bound it declares"),
    (
        "events",
        "e",
        "timed by events: a CUDA graph could not capture it, so launches are in its time",
    ),
]
WRONG_MARK = "!"
WRONG_MEANING = "right here, but wrong on hard inputs of these columns, k and dtype, named with the path"

STATUS_TEXT = {"not_applicable": "N/A", "wrong": "WRONG", "error": "ERROR"}


def time_text(us: float) -> str:
    return f"{us:.1f}" if us < 100 else f"{us:,.0f}"


def ratio_text(us: float, baseline_us: float) -> str:
    if us <= baseline_us:
        return f"{baseline_us / us:.1f}x faster"
    return f"{us / baseline_us:.1f}x slower"


def marks_of(path: PathResult) -> str:
    marks = [
        mark for start, mark, _ in LABELS if any(label.startswith(start) for label in path.labels)
    ]
    return "".join(marks) + (WRONG_MARK if path.wrong_on else "")


def meanings_of(marks: Iterable[str]) -> list[tuple[str, str]]:
    """(mark, meaning) of the marks that are used, in their order."""
    used = set(marks)
    known = [(mark, meaning) for _, mark, meaning in LABELS] + [(WRONG_MARK, WRONG_MEANING)]
    return [(mark, meaning) for mark, meaning in known if mark in used]


def once(values: Iterable[object]) -> str:
    return " and ".join(dict.fromkeys(str(value) for value in values))


def device_of(result: Result) -> str:
    devices = {case.device for case in result.cases}
    if len(devices) != 1:
        raise ReportError(
            f"{result.file} has cases of {len(devices)} devices, and a report is of "
            "one; measure with --device cpu or --device cuda"
        )
    return devices.pop()


def machine_text(environment: Environment, device: str) -> str:
    if device == "cuda" and environment.gpu:
        return environment.gpu["name"]
    return f"{environment.cpu} ({environment.simd})"


def place_text(result: Result) -> str:
    """What the times are of, and on what they were taken."""
    environment = result.environment
    if device_of(result) == "cuda" and environment.gpu:
        gpu = environment.gpu
        return f"GPU time; {gpu['name']}, driver {gpu['driver']}, CUDA {gpu['runtime']}"
    threads = once(case.threads for case in result.cases)
    return f"{machine_text(environment, 'cpu')}, threads: {threads}"


def reasons_of(cases: Iterable[Case], name: str) -> list[str]:
    """Why that path has no time; of reasons that differ in their numbers only, the first."""
    alike: dict[str, dict[str, None]] = {}
    for case in cases:
        path = case.path(name)
        if path is not None and path.status in STATUS_TEXT:
            text = f"{STATUS_TEXT[path.status]}: {path.message}"
            alike.setdefault(re.sub(r"\d+", "0", text), {})[text] = None
    return [f"{next(iter(texts))}{_and_others(len(texts) - 1)}" for texts in alike.values()]


def _and_others(count: int) -> str:
    return f" (and {count} more with other numbers)" if count else ""


def wrong_inputs(cases: Iterable[Case], name: str) -> list[str]:
    """The hard inputs on which that path was wrong in at least one case."""
    paths = [case.path(name) for case in cases]
    return list(dict.fromkeys(x for path in paths if path for x in path.wrong_on or []))
