"""skim.sample: the public function, and its arguments as the native module takes them."""

from __future__ import annotations

from typing import Any, Generic, Literal, NamedTuple, TypeVar, overload

import numpy

from . import _cuda, _ffi
from ._arguments import count_of, exported_rows, exported_vector, real, top_k_of, unsigned
from ._ffi import InvalidRequest
from ._frameworks import Framework, OtherDLPack, dtype_named, framework_of, torch

Array = TypeVar("Array")
Order = Literal["sequential", "hf", "joint"]
LogprobKind = Literal["raw", "processed"]


class SampleResult(NamedTuple, Generic[Array]):
    """What sample returns with log-probabilities; the last two have one dimension more, of
    ``top_logprobs`` entries, best first."""

    tokens: Array
    logprobs: Array
    top_tokens: Array
    top_logprobs: Array


# As skim/skim.h numbers them.
_ORDERS = {"sequential": 0, "hf": 1, "joint": 2}
_LOGPROB_KINDS = {None: 0, "raw": 1, "processed": 2}
_WORD_BITS = 32

# Read once: an attribute of a module costs the plain call more than its checks.
_sample_into = _ffi.sample
_sample_new_tokens = _ffi.sample_new_tokens
_empty = numpy.empty
_int64 = numpy.int64
_Ndarray = numpy.ndarray
_Tensor = None if torch is None else torch.Tensor
_NUMBERS = frozenset((int, float))


@overload
def sample(
    logits: Array,
    *,
    seed: int | Array,
    offset: int | Array = 0,
    temperature: float | Array = 1.0,
    top_k: int | Array | None = None,
    top_p: float | Array | None = None,
    min_p: float | Array | None = None,
    order: Order = "sequential",
    row_lengths: Any = None,
    allow_mask: Any = None,
    logit_bias: Any = None,
    logprobs: None = None,
    top_logprobs: int = 0,
    token_dtype: Any = None,
    num_threads: int | None = None,
) -> Array: ...


@overload
def sample(
    logits: Array,
    *,
    seed: int | Array,
    offset: int | Array = 0,
    temperature: float | Array = 1.0,
    top_k: int | Array | None = None,
    top_p: float | Array | None = None,
    min_p: float | Array | None = None,
    order: Order = "sequential",
    row_lengths: Any = None,
    allow_mask: Any = None,
    logit_bias: Any = None,
    logprobs: LogprobKind,
    top_logprobs: int = 0,
    token_dtype: Any = None,
    num_threads: int | None = None,
) -> SampleResult[Array]: ...


