"""`skim report` on what `skim crossover`, `skim cliffs` and `skim bench --worst` wrote."""

import importlib.util
import json

import pytest

from made_up_results import case, path, result, write
from skim.report import main

ENVIRONMENT = result([])["environment"]


def cliffs(found=1):
    pair = {
        "fast": {"rows": 1, "cols": 64, "k": 1, "us": 2.0},
        "slow": {"rows": 1, "cols": 65, "k": 1, "us": 4.004},
        "times": 2.002,
        "bytes": 1.01,
    }
    return {
        "kind": "cliffs",
        "schema_version": 1,
        "environment": ENVIRONMENT | {"command": "skim cliffs --json c.json"},
        "dtype": "bfloat16",
        "rows": [1, 4],
        "cols": [64, 65],
        "ks": [1, 8],
        "failures": [],
        "neighbours": {
            "compared": 12,
            "limit": 1.5,
            "steepest": pair,
            "cliffs": [pair] * found,
        },
        "matrices": [
            {"rows": 1, "cols": 64, "floor_us": 1.0, "k": [1, 8], "us": [2, 2.5], "spread": [0, 0]},
            {"rows": 1, "cols": 65, "k": [1, 8], "us": [4, 4.5], "spread": [0, 0]},
            {"rows": 4, "cols": 64, "floor_us": 1.5, "k": [1, 8], "us": [3, 3.5], "spread": [0, 0]},
            {"rows": 4, "cols": 65},
        ],
    }


CROSSOVER = {
    "kind": "crossover",
    "schema_version": 1,
    "environment": ENVIRONMENT | {"command": "skim crossover --json x.json"},
    "crossovers": [
        {
            "boundary": "kManyShortRows = 1056",
            "best": [
                {"plan": "filter", "first": "1 x 9", "last": "8 x 9"},
                {"plan": "group_maxima ctas=8", "first": "64 x 9", "last": "64 x 9"},
            ],
            "loss": {"ratio": 1.0412, "shape": "8 x 9, k 2"},
            "shapes": [],
        },
        {"boundary": "as given", "best": [], "loss": None, "shapes": []},
    ],
}


