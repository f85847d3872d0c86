"""The page's tables, as HTML."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from .comparison import Change
from .markdown import HOST_TITLES, PUBLISHED_KERNEL, best_cub, published_text, published_title
from .results import Case, PathResult
from .text import STATUS_TEXT, marks_of, ratio_text, reasons_of, time_text, wrong_inputs


def element(tag: str, content: str, **attributes: str) -> str:
    """The content is HTML; an attribute `class_` is written class."""
    text = "".join(
        f' {name.rstrip("_")}="{escape(value)}"' for name, value in attributes.items() if value
    )
    return f"<{tag}{text}>{content}</{tag}>"


def scrolling(table: str, label: str) -> str:
    """Wide tables scroll inside their own box, with the keyboard too."""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">{table}</div>'
    )


def table_of(titles: Sequence[str], rows: Iterable[Sequence[str]], label: str) -> str:
    """Titles are text, rows are whole cells; a title stands where the figures below it do."""
    rows = list(rows)
    first = rows[0] if rows else [""] * len(titles)
    kinds = ["number" if cell.startswith('<td class="number') else "" for cell in first]
    head = "".join(
        element("th", escape(title), scope="col", class_=kind)
        for title, kind in zip(titles, kinds, strict=True)
    )
    body = "".join(element("tr", "".join(row)) for row in rows)
    return scrolling(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>", label)


def number(text: str, class_: str = "", title: str = "") -> str:
    return element("td", escape(text), class_=f"number {class_}".strip(), title=title)


def words(text: str) -> str:
    return element("td", escape(text))


def row_title(text: str) -> str:
    return element("th", escape(text), scope="row")


def _time_cell(path: PathResult | None, best: PathResult | None = None) -> str:
    if path is None:
        return number("")
    if path.us is None:
        bad = "bad" if path.status in ("wrong", "error") else "faint"
        return number(STATUS_TEXT.get(path.status, path.status), bad, path.message)
    marks = marks_of(path)
    text = escape(time_text(path.us)) + (f" <sup>{marks}</sup>" if marks else "")
    labels = [*path.labels, *([f"wrong on {', '.join(path.wrong_on)}"] if path.wrong_on else [])]
    return element(
        "td", text, class_="number best" if path is best else "number", title="; ".join(labels)
    )


def fastest_right(case: Case) -> PathResult | None:
    right = [path for path in case.paths if path.right]
    return min(right, key=lambda path: path.us or 0, default=None)


def _floor_cell(case: Case) -> str:
    return number(time_text(case.floor.median_us) if case.floor else "", "faint")


def times_table(cases: Sequence[Case], names: Sequence[str]) -> str:
    rows = []
    for case in cases:
        best = fastest_right(case)
        rows.append(
            [
                row_title(case.text),
                _floor_cell(case),
                *(_time_cell(case.path(name), best) for name in names),
            ]
        )
    return table_of(["case", "read floor", *names], rows, "Times of every path, in microseconds")


# ---- the published comparison ----


def _relative_cell(case: Case) -> str:
    triton, pytorch = case.path(PUBLISHED_KERNEL), case.path("PyTorch")
    if triton is None or pytorch is None or triton.us is None or pytorch.us is None:
        return number("")
    slower = triton.us > pytorch.us
    return number(
        ("▼ " if slower else "▲ ") + ratio_text(triton.us, pytorch.us),
        "worse" if slower else "better",
    )


def _host_cell(case: Case, name: str) -> str:
    path = case.path(name)
    return number(time_text(path.host_us) if path and path.host_us is not None else "")


def published_table(cases: Sequence[Case]) -> str:
    shown = [case for case in cases if case.published]
    rows = [
        [
            number(str(case.rows)),
            number(f"{case.cols:,}"),
            number(str(case.k)),
            words(case.dtype),
            number(published_text(case)),
            _time_cell(case.path("PyTorch")),
            _time_cell(case.path(PUBLISHED_KERNEL)),
            _relative_cell(case),
            _time_cell(case.own),
            _time_cell(best_cub(case)),
            _floor_cell(case),
            _host_cell(case, "PyTorch"),
            _host_cell(case, "skim"),
        ]
        for case in shown
    ]
    titles = [
        "batch",
        "vocabulary",
        "k",
        "dtype",
        published_title(shown),
        "PyTorch",
        PUBLISHED_KERNEL,
        "Triton beside PyTorch",
        "skim",
        "best of CUB",
        "read floor",
        *HOST_TITLES.values(),
    ]
    return table_of(titles, rows, "Published figures beside measured ones, in microseconds")


# ---- skim against the best peer ----

_STRONGEST = 4.0  # times faster or slower: the deepest colour


def peer_ratio(case: Case) -> float | None:
    """How many times faster skim is than the best peer that is right."""
    own, peer = case.own, case.best_peer()
    return peer.us / own.us if own and own.us and peer and peer.us else None


def _heat_cell(case: Case | None) -> str:
    ratio = peer_ratio(case) if case else None
    if case is None or ratio is None:
        return number("")
    heat = min(1.0, abs(math.log(ratio)) / math.log(_STRONGEST))
    better = ratio >= 1
    peer = case.best_peer()
    title = f"{case.text}: skim {time_text(case.own.us)}, {peer.name} {time_text(peer.us)} us"
    return element(
        "td",
        f"{'▲' if better else '▼'} {ratio:.2f}",
        class_=f"number heat {'better' if better else 'worse'}",
        title=title,
        style=f"--heat:{12 + 43 * heat:.0f}%",
    )


def heatmap(cases: Sequence[Case]) -> str:
    """Batch and k against vocabulary; a list where that grid would be mostly empty."""
    columns = sorted({case.cols for case in cases})
    rows: dict[str, dict[int, Case]] = {}
    for case in sorted(cases, key=lambda case: (case.input, case.dtype, case.k, case.rows)):
        title = f"batch {case.rows}, {case.what}, {case.dtype}, {case.input}"
        rows.setdefault(title, {})[case.cols] = case
    if 2 * sum(map(len, rows.values())) <= len(rows) * len(columns):
        return _heat_list(cases)
    cells = [
        [row_title(title), *(_heat_cell(row.get(cols)) for cols in columns)]
        for title, row in rows.items()
    ]
    titles = ["vocabulary", *(f"{cols:,}" for cols in columns)]
    return table_of(titles, cells, "How many times as fast skim is as the best right peer")


def _heat_list(cases: Sequence[Case]) -> str:
    rows = [
        [
            row_title(case.text),
            _heat_cell(case),
            _time_cell(case.own),
            _time_cell(peer),
            words(peer.name if peer else "none is right"),
        ]
        for case in cases
        for peer in [case.best_peer()]
    ]
    return table_of(
        ["case", "times as fast", "skim, us", "best peer, us", "which"],
        rows,
        "How many times as fast skim is as the best right peer",
    )


# ---- old and new ----


def changes_table(changes: Sequence[Change]) -> str:
    return table_of(
        ["case", "path", "old", "new", "new / old", "noise of both", "verdict"],
        [_change_cells(change) for change in changes],
        "Old times beside new ones",
    )


def _change_cells(change: Change) -> list[str]:
    ratio, noise = change.ratio, change.noise
    tones = {"slower": ("worse", "▼ "), "faster": ("better", "▲ ")}
    tone, sign = tones.get(change.verdict, ("faint", ""))
    return [
        row_title(change.case.text),
        words(change.name),
        _time_cell(change.old),
        _time_cell(change.new),
        number(f"{ratio:.3f}" if ratio else ""),
        number(f"{100 * noise:.1f} %" if noise is not None else ""),
        element("td", sign + escape(change.verdict), class_=tone),
    ]


# ---- paths and cases in detail ----


def paths_table(cases: Sequence[Case], names: Sequence[str]) -> str:
    rows = []
    for name in names:
        found = [path for case in cases if (path := case.path(name))]
        labels = dict.fromkeys(label for path in found for label in path.labels)
        versions = dict.fromkeys(path.version for path in found if path.version)
        events = dict.fromkeys(path.not_captured for path in found if path.not_captured)
        notes = [*reasons_of(cases, name), *(f"timed by events: {reason}" for reason in events)]
        rows.append(
            [
                row_title(name),
                words(", ".join(versions)),
                words(", ".join(labels) or "none"),
                words(_wrong_text(cases, found, name)),
                element("td", "<br>".join(map(escape, notes)), class_="wide"),
            ]
        )
    return table_of(
        ["path", "version", "labels", "wrong on", "why there is no time"], rows, "Paths"
    )


def _wrong_text(cases: Sequence[Case], found: Sequence[PathResult], name: str) -> str:
    if all(path.wrong_on is None for path in found):
        return "not tried"
    return ", ".join(wrong_inputs(cases, name)) or "none"


def _detail_cells(case: Case, path: PathResult) -> list[str]:
    baseline = case.baseline.us if case.baseline else None
    us, timing = path.us, path.timing
    floor = f"{us / case.floor.median_us:.2f}" if us and case.floor else ""
    relative = ratio_text(us, baseline) if us and baseline and path is not case.baseline else ""
    note = "; ".join(
        [
            *path.labels,
            *([f"wrong on {', '.join(path.wrong_on)}"] if path.wrong_on else []),
            *([path.message] if path.message else []),
        ]
    )
    return [
        row_title(path.name),
        _time_cell(path),
        number(time_text(timing.fastest_us) if timing else ""),
        number(f"{100 * timing.spread:.1f} %" if timing else ""),
        number(time_text(path.host_us) if path.host_us is not None else ""),
        number(floor),
        number(relative),
        number(f"{time_text(path.worst[1])} ({path.worst[0]})" if path.worst else ""),
        element("td", escape(note), class_="wide"),
    ]


def case_details(case: Case) -> str:
    titles = [
        "path",
        "median us",
        "fastest us",
        "spread",
        "host us",
        "times the floor",
        f"beside {case.baseline_name or 'the baseline'}",
        "worst input, us",
        "notes",
    ]
    facts = []
    if case.floor:
        facts.append(f"read floor {time_text(case.floor.median_us)} us ({case.floor_variant})")
    if case.launch:
        facts.append(f"an empty kernel {time_text(case.launch.median_us)} us")
    facts += [f"inputs: {case.mode}", *([case.remark] if case.remark else [])]
    table = table_of(titles, [_detail_cells(case, path) for path in case.paths], case.text)
    return (
        f"<details><summary>{escape(case.text)}</summary><p>{escape('; '.join(facts))}.</p>"
        f"{table}</details>"
    )
