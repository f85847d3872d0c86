"""One self-contained page of a result: template, words, tables and charts put together."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from html import escape
from importlib import resources
from string import Template

from plotly.offline import get_plotlyjs

from .charts import Chart, charts_of
from .comparison import changes
from .page_tables import (
    case_details,
    changes_table,
    element,
    fastest_right,
    heatmap,
    paths_table,
    peer_ratio,
    published_table,
    row_title,
    table_of,
    times_table,
)
from .results import Case, ReportError, Result, path_names
from .text import device_of, machine_text, marks_of, meanings_of, once


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text()


def _paragraph(text: str, class_: str = "") -> str:
    return element("p", escape(text), class_=class_)


def _section(name: str, title: str, *parts: str) -> str:
    return f'<section id="{name}"><h2>{escape(title)}</h2>{"".join(parts)}</section>'


def _script_json(data: object) -> str:
    """JSON that cannot end the script element that holds it."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


# ---- what was measured ----


def _lead(result: Result) -> str:
    device = device_of(result)
    processor = "the GPU" if device == "cuda" else "the CPU"
    return (
        f"A language model's last layer gives every token of its vocabulary a number, and choosing "
        f"the next token begins with the k largest of them: top-k selection. This page compares "
        f"{len(path_names(result.cases, timed=True))} ways to do that on one "
        f"{machine_text(result.environment, device)}, in {len(result.cases)} cases. Every result "
        f"was checked against an oracle before it was timed; times are of {processor}, in "
        f"microseconds a call, medians of many."
    )


def _headline(cases: Sequence[Case]) -> str:
    ratios = [ratio for case in cases if (ratio := peer_ratio(case)) is not None]
    if not ratios:
        return "No case of this run has both a time of skim and one of a competitor that is right."
    first = sum(1 for case in cases if (best := fastest_right(case)) and best.own_kernel)
    return (
        f"skim is the fastest path that is right in {first} of {len(cases)} cases. Beside the best "
        f"of the others it is {min(ratios):.2f} to {max(ratios):.2f} times as fast, "
        f"{statistics.median(ratios):.2f} times in the median case."
    )


READING = [
    (
        "case",
        "A batch of rows times a vocabulary of columns, k results a row, an element type and a "
        "kind of input: 32 x 50304, k 50, float16, normal is 32 rows of 50,304 normally "
        "distributed numbers.",
    ),
    (
        "read floor",
        "The time of the fastest plain read of the same bytes, which nothing that looks at "
        "every element can beat: a path at 2 times the floor takes twice as long as reading "
        "its input.",
    ),
    (
        "path",
        "One way to do the job: a library's function or a kernel. skim is ours, the others "
        "are peers.",
    ),
    (
        "right",
        "Timed, exact, and not wrong on any hard input that was tried (ties, masked rows, NaN). "
        "A right path may still be unsorted: its labels say what it does not promise.",
    ),
    ("spread", "The range of the middle half of the samples, as a share of their median."),
    (
        "N/A",
        "The path cannot run the case; its reason is under Paths. WRONG means that it ran and "
        "broke its own promise, so it was not timed; ERROR that it failed.",
    ),
]


def _reading(cases: Sequence[Case]) -> str:
    used = "".join(marks_of(path) for case in cases for path in case.paths)
    terms = "".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in READING)
    marks = "".join(f"<dt>{mark}</dt><dd>{escape(text)}</dd>" for mark, text in meanings_of(used))
    return f'<dl class="terms">{terms}{marks}</dl>'


# ---- sections ----


def _published_section(cases: Sequence[Case]) -> str:
    if not any(case.published for case in cases):
        return ""
    remarks = dict.fromkeys(case.remark for case in cases if case.remark)
    return _section(
        "published",
        "Beside the published figures",
        _paragraph(
            "What was published of these shapes, and what was measured here. A loop of calls shows "
            "the slower of the GPU's work and the host's; here host time (what a call costs the "
            "CPU) stands apart, in the last columns."
        ),
        published_table(cases),
        *(_paragraph(f"Remark: {remark}.", "note") for remark in remarks),
    )


