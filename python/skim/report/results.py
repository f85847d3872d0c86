"""The files that `skim bench --json` writes: their parts as types, and how to read them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMAS = (1, 2)

# A name that schema 1 knew, and what the path is called now.
_NAMES_OF_SCHEMA_1 = {
    "CUB DeviceBatchedTopK, ties by index": "CUB DeviceBatchedTopK (ties by index)"
}


class ReportError(Exception):
    """What was given cannot be reported on; one sentence says why and what to do."""


@dataclass(frozen=True)
class Timing:
    median_us: float
    fastest_us: float
    spread: float  # interquartile range / median
    samples: int


@dataclass(frozen=True)
class PathResult:
    name: str
    version: str
    labels: list[str]
    own_kernel: bool
    status: str  # ok, not_applicable, wrong or error
    message: str  # why it has no timing
    timing: Timing | None
    host_us: float | None
    not_captured: str  # why it was timed by events instead of graph replays
    worst: tuple[str, float] | None  # the slowest other input, and its time
    others: dict[str, float]  # the times on other inputs of the same shape, where they were asked
    wrong_on: list[str] | None  # hard inputs; None where the file does not say

    @property
    def us(self) -> float | None:
        return self.timing.median_us if self.timing else None

    @property
    def inexact(self) -> bool:
        return any(label.startswith("inexact") for label in self.labels)

    @property
    def right(self) -> bool:
        """Timed, and exact on every input that was tried; it may be unsorted."""
        return self.timing is not None and not self.wrong_on and not self.inexact


@dataclass(frozen=True)
class Published:
    pytorch_us: float
    triton_us: float
    gpu: str
    date: str


@dataclass(frozen=True)
class Case:
    rows: int
    cols: int
    k: int
    dtype: str
    input: str
    device: str
    threads: int
    mode: str
    baseline_name: str | None
    floor: Timing | None
    floor_variant: str
    launch: Timing | None
    paths: list[PathResult]
    published: Published | None
    remark: str
    sampling: str | None = None  # how tokens are drawn; None: top-k

    @property
    def what(self) -> str:
        return self.sampling or f"k {self.k}"

    @property
    def text(self) -> str:
        return f"{self.rows} x {self.cols}, {self.what}, {self.dtype}, {self.input}"

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes it the same case in another run."""
        return (
            self.device,
            self.threads,
            self.mode,
            self.rows,
            self.cols,
            self.k,
            self.dtype,
            self.sampling,
            self.input,
        )

    @property
    def own(self) -> PathResult | None:
        return next((path for path in self.paths if path.own_kernel), None)

    @property
    def baseline(self) -> PathResult | None:
        return self.path(self.baseline_name)

    def path(self, name: str | None) -> PathResult | None:
        return next((path for path in self.paths if path.name == name), None)

    def best_peer(self) -> PathResult | None:
        """The fastest competitor that is right."""
        peers = [path for path in self.paths if path.right and not path.own_kernel]
        return min(peers, key=lambda path: path.us or 0, default=None)


@dataclass(frozen=True)
class Environment:
    cpu: str
    simd: str
    libraries: dict[str, str]
    commit: str
    command: str
    date: str
    gpu: dict[str, Any] | None
    other: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    file: str
    environment: Environment
    cases: list[Case]


def _timing(data: dict[str, Any] | None) -> Timing | None:
    if data is None:
        return None
    return Timing(data["median_us"], data["fastest_us"], data["spread"], data["samples"])


def _path(data: dict[str, Any]) -> PathResult:
    worst = data.get("worst")
    return PathResult(
        name=_NAMES_OF_SCHEMA_1.get(data["name"], data["name"]),
        version=data["version"],
        labels=data["labels"],
        own_kernel=data["own_kernel"],
        status=data["status"],
        message=data.get("message", ""),
        timing=_timing(data["timing"]) if data["status"] == "ok" else None,
        host_us=data.get("host_us"),
        not_captured=data.get("not_captured", ""),
        worst=(worst["input"], worst["median_us"]) if worst else None,
        others=data.get("others_us", {}),
        wrong_on=data.get("wrong_on"),
    )


def _case(data: dict[str, Any]) -> Case:
    published = data.get("published")
    return Case(
        rows=data["rows"],
        cols=data["cols"],
        k=data["k"],
        dtype=data["dtype"],
        input=data["input"],
        device=data["device"],
        threads=data["threads"],
        mode=data["mode"],
        baseline_name=data["baseline"],
        floor=_timing(data["floor"]),
        floor_variant=(data["floor"] or {}).get("variant", ""),
        launch=_timing(data.get("launch")),
        paths=[_path(path) for path in data["paths"]],
        published=Published(**published) if published else None,
        remark=data.get("remark", ""),
        sampling=data["sampling"]["text"] if "sampling" in data else None,
    )


def _environment(data: dict[str, Any]) -> Environment:
    named = ("cpu", "simd", "libraries", "commit", "command", "date")
    other = {key: value for key, value in data.items() if key not in (*named, "gpu")}
    return Environment(**{key: data[key] for key in named}, gpu=data.get("gpu"), other=other)


def _json(text: str, file: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ReportError(
            f"{file} is not JSON ({error}); give a file of `skim bench --json`"
        ) from None


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(
            f"{file} cannot be read ({error}); give a file of `skim bench --json`"
        ) from None


def _kind(data: Any) -> str | None:
    return data.get("kind") if isinstance(data, dict) else None


def read_of_kind(file: Path, kind: str, name: str | None = None) -> dict[str, Any]:
    """What `skim KIND --json` wrote ("crossover" or "cliffs"), or examples/generate.py ("generate")."""
    data = _json(_text(file), name or str(file))
    if _kind(data) != kind or data.get("schema_version") != 1:
        maker = "examples/generate.py" if kind == "generate" else f"skim {kind}"
        raise ReportError(f"{name or file} is not what `{maker} --json` writes; measure again")
    return data


def parse_result(text: str, file: str) -> Result:
    data = _json(text, file)
    if kind := _kind(data):
        raise ReportError(f"{file} holds {kind}, not cases; give a file of `skim bench --json`")
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version not in SCHEMAS:
        raise ReportError(
            f"{file} has schema version {version}, and versions "
            f"{' and '.join(map(str, SCHEMAS))} can be read; measure again"
        )
    try:
        return Result(
            file, _environment(data["environment"]), [_case(case) for case in data["cases"]]
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ReportError(
            f"{file} lacks a part that schema {version} has ({error}); measure again"
        ) from None


def read_result(file: Path, name: str | None = None) -> Result:
    """The file's result, called `name` in what is made of it."""
    return parse_result(_text(file), name or str(file))


def path_names(cases: Iterable[Case], timed: bool = False) -> list[str]:
    """In the order of the file; with `timed` those only that have a time, or should, somewhere."""
    names: dict[str, None] = {}
    for case in cases:
        for path in case.paths:
            if not timed or path.status != "not_applicable":
                names[path.name] = None
    return list(names)


def chosen_paths(cases: Sequence[Case], words: Sequence[str]) -> list[str]:
    """The paths with these names; a word that is no name stands for all that start with it."""
    known = path_names(cases)
    chosen: dict[str, None] = {}
    for word in words:
        names = [name for name in known if name.lower() == word.lower()]
        names = names or [name for name in known if name.lower().startswith(word.lower())]
        if not names:
            raise ReportError(
                f"'{word}' is no path of these results; they have: {', '.join(known)}"
            )
        chosen.update(dict.fromkeys(names))
    return list(chosen)
