"""Sampling in plain torch, two ways: as vLLM does it natively, and with torch.topk first.

vLLM (v1/sample/ops/topk_topp_sampler.py): min-p masks; top-k alone compares with the k-th; top-p sorts
the whole row, adds up, masks and scatters back. All draw by torch.multinomial, which divides by
exponential noise and takes the maximum, as vLLM does by itself.
"""

from typing import Any

from skim._frameworks import torch
from skim.bench import (
    KEEPS_TIES,
    OWN_RANDOM,
    SAMPLE,
    TIES_ANY_ORDER,
    Case,
    NotApplicable,
    Peer,
    Run,
    Sampling,
    generator_of,
    require_order,
)

_version = "" if torch is None else torch.__version__
_unavailable = "needs torch; python3 -m pip install torch" if torch is None else None


def _with_logprobs(sampling: Sampling, logits: Any, processed: Any, tokens: Any) -> Any:
    if sampling.logprobs is None:
        return tokens
    of = logits if sampling.logprobs == "raw" else processed
    return torch.log_softmax(of, -1).gather(-1, tokens), tokens


def _greedy(sampling: Sampling, logits: Any) -> Any:
    tokens = logits.argmax(-1, keepdim=True)
    if sampling.logprobs == "processed":
        return torch.zeros(tokens.shape, device=tokens.device), tokens
    return _with_logprobs(sampling, logits, None, tokens)


def _mask_min_p(sampling: Sampling, x: Any) -> Any:
    if sampling.min_p == 0:
        return x
    probs = x.softmax(-1)
    return x.masked_fill(probs < sampling.min_p * probs.amax(-1, keepdim=True), -torch.inf)


def _mask_top_k(x: Any, k: int) -> Any:
    kth = x.topk(min(k, x.shape[-1]), -1).values[:, -1:]
    return x.masked_fill(x < kth, -torch.inf)


def _mask_top_k_top_p(sampling: Sampling, x: Any) -> Any:
    """Ascending, so that the share to drop comes first."""
    if sampling.top_p >= 1:
        return x if sampling.top_k <= 0 else _mask_top_k(x, sampling.top_k)
    ascending, order = x.sort(-1, descending=False)
    if 0 < sampling.top_k < x.shape[-1]:
        kth = ascending[:, -sampling.top_k].unsqueeze(-1)
        ascending.masked_fill_(ascending < kth, -torch.inf)
    sums = ascending.softmax(-1).cumsum_(-1)
    dropped = sums <= 1 - sampling.top_p
    dropped[:, -1] = False
    ascending.masked_fill_(dropped, -torch.inf)
    return ascending.scatter(-1, order, ascending)


def _prepare_as_vllm(case: Case) -> Run:
    require_order(case, "sequential")
    sampling, inputs, generator = case.sampling, case.inputs, generator_of(case)

    def run(i: int) -> Any:
        logits = inputs[i % len(inputs)].float()
        if sampling.temperature == 0:
            return _greedy(sampling, logits)
        x = logits if sampling.temperature == 1 else logits / sampling.temperature
        x = _mask_top_k_top_p(sampling, _mask_min_p(sampling, x))
        tokens = x.softmax(-1).multinomial(1, generator=generator)
        return _with_logprobs(sampling, logits, x, tokens)

    return run


def _prepare_top_k_first(case: Case) -> Run:
    require_order(case, "sequential")
    sampling, inputs, generator = case.sampling, case.inputs, generator_of(case)
    if sampling.top_k <= 0 and sampling.temperature > 0:
        raise NotApplicable("needs a top-k")
    k = min(sampling.top_k, inputs[0].shape[-1])

    def run(i: int) -> Any:
        logits = inputs[i % len(inputs)].float()
        if sampling.temperature == 0:
            return _greedy(sampling, logits)
        best, candidates = logits.topk(k, -1)
        x = _mask_min_p(sampling, best / sampling.temperature)
        probs = x.softmax(-1)
        if sampling.top_p < 1:
            before = probs.cumsum(-1) - probs
            x = x.masked_fill_(before >= sampling.top_p, -torch.inf)
            probs = x.softmax(-1)
        ranks = probs.multinomial(1, generator=generator)
        tokens = candidates.gather(-1, ranks)
        if sampling.logprobs == "processed":
            return torch.log_softmax(x, -1).gather(-1, ranks), tokens
        return _with_logprobs(sampling, logits, None, tokens)

    return run


def _peer(name: str, prepare: Any, ties: int) -> Peer:
    return Peer(
        name=name,
        prepare=prepare,
        version=_version,
        unavailable=_unavailable,
        promises=OWN_RANDOM | ties,
        operation=SAMPLE,
    )


peers = [
    _peer("PyTorch (as vLLM)", _prepare_as_vllm, KEEPS_TIES),
    _peer("PyTorch (top-k first)", _prepare_top_k_first, TIES_ANY_ORDER),
]