def sample(
    logits: Array,
    *,
    seed: int | Array,
    offset: int | Array = 0,
    temperature: float | Array = 1.0,
    top_k: int | Array | None = None,
    top_p: float | Array | None = None,
    min_p: float | Array | None = None,
    order: Order = "sequential",
    row_lengths: Any = None,
    allow_mask: Any = None,
    logit_bias: Any = None,
    logprobs: LogprobKind | None = None,
    top_logprobs: int = 0,
    token_dtype: Any = None,
    num_threads: int | None = None,
) -> Array | SampleResult[Array]:
    """One token of every row of logits.

    The allowed tokens of a row have the masses ``exp((logit + bias) / temperature)``; top-k, top-p
    and min-p leave the first of them in the order of ``skim.topk`` (larger first, equal ones lowest
    token first); one of these is drawn. A row's token depends on its own logits, parameters, seed
    and offset only: not on the other rows, the threads, the instruction set or the machine.

    There is no state: **the same call returns the same tokens**. That is why ``seed`` has no
    default. For the next step of the same sequences keep ``seed`` and advance ``offset``, by the
    number of rows where it is one number.

    On a GPU the call enqueues one kernel on the current stream and returns; it can be captured by
    ``torch.cuda.graph``, where arrays of parameters may change between replays. docs/sampling.md
    has the contract.

    Parameters
    ----------
    logits
        torch.Tensor, numpy.ndarray (ml_dtypes.bfloat16 included) or another array with
        ``__dlpack__``, on the CPU or a CUDA GPU, of shape (..., vocab): float32, float16 or
        bfloat16. It is read in place; copied once where ``skim.topk`` would copy it. Arrays beside
        it are on the same device.
    seed, offset
        0 to 2^64 - 1, or one a row: uint64, or int64 with the same bits. With one ``offset`` row r
        (counted over all leading dimensions) draws with ``offset + r``; with one a row, just with
        that.
    temperature
        0 takes the first maximum, whatever the filters are.
    top_k
        Only the ``top_k`` best; None, 0 and less are off, and numbers above the row's length mean
        its length. One a row: int32 or int64.
    top_p
        Only the smallest number of best tokens whose share reaches ``top_p``, at least one; None,
        1 and more are off.
    min_p
        Only tokens of at least ``min_p`` times the probability of the likeliest; None and 0 are
        off.
    order
        What ``top_p`` is a share of: "sequential" (vLLM): of what min-p and top-k leave; "hf"
        (Hugging Face): of what top-k leaves; "joint" (FlashInfer, SGLang): of everything.
    row_lengths
        int32 or int64, one a row: only the first ``row_lengths[r]`` tokens of row r exist; lengths
        outside 0..vocab are clamped.
    allow_mask
        The tokens that may be drawn: int32 words of shape (..., ceil(vocab / 32)), bit i % 32 of
        word i / 32 for token i (as XGrammar makes them), or bools of shape (..., vocab), of which
        every call packs such words. One row of it is for all rows.
    logit_bias
        float32 of shape (..., vocab), added to the logits before anything else; one row of it is
        for all rows.
    logprobs
        "raw": of softmax over the allowed logits, without temperature, bias and filters.
        "processed": of the distribution that the token was drawn from. None: none.
    top_logprobs
        So many of the likeliest tokens of that distribution are returned too, with their
        log-probabilities; not on a GPU.
    token_dtype
        int64 (default) or int32: a name, or a dtype of torch or NumPy.
    num_threads
        At most this many threads; None or 0: as many as OpenMP uses.

    Each of seed, offset, temperature, top_k, top_p and min_p is a Python number or an array of one
    entry a row: of shape (rows,) or of the leading shape of ``logits``, float32 where it is not
    said otherwise, of any framework. Numbers are rounded to float32. Values of arrays are not
    looked at before the rows are: NaN and negative temperatures mean 0, a negative ``top_p`` means
    0, ``min_p`` above 1 means 1, and the other wrong ones mean off.

    Returns
    -------
    tokens, or SampleResult(tokens, logprobs, top_tokens, top_logprobs) where ``logprobs`` is asked
        Of the leading shape of ``logits``, the lists with ``top_logprobs`` entries more, in the
        framework of ``logits``. Log-probabilities are float32. A row without an allowed logit above
        -inf has token -1 and log-probability -inf; one with an allowed NaN -1 and NaN. Lists are
        filled up with -1 and -inf. JAX without jax_enable_x64 narrows int64 tokens to int32. Tokens
        of torch may own memory that torch did not allocate, so they cannot be resized in place.

    Raises
    ------
    skim.InvalidRequest
        A ValueError: numbers outside what is said above, shapes or dtypes that do not fit.
    TypeError
        An argument of the wrong type, as for ``skim.topk``.
    skim.DeviceError
        A RuntimeError: no CUDA device, a kernel that cannot be launched.
    MemoryError
        No memory for the results or the workspace.

    Notes
    -----
    O(rows * vocab), plus the order of what top-k leaves. The GIL is released.
    """
    if (
        row_lengths is None
        and allow_mask is None
        and logit_bias is None
        and logprobs is None
        and token_dtype is None
        and type(top_logprobs) is int
        and top_logprobs == 0
        and (num_threads is None or type(num_threads) is int)
        and type(order) is str
    ):
        tokens = _tokens_by_numbers(
            logits,
            order,
            temperature,
            0 if top_k is None else top_k,
            1.0 if top_p is None else top_p,
            0.0 if min_p is None else min_p,
            seed,
            offset,
            num_threads or 0,
        )
        if tokens is not None:
            return tokens
    options = (
        _choice("order", order, _ORDERS),
        _choice("logprobs", logprobs, _LOGPROB_KINDS),
        count_of("top_logprobs", top_logprobs),
        "int64" if token_dtype is None else str(dtype_named("token_dtype", token_dtype)),
        0 if num_threads is None else count_of("num_threads", num_threads),
    )
    parameters = temperature, top_k, top_p, min_p, seed, offset
    beside = row_lengths, allow_mask, logit_bias
    framework = framework_of("logits", logits)
    if not (isinstance(framework, OtherDLPack) and _cuda.is_on_gpu(logits)):
        results = _general(framework, logits, options, parameters, beside)
    else:
        results = _through_torch(framework, logits, options, parameters, beside)
    tokens, *others = results
    return SampleResult(tokens, *others) if others else tokens


def _through_torch(framework: OtherDLPack, logits: Any, *arguments: Any) -> list[Any]:
    """GPU logits of another framework than torch, which samples and hands the results over."""
    _cuda.require_torch("logits", logits)
    with _cuda.working_on(logits, None):
        tensor = _cuda.as_torch("logits", logits)
        results = _general(framework_of("logits", tensor), tensor, *arguments)
        return [framework.adopted(logits, result) for result in results]