def _changes_section(old: Result | None, new: Result) -> str:
    if old is None:
        return ""
    found = changes(old, new)
    counts = {
        word: sum(change.verdict == word for change in found) for word in ("slower", "faster")
    }
    before = old.environment
    after = new.environment
    runs = (
        f"{old.file} (commit {before.commit}, {before.date[:10]}) is the old run, {new.file} "
        f"(commit {after.commit}, {after.date[:10]}) the new one."
    )
    text = (
        f"{runs} Of {len(found)} times in the cases of both, {counts['slower']} are slower and "
        f"{counts['faster']} faster beyond the noise, which is the spread of both together and "
        "at least 3 %."
    )
    machines = [machine_text(run.environment, device_of(run)) for run in (old, new)]
    other = (
        _paragraph(
            f"The machines differ ({machines[0]}, {machines[1]}), so these ratios compare "
            "machines as well as code.",
            "note",
        )
        if machines[0] != machines[1]
        else ""
    )
    changed = [change for change in found if change.verdict != "within noise"]
    same = [change for change in found if change.verdict == "within noise"]
    folded = (
        f"<details><summary>{len(same)} times within the noise</summary>{changes_table(same)}"
        "</details>"
        if same
        else ""
    )
    return _section(
        "changes",
        "Old and new",
        _paragraph(text),
        other,
        changes_table(changed) if changed else "",
        folded,
    )


def _heat_section(cases: Sequence[Case]) -> str:
    return _section(
        "heatmap",
        "skim against the best peer",
        _paragraph(
            "How many times as fast as the best peer that is right: ▲ and green from 1 up, where "
            "skim is the faster one, ▼ and red below. Hovering over a cell names the peer."
        ),
        heatmap(cases),
    )


def _environment_section(result: Result) -> str:
    environment = result.environment
    facts = {
        "date": environment.date,
        "commit": environment.commit,
        "command": environment.command,
        "CPU": f"{environment.cpu} ({environment.simd})",
    }
    if environment.gpu:
        facts |= {f"GPU {key}": value for key, value in environment.gpu.items()}
    facts |= environment.libraries
    facts |= {key: value for key, value in environment.other.items()}
    facts |= {"inputs": once(case.mode for case in result.cases), "file": result.file}
    rows = [
        [row_title(str(name)), element("td", escape(str(value)), class_="wide")]
        for name, value in facts.items()
    ]
    return _section(
        "environment", "How it was measured", table_of(["what", "value"], rows, "Environment")
    )


def _charts_section(charts: Sequence[Chart]) -> str:
    drawn = [chart for chart in charts if chart.choices]
    absent = " ".join(chart.absent for chart in charts if not chart.choices)
    return _section(
        "charts",
        "Charts",
        _paragraph("Pressing a name below a chart hides or shows that path."),
        *map(_chart_html, drawn),
        _paragraph(absent, "note") if absent else "",
    )


def _chart_html(chart: Chart) -> str:
    name, title, text = chart.name, chart.title, chart.explanation
    options = "".join(
        f'<option value="{at}">{escape(choice.label)}</option>'
        for at, choice in enumerate(chart.choices)
    )
    selector = (
        f'<label>Shown: <select data-chart="{name}">{options}</select></label>'
        if len(chart.choices) > 1
        else _paragraph(chart.choices[0].label, "only")
    )
    return (
        f"<figure><h3>{escape(title)}</h3><figcaption>{escape(text)}</figcaption>{selector}"
        f'<div class="chart" id="chart-{name}" role="img" aria-label="{escape(title)}"></div>'
        f'<div class="legend" id="legend-{name}"></div></figure>'
    )


def _chart_data(cases: Sequence[Case], names: Sequence[str], charts: Sequence[Chart]) -> str:
    """What page.js reads."""
    own = [path.name for path in cases[0].paths if path.own_kernel]
    drawn = {chart.name: [choice.figure for choice in chart.choices] for chart in charts}
    drawn = {name: figures for name, figures in drawn.items() if figures}
    return _script_json({"paths": names, "own": own, "charts": drawn})


def _times_section(cases: Sequence[Case], names: Sequence[str]) -> str:
    text = (
        "Median microseconds a call. The fastest path that is right is bold; small letters are "
        "the labels."
    )
    return _section("times", "Times", _paragraph(text), times_table(cases, names))


def page_of(result: Result, old: Result | None = None) -> str:
    """The page of a result; with an old one, of what became of it too."""
    cases, environment = result.cases, result.environment
    if not cases:
        raise ReportError(f"{result.file} has no case; measure again")
    names = path_names(cases, timed=True)
    charts = charts_of(cases, names)
    sections = [
        _published_section(cases),
        _changes_section(old, result),
        _charts_section(charts),
        _heat_section(cases),
        _times_section(cases, names),
        _section("paths", "Paths", paths_table(cases, path_names(cases))),
        _section("cases", "Every case in detail", *map(case_details, cases)),
        _environment_section(result),
    ]
    return Template(_file("page.html")).substitute(
        title=escape(f"Exact top-k on {machine_text(environment, device_of(result))}"),
        origin=escape(f"{environment.date[:10]}, commit {environment.commit}"),
        lead=escape(_lead(result)),
        headline=escape(_headline(cases)),
        reading=_reading(cases),
        sections="".join(sections),
        data=_chart_data(cases, names, charts),
        style=_file("page.css"),
        script=_file("page.js"),
        plotly=get_plotlyjs(),
    )
