"""The Python paths of `skim bench --op sample`, and that a bad sampler of a user's is named."""

import json
import os
import subprocess
import sys
import types

import pytest

from skim import bench

torch = pytest.importorskip("torch")

AS_VLLM, TOP_K_FIRST, HUGGING_FACE = "PyTorch (as vLLM)", "PyTorch (top-k first)", "Hugging Face"
FLASHINFER = "FlashInfer (sampling)"
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


# ---- FlashInfer, which runs on GPUs only ----


@pytest.fixture
def flashinfer(monkeypatch):
    """Its samplers of 0.7 by torch on the CPU, which are as particular about what they take; and the names
    of those that were called."""
    module, sampler = types.ModuleType("flashinfer"), types.ModuleType("flashinfer.sampling")
    module.sampling, module.called = sampler, []

    def drawn(probs, seed, offset):
        for number in (seed, offset):
            assert number.dtype == torch.int64 and number.shape == (1,)
        generator = torch.Generator().manual_seed(int(seed) + int(offset))
        return probs.multinomial(1, generator=generator).squeeze(-1).int()

    def nucleus(probs, top_p):
        best, order = probs.sort(-1, descending=True)
        kept = torch.where(best.cumsum(-1) - best < top_p, best, 0.0)
        return torch.zeros_like(probs).scatter(-1, order, kept)

    def best(probs, top_k):
        return torch.where(probs >= probs.topk(top_k).values[:, -1:], probs, 0.0)

    def softmax(logits):
        assert logits.dtype == torch.float32
        return logits.softmax(-1)

    def sampling_from_logits(logits, *, seed, offset):
        return drawn(softmax(logits), seed, offset)

    def top_p_sampling_from_probs(probs, top_p, *, seed, offset):
        return drawn(nucleus(probs, top_p), seed, offset)

    def min_p_sampling_from_probs(probs, min_p, *, seed, offset):
        return drawn(probs * (probs >= min_p * probs.amax(-1, keepdim=True)), seed, offset)

    def top_k_top_p_sampling_from_logits(logits, top_k, top_p, *, filter_apply_order, seed, offset):
        probs = softmax(logits)
        if filter_apply_order == "joint":
            return drawn(best(probs, top_k) * (nucleus(probs, top_p) > 0), seed, offset)
        assert filter_apply_order == "top_k_first"
        probs = best(probs, top_k)
        return drawn(nucleus(probs / probs.sum(-1, keepdim=True), top_p), seed, offset)

    def top_k_renorm_probs(probs, top_k):
        kept = best(probs, top_k)
        return kept / kept.sum(-1, keepdim=True)

    def top_p_renorm_probs(probs, top_p):
        kept = nucleus(probs, top_p)
        return kept / kept.sum(-1, keepdim=True)

    def noting(function):
        def call(*arguments, **options):
            module.called.append(function.__name__)
            return function(*arguments, **options)

        return call

    for function in (
        softmax,
        sampling_from_logits,
        top_p_sampling_from_probs,
        min_p_sampling_from_probs,
        top_k_top_p_sampling_from_logits,
        top_k_renorm_probs,
        top_p_renorm_probs,
    ):
        setattr(sampler, function.__name__, noting(function))
    monkeypatch.setitem(sys.modules, "flashinfer", module)
    monkeypatch.setitem(sys.modules, "flashinfer.sampling", sampler)
    return module


def bundled(name):
    (peer,) = (peer for peer in bench.bundled_peers() if peer.name == name)
    return peer


def gpu_case(logits, **filters):
    """As far as a path can tell."""
    settings = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "order": "sequential"}
    return bench.Case(
        inputs=[logits],
        k=1,
        threads=1,
        values=torch.empty((len(logits), 1)),
        indices=torch.empty((len(logits), 1), dtype=torch.int64),
        stream="a stream",
        sampling=bench.Sampling(**{"logprobs": None, "seed": 7, **settings, **filters}),
    )


