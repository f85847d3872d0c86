"""The steps of sampling as functions of their own, for who puts a sampler together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from . import _cuda, _ffi
from ._arguments import count_of, exported_rows, exported_vector, real, top_k_of, unsigned
from ._frameworks import Framework, OtherDLPack, dtype_named, framework_of

Array = TypeVar("Array")

# As skim/skim.h numbers them.
_SOFTMAX, _TOP_K_RENORM_PROBS, _TOP_P_RENORM_PROBS = 0, 1, 2
_TOP_K_MASK_LOGITS, _TOP_P_MASK_LOGITS, _SAMPLE_FROM_PROBS = 3, 4, 5


def softmax(
    logits: Array,
    temperature: float | Array = 1.0,
    *,
    row_lengths: Any = None,
    num_threads: int | None = None,
) -> Array:
    """The probabilities ``exp(logit / temperature)`` of every row, as float32 that add up to 1.

    Temperature 0 gives the first maximum the probability 1. Beside +inf, others have none. A row
    without a logit above -inf becomes all 0, one with a NaN all NaN.

    Parameters and errors are those of ``skim.sample``; docs/sampling.md has the contract.
    """
    return _probabilities(
        _SOFTMAX, "logits", logits, row_lengths, num_threads, temperature=real("temperature", temperature)
    )


def top_k_renorm_probs(
    probs: Array,
    top_k: int | Array | None,
    *,
    row_lengths: Any = None,
    num_threads: int | None = None,
) -> Array:
    """The first ``top_k`` probabilities of every row divided by their sum, 0 behind them: float32.

    They are weights, which need not add up to 1; below 0 they count as 0. Of equal ones the lowest
    tokens are first. None, 0 and less, and the vocabulary and more, drop nothing.
    """
    return _probabilities(
        _TOP_K_RENORM_PROBS, "probs", probs, row_lengths, num_threads, top_k=top_k_of(top_k)
    )


def top_p_renorm_probs(
    probs: Array,
    top_p: float | Array | None,
    *,
    row_lengths: Any = None,
    num_threads: int | None = None,
) -> Array:
    """The smallest number of first probabilities of every row whose share reaches ``top_p``, at least
    one, divided by their sum; 0 behind them: float32.

    They are weights, as for ``top_k_renorm_probs``. None, 1 and more drop nothing.
    """
    return _probabilities(
        _TOP_P_RENORM_PROBS, "probs", probs, row_lengths, num_threads, top_p=_share(top_p)
    )


def top_k_mask_logits(
    logits: Array,
    top_k: int | Array | None,
    *,
    row_lengths: Any = None,
    num_threads: int | None = None,
) -> Array:
    """The logits of every row, with -inf in place of all but the first ``top_k``: of their dtype.

    Exactly ``top_k`` are kept: of equal ones the lowest tokens, as ``skim.topk`` selects them. A row
    with a NaN stays as it is. None, 0 and less, and the vocabulary and more, drop nothing.
    """
    return _masked(_TOP_K_MASK_LOGITS, logits, row_lengths, num_threads, top_k=top_k_of(top_k))


def top_p_mask_logits(
    logits: Array,
    top_p: float | Array | None,
    *,
    temperature: float | Array = 1.0,
    row_lengths: Any = None,
    num_threads: int | None = None,
) -> Array:
    """The logits of every row, with -inf in place of what ``skim.sample`` with this ``top_p`` and
    ``temperature`` cannot draw: of their dtype.

    Temperature 0 keeps the first maximum. A row with a NaN stays as it is. None, 1 and more drop
    nothing.
    """
    return _masked(
        _TOP_P_MASK_LOGITS,
        logits,
        row_lengths,
        num_threads,
        top_p=_share(top_p),
        temperature=real("temperature", temperature),
    )


def sample_from_probs(
    probs: Array,
    *,
    seed: int | Array,
    offset: int | Array = 0,
    row_lengths: Any = None,
    token_dtype: Any = None,
    num_threads: int | None = None,
) -> Array:
    """One token of every row of probabilities, which are weights and need not add up to 1.

    ``seed`` and ``offset`` are those of ``skim.sample``; there is no state. What is 0 or below is
    never drawn. A row without a probability above 0, or with a NaN, gives token -1. The tokens are
    int64, or of ``token_dtype``.
    """
    dtype = "int64" if token_dtype is None else str(dtype_named("token_dtype", token_dtype))

    def new_tokens(framework: Framework, x: Any, source: Any) -> Any:
        return framework.new(x, tuple(map(int, source.shape[:-1])), dtype)

    return _applied(
        _SAMPLE_FROM_PROBS,
        "probs",
        probs,
        new_tokens,
        row_lengths,
        num_threads,
        seed=unsigned("seed", seed),
        offset=unsigned("offset", offset),
    )


def _share(top_p: Any) -> Any:
    return 1.0 if top_p is None else real("top_p", top_p)


# Makes the result of a step: of a framework, its rows, and these as they are read.
_New = Callable[[Framework, Any, Any], Any]


def _probabilities(
    step: int, name: str, rows: Any, row_lengths: Any, num_threads: int | None, **parameters: Any
) -> Any:
    def new(framework: Framework, x: Any, source: Any) -> Any:
        return framework.new(x, tuple(map(int, source.shape)), "float32")

    return _applied(step, name, rows, new, row_lengths, num_threads, **parameters)


def _masked(step: int, logits: Any, row_lengths: Any, num_threads: int | None, **parameters: Any) -> Any:
    def new(framework: Framework, x: Any, source: Any) -> Any:
        return framework.new_like(x, source)

    return _applied(step, "logits", logits, new, row_lengths, num_threads, **parameters)


def _applied(step: int, name: str, rows: Any, new: _New, *arguments: Any, **parameters: Any) -> Any:
    """By torch where the rows are on a GPU and of another framework."""
    framework = framework_of(name, rows)
    if not (isinstance(framework, OtherDLPack) and _cuda.is_on_gpu(rows)):
        return _applied_in(framework, step, name, rows, new, *arguments, **parameters)
    _cuda.require_torch(name, rows)
    with _cuda.working_on(rows, None):
        tensor = _cuda.as_torch(name, rows)
        torchs = framework_of(name, tensor)
        result = _applied_in(torchs, step, name, tensor, new, *arguments, **parameters)
        return framework.adopted(rows, result)


def _applied_in(
    framework: Framework,
    step: int,
    name: str,
    rows: Any,
    new: _New,
    row_lengths: Any,
    num_threads: int | None,
    **parameters: Any,
) -> Any:
    x = framework.plain(name, rows)
    source = exported_rows(name, x)
    _ffi.validate_step(step, source)
    result = new(framework, x, source)
    _run(step, source, framework.exported("result", result), row_lengths, num_threads, **parameters)
    return framework.adopted(x, result)


def _run(
    step: int,
    source: Any,
    result: Any,
    row_lengths: Any,
    num_threads: int | None,
    *,
    temperature: Any = 1.0,
    top_k: Any = 0,
    top_p: Any = 1.0,
    seed: Any = 0,
    offset: Any = 0,
) -> None:
    _ffi.sampling_step(
        step,
        source,
        result,
        temperature,
        top_k,
        top_p,
        seed,
        offset,
        None if row_lengths is None else exported_vector("row_lengths", row_lengths),
        0 if num_threads is None else count_of("num_threads", num_threads),
    )