def _general(
    framework: Framework,
    logits: Any,
    options: tuple[int, int, int, str, int],
    parameters: tuple[Any, ...],
    beside: tuple[Any, Any, Any],
) -> list[Any]:
    """Tokens, and where there are log-probabilities these and the lists."""
    order, kind, count, dtype, num_threads = options
    temperature, top_k, top_p, min_p, seed, offset = parameters
    row_lengths, allow_mask, logit_bias = beside
    x = framework.plain("logits", logits)
    source = exported_rows("logits", x)
    _ffi.validate_sampling(source, kind, count)

    *leading, vocab = map(int, source.shape)
    results = [framework.new(x, tuple(leading), dtype)]
    if kind != 0:
        results.append(framework.new(x, tuple(leading), "float32"))
        results.append(framework.new(x, (*leading, count), dtype))
        results.append(framework.new(x, (*leading, count), "float32"))
    written = [framework.exported(*result) for result in zip(SampleResult._fields, results)]
    if count == 0:
        del written[2:]  # empty lists, which nobody asked for
    _ffi.sample(
        source,
        *written,
        *[None] * (len(SampleResult._fields) - len(written)),
        order,
        kind,
        count,
        real("temperature", temperature),
        top_k_of(top_k),
        1.0 if top_p is None else real("top_p", top_p),
        0.0 if min_p is None else real("min_p", min_p),
        unsigned("seed", seed),
        unsigned("offset", offset),
        None if row_lengths is None else exported_vector("row_lengths", row_lengths),
        None if allow_mask is None else _exported_mask(allow_mask, vocab),
        None if logit_bias is None else exported_rows("logit_bias", logit_bias),
        num_threads,
    )
    return [framework.adopted(x, result) for result in results]


def _tokens_by_numbers(
    logits: Any,
    order: str,
    temperature: Any,
    top_k: Any,
    top_p: Any,
    min_p: Any,
    seed: Any,
    offset: Any,
    num_threads: int,
) -> Any:
    """The tokens of plain logits by Python's own numbers; None where something is not plain after
    all: the general way copes, or says what is wrong."""
    if not (
        type(temperature) in _NUMBERS
        and type(top_p) in _NUMBERS
        and type(min_p) in _NUMBERS
        and type(top_k) is int
        and -1 <= top_k < 2**31
        and type(seed) is int
        and 0 <= seed < 2**64
        and type(offset) is int
        and 0 <= offset < 2**64
    ):
        return None
    if seed >= 2**63:
        seed -= 2**64
    if offset >= 2**63:
        offset -= 2**64
    kind = type(logits)
    try:
        order_number = _ORDERS[order]
        numbers = temperature, top_k, top_p, min_p, seed, offset
        if kind is _Tensor:
            if not (logits.requires_grad or logits.is_neg()):
                return _sample_new_tokens(logits, order_number, *numbers, num_threads)
        elif kind is _Ndarray:
            tokens = _empty(logits.shape[:-1], _int64)
            none = None, None, None
            no_logprobs = 0, 0
            if _sample_into(
                logits, tokens, *none, order_number, *no_logprobs, *numbers, *none, num_threads
            ):
                return tokens
    except (
        ArithmeticError,
        BufferError,
        LookupError,
        MemoryError,
        RuntimeError,
        TypeError,
        ValueError,
    ):
        pass
    return None


def _choice(name: str, value: Any, choices: dict[Any, int]) -> int:
    if not isinstance(value, (str, type(None))) or value not in choices:
        raise InvalidRequest(f"{name} is {value!r}; pass {' or '.join(map(repr, choices))}")
    return choices[value]


def _exported_mask(mask: Any, vocab: int) -> Any:
    source = exported_rows("allow_mask", mask)
    if not str(source.dtype).endswith("bool"):
        return source
    if source.shape[-1] != vocab:
        raise InvalidRequest(
            f"allow_mask has bools for {source.shape[-1]} tokens, but logits have {vocab}; give it "
            "one a token, or packed int32 words"
        )
    if _cuda.is_on_gpu(mask):
        return exported_rows("allow_mask", _packed_by_torch(_cuda.as_torch("allow_mask", mask)))
    return exported_rows("allow_mask", _packed(numpy.from_dlpack(source)))


def _packed_by_torch(mask: Any) -> Any:
    """As _packed, where the mask is."""
    missing = -mask.shape[-1] % _WORD_BITS
    bits = torch.nn.functional.pad(mask, (0, missing)).unflatten(-1, (-1, _WORD_BITS))
    places = torch.arange(_WORD_BITS, device=mask.device)
    return (bits.long() << places).sum(-1).to(torch.int32)


def _packed(mask: Any) -> Any:
    """Bools as int32 words, the lowest bit first."""
    *leading, vocab = mask.shape
    words = -(-vocab // _WORD_BITS)
    padded = numpy.zeros((*leading, words * 4), numpy.uint8)
    padded[..., : -(-vocab // 8)] = numpy.packbits(mask, axis=-1, bitorder="little")
    return padded.view("<i4")
