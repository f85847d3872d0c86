"""skim.topk and skim.sample as functions of JAX, which jit, vmap, shard_map and grad know.

docs/integrations.md says how to use them.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import jax_tvm_ffi
import numpy

from . import _ffi
from ._arguments import as_bool, as_int, k_out_of_range, positive_dim, top_k_of, unsigned_number
from ._ffi import InvalidRequest
from ._sample import _ORDERS, Order, _choice
from ._topk import TopK

__all__ = ["sample", "topk"]

_DTYPES = ("float32", "float16", "bfloat16", "float64", "int8", "uint8", "int16", "int32", "int64")
_LOGIT_DTYPES = ("float32", "float16", "bfloat16")
_INDEX_DTYPES = ("int32", "int64")


@cache
def _register() -> None:
    """The compiled functions as targets of XLA: arrays, results, and then numbers by name.

    XLA may take sampling into CUDA graphs of its own, but not top-k: what it needs of a workspace comes
    from the stream's memory pool, and a graph with such memory cannot be part of another.
    """
    options = ["attrs.k", "attrs.largest", "attrs.sorted", "attrs.num_threads"]
    targets = {
        "skim_topk": (_ffi.select_for_xla, options, False),
        "skim_topk_of_lengths": (_ffi.select_of_lengths_for_xla, options, False),
        "skim_sample": (_ffi.sample_for_xla, ["attrs.order", "attrs.num_threads"], True),
    }
    for name, (function, attributes, in_graphs) in targets.items():
        for platform in ("cpu", "gpu"):
            allowed = in_graphs and platform == "gpu"
            specification = ["args", "rets", *attributes]
            jax_tvm_ffi.register_ffi_target(
                name, function, specification, platform, allow_cuda_graph=allowed
            )


def _call(name: str, results: Any, arrays: list[Any], **numbers: int) -> Any:
    _register()
    call = jax.ffi.ffi_call(name, results, vmap_method="broadcast_all")
    return call(*arrays, **{key: numpy.int64(number) for key, number in numbers.items()})


def _array(name: str, value: Any, dtypes: tuple[str, ...]) -> jax.Array:
    if not isinstance(value, (jax.Array, numpy.ndarray)):
        raise TypeError(f"{name} is a {type(value).__name__}; pass a jax.Array")
    array = jnp.asarray(value)
    if array.dtype.name not in dtypes:
        known = f"{', '.join(dtypes[:-1])} or {dtypes[-1]}"
        raise InvalidRequest(f"{name} has dtype {array.dtype}; use {known}")
    return array


def _saturated(value: Any, dtype: type[numpy.signedinteger[Any]]) -> Any:
    """Lengths and counts of NumPy as the nearest of `dtype`: jnp.asarray would drop upper halves."""
    if not isinstance(value, numpy.ndarray) or value.dtype.name not in ("int64", "uint64"):
        return value
    limits = numpy.iinfo(dtype)
    return numpy.clip(value, limits.min if value.dtype.kind == "i" else 0, limits.max).astype(dtype)


def _index_dtype(name: str, dtype: Any) -> numpy.dtype[Any]:
    known = numpy.dtype(dtype)
    if known.name not in _INDEX_DTYPES:
        raise InvalidRequest(f"{name} is {known}; pass int32 or int64")
    if known.name == "int64" and not jax.config.jax_enable_x64:
        raise InvalidRequest(f"{name} is int64, which JAX has only with jax_enable_x64; pass int32")
    return known


# ---- topk ----


@partial(jax.custom_jvp, nondiff_argnums=(2, 3, 4, 5, 6))
def _select(
    x: jax.Array, lengths: Any, k: int, largest: bool, sorted: bool, index_dtype: Any, num_threads: int
) -> tuple[jax.Array, jax.Array]:
    shape = (*x.shape[:-1], k)
    results = jax.ShapeDtypeStruct(shape, x.dtype), jax.ShapeDtypeStruct(shape, index_dtype)
    name, arrays = ("skim_topk", [x]) if lengths is None else ("skim_topk_of_lengths", [x, lengths])
    values, indices = _call(
        name, results, arrays, k=k, largest=largest, sorted=sorted, num_threads=num_threads
    )
    return values, indices


@_select.defjvp
def _derivative(
    k: int, largest: bool, sorted: bool, index_dtype: Any, num_threads: int, primals: Any, tangents: Any
) -> tuple[Any, Any]:
    """The values only carry what stands at the indices; what fills a short row up is constant."""
    x, lengths = primals
    values, indices = _select(x, lengths, k, largest, sorted, index_dtype, num_threads)
    of_x = jnp.take_along_axis(tangents[0], jnp.maximum(indices, 0), -1)
    of_values = of_x if lengths is None else jnp.where(indices >= 0, of_x, 0)
    return (values, indices), (of_values, numpy.zeros(indices.shape, jax.dtypes.float0))


def topk(
    x: jax.Array,
    k: int,
    dim: int = -1,
    largest: bool = True,
    sorted: bool = True,
    row_lengths: jax.Array | None = None,
    index_dtype: Any = "int32",
    num_threads: int | None = None,
) -> TopK[jax.Array]:
    """``skim.topk`` of a jax.Array, with the same results to the bit.

    It works under ``jax.jit`` (``k``, ``dim`` and the options are static), ``jax.vmap``, ``jax.shard_map``
    over rows and in both modes of differentiation, where the values have a derivative. ``row_lengths`` has
    the shape of ``x`` without ``dim``. Errors are raised while a function is traced.
    """
    x = _array("x", x, _DTYPES)
    k, dim = as_int("k", k), as_int("dim", dim)
    dim = positive_dim(dim, x.ndim)
    if not 0 <= k <= x.shape[dim]:
        raise k_out_of_range(k, x.shape[dim])
    largest, sorted = as_bool("largest", largest), as_bool("sorted", sorted)
    rows = jnp.moveaxis(x, dim, -1)
    lengths = None
    if row_lengths is not None:
        widest = numpy.int64 if jax.config.jax_enable_x64 else numpy.int32
        lengths = _array("row_lengths", _saturated(row_lengths, widest), _INDEX_DTYPES)
    if lengths is not None and lengths.shape != rows.shape[:-1]:
        raise InvalidRequest(
            f"row_lengths has shape {lengths.shape}, but the rows of x have shape {rows.shape[:-1]}; "
            "give one entry a row"
        )
    dtype = _index_dtype("index_dtype", index_dtype)
    values, indices = _select(rows, lengths, k, largest, sorted, dtype, num_threads or 0)
    return TopK(jnp.moveaxis(values, -1, dim), jnp.moveaxis(indices, -1, dim))


# ---- sample ----


def _words(name: str, value: Any, leading: tuple[int, ...]) -> jax.Array:
    """Numbers of 64 bits, one a row, as two of 32 each, the lower one first: JAX has none by default."""
    if not isinstance(value, (jax.Array, numpy.ndarray)):
        number = unsigned_number(name, value) % 2**64
        words = numpy.array([number % 2**32, number // 2**32], numpy.uint32)
        return jnp.broadcast_to(words, (*leading, 2))
    # NumPy's are split by NumPy: jnp.asarray would drop their upper halves.
    array = value
    if not jnp.issubdtype(array.dtype, jnp.integer):
        raise InvalidRequest(f"{name} has dtype {array.dtype}; use integers, one a row")
    if array.dtype.itemsize == 8:
        low, high = (half.astype("uint32") for half in (array & 0xFFFFFFFF, array >> 32))
    else:
        low, high = array, jnp.where(array < 0, -1, 0)
    halves = [_each(name, half, 0, jnp.uint32, leading) for half in (low, high)]
    return jnp.stack(halves, -1)


def _offset_words(value: Any, leading: tuple[int, ...]) -> jax.Array:
    """One number o is o + r for row r, as in skim.sample."""
    words = _words("offset", value, leading)
    if isinstance(value, (jax.Array, numpy.ndarray)) and value.ndim > 0:
        return words
    row = jnp.arange(numpy.prod(leading, dtype=int), dtype=jnp.uint32).reshape(leading)
    low = words[..., 0] + row
    return jnp.stack([low, words[..., 1] + (low < row)], -1)


def _each(name: str, value: Any, off: float, dtype: Any, leading: tuple[int, ...]) -> jax.Array:
    array = jnp.asarray(off if value is None else value)
    try:
        return jnp.broadcast_to(array.astype(dtype), leading)
    except ValueError:
        raise InvalidRequest(
            f"{name} has shape {array.shape}, but the rows of logits have shape {leading}; "
            "give one entry a row"
        ) from None


def sample(
    logits: jax.Array,
    *,
    seed: Any,
    offset: Any = 0,
    temperature: Any = 1.0,
    top_k: Any = None,
    top_p: Any = None,
    min_p: Any = None,
    order: Order = "sequential",
    token_dtype: Any = "int32",
    num_threads: int | None = None,
) -> jax.Array:
    """``skim.sample`` of a jax.Array, with the same tokens.

    Every parameter but ``order`` may be traced: a number, or an array of one a row. Seeds and offsets
    may be integers of 32 or 64 bits. Within ``jax.vmap`` and ``jax.shard_map`` a row does not know its
    place among all: give it an offset or a seed of its own. A row without a token gives -1, as in
    ``skim.sample``.
    """
    logits = _array("logits", logits, _LOGIT_DTYPES)
    if logits.ndim == 0:
        raise InvalidRequest("logits has no dimensions; give it one entry a token, last")
    leading = logits.shape[:-1]
    if not isinstance(top_k, (jax.Array, numpy.ndarray)):
        top_k = top_k_of(top_k)
    arrays = [
        logits,
        _each("temperature", temperature, 1.0, jnp.float32, leading),
        _each("top_k", _saturated(top_k, numpy.int32), 0, jnp.int32, leading),
        _each("top_p", top_p, 1.0, jnp.float32, leading),
        _each("min_p", min_p, 0.0, jnp.float32, leading),
        _words("seed", seed, leading),
        _offset_words(offset, leading),
    ]
    tokens = jax.ShapeDtypeStruct(leading, _index_dtype("token_dtype", token_dtype))
    number = _choice("order", order, _ORDERS)
    return _call("skim_sample", tokens, arrays, order=number, num_threads=num_threads or 0)