def printed(capsys, file, kind):
    assert main([str(file), "--markdown", "--kind", kind]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def refused(capsys, *arguments):
    assert main([*map(str, arguments)]) == 2
    return capsys.readouterr().err


def test_crossovers(tmp_path, capsys):
    text = printed(capsys, write(tmp_path / "x.json", CROSSOVER), "crossover")
    assert "made by `skim crossover --json x.json`" in text and "NVIDIA H100, driver 580.0" in text
    assert (
        "| kManyShortRows = 1056 | `filter`: 1 x 9 to 8 x 9<br>`group_maxima ctas=8`: 64 x 9 "
        "| 1.04x, 8 x 9, k 2 |" in text
    )
    assert "| as given |  |  |" in text


def test_cliffs(tmp_path, capsys):
    text = printed(capsys, write(tmp_path / "c.json", cliffs(found=22)), "cliffs")
    assert "6 cells of bfloat16, 12 pairs of neighbours" in text
    assert "22 of them more than 1.5x apart beyond what their bytes explain" in text
    assert "| 1 x 64, k 1: 2.00 | 1 x 65, k 1: 4.00 | 2.00x | 1.01x |" in text
    assert text.count("1 x 65, k 1") == 20 and text.endswith("and 2 less steep\n")


def test_without_cliffs_the_steepest_pair_is_shown(tmp_path, capsys):
    text = printed(capsys, write(tmp_path / "c.json", cliffs(found=0)), "cliffs")
    assert "0 of them more than" in text and text.count("1 x 65, k 1") == 1


def test_hard_inputs(tmp_path, capsys):
    others = {"ascending": 5.0, "all_equal": 12.0, "zipf": 4.0}
    made = result([case(paths=[path("skim", 4.0, own_kernel=True, others_us=others)])])
    text = printed(capsys, write(tmp_path / "w.json", made), "hard")
    assert "| 4.0 | 3.00x, all_equal | all_equal 3.0x |" in text


def test_real_rows_beside_normal_ones(tmp_path, capsys):
    cases = [
        case(paths=[path("skim", 4.0, own_kernel=True)]),
        case(rows=9, paths=[path("skim", 5.0, own_kernel=True)]),
        case(paths=[path("skim", 4.6, own_kernel=True)], input="real"),
        case(rows=7, paths=[path("skim", 6.0, own_kernel=True)], input="real"),
    ]
    text = printed(capsys, write(tmp_path / "f.json", result(cases)), "real")
    assert "| 1 x 50304, k 50, float16 | 4.0 | 4.6 | 1.15x |" in text
    assert "| 7 x 50304, k 50, float16 |  | 6.0 |  |" in text and "9 x 50304" not in text


def test_a_document_keeps_tables_of_every_kind(tmp_path, capsys):
    write(tmp_path / "x.json", CROSSOVER)
    write(tmp_path / "c.json", cliffs())
    document = tmp_path / "performance.md"
    document.write_text(
        "<!-- table:limits x.json kind=crossover -->\n<!-- /table:limits -->\n"
        "<!-- table:jumps c.json kind=cliffs -->\n<!-- /table:jumps -->\n"
    )
    assert main(["--markdown", "--check", str(document)]) == 1
    assert main(["--markdown", "--into", str(document)]) == 0
    assert main(["--markdown", "--check", str(document)]) == 0
    assert "kManyShortRows" in document.read_text() and "12 pairs" in document.read_text()
    capsys.readouterr()


def test_files_of_another_kind_are_refused(tmp_path, capsys):
    crossover = write(tmp_path / "x.json", CROSSOVER)
    run = write(tmp_path / "run.json", result([case()]))
    assert "holds crossover, not cases" in refused(capsys, crossover, "--markdown")
    assert "is not what `skim cliffs --json` writes" in refused(
        capsys, run, "--markdown", "--kind", "cliffs"
    )
    assert "made of one file; 2 are named" in refused(
        capsys, crossover, crossover, "--markdown", "--kind", "crossover"
    )
    lacking = write(tmp_path / "l.json", {"kind": "cliffs", "schema_version": 1})
    assert "lacks a part" in refused(capsys, lacking, "--markdown", "--kind", "cliffs")


@pytest.mark.skipif(not importlib.util.find_spec("matplotlib"), reason="no matplotlib is here")
class TestChart:
    def chart(self, tmp_path, made, name="chart.svg"):
        chart = tmp_path / name
        assert main([str(write(tmp_path / "c.json", made)), "--chart", str(chart)]) == 0
        return chart.read_text()

    def test_has_a_panel_a_k_and_a_line_a_batch(self, tmp_path, capsys):
        text = self.chart(tmp_path, cliffs())
        assert "k = 1" in text and "k = 8" in text and "microseconds a call" in text
        assert text.count("stroke-dasharray") >= 2 and text.rstrip().endswith("</svg>")

    def test_is_the_same_for_the_same_measurements(self, tmp_path, capsys):
        one = self.chart(tmp_path, cliffs())
        assert one == self.chart(tmp_path, cliffs(), "again.svg")
        changed = json.loads(json.dumps(cliffs()))
        changed["matrices"][0]["us"][0] = 3
        assert one != self.chart(tmp_path, changed, "changed.svg")

    def test_goes_alone(self, tmp_path, capsys):
        file = write(tmp_path / "c.json", cliffs())
        assert "give one of --html PAGE, --chart SVG and --markdown" in refused(
            capsys, file, "--chart", tmp_path / "c.svg", "--markdown"
        )
        assert "not with --chart" in refused(
            capsys, file, "--chart", tmp_path / "c.svg", "--kind", "cliffs"
        )
        assert "one file" in refused(capsys, file, file, "--chart", tmp_path / "c.svg")


def test_eager_calls_are_compared_by_what_the_caller_waits_for(tmp_path, capsys):
    paths = [
        path("torch.topk", 20.0, host_us=6.0, labels=["ties any order"]),
        path("skim.topk", 5.0, host_us=3.0, own_kernel=True),
    ]
    made = [case(paths=paths, baseline="torch.topk", device=device) for device in ("cuda", "cpu")]
    tables = []
    for one in made:
        file = write(tmp_path / f"{one['device']}.json", result([one]))
        assert main(["--markdown", "--kind", "eager", str(file)]) == 0
        tables.append(capsys.readouterr().out)
    assert "| host, torch.topk | host, skim.topk | GPU, torch.topk <sup>t</sup> | GPU, skim.topk |" in tables[0]
    assert "normal | 6.0 <sup>t</sup> | 3.0 (2.0x) | 20.0 | 5.0 |" in tables[0]
    assert "normal | 20.0 <sup>t</sup> | 5.0 (4.0x) |" in tables[1]


def drawn(text, rows, **paths):
    settings = {"sampling": {"text": text}, "dtype": "float32", "k": 1}
    made = [path(name, us) for name, us in paths.items()]
    return case(rows=rows, cols=128256, floor_us=1.25 * rows, paths=made, **settings)


def test_samplers_have_a_line_a_path_and_a_column_a_shape(tmp_path, capsys):
    cases = [
        drawn("greedy", 1, skim=2.5, Torch=80.0),
        drawn("greedy", 8, skim=3.0, Torch=90.0),
        drawn("top-p 0.9", 1, skim=5.5),
    ]
    text = printed(capsys, write(tmp_path / "s.json", result(cases)), "sampling")
    assert text.splitlines()[2:] == [
        "| float32, normal |  | 1 x 128256 | 8 x 128256 |",
        "| --- | --- | ---: | ---: |",
        "| read floor |  | 1.2 | 10.0 |",
        "| greedy | skim | 2.5 | 3.0 |",
        "|  | Torch | 80.0 | 90.0 |",
        "| top-p 0.9 | skim | 5.5 |  |",
    ]


def test_a_table_of_samplers_is_of_one_input_and_of_sampling(tmp_path, capsys):
    two = [drawn("greedy", 1, skim=2.5), drawn("greedy", 1, skim=2.5) | {"dtype": "float16"}]
    said = refused(capsys, write(tmp_path / "s.json", result(two)), "--markdown", "--kind", "sampling")
    assert "float32, normal; float16, normal" in said
    topk = write(tmp_path / "t.json", result([case(paths=[path("skim", 1.0)])]))
    assert "--op sample" in refused(capsys, topk, "--markdown", "--kind", "sampling")
