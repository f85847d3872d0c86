"""FlashInfer's samplers, each filter by the function that its documentation has for it.

Random numbers come from a seed and an offset in GPU memory, which is what FlashInfer asks for where a
CUDA graph is captured: every call has an offset of its own, and a replay draws its tokens again. It takes
logits and probabilities in float32.

From 65536 tokens on, a top-k of at most 256 goes first through its exact top-k and not through its mask
of the whole row. The check of 64 tokens sees the latter; that every token of the timed runs is one that the
filters leave is seen on both.

Where its kernels were not compiled ahead, it compiles them on first use with nvcc, for minutes.
"""

from collections.abc import Callable
from typing import Any

from skim._frameworks import torch
from skim.bench import (
    KEEPS_TIES,
    OWN_RANDOM,
    SAMPLE,
    TIES_ANY_ORDER,
    Case,
    NotApplicable,
    Run,
    Sampling,
    require_gpu,
    require_order,
    version_of,
)

name = "FlashInfer (sampling)"
version = version_of("flashinfer-python")
unavailable = (
    None if version else "needs flashinfer-python; python3 -m pip install flashinfer-python==0.7.2.post1"
)
promises = OWN_RANDOM | KEEPS_TIES
operation = SAMPLE

_OFFSETS = 128  # calls until the random numbers repeat, more than the check of the distribution makes
_LARGEST_K_FIRST = 256
_SMALLEST_VOCABULARY_K_FIRST = 65536

# What follows `random` is how a call is told its seed and offset.
Draw = Callable[[Any, dict[str, Any]], Any]


def _top_k_top_p(sampling: Sampling, sampler: Any) -> Draw:
    """Of logits, which a temperature has divided."""
    order = "joint" if sampling.order == "joint" else "top_k_first"
    return lambda logits, random: sampler.top_k_top_p_sampling_from_logits(
        logits, sampling.top_k, sampling.top_p, filter_apply_order=order, **random
    )


def _min_p(sampling: Sampling, sampler: Any) -> Draw:
    """Behind the other filters, as SGLang puts them together."""

    def draw(logits: Any, random: dict[str, Any]) -> Any:
        probs = sampler.softmax(logits)
        if sampling.top_k > 0:
            probs = sampler.top_k_renorm_probs(probs, sampling.top_k)
        if sampling.top_p < 1:
            probs = sampler.top_p_renorm_probs(probs, sampling.top_p)
        return sampler.min_p_sampling_from_probs(probs, sampling.min_p, **random)

    return draw


def _top_p(sampling: Sampling, sampler: Any) -> Draw:
    return lambda logits, random: sampler.top_p_sampling_from_probs(
        sampler.softmax(logits), sampling.top_p, **random
    )


def _draw_of(sampling: Sampling, sampler: Any) -> Draw:
    if sampling.min_p > 0:
        return _min_p(sampling, sampler)
    if sampling.top_k > 0:
        return _top_k_top_p(sampling, sampler)
    if sampling.top_p < 1:
        return _top_p(sampling, sampler)
    return lambda logits, random: sampler.sampling_from_logits(logits, **random)


def _require_served(case: Case) -> None:
    sampling = case.sampling
    assert sampling is not None
    if sampling.temperature == 0:
        raise NotApplicable("draws at temperatures above 0 only")
    if sampling.logprobs == "processed":
        raise NotApplicable("gives no log-probability of what its filters leave")
    if sampling.min_p > 0:
        require_order(case, "hf")


def _promises(case: Case) -> int:
    """Of the two ways to a top-k, one finds exactly k tokens."""
    sampling, cols = case.sampling, case.inputs[0].shape[-1]
    assert sampling is not None
    k_first = (
        sampling.min_p == 0
        and sampling.order != "joint"
        and 0 < sampling.top_k <= _LARGEST_K_FIRST
        and cols >= _SMALLEST_VOCABULARY_K_FIRST
    )
    return OWN_RANDOM | (TIES_ANY_ORDER if k_first else KEEPS_TIES)


def _random_numbers(case: Case) -> list[dict[str, Any]]:
    """Of each call; no two calls reach each other's numbers."""
    assert case.sampling is not None
    rows, cols = case.inputs[0].shape
    device = case.inputs[0].device
    seed = torch.tensor([case.sampling.seed], dtype=torch.int64, device=device)
    offsets = torch.arange(_OFFSETS, dtype=torch.int64, device=device) * (rows * max(cols, 32))
    return [{"seed": seed, "offset": offset} for offset in offsets.split(1)]


def prepare(case: Case) -> Run:
    require_gpu(case)
    _require_served(case)
    case.promises = _promises(case)
    import flashinfer

    sampling, inputs, random = case.sampling, case.inputs, _random_numbers(case)
    draw = _draw_of(sampling, flashinfer.sampling)

    def run(i: int) -> Any:
        logits = inputs[i % len(inputs)].float()
        scaled = logits if sampling.temperature == 1 else logits / sampling.temperature
        tokens = draw(scaled, random[i % _OFFSETS]).unsqueeze(-1)
        if sampling.logprobs is None:
            return tokens
        return torch.log_softmax(logits, -1).gather(-1, tokens.long()), tokens

    run(0)  # may compile, and allocates what it keeps
    return run
