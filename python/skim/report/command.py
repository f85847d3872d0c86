"""The arguments of `python3 -m skim report`, and which file is read and written for them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .document import path_words, render
from .markdown import KINDS, table
from .other_tables import OTHER_KINDS, other_table
from .results import ReportError, read_of_kind, read_result

DESCRIPTION = """\
Make a page or tables of what `skim bench --json FILE` measured.

  report RESULT.json --html PAGE.html        one self-contained page with charts
  report OLD.json NEW.json --html PAGE.html  the page of the new run, compared with the old one
  report CLIFFS.json --chart CHART.svg       a chart of what `skim cliffs --json` measured
  report RESULT.json --markdown              a table, printed
  report --markdown --into README.md         rewrite the tables of a document from their results
  report --markdown --check README.md        exit with 1 where they are not what the results say
"""

MARKERS = """\
A table of a document stands between two markers; the first names its results (found from the
document's folder), and may name a kind and the paths that get a column:

  <!-- table:NAME RESULT.json [kind=KIND] [paths="skim, CUB, PyTorch"] -->
  <!-- /table:NAME -->

Kinds: cases (a row a case), published (the published comparison), hard (other inputs of the same
shape), real (real rows beside normal ones), eager (what a call takes from a program, of --op eager), and
of files of `skim crossover`, `skim cliffs` and examples/generate.py: crossover, cliffs, generate.
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m skim report",
        description=DESCRIPTION,
        epilog=MARKERS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="%(prog)s [RESULT.json ...] OPTIONS",
    )
    parser.add_argument("results", nargs="*", type=Path, metavar="RESULT.json")
    what = parser.add_argument_group("what to make")
    what.add_argument("--html", type=Path, metavar="PAGE", help="write the page (needs plotly)")
    what.add_argument("--chart", type=Path, metavar="SVG", help="write a chart (needs matplotlib)")
    what.add_argument(
        "--markdown", action="store_true", help="print a table, or see --into and --check"
    )
    table_options = parser.add_argument_group("with --markdown")
    table_options.add_argument(
        "--kind",
        choices=(*KINDS, *OTHER_KINDS),
        default=None,
        help="of a printed table: see below",
    )
    table_options.add_argument(
        "--paths",
        default=None,
        metavar="A,B",
        help="of a printed table: these columns, by name or its beginning",
    )
    where = table_options.add_mutually_exclusive_group()
    where.add_argument(
        "--into", type=Path, metavar="DOCUMENT", help="rewrite the tables of DOCUMENT"
    )
    where.add_argument(
        "--check", type=Path, metavar="DOCUMENT", help="write nothing; exit with 1 if they differ"
    )
    table_options.add_argument("--block", metavar="NAME", help="only table:NAME of DOCUMENT")
    return parser


def _check_arguments(arguments: argparse.Namespace) -> None:
    document = arguments.into or arguments.check
    if sum([arguments.markdown, bool(arguments.html), bool(arguments.chart)]) != 1:
        raise ReportError("give one of --html PAGE, --chart SVG and --markdown; see --help")
    of_tables = document or arguments.block or arguments.kind or arguments.paths
    if of_tables and not arguments.markdown:
        raise ReportError(
            "--kind, --paths, --into, --check and --block go with --markdown, not with "
            f"{'--html' if arguments.html else '--chart'}"
        )
    if document and (arguments.results or arguments.kind or arguments.paths):
        raise ReportError(
            f"{document} itself says in its markers what its tables are made of; give "
            "--into or --check without results, --kind and --paths"
        )
    if arguments.block and not document:
        raise ReportError("--block goes with --into DOCUMENT or --check DOCUMENT")
    if not document and not arguments.results:
        raise ReportError("names no result; give a file that `skim bench --json FILE` wrote")


def _update(document: Path, block: str | None) -> int:
    rendered = render(document, block)
    if rendered.changed:
        document.write_text(rendered.text)
    print(
        f"{document}: {_counted(rendered.tables, block)}, rewritten: "
        f"{', '.join(rendered.changed) or 'none'}"
    )
    return 0


def _check(document: Path, block: str | None) -> int:
    rendered = render(document, block)
    for name in rendered.changed:
        print(
            f"{document}: table:{name} is not what its results say; run: "
            f"python3 -m skim report --markdown --into {document}",
            file=sys.stderr,
        )
    if not rendered.changed:
        print(f"{document}: {_counted(rendered.tables, block)} as the results say")
    return 1 if rendered.changed else 0


def _counted(tables: Sequence[str], block: str | None) -> str:
    return f"tables {', '.join([block] if block else tables)}"


def _print_table(files: Sequence[Path], kind: str, paths: Sequence[str]) -> int:
    if kind in OTHER_KINDS:
        print(other_table([(file, str(file)) for file in files], kind), end="")
        return 0
    print(table([(read_result(file), str(file)) for file in files], kind, paths), end="")
    return 0


def _write_page(files: Sequence[Path], page: Path) -> int:
    if len(files) > 2:
        raise ReportError(f"--html takes one result, or an old and a new one; got {len(files)}")
    try:
        from .page import page_of
    except ImportError as error:
        raise ReportError(
            f"--html needs plotly ({error}); install it with: python3 -m pip install plotly==7.1.0"
        ) from None
    results = [read_result(file) for file in files]
    page.write_text(page_of(results[-1], results[0] if len(results) == 2 else None))
    print(
        f"{page}: {len(results[-1].cases)} cases of {files[-1]}, {page.stat().st_size / 1e6:.1f} MB"
    )
    return 0


def _write_chart(files: Sequence[Path], chart: Path) -> int:
    if len(files) != 1:
        raise ReportError(f"--chart takes one file of `skim cliffs --json`; got {len(files)}")
    try:
        from .cliffs_chart import chart_of
    except ImportError as error:
        raise ReportError(
            f"--chart needs matplotlib ({error}); install it with: "
            "python3 -m pip install matplotlib==3.11.2"
        ) from None
    data = read_of_kind(files[0], "cliffs")
    chart.write_text(chart_of(data))
    print(f"{chart}: {len(data['matrices'])} matrices of {files[0]}")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    _check_arguments(arguments)
    if arguments.html:
        return _write_page(arguments.results, arguments.html)
    if arguments.chart:
        return _write_chart(arguments.results, arguments.chart)
    if arguments.into:
        return _update(arguments.into, arguments.block)
    if arguments.check:
        return _check(arguments.check, arguments.block)
    return _print_table(
        arguments.results, arguments.kind or "cases", path_words(arguments.paths or "")
    )


def main(arguments: Sequence[str]) -> int:
    """Returns the exit status; what cannot be done is said in one sentence."""
    try:
        return _run(_parser().parse_args(arguments))
    except (ReportError, OSError) as error:
        print(f"skim report: {error}", file=sys.stderr)
        return 2
