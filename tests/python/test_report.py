"""`skim report --markdown`: files are read, tables made, documents kept."""

import json
import pathlib
import subprocess
import sys

import pytest

from made_up_results import case, path, result, write
from skim.report import main

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = sorted(
    file for file in ROOT.glob("results/*/*.json") if "kind" not in json.loads(file.read_text())
)
needs_results = pytest.mark.skipif(not RESULTS, reason="results/ is not beside these tests")

PUBLISHED = {"pytorch_us": 45, "triton_us": 181, "gpu": "H100 PCIe", "date": "2025-11"}


def side_by_side():
    return case(
        published=PUBLISHED,
        remark="misleading: made up",
        floor_us=1.5,
        paths=[
            path("skim", 4, own_kernel=True, host_us=5),
            path("PyTorch", 40, labels=["ties any order"], host_us=90),
            path("Triton (published)", 200),
            path("Triton (best)", 8),
            path(
                "CuTe", None, "not_applicable", "needs a power-of-two vocabulary <= 4096, got 50304"
            ),
            path("QuACK", 3, labels=["inexact (0.0005)"], wrong_on=["masked50"]),
            path("CUB DeviceBatchedTopK", 11, labels=["unsorted"]),
            path("CUB DeviceTopK", 12345.6, labels=["unsorted", "nondeterministic"]),
            path("FlashInfer", 20, labels=["events, not captured"]),
            path("JAX", None, "error", "raised a | in | text"),
            path("RAFT select_k", None, "wrong", "row 3 rank 7"),
        ],
    )


def markdown(capsys, *arguments):
    assert main([*map(str, arguments), "--markdown"]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split(" | ")]


