"""The Python paths of `skim bench --op sample`, and that a bad sampler of a user's is named."""

import json
import os
import subprocess
import sys

import pytest

from skim import bench

torch = pytest.importorskip("torch")

AS_VLLM, TOP_K_FIRST, HUGGING_FACE = "PyTorch (as vLLM)", "PyTorch (top-k first)", "Hugging Face"
QUICK = ["--device", "cpu", "--batch", "3", "--vocab", "700", "--rounds", "1", "--threads", "1"]

# The warpers of transformers 5.23 in the few lines that act, for a machine without it.
WARPERS = """
import torch

class TemperatureLogitsWarper:
    def __init__(self, temperature):
        self.temperature = temperature
    def __call__(self, ids, scores):
        return scores / self.temperature

class TopKLogitsWarper:
    def __init__(self, top_k):
        self.top_k = top_k
    def __call__(self, ids, scores):
        kth = torch.topk(scores, min(self.top_k, scores.size(-1)))[0][..., -1, None]
        return scores.masked_fill(scores < kth, -torch.inf)

class TopPLogitsWarper:
    def __init__(self, top_p):
        self.top_p = top_p
    def __call__(self, ids, scores):
        ascending, order = torch.sort(scores, descending=False)
        dropped = ascending.softmax(dim=-1).cumsum(dim=-1) <= (1 - self.top_p)
        dropped[..., -1:] = 0
        return scores.masked_fill(dropped.scatter(1, order, dropped), -torch.inf)

class MinPLogitsWarper:
    def __init__(self, min_p):
        self.min_p = min_p
    def __call__(self, ids, scores):
        probs = torch.softmax(scores, dim=-1)
        return scores.masked_fill(probs < self.min_p * probs.amax(-1, keepdim=True), -torch.inf)
"""


def run_bench(folder, *arguments, dtype="float32"):
    """Its paths by name, and the finished process."""
    report = folder / "report.json"
    paths = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", "skim", "bench", "--op", "sample", *QUICK, "--dtype", dtype]
        + ["--json", report, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert report.exists(), done.stdout + done.stderr
    (case,) = json.loads(report.read_text())["cases"]
    return {path["name"]: path for path in case["paths"]}, done


@pytest.fixture
def transformers(tmp_path):
    """A stand-in that the benchmark finds as the installed package."""
    (tmp_path / "transformers.py").write_text(WARPERS)
    metadata = tmp_path / "transformers-5.23.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: transformers\nVersion: 5.23.0\n")


SETTINGS = {
    "full": [],
    "top-k": ["--top-k", "50", "--logprobs", "raw"],
    "top-k top-p": ["--top-k", "50", "--top-p", "0.9", "--logprobs", "processed"],
    "top-p": ["--top-p", "0.9", "--logprobs", "processed"],
    "min-p": ["--min-p", "0.05", "--temperature", "0.8", "--logprobs", "processed"],
    "min-p top-k": ["--min-p", "0.05", "--top-k", "30", "--temperature", "1.5"],
    "greedy": ["--temperature", "0", "--logprobs", "processed"],
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_path_is_right(setting, transformers, tmp_path):
    paths, done = run_bench(tmp_path, *SETTINGS[setting], "--strict")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("skim", "C++ chain", AS_VLLM, HUGGING_FACE):
        assert paths[name]["status"] == "ok", done.stdout
    if "--top-k" in SETTINGS[setting] or setting == "greedy":
        assert paths[TOP_K_FIRST]["status"] == "ok", done.stdout
    else:
        assert paths[TOP_K_FIRST]["message"] == "needs a top-k"


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_ties_at_the_cut_are_a_label(dtype, transformers, tmp_path):
    paths, done = run_bench(tmp_path, "--top-k", "50", "--top-p", "0.9", "--strict", dtype=dtype)
    assert done.returncode == 0, done.stdout + done.stderr
    assert paths[AS_VLLM]["labels"] == ["random numbers of its own", "keeps ties"]
    assert paths[TOP_K_FIRST]["labels"] == ["ties any order", "random numbers of its own"]
    assert {paths[name]["status"] for name in (AS_VLLM, TOP_K_FIRST, HUGGING_FACE)} == {"ok"}


def test_each_path_filters_in_its_own_order(transformers, tmp_path):
    filters = ["--min-p", "0.05", "--top-k", "40", "--top-p", "0.8"]
    paths, _ = run_bench(tmp_path, *filters, "--order", "hf")
    assert paths[AS_VLLM]["message"] == "filters in the order sequential, not hf"
    assert paths[HUGGING_FACE]["status"] == "ok"
    paths, _ = run_bench(tmp_path, *filters)
    assert paths[HUGGING_FACE]["message"] == "filters in the order hf, not sequential"
    assert paths[AS_VLLM]["status"] == "ok"


def test_without_transformers_the_table_says_how_to_add_it():
    (peer,) = (peer for peer in bench.bundled_peers() if peer.name == HUGGING_FACE)
    if bench.version_of("transformers"):
        pytest.skip("transformers is installed")
    assert peer.unavailable == "needs transformers; python3 -m pip install transformers"


# ---- a user's own ----

RIGHT = """
import torch

def sample(logits, sampling):
    best, tokens = logits.topk(sampling.top_k, -1)
    ranks = torch.multinomial(torch.softmax(best / sampling.temperature, -1), 1)
    return tokens.gather(-1, ranks)
"""


def run_own(folder, text):
    (folder / "mine.py").write_text(text)
    arguments = ["--peer", "mine.py", "--paths", "mine", "--top-k", "40"]
    paths, done = run_bench(folder, *arguments)
    return paths["mine"], done


def test_a_users_sampler_is_timed(tmp_path):
    mine, done = run_own(tmp_path, RIGHT)
    assert mine["status"] == "ok", done.stdout
    assert mine["timing"]["median_us"] > 0


def test_a_biased_sampler_is_wrong_and_has_no_time(tmp_path):
    mine, done = run_own(tmp_path, RIGHT.replace("sampling.temperature", "1.1"))
    assert mine["status"] == "wrong" and "timing" not in mine
    assert "do not have their probabilities" in mine["message"]
    assert "mine  WRONG: 20000 draws from 64 tokens" in done.stdout


def test_a_sampler_without_its_filter_is_wrong(tmp_path):
    mine, _ = run_own(tmp_path, RIGHT.replace("sampling.top_k", "logits.shape[-1]"))
    assert mine["status"] == "wrong"
    assert "which filters drop" in mine["message"]


def test_tokens_of_another_shape_are_an_error(tmp_path):
    mine, _ = run_own(tmp_path, RIGHT.replace("tokens.gather(-1, ranks)", "ranks[:, 0]"))
    assert "returned tokens of shape (200,) instead of (200, 1)" in mine["message"]


def test_a_file_without_a_sampler_says_what_to_define(tmp_path):
    mine, _ = run_own(tmp_path, "def topk(x, k):\n    return x.topk(k)\n")
    assert mine["status"] == "error"
    assert "define sample(logits, sampling) -> tokens" in mine["message"]
