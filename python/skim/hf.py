"""Hugging Face's generate, drawing every token by one call of skim.sample.

What of its filters is skim's, and what differs, is in docs/integrations.md.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any

import torch
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    MinPLogitsWarper,
    TemperatureLogitsWarper,
)
from transformers import TopKLogitsWarper as _TopKOfHuggingFace
from transformers import TopPLogitsWarper as _TopPOfHuggingFace
from transformers.generation import GenerationMode, LogitNormalization

from ._arguments import unsigned_number
from ._ffi import InvalidRequest
from ._sample import Order, sample
from ._steps import top_k_mask_logits, top_p_mask_logits

__all__ = ["Sampler", "TopKLogitsWarper", "TopPLogitsWarper", "generate", "warpers"]


class Sampler(LogitsProcessor):
    """Draws the token of every row, and leaves it as the only one above -inf.

    It is the last of generate's ``logits_processor``, with ``do_sample=False``; one object for one call of
    generate, because it counts the steps. ``draw`` is for who has a loop of their own.

    ``seed`` is a number, or one a row: a row with a seed of its own draws the same tokens from the same
    logits whatever the rest of the batch is. The other parameters are those of ``skim.sample``.
    """

    def __init__(
        self,
        *,
        seed: int | Sequence[int],
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        order: Order = "hf",
    ) -> None:
        self._seed = seed if isinstance(seed, int) else torch.tensor([unsigned_number("seed", s) for s in seed])
        self._filters: dict[str, Any] = {
            "temperature": temperature,
            "top_k": top_k,
            "top_p": top_p,
            "min_p": min_p,
            "order": order,
        }
        self._step = 0

    def draw(self, logits: torch.Tensor) -> torch.Tensor:
        """One token of every row of (rows, vocab); a row that has none is an error, never -1."""
        step, rows = self._step, len(logits)
        seed, offset = self._seed, step * rows
        if not isinstance(seed, int):
            seed = seed.to(logits.device)
            offset = torch.full_like(seed, step)
        threads = torch.get_num_threads()
        tokens = sample(logits, seed=seed, offset=offset, num_threads=threads, **self._filters)
        _refuse_rows_without_token(tokens, logits, step)
        self._step += 1
        return tokens

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        tokens = self.draw(scores)
        return torch.full_like(scores, -torch.inf).scatter_(-1, tokens.unsqueeze(-1), 0.0)


def _refuse_rows_without_token(tokens: torch.Tensor, logits: torch.Tensor, step: int) -> None:
    without = (tokens < 0).nonzero()
    if len(without) == 0:
        return
    row = int(without[0])
    what = "holds a NaN" if logits[row].isnan().any() else "has no logit above -inf"
    raise InvalidRequest(
        f"row {row} {what} at step {step}, so it has no token; correct the model or its logits_processor"
    )


class TopKLogitsWarper(LogitsProcessor):
    """As Hugging Face's, by skim.top_k_mask_logits: exactly ``top_k`` are left, of equal ones the first."""

    def __init__(self, top_k: int) -> None:
        self.top_k = top_k

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        return top_k_mask_logits(scores, self.top_k, num_threads=torch.get_num_threads())


class TopPLogitsWarper(LogitsProcessor):
    """As Hugging Face's, by skim.top_p_mask_logits, without sorting the vocabulary."""

    def __init__(self, top_p: float) -> None:
        self.top_p = top_p

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        return top_p_mask_logits(scores, self.top_p, num_threads=torch.get_num_threads())


def warpers(
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
) -> LogitsProcessorList:
    """For who keeps torch.multinomial and its generator: pass them as generate's ``logits_processor``,
    with ``do_sample=True, temperature=1.0, top_k=0, top_p=1.0``, which leaves out Hugging Face's own."""
    made: list[LogitsProcessor] = []
    if temperature != 1:
        made.append(TemperatureLogitsWarper(temperature))
    if top_k:
        made.append(TopKLogitsWarper(top_k))
    if top_p is not None and top_p < 1:
        made.append(TopPLogitsWarper(top_p))
    if min_p:
        made.append(MinPLogitsWarper(min_p))
    return LogitsProcessorList(made)