def rows_of(text):
    """The table's rows as dictionaries by their titles."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    titles = cells(lines[0])
    assert all(len(cells(line)) == len(titles) for line in lines)
    return [dict(zip(titles, cells(line), strict=True)) for line in lines[2:]]


def test_table_of_cases(tmp_path, capsys):
    text = markdown(capsys, write(tmp_path / "run.json", result([side_by_side()])))
    (row,) = rows_of(text)
    assert row["case"] == "1 x 50304, k 50, float16, normal"
    assert row["read floor"] == "1.5" and row["skim"] == "4.0" and row["skim / floor"] == "2.7x"
    assert row["PyTorch <sup>t</sup>"] == "40.0"
    assert row["QuACK <sup>i!</sup>"] == "3.0" and row["CUB DeviceTopK <sup>un</sup>"] == "12,346"
    assert row["JAX"] == "ERROR" and row["RAFT select_k"] == "WRONG"
    assert row["skim is"] == "10.0x faster than PyTorch"
    assert "CuTe" not in row  # it could run no case
    for note in (
        "<sup>u</sup> unsorted",
        "<sup>e</sup> timed by events",
        "QuACK is wrong on: masked50",
        "RAFT select_k: WRONG: row 3 rank 7",
        "1 x 50304: misleading: made up",
    ):
        assert f"- {note}" in text
    assert "NVIDIA H100, driver 580.0" in text and "`skim bench --json x.json`" in text


def test_label_of_some_times_only_stands_beside_them(tmp_path, capsys):
    two = [
        case(k=k, paths=[path("skim", 1, own_kernel=True), path("PyTorch", 2, labels=labels)])
        for k, labels in ((1, []), (2, ["unsorted"]))
    ]
    first, second = rows_of(markdown(capsys, write(tmp_path / "run.json", result(two))))
    assert first["PyTorch"] == "2.0" and second["PyTorch"] == "2.0 <sup>u</sup>"


def test_table_beside_the_published_figures(tmp_path, capsys):
    file = write(tmp_path / "run.json", result([side_by_side()]))
    text = markdown(capsys, file, "--kind", "published")
    (row,) = rows_of(text)
    assert [row[name] for name in ("Batch", "Vocab", "k", "dtype")] == [
        "1",
        "50304",
        "50",
        "float16",
    ]
    assert row["PyTorch <sup>t</sup>"] == "40.0" and row["Triton (published)"] == "200"
    assert row["Relative"] == "**5.0x slower**"
    assert row["published PyTorch / Triton (H100 PCIe, 2025-11)"] == "45.0 / 181, 4.0x slower"
    assert (
        row["best of CUB"] == "11.0 <sup>u</sup>"
        and row["CuTe"] == "N/A"
        and row["RAFT"] == "WRONG"
    )
    assert row["host time, PyTorch (Python)"] == "90.0" and row["host time, skim (C++)"] == "5.0"
    assert "CuTe: N/A: needs a power-of-two vocabulary <= 4096, got 50304" in text


def test_way_of_cub_that_is_shown_is_named_with_what_it_is_wrong_on(tmp_path, capsys):
    fragile = path("CUB DeviceTopK", 9, wrong_on=["nan_spots"])
    paths = [path("skim", 4, own_kernel=True), path("PyTorch", 40), fragile]
    made = case(published=PUBLISHED, paths=[*paths, path("CUB sort", None, "error", "failed")])
    file = write(tmp_path / "run.json", result([made]))
    text = markdown(capsys, file, "--kind", "published")
    assert rows_of(text)[0]["best of CUB"] == "9.0 <sup>!</sup>"
    assert "CUB DeviceTopK is wrong on: nan_spots" in text
    right = case(published=PUBLISHED, paths=[*paths, path("CUB sort", 160)])
    text = markdown(capsys, write(tmp_path / "run.json", result([right])), "--kind", "published")
    assert rows_of(text)[0]["best of CUB"] == "160" and "nan_spots" not in text


def test_paths_are_chosen_by_name_or_its_beginning(tmp_path, capsys):
    file = write(tmp_path / "run.json", result([side_by_side()]))
    (row,) = rows_of(markdown(capsys, file, "--paths", "cub,skim,CuTe"))
    assert list(row)[2:6] == [
        "CUB DeviceBatchedTopK <sup>u</sup>",
        "CUB DeviceTopK <sup>un</sup>",
        "skim",
        "CuTe",
    ]
    assert main([str(file), "--markdown", "--paths", "cupp"]) == 2
    assert "'cupp' is no path of these results" in capsys.readouterr().err


@needs_results
@pytest.mark.parametrize("file", RESULTS, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_committed_results_are_readable(file, capsys):
    assert len(rows_of(markdown(capsys, file))) == len(json.loads(file.read_text())["cases"])


REFUSED = {
    "an unknown schema": (result([], schema=99), "schema version 99"),
    "no schema": ({}, "schema version None"),
    "a list": ([], "schema version None"),
    "no environment": ({"schema_version": 2, "cases": []}, "'environment'"),
    "a case without paths": (result([{"rows": 1}]), "lacks a part"),
    "no case": (result([]), "has no case"),
    "cases of two devices": (
        result([side_by_side(), side_by_side() | {"device": "cpu"}]),
        "of one",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_are_one_sentence(name, tmp_path, capsys):
    made, expected = REFUSED[name]
    file = write(tmp_path / "run.json", made)
    assert main([str(file), "--markdown"]) == 2
    error = capsys.readouterr().err
    assert expected in error and str(file) in error and error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ([], "one of --html PAGE, --chart SVG and --markdown"),
        (["--markdown"], "names no result"),
        (["absent.json", "--markdown"], "absent.json cannot be read"),
        (["absent.json", "--markdown", "--into", "README.md"], "without results"),
        (["absent.json", "--markdown", "--block", "h100"], "--block goes with"),
        (["a.json", "b.json", "c.json", "--html", "page.html"], "got 3"),
        (["a.json", "--html", "page.html", "--paths", "skim"], "go with --markdown"),
    ],
)
def test_wrong_arguments_are_refused(arguments, expected, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert expected in capsys.readouterr().err


# ---- documents ----


def document(folder, marker, body=""):
    write(folder / "run.json", result([side_by_side()]))
    file = folder / "doc.md"
    file.write_text(f"before\n<!-- table:one {marker} -->\n{body}<!-- /table:one -->\nafter\n")
    return file


def test_document_is_rewritten_then_right_then_noticed(tmp_path, capsys):
    file = document(tmp_path, 'run.json kind=published paths="skim, CUB"')
    assert main(["--markdown", "--check", str(file)]) == 1
    assert "table:one is not what its results say" in capsys.readouterr().err
    assert main(["--markdown", "--into", str(file)]) == 0
    assert main(["--markdown", "--check", str(file)]) == 0
    text = file.read_text()
    assert text.startswith("before\n<!-- table:one run.json") and text.endswith(
        "<!-- /table:one -->\nafter\n"
    )
    (row,) = rows_of(text)
    assert row["skim"] == "4.0" and "CUB DeviceTopK <sup>un</sup>" in row and "JAX" not in row
    slower = side_by_side()
    slower["paths"][0]["timing"]["median_us"] = 5
    write(tmp_path / "run.json", result([slower]))
    assert main(["--markdown", "--check", str(file)]) == 1
    assert file.read_text() == text


def test_one_block_of_a_document(tmp_path):
    file = document(tmp_path, "run.json")
    first = file.read_text()
    file.write_text(first + first.replace("one", "two"))
    assert main(["--markdown", "--into", str(file), "--block", "two"]) == 0
    assert file.read_text().startswith(first) and len(rows_of(file.read_text())) == 1


@pytest.mark.parametrize(
    "marker, expected",
    [
        ("", "names no result"),
        ("absent.json", "absent.json cannot be read"),
        ("run.json kind=other", "'other' is no kind of table; the kinds are: cases, published"),
        ("run.json colour=red", "option 'colour'"),
    ],
)
def test_wrong_markers_are_refused(marker, expected, tmp_path, capsys):
    assert main(["--markdown", "--check", str(document(tmp_path, marker))]) == 2
    assert expected in capsys.readouterr().err


def test_documents_without_the_table_are_refused(tmp_path, capsys):
    file = document(tmp_path, "run.json")
    assert main(["--markdown", "--check", str(file), "--block", "other"]) == 2
    assert "its tables are: one" in capsys.readouterr().err
    file.write_text(file.read_text().replace("<!-- /table:one -->", ""))
    assert main(["--markdown", "--into", str(file)]) == 2
    assert "must begin and end once" in capsys.readouterr().err


# ---- the page, without a browser ----


def test_page_without_plotly_is_refused_in_one_sentence(tmp_path, monkeypatch, capsys):
    file = write(tmp_path / "run.json", result([side_by_side()]))
    monkeypatch.setitem(sys.modules, "plotly", None)  # importing it fails
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    monkeypatch.delitem(sys.modules, "skim.report.page", raising=False)
    assert main([str(file), "--html", str(tmp_path / "page.html")]) == 2
    error = capsys.readouterr().err
    assert "python3 -m pip install plotly==" in error and error.count("\n") == 1


def test_two_runs_without_a_common_case_are_refused(tmp_path, capsys):
    pytest.importorskip("plotly", reason="needs plotly: python3 -m pip install plotly")
    one = write(tmp_path / "one.json", result([side_by_side()]))
    other = write(tmp_path / "other.json", result([case(k=7, paths=side_by_side()["paths"])]))
    assert main([str(one), str(other), "--html", str(tmp_path / "page.html")]) == 2
    assert "no case in common" in capsys.readouterr().err


def test_changes_beyond_the_noise_of_both():
    from skim.report.comparison import changes
    from skim.report.results import parse_result

    def run(skim_us, torch_us, spread):
        made = result(
            [
                case(
                    paths=[
                        path("skim", skim_us, own_kernel=True),
                        path("PyTorch", torch_us, spread=spread),
                    ]
                )
            ]
        )
        return parse_result(json.dumps(made), "run.json")

    skim, torch = changes(run(100, 100, 0.05), run(104, 109, 0.05))
    assert skim.verdict == "slower" and skim.ratio == pytest.approx(1.04)
    assert torch.verdict == "within noise" and torch.noise == pytest.approx(0.1)
    skim, torch = changes(run(104, 100, 0), run(100, 97.5, 0))
    assert (skim.verdict, torch.verdict) == ("faster", "within noise")


def test_path_that_became_wrong_on_a_hard_input_is_no_noise():
    from skim.report.comparison import changes
    from skim.report.results import parse_result

    def run(wrong_on):
        made = result([case(paths=[path("skim", 5, own_kernel=True, wrong_on=wrong_on)])])
        return parse_result(json.dumps(made), "run.json")

    (skim,) = changes(run([]), run(["nan_spots"]))
    assert skim.verdict == "now wrong on nan_spots"
    (skim,) = changes(run(None), run(["nan_spots"]))  # the old run did not try
    assert skim.verdict == "within noise"


def test_command_is_dispatched_and_named_in_the_help(tmp_path):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "skim", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )

    file = write(tmp_path / "run.json", result([side_by_side()]))
    assert "10.0x faster than PyTorch" in run("report", str(file), "--markdown").stdout
    assert "--html" in run("report", "--help").stdout
    assert "skim report --help" in run("--help").stdout
