"""The command `skim` as a user runs it, with its table and JSON parsed."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

import skim

CASE = ["--device", "cpu", "--batch", "2", "--vocab", "4000", "--k", "20", "--dtype", "float32"]
QUICK = [*CASE, "--dist", "normal", "--rounds", "2", "--threads", "1", "--mode", "hot"]


def run(*arguments, cwd, **environment):
    """Runs `python -m skim` in a folder of its own; stdout is a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "skim", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def paths_of(json_file):
    (case,) = json.loads(json_file.read_text())["cases"]
    return {path["name"]: path for path in case["paths"]}


def test_info_names_versions_and_peers(tmp_path):
    done = run("info", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(rf"skim +{re.escape(skim.__version__)}", done.stdout)
    assert re.search(r"PyTorch +\d+\.\d+", done.stdout)
    paths = done.stdout.partition("\npaths\n")[2].splitlines()
    for name in ("CUB segmented radix sort", "RAFT select_k", "CuTe", "torch.compile",
                 "Triton (published)", "Triton (best)", "QuACK", "FlashInfer",
                 "FlashInfer (deterministic)", "JAX", "skim (page table)", "skim (row offsets)",
                 "FlashInfer (page table)", "FlashInfer (row offsets)"):
        (line,) = (line for line in paths if line.strip().startswith(f"{name}  "))
        assert re.search(r"  (N/A: \w+|[\w ]*\d+\.\d+)", line), line


def test_the_published_command_works_as_it_stands():
    root = pathlib.Path(__file__).resolve().parents[2]
    script = "ai_kernel_factory/sampling/benchmark_final.py"
    if not (root / script).exists():
        pytest.skip(f"{script} is not beside these tests: only a clone has it")
    shape = ["--batch", "32", "--vocab", "50304", "--k", "50", "--dtype", "float16"]
    fewer = ["--rounds", "1", "--paths", "skim,PyTorch,Triton"]
    done = subprocess.run(
        [sys.executable, script, *shape, *fewer],
        cwd=root, capture_output=True, text=True, timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "32 x 50304, k 50, float16, normal" in done.stdout
    titles, cells = done.stdout.partition("Side by side")[2].splitlines()[1:3]
    assert titles.split()[:6] == ["Batch", "Vocab", "k", "dtype", "PyTorch", "Triton"]
    assert cells.split()[:4] == ["32", "50304", "50", "float16"]


def test_explain_prints_plan_and_reason(tmp_path):
    done = run("explain", *CASE, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for text in ("rows=2", "cols=4000", "k=20", "float32", "workspace", "PyTorch"):
        assert text in done.stdout


def test_verify_passes(tmp_path):
    done = run("verify", *CASE, "--paths", "skim,PyTorch", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_bench_table_and_json_agree(tmp_path):
    file = tmp_path / "result.json"
    done = run("bench", *QUICK, "--json", str(file), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout and "\r" not in done.stdout + done.stderr
    report = json.loads(file.read_text())
    assert report["schema_version"] >= 1
    (case,) = report["cases"]
    assert (case["rows"], case["cols"], case["k"]) == (2, 4000, 20)
    assert case["dtype"] == "float32" and case["threads"] == 1
    assert case["baseline"] == "PyTorch" and case["floor"]["median_us"] > 0
    paths = paths_of(file)
    for name in ("skim", "PyTorch", "std::partial_sort"):
        assert paths[name]["status"] == "ok" and paths[name]["timing"]["median_us"] > 0
        assert any(line.split()[:1] == [name] for line in done.stdout.splitlines())
    assert paths["skim"]["own_kernel"] and not paths["PyTorch"]["own_kernel"]
    assert "ties any order" in paths["PyTorch"]["labels"]
    assert re.search(r"\d(\.\d+)?x (slower|faster)", done.stdout)


WRONG = """
import torch
def topk(x, k):
    values, indices = torch.topk(x, k)
    indices[-1, 3] = indices[-1, 4]
    return values, indices
"""
RIGHT = """
import torch
def pick(x, k):
    return torch.sort(x, dim=-1, descending=True, stable=True)[0][:, :k], \\
        torch.sort(x, dim=-1, descending=True, stable=True)[1][:, :k]
"""
RAISING = "def topk(x, k):\n    raise OverflowError('no room for k')\n"
SHORT = "def topk(x, k):\n    return x[:, 1:k], x[:, 1:k].long()\n"
LEAVING = "def topk(x, k):\n    raise SystemExit('leaving')\n"
BROKEN = "import a_module_that_is_not_there\n"


def test_own_kernels(tmp_path):
    peers = {
        "wrong": WRONG,
        "right": RIGHT,
        "raising": RAISING,
        "short": SHORT,
        "leaving": LEAVING,
        "broken": BROKEN,
    }
    arguments = []
    for name, text in peers.items():
        (tmp_path / f"{name}.py").write_text(text)
        arguments += ["--peer", f"{name}.py"]
    file = tmp_path / "result.json"
    done = run("bench", *QUICK, *arguments, "--json", str(file), cwd=tmp_path)
    assert done.returncode == 0, done.stderr  # skim itself is right
    command = json.loads(file.read_text())["environment"]["command"]
    assert command.startswith("python3 -m skim --peer wrong.py --peer right.py")
    paths = paths_of(file)
    assert paths["right"]["status"] == "ok"
    assert paths["wrong"]["status"] == "wrong" and "timing" not in paths["wrong"]
    assert "row 1" in paths["wrong"]["message"]
    assert re.search(r"wrong.*WRONG: row 1", done.stdout)
    assert paths["raising"]["status"] == "error"
    assert paths["raising"]["message"] == "OverflowError: no room for k"
    assert re.search(r"raising.*ERROR.*OverflowError: no room for k", done.stdout)
    assert "returned values of shape (2, 19) instead of (2, 20)" in paths["short"]["message"]
    assert paths["leaving"]["message"] == "SystemExit: leaving"
    assert "ModuleNotFoundError" in paths["broken"]["message"]
    assert paths["skim"]["status"] == "ok"


def test_strict_fails_on_a_wrong_peer(tmp_path):
    (tmp_path / "wrong.py").write_text(WRONG)
    done = run("bench", *QUICK, "--paths", "wrong", "--peer=wrong.py", "--strict", cwd=tmp_path)
    assert done.returncode != 0
    assert "wrong" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["bench", "--peer"], "--peer needs a file"),
        (["bench", "--peer", "missing.py"], "--peer missing.py is not there"),
        (["bench", "--dtype", "float12"], "float12"),
        (["bench", "--batch", "1", "--vocab", "10", "--k", "11"], "11"),
        (["bench", "--paths", "nobody"], "nobody"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_usage(arguments, text, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode != 0
    assert text in done.stderr and "Traceback" not in done.stderr


def test_eager_calls_are_checked_and_timed(tmp_path):
    file = tmp_path / "eager.json"
    done = run("bench", "--op", "eager", *QUICK, "--json", str(file), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    paths = paths_of(file)
    ours = ["torch.topk (patched)", "skim.torch.topk", "skim.topk"]
    optional = [name for name in ("jax.lax.top_k", "skim.jax.topk") if paths[name]["status"] != "not_applicable"]
    assert list(paths) == ["torch.topk", *ours, "jax.lax.top_k", "skim.jax.topk"]
    for name in ["torch.topk", *ours, *optional]:
        assert paths[name]["status"] == "ok" and paths[name]["timing"]["median_us"] > 0, paths[name]
    assert [name for name, path in paths.items() if path["own_kernel"]] == [*ours, "skim.jax.topk"]
    assert "vs torch.topk" in done.stdout


def test_a_kernel_of_ones_own_is_called_eagerly(tmp_path):
    (tmp_path / "mine.py").write_text("def topk(x, k):\n    return x.topk(k, largest=False)\n")
    done = run("bench", "--op", "eager", *QUICK, "--peer", "mine.py", "--paths", "mine", cwd=tmp_path)
    assert re.search(r"mine +WRONG", done.stdout), done.stdout + done.stderr
