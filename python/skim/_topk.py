"""skim.topk: the public function, and the way of arguments that are not the plain ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, NoReturn, TypeVar

import numpy
import tvm_ffi

from . import _cuda, _ffi
from ._arguments import (
    as_bool,
    as_int,
    count_of,
    exported_rows,
    exported_vector,
    k_out_of_range,
    positive_dim,
)
from ._ffi import DeviceError, InvalidRequest
from ._frameworks import Framework, OtherDLPack, Options, dtype_named, framework_of, torch

Array = TypeVar("Array")


class TopK(NamedTuple, Generic[Array]):
    """What topk returns: values and indices of one shape, best first."""

    values: Array
    indices: Array


_INT64 = tvm_ffi.dtype("int64")
# Read once: an attribute of a module costs the plain call more than its checks.
_new_values = _ffi.new_values
_select = _ffi.select
_select_new_indices = _ffi.select_new_indices
_make_tuple = tuple.__new__
_empty = numpy.empty
_int64 = numpy.int64
_Ndarray = numpy.ndarray
_Tensor = None if torch is None else torch.Tensor
_torch_int64 = None if torch is None else torch.int64


def topk(
    x: Array,
    k: int,
    dim: int = -1,
    largest: bool = True,
    sorted: bool = True,
    row_lengths: Any = None,
    index_dtype: Any = None,
    out: tuple[Array, Array] | None = None,
    num_threads: int | None = None,
    stream: Any = None,
    by_index: bool = False,
    page_table: Any = None,
    page_size: int | None = None,
    row_offsets: Any = None,
) -> TopK[Array]:
    """The k largest (or smallest) elements along a dimension, with their indices.

    Exact and deterministic: NaN is largest, -0 equals +0, equal values come lowest index first, and
    the result is the same whatever the device, the batch, the threads or the instruction set.
    On a GPU the call enqueues the work and returns; it can be captured by ``torch.cuda.graph``.

    Parameters
    ----------
    x
        torch.Tensor, numpy.ndarray (ml_dtypes.bfloat16 included) or another array with
        ``__dlpack__`` (CuPy and JAX have it), on the CPU or a CUDA GPU, of shape (..., cols, ...)
        and at least one dimension; float16, bfloat16, float32, float64, int8,
        uint8, int16, int32 or int64. It is read in place, broadcast and reversed rows and read-only
        arrays too. One copy is made where ``dim`` is not the last dimension, where the elements of
        a row are not adjacent, where no single stride walks the leading dimensions, and of a
        negated view of torch.
    k
        How many, from 0 to cols.
    dim
        The dimension to select along.
    largest
        False: the k smallest, in ascending order and NaN last.
    sorted
        False: only the set is promised (it is deterministically ordered all the same).
    row_lengths
        int32 or int64, one a row: of shape (rows,) or of the shape of ``x`` without ``dim``. Only
        the first ``row_lengths[r]`` elements of row r exist; lengths outside 0..cols are clamped.
        Where a row has fewer than k, the tail holds index -1 and the value that sorts last.
    index_dtype
        int64 (default) or int32: a name, or a dtype of torch or NumPy.
    out
        A pair of torch tensors or NumPy arrays to fill and return, on the device of ``x``; they may
        not overlap ``x`` or each other. Their dtype decides the dtype of the indices.
    num_threads
        At most this many threads; None or 0: as many as OpenMP uses. Means nothing on a GPU.
    stream
        Only on a GPU, of the device of ``x``: a cudaStream_t as an int, or an object with
        ``__cuda_stream__``, ``cuda_stream`` or ``ptr``. None: torch's current stream, or CuPy's for
        its arrays. For torch it is as if called under ``torch.cuda.stream``, with the same duties:
        ``x`` is complete on that stream, and who uses ``x`` or the results on other streams orders
        them and calls ``record_stream``. Arrays of other frameworks come and go through torch by
        DLPack, which makes the streams of both frameworks wait for each other.
    by_index
        True: the results of a row in ascending order of index, whatever ``sorted`` says.
    page_table
        int32, on the device of ``x``, for rows whose columns lie in pages: in place of an index i of
        row r ``page_table[r, i // page_size] * page_size + i % page_size`` is returned. Of shape
        (rows, pages), or of the shape of ``x`` without ``dim`` and pages last; (pages,) or
        (1, pages) is for all rows.
    page_size
        How many columns a page has, from 1 to 2**31 - 1; only with ``page_table``.
    row_offsets
        int32 or int64, shaped as ``row_lengths``: ``row_offsets[r] + i`` is returned in place of i.
        Not with ``page_table``. Either way the -1 of rows with fewer than k elements stays, and
        int32 indices hold the low 32 bits of what does not fit.

    Returns
    -------
    TopK(values, indices)
        Of the shape of ``x`` with k in place of cols, best first, in the framework of ``x``: torch,
        NumPy, or that of ``x.__array_namespace__()``; ``tvm_ffi.Tensor`` for a producer that has
        none. Values are the input's own bits. With ``dim`` not last they are transposed views.
        No gradient is recorded. On the CPU torch results own memory that torch did not allocate, so
        they cannot be resized in place; on a GPU they are torch's own. JAX without
        jax_enable_x64 narrows int64 indices to int32.

    Raises
    ------
    skim.InvalidRequest
        A ValueError: k below 0 or above cols, no such dim, an unsupported dtype, x without
        dimensions, int32 indices for more than 2^31 - 1 columns, shapes, dtypes or overlap of
        ``out``, a wrong ``row_lengths``, ``page_table``, ``page_size`` or ``row_offsets``, x that
        requires a gradient (outside torch.no_grad()).
    TypeError
        An argument of the wrong type; subclasses of torch.Tensor (FakeTensor too; Parameter is
        fine) and of numpy.ndarray (MaskedArray too; memmap is fine).
    skim.DeviceError
        A RuntimeError: no such GPU, no driver, no CUDA backend in this build, or a failed launch.
    MemoryError
        No memory for the results or the workspace of O(k + cols / 16) a thread. On a GPU it may be
        torch.OutOfMemoryError.

    Notes
    -----
    Reads every element once: O(rows * cols), plus O(k log k) a row. The GIL is released.
    """
    if (
        row_lengths is None
        and index_dtype is None
        and out is None
        and dim == -1
        and stream is None
        and by_index is False
        and page_table is None
        and page_size is None
        and row_offsets is None
        and (largest is True or largest is False)
        and (sorted is True or sorted is False)
        and (num_threads is None or type(num_threads) is int)
    ):
        kind = type(x)
        try:
            if kind is _Tensor:
                if x.requires_grad or x.is_neg():
                    pass
                elif x.is_cuda:
                    shape = x.shape
                    if shape and 0 <= k <= shape[-1]:
                        shape = (*shape[:-1], k)
                        values = x.new_empty(shape)
                        indices = x.new_empty(shape, dtype=_torch_int64)
                        if _select(x, k, values, indices, largest, sorted, None, num_threads or 0):
                            return _make_tuple(TopK, (values, indices))
                else:
                    values = _new_values(x, k)
                    if values is not None:
                        indices = _select_new_indices(
                            x, k, values, _INT64, largest, sorted, None, num_threads or 0
                        )
                        return _make_tuple(TopK, (values, indices))
            elif kind is _Ndarray:
                shape = x.shape[:-1] + (k,)
                values = _empty(shape, x.dtype)
                indices = _empty(shape, _int64)
                if _select(x, k, values, indices, largest, sorted, None, num_threads or 0):
                    return _make_tuple(TopK, (values, indices))
        except (InvalidRequest, DeviceError):
            raise
        except (TypeError, ValueError, BufferError, MemoryError, RuntimeError):
            pass  # not plain after all: the general way copes, or says what is wrong
    beside = _Beside(row_lengths, page_table, page_size, row_offsets)
    arguments = k, dim, largest, sorted, by_index, num_threads, beside, index_dtype, out
    framework = framework_of("x", x)
    if not _cuda.is_on_gpu(x):
        _cuda.refuse_stream_of_cpu(stream)
        return _general(framework, x, *arguments)
    if not isinstance(framework, OtherDLPack):
        with _cuda.working_on(x, stream):
            return _general(framework, x, *arguments)
    return _through_torch(framework, x, stream, *arguments)


class _Beside(NamedTuple):
    """What is given for each row beside the row itself."""

    row_lengths: Any
    page_table: Any
    page_size: Any
    row_offsets: Any

    def exported(self) -> dict[str, Any]:
        return {
            "row_lengths": _exported(exported_vector, "row_lengths", self.row_lengths),
            "page_table": _exported(_exported_pages, "page_table", self.page_table),
            "page_size": 0 if self.page_size is None else count_of("page_size", self.page_size),
            "row_offsets": _exported(exported_vector, "row_offsets", self.row_offsets),
        }

    def arrays(self) -> dict[str, Any]:
        """Those that are given, which results may not overlap."""
        arrays = self._asdict()
        del arrays["page_size"]
        return {name: array for name, array in arrays.items() if array is not None}


def _exported(export: Callable[[str, Any], Any], name: str, value: Any) -> Any:
    return None if value is None else export(name, value)


def _exported_pages(name: str, value: Any) -> Any:
    return exported_rows(name, value, "entry a page")


def _through_torch(framework: OtherDLPack, x: Any, stream: Any, *arguments: Any) -> TopK[Any]:
    """A GPU array of another framework than torch, which selects and hands the results over."""
    _cuda.require_torch("x", x)
    out = arguments[-1]
    if out is not None:
        _refuse_out(x)
    with _cuda.working_on(x, stream):
        tensor = _cuda.as_torch("x", x)
        values, indices = _general(framework_of("x", tensor), tensor, *arguments)
        return TopK(framework.adopted(x, values), framework.adopted(x, indices))


def _general(
    framework: Framework,
    x: Any,
    k: Any,
    dim: Any,
    largest: Any,
    sorted: Any,
    by_index: Any,
    num_threads: Any,
    beside: _Beside,
    index_dtype: Any,
    out: Any,
) -> TopK[Any]:
    x = framework.plain("x", x)
    source = framework.exported("x", x)
    k = as_int("k", k)
    rank = source.ndim
    dim = positive_dim(as_int("dim", dim), rank)
    if not -(2**63) <= k < 2**63:  # the core tells of any other k
        raise k_out_of_range(k, source.shape[dim])
    options = Options(
        as_bool("largest", largest),
        as_bool("sorted", sorted),
        num_threads=0 if num_threads is None else count_of("num_threads", num_threads),
        by_index=as_bool("by_index", by_index),
        **beside.exported(),
    )
    if dim != rank - 1:
        x = framework.moved(x, dim, -1)
        source = framework.exported("x", x)
    unseen = beside.arrays()
    if not _ffi.is_row_matrix(source):
        source = framework.exported("x", framework.copied("x", x))
        unseen["x"] = x
    if out is not None:
        return _into(framework, x, source, k, dim, index_dtype, out, options, unseen)
    dtype = _INT64 if index_dtype is None else dtype_named("index_dtype", index_dtype)
    values, indices = framework.select(x, source, k, dtype, options)
    if dim != rank - 1:
        return TopK(framework.moved(values, -1, dim), framework.moved(indices, -1, dim))
    return TopK(values, indices)


def _byte_range(array: Any) -> range:
    """The addresses from the first to the last byte of a torch tensor or NumPy array."""
    if isinstance(array, _Ndarray):
        begin, size, strides = array.ctypes.data, array.itemsize, array.strides
    else:
        begin, size = array.data_ptr(), array.element_size()
        strides = [stride * size for stride in array.stride()]
    if 0 in array.shape:
        return range(0)
    reaches = [(length - 1) * stride for length, stride in zip(array.shape, strides)]
    low = begin + sum(reach for reach in reaches if reach < 0)
    return range(low, begin + sum(reach for reach in reaches if reach > 0) + size)


def _refuse_overlap(outs: dict[str, Any], inputs: dict[str, Any]) -> None:
    """Where inputs are copied or results made anew, the core sees only the copies: the caller's own
    arrays are compared here, by their ranges of bytes."""
    for name, target in outs.items():
        others = {other: array for other, array in (inputs | outs).items() if other != name}
        written = _byte_range(target)
        for other, array in others.items():
            if not hasattr(array, "data_ptr") and not isinstance(array, _Ndarray):
                continue
            read = _byte_range(array)
            if max(written.start, read.start) < min(written.stop, read.stop):
                raise InvalidRequest(
                    f"{name} overlaps {other} in memory; pass memory of its own for each"
                )


def _refuse_out(x: Any) -> NoReturn:
    raise TypeError(f"out is for torch and NumPy; x is a {type(x).__name__}, so leave it out")


def _into(
    framework: Framework,
    x: Any,
    source: Any,
    k: int,
    dim: int,
    index_dtype: Any,
    out: Any,
    options: Options,
    unseen: dict[str, Any],
) -> TopK[Any]:
    """Fills the caller's pair; through fresh results where it has no rows of one stride."""
    if not framework.fills_results:
        _refuse_out(x)
    if not isinstance(out, (tuple, list)) or len(out) != 2 or not all(map(framework.owns, out)):
        raise TypeError("out is not a pair of arrays as x is one; pass (values, indices)")
    if index_dtype is not None:
        asked, given = dtype_named("index_dtype", index_dtype), out[1].dtype
        if asked != dtype_named("out[1].dtype", given):
            raise InvalidRequest(f"index_dtype is {asked}, but out[1] has {given}; drop one")
    names = ("out[0]", "out[1]")
    for name, target in zip(names, out):
        if target.ndim != x.ndim:
            raise InvalidRequest(f"{name} has {target.ndim} dimensions; give it {x.ndim} as x has")
    targets = out if dim == x.ndim - 1 else [framework.moved(target, dim, -1) for target in out]
    results = [framework.exported_result(*pair) for pair in zip(names, targets)]
    direct = all(map(_ffi.is_row_matrix, results))
    if unseen or not direct:
        _refuse_overlap(dict(zip(names, out)), unseen if direct else unseen | {"x": x})
    if direct:
        _ffi.select_with(source, k, *results, *options)
        return TopK(*out)
    dtype = dtype_named("out[1].dtype", out[1].dtype)
    for name, target, made in zip(names, targets, framework.select(x, source, k, dtype, options)):
        if target.shape != made.shape or target.dtype != made.dtype:
            raise InvalidRequest(
                f"{name} has shape {tuple(target.shape)} and dtype {target.dtype} where "
                f"{tuple(made.shape)} and {made.dtype} are needed (dim moved last)"
            )
        framework.assign(target, made)
    return TopK(*out)
