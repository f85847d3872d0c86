"""Documents with measured tables: each table stands between markers that say what it is made of.

    <!-- table:NAME FILE.json [FILE.json ...] [kind=KIND] [paths="A, B"] -->
    ...
    <!-- /table:NAME -->

Files are found from the document's folder, as its links are.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from .markdown import table
from .other_tables import OTHER_KINDS, other_table
from .results import ReportError, read_result

_BEGIN = re.compile(r"<!-- table:(?P<name>[\w-]+)(?P<words>[^>]*?) -->\n")
_OPTIONS = ("kind", "paths")


@dataclass(frozen=True)
class Marker:
    """What a block's first line says."""

    name: str
    sources: list[str]
    kind: str
    paths: list[str]


def path_words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _marker(name: str, words: str, document: Path) -> Marker:
    sources: list[str] = []
    options: dict[str, str] = {}
    for word in shlex.split(words):
        option, equals, value = word.partition("=")
        if not equals:
            sources.append(word)
        elif option in _OPTIONS:
            options[option] = value
        else:
            raise ReportError(
                f"{document}: table:{name} has the option '{option}', which is none of: "
                f"{', '.join(_OPTIONS)}"
            )
    if not sources:
        raise ReportError(
            f"{document}: table:{name} names no result; write <!-- table:{name} "
            "results/MACHINE/RUN.json -->"
        )
    return Marker(name, sources, options.get("kind", "cases"), path_words(options.get("paths", "")))


def _block(marker: Marker, folder: Path) -> str:
    if marker.kind in OTHER_KINDS:
        return other_table([(folder / source, source) for source in marker.sources], marker.kind)
    results = [(read_result(folder / source, source), source) for source in marker.sources]
    return table(results, marker.kind, marker.paths)


@dataclass
class Rendered:
    """A document with its tables made again."""

    text: str
    tables: list[str]  # the names of all
    changed: list[str]  # and of those that were not as their results are


def render(document: Path, block: str | None = None) -> Rendered:
    """With `block` that table only."""
    try:
        text = document.read_text()
    except OSError as error:
        raise ReportError(
            f"{document} cannot be read ({error.strerror}); name a Markdown file"
        ) from None
    rendered = Rendered("", [], [])
    at = 0
    while begin := _BEGIN.search(text, at):
        name = begin["name"]
        end = text.find(f"<!-- /table:{name} -->", begin.end())
        if end < 0 or name in rendered.tables:
            raise ReportError(
                f"{document}: table:{name} must begin and end once; end it with "
                f"<!-- /table:{name} -->"
            )
        new = old = text[begin.end() : end]
        if block in (None, name):
            new = _block(_marker(name, begin["words"], document), document.parent)
        rendered.tables.append(name)
        rendered.changed += [name] if new != old else []
        rendered.text += text[at : begin.end()] + new
        at = end
    rendered.text += text[at:]
    if not rendered.tables or block not in (None, *rendered.tables):
        raise ReportError(
            f"{document} has no marker <!-- table:{block or 'NAME'} RESULT.json -->; "
            f"its tables are: {', '.join(rendered.tables) or 'none'}"
        )
    return rendered