def generate(
    model: Any,
    inputs: torch.Tensor | None = None,
    *,
    seed: int | Sequence[int] | None = None,
    streamer: Any = None,
    **arguments: Any,
) -> Any:
    """``model.generate(inputs, **arguments)``, with skim in the place of the warpers and of multinomial.

    ``seed``, needed with ``do_sample=True``: a number, or one a sequence, with which a sequence gets the
    same text in any batch that gives it the same logits. Temperature, top-k, top-p and min-p come from
    the arguments or the model's generation_config, as there. Greedy text is the same as there.
    """
    if arguments.get("assistant_model") is not None or arguments.get("custom_generate") is not None:
        raise InvalidRequest(
            "assistant_model and custom_generate draw in ways of their own; use model.generate"
        )

    def loop(
        model: Any,
        input_ids: torch.Tensor,
        logits_processor: LogitsProcessorList,
        stopping_criteria: Any,
        generation_config: Any,
        **model_kwargs: Any,
    ) -> Any:
        _refuse_what_skim_does_not_draw(generation_config)
        config = copy.copy(generation_config)
        config.do_sample = False  # the sampler leaves one token to take
        processors = _with_sampler(logits_processor, generation_config.do_sample, seed)
        return model._sample(
            input_ids,
            logits_processor=processors,
            stopping_criteria=stopping_criteria,
            generation_config=config,
            streamer=streamer,
            **model_kwargs,
        )

    return model.generate(inputs, streamer=streamer, custom_generate=loop, **arguments)


# Fields of a generation_config that skim has no part for, and what they are when they are off.
_FOREIGN = {
    "top_h": None,
    "typical_p": 1.0,
    "epsilon_cutoff": 0.0,
    "eta_cutoff": 0.0,
    "watermarking_config": None,
    "output_scores": False,
}


def _refuse_what_skim_does_not_draw(config: Any) -> None:
    mode = config.get_generation_mode()
    if mode not in (GenerationMode.SAMPLE, GenerationMode.GREEDY_SEARCH):
        raise InvalidRequest(
            f"generation mode is {mode.value}, and skim draws one token a row; use model.generate"
        )
    for name, off in _FOREIGN.items():
        value = getattr(config, name, None)
        if value is not None and value != off:
            raise InvalidRequest(
                f"{name} = {value} is nothing that skim makes; leave it out or use model.generate"
            )


# In the order in which generate appends them: its name there, and among skim's parameters.
_FUSED = (
    (TemperatureLogitsWarper, "temperature"),
    (_TopKOfHuggingFace, "top_k"),
    (_TopPOfHuggingFace, "top_p"),
    (MinPLogitsWarper, "min_p"),
)


def _is_plain(warper: object) -> bool:
    """Whether skim.sample does the same; a warper of the caller's may keep more, or fill otherwise."""
    return (
        getattr(warper, "min_tokens_to_keep", 1) == 1
        and getattr(warper, "filter_value", -math.inf) == -math.inf
    )


def _with_sampler(
    processors: LogitsProcessorList, do_sample: bool, seed: int | Sequence[int] | None
) -> LogitsProcessorList:
    """The processors with a Sampler for the warpers, which are the last."""
    kept = list(processors)
    if kept and isinstance(kept[-1], LogitNormalization):
        kept.pop()  # it changes no probability
    if not do_sample:
        return LogitsProcessorList([*kept, Sampler(seed=0, temperature=0)])
    if seed is None:
        raise InvalidRequest(
            "seed is None, and skim has no state to draw from; pass a number, or one a sequence"
        )
    filters = {}
    for kind, name in reversed(_FUSED):
        if kept and type(kept[-1]) is kind and _is_plain(kept[-1]):
            filters[name] = getattr(kept.pop(), name)
    return LogitsProcessorList([*kept, Sampler(seed=seed, **filters)])
