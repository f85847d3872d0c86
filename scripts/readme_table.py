#!/usr/bin/env python3
"""Rewrite a measured table of README.md from a committed result.

usage: scripts/readme_table.py results/MACHINE/RUN.json [--block NAME] [--check]

The file is what `skim bench --json` wrote. The table is between <!-- table:NAME --> and
<!-- /table:NAME -->; NAME is cpu unless given. With --check nothing is written: the exit status
says whether README.md holds the table of that file already.
"""

import argparse
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
SCHEMA_VERSION = 1


def time_text(microseconds: float) -> str:
    return f"{microseconds:.1f}" if microseconds < 100 else f"{microseconds:,.0f}"


def ratio_text(microseconds: float, baseline: float) -> str:
    if microseconds <= baseline:
        return f"{baseline / microseconds:.1f}x faster"
    return f"{microseconds / baseline:.1f}x slower"


def path_of(case: dict, name: str | None) -> dict | None:
    return next((path for path in case["paths"] if path["name"] == name), None)


def timed_names(cases: list[dict]) -> list[str]:
    """Paths that have a time, or should have one, in at least one case; in the table's order."""
    names: dict[str, None] = {}
    for case in cases:
        for path in case["paths"]:
            if path["status"] != "not_applicable":
                names[path["name"]] = None
    return list(names)


def cell(case: dict, name: str) -> str:
    path = path_of(case, name)
    if path is None:
        return ""
    if path["status"] == "ok":
        return time_text(path["timing"]["median_us"])
    return {"not_applicable": "N/A"}.get(path["status"], path["status"].upper())


def verdict(case: dict) -> str:
    own = next(path for path in case["paths"] if path["own_kernel"])
    baseline = path_of(case, case["baseline"])
    if own["status"] != "ok" or baseline is None:
        return ""
    ratio = ratio_text(own["timing"]["median_us"], baseline["timing"]["median_us"])
    return f"{ratio} than {baseline['name']}"


def times_the_floor(case: dict) -> str:
    own = next(path for path in case["paths"] if path["own_kernel"])
    if own["status"] != "ok" or not case["floor"]:
        return ""
    return f"{own['timing']['median_us'] / case['floor']['median_us']:.1f}x"


def row(case: dict, names: list[str]) -> list[str]:
    what = f"{case['rows']} x {case['cols']}, k {case['k']}, {case['dtype']}, {case['input']}"
    floor = time_text(case["floor"]["median_us"]) if case["floor"] else ""
    ratio = [times_the_floor(case)] if case["device"] == "cuda" else []
    return [what, floor, *(cell(case, name) for name in names), *ratio, verdict(case)]


def once(values) -> str:
    return " and ".join(dict.fromkeys(str(value) for value in values))


def heading(cases: list[dict], names: list[str]) -> list[list[str]]:
    ratio = ["skim / floor"] if cases[0]["device"] == "cuda" else []
    titles = ["case", "read floor", *names, *ratio, "skim is"]
    return [titles, ["---", *["---:"] * (len(titles) - 2), "---"]]


def place(cases: list[dict], environment: dict) -> str:
    if cases[0]["device"] == "cuda":
        gpu = environment["gpu"]
        return f"GPU time; {gpu['name']}, driver {gpu['driver']}, CUDA {gpu['runtime']}"
    threads = once(case["threads"] for case in cases)
    return f"{environment['cpu']} ({environment['simd']}), threads: {threads}"


def table(result: dict, source: str) -> str:
    cases, environment = result["cases"], result["environment"]
    if len({case["device"] for case in cases}) != 1:
        sys.exit(f"{source} has cases of several devices; a table is of one")
    names = timed_names(cases)
    lines = heading(cases, names) + [row(case, names) for case in cases]
    text = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    modes = once(case["mode"] for case in cases)
    return (
        f"Microseconds a call, median; {place(cases, environment)}, inputs: {modes}, "
        f"{environment['date'][:10]}. The read floor is the fastest plain "
        f"read of the same bytes. From [{source}]({source}), made by `{environment['command']}`.\n\n"
        f"{text}\n"
    )


def block_of(name: str) -> re.Pattern:
    return re.compile(rf"(<!-- table:{name} -->\n).*?(<!-- /table:{name} -->)", re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", type=pathlib.Path)
    parser.add_argument("--block", default="cpu", help="the table's name in README.md")
    parser.add_argument("--check", action="store_true", help="only say whether README.md is right")
    arguments = parser.parse_args()
    result = json.loads(arguments.result.read_text())
    if result["schema_version"] != SCHEMA_VERSION:
        sys.exit(f"{arguments.result} has schema version {result['schema_version']}, this script "
                 f"reads {SCHEMA_VERSION}; measure again")
    source = str(arguments.result.resolve().relative_to(ROOT))
    block = table(result, source)
    old = README.read_text()
    new, count = block_of(arguments.block).subn(lambda match: match[1] + block + match[2], old)
    if count != 1:
        sys.exit(f"README.md must hold the markers of table:{arguments.block} exactly once")
    if arguments.check:
        sys.exit(None if new == old else f"README.md does not hold the table of {source}")
    README.write_text(new)
    print(f"README.md now holds the table of {source}")


if __name__ == "__main__":
    main()