EIGHT = torch.tensor([[0.3, 0.05, 0.2, 0.1, 0.02, 0.25, 0.03, 0.05]]).log()
RENORMALISED = ["softmax", "top_k_renorm_probs", "top_p_renorm_probs", "min_p_sampling_from_probs"]
FLASHINFER_CALLS = {  # what is asked for, which functions that takes, what may be drawn
    "full": ({}, ["sampling_from_logits"], range(8)),
    "top-k": ({"top_k": 2}, ["top_k_top_p_sampling_from_logits"], [0, 5]),
    "top-k top-p": ({"top_k": 4, "top_p": 0.75}, ["top_k_top_p_sampling_from_logits"], [0, 2, 5]),
    "joint": (
        {"top_k": 4, "top_p": 0.7, "order": "joint"},
        ["top_k_top_p_sampling_from_logits"],
        [0, 2, 5],
    ),
    "top-p": ({"top_p": 0.6}, ["softmax", "top_p_sampling_from_probs"], [0, 2, 5]),
    "min-p": ({"min_p": 0.3}, ["softmax", "min_p_sampling_from_probs"], [0, 2, 3, 5]),
    "all": (
        {"top_k": 5, "top_p": 0.9, "min_p": 0.5, "order": "hf"},
        RENORMALISED,
        [0, 2, 5],
    ),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
@pytest.mark.parametrize("setting", FLASHINFER_CALLS)
def test_flashinfer_draws_by_the_function_for_the_filters(flashinfer, setting, dtype):
    filters, names, survivors = FLASHINFER_CALLS[setting]
    run = bundled(FLASHINFER).prepare(gpu_case(EIGHT.to(dtype).expand(500, 8), **filters))
    flashinfer.called.clear()
    tokens = run(1)
    assert flashinfer.called == names
    assert tokens.shape == (500, 1) and set(tokens.flatten().tolist()) == set(survivors)
    assert torch.equal(tokens, run(129)), "the numbers repeat after 128 calls"
    assert not torch.equal(tokens, run(2))


def test_flashinfer_draws_at_the_temperature(flashinfer):
    case = gpu_case(EIGHT.expand(4000, 8), temperature=0.5, logprobs="raw")
    logprobs, tokens = bundled(FLASHINFER).prepare(case)(0)
    probability = (EIGHT[0] / 0.5).softmax(-1)[0].item()
    assert abs((tokens == 0).float().mean().item() - probability) < 0.05
    assert torch.allclose(logprobs, EIGHT[0][tokens])


def test_flashinfer_says_which_tie_it_keeps(flashinfer):
    for cols, filters, ties in [
        (65536, {"top_k": 50}, bench.TIES_ANY_ORDER),
        (65535, {"top_k": 50}, bench.KEEPS_TIES),
        (65536, {"top_k": 257}, bench.KEEPS_TIES),
        (65536, {"top_k": 50, "order": "joint"}, bench.KEEPS_TIES),
        (65536, {"top_p": 0.9}, bench.KEEPS_TIES),
    ]:
        case = gpu_case(torch.zeros(1, cols), **filters)
        bundled(FLASHINFER).prepare(case)
        assert case.promises == bench.OWN_RANDOM | ties


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        ({"temperature": 0.0}, "draws at temperatures above 0 only"),
        ({"logprobs": "processed"}, "gives no log-probability of what its filters leave"),
        ({"min_p": 0.1, "top_p": 0.9}, "filters in the order hf, not sequential"),
    ],
)
def test_flashinfer_is_not_for_every_case(flashinfer, filters, reason):
    with pytest.raises(bench.NotApplicable, match=reason):
        bundled(FLASHINFER).prepare(gpu_case(EIGHT, **filters))


def test_flashinfer_is_not_for_cpus():
    case = gpu_case(EIGHT)
    case.stream = None
    with pytest.raises(bench.NotApplicable, match="needs tensors on a CUDA device"):
        bundled(FLASHINFER).prepare(case)


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
