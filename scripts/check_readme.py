#!/usr/bin/env python3
"""Compile and run the examples of README.md and docs/, and compare all documents' tables and charts
with their results.

Every fenced block marked cpp, c or python is a whole program. It must build without warnings, exit
with 0, and print exactly the lines that its comments announce after "prints: ".

usage: .venv/bin/python scripts/check_readme.py    (after `make test` built and installed things)
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "default"
FOLDER = ROOT / "build" / "readme"
BLOCK = re.compile(r"^```(cpp|c|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TABLE = "<!-- table:"
ANNOUNCED = re.compile(r"prints: (.*?)(?: \*/)?$", re.MULTILINE)
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def built_command(document: str, language: str, source: pathlib.Path) -> list[str]:
    """The command that runs an example, after compiling it where its language asks for that."""
    if language == "python":
        return [sys.executable, str(source)]
    program = source.with_suffix(f".{language}.out")
    compiler = ["g++", "-std=c++20"] if language == "cpp" else ["gcc", "-std=c11"]
    library = BUILD / "src"
    command = [*compiler, *WARNINGS, f"-I{ROOT / 'include'}", str(source), "-o", str(program),
               f"-L{library}", f"-Wl,-rpath,{library}", "-lskim"]
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"{document}: the {language} example does not build against {library}")
    return [str(program)]


def check(document: str, language: str, text: str) -> None:
    source = FOLDER / f"example.{language if language != 'python' else 'py'}"
    source.write_text(text)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(built_command(document, language, source), cwd=FOLDER, env=environment, check=False,
                         capture_output=True, text=True)
    announced = ANNOUNCED.findall(text)
    if not announced:
        sys.exit(f"{document}: the {language} example announces no output")
    if run.returncode != 0 or run.stdout.splitlines() != announced:
        sys.exit(f"{document}: the {language} example exited with {run.returncode} and printed\n"
                 f"{run.stdout}{run.stderr}instead of\n" + "\n".join(announced))
    print(f"{document}: the {language} example is right")


def check_examples(document: str, languages: set[str]) -> None:
    blocks = BLOCK.findall((ROOT / document).read_text())
    missing = languages - {language for language, _ in blocks}
    if missing:
        sys.exit(f"{document}: an example is missing, in {' and in '.join(sorted(missing))}")
    for language, text in blocks:
        check(document, language, text)


def check_tables() -> None:
    """`skim report` knows how tables are marked, and says which one is not as its results are."""
    documents = [path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
                 if any(line.startswith(TABLE) for line in path.read_text().splitlines())]
    if ROOT / "README.md" not in documents:
        sys.exit(f"README.md: a table of results is missing; it begins with {TABLE}NAME RESULT.json -->")
    for document in documents:
        command = [sys.executable, "-m", "skim", "report", "--markdown", "--check", str(document)]
        if subprocess.run(command, cwd=FOLDER, check=False).returncode:
            sys.exit(1)


def check_charts() -> None:
    """docs/NAME.svg is the chart of one results/MACHINE/NAME.json, as `skim report` draws it."""
    for chart in ROOT.glob("docs/*.svg"):
        name = chart.relative_to(ROOT)
        results = sorted(ROOT.glob(f"results/*/{chart.stem}.json"))
        if len(results) != 1:
            sys.exit(f"{name}: {len(results)} files are called {chart.stem}.json in results/; "
                     "its measurements must be there once")
        again = FOLDER / chart.name
        command = [sys.executable, "-m", "skim", "report", str(results[0]), "--chart", str(again)]
        if subprocess.run(command, cwd=FOLDER, check=False).returncode:
            sys.exit(1)
        if again.read_text() != chart.read_text():
            sys.exit(f"{name} is not what its results say; run: python3 -m skim report "
                     f"{results[0].relative_to(ROOT)} --chart {name}")
        print(f"{name}: as {results[0].relative_to(ROOT)} says")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    check_examples("README.md", {"cpp", "c", "python"})
    check_examples("docs/sampling.md", {"cpp", "python"})
    check_examples("docs/integrations.md", {"python"})
    check_tables()
    check_charts()


if __name__ == "__main__":
    main()
