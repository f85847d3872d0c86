"""Hugging Face's logits warpers and torch.multinomial, as `generate(do_sample=True)` runs them."""

from typing import Any

from skim._frameworks import torch
from skim.bench import (
    KEEPS_TIES,
    OWN_RANDOM,
    SAMPLE,
    Case,
    Run,
    generator_of,
    require_order,
    version_of,
)

name = "Hugging Face"
version = version_of("transformers")
unavailable = None if version and torch else "needs transformers; python3 -m pip install transformers"
promises = OWN_RANDOM | KEEPS_TIES
operation = SAMPLE


def _warpers(case: Case) -> list[Any]:
    from transformers import (
        MinPLogitsWarper,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )

    sampling = case.sampling
    warpers: list[Any] = []
    if sampling.temperature != 1:
        warpers.append(TemperatureLogitsWarper(sampling.temperature))
    if sampling.top_k > 0:
        warpers.append(TopKLogitsWarper(sampling.top_k))
    if sampling.top_p < 1:
        warpers.append(TopPLogitsWarper(sampling.top_p))
    if sampling.min_p > 0:
        warpers.append(MinPLogitsWarper(sampling.min_p))
    return warpers


def prepare(case: Case) -> Run:
    require_order(case, "hf")
    sampling, inputs = case.sampling, case.inputs
    greedy = sampling.temperature == 0
    warpers = [] if greedy else _warpers(case)
    generator = generator_of(case)

    def logprobs_of(logits: Any, scores: Any, tokens: Any) -> Any:
        if greedy and sampling.logprobs == "processed":
            return torch.zeros(tokens.shape, device=tokens.device)
        of = logits if sampling.logprobs == "raw" else scores
        return torch.log_softmax(of, -1).gather(-1, tokens)

    def run(i: int) -> Any:
        logits = inputs[i % len(inputs)].float()
        scores = logits
        for warper in warpers:
            scores = warper(None, scores)
        if greedy:
            tokens = scores.argmax(-1, keepdim=True)
        else:
            tokens = scores.softmax(-1).multinomial(1, generator=generator)
        if sampling.logprobs is None:
            return tokens
        return logprobs_of(logits, scores, tokens), tokens

    return run
