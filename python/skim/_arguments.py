"""Arguments as the native module takes them: numbers, arrays of one entry a row, rows."""

from __future__ import annotations

import math
import numbers
import operator
from typing import Any

import numpy

from . import _cuda, _ffi
from ._ffi import InvalidRequest
from ._frameworks import OtherDLPack, framework_of, torch


def as_int(name: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is a {type(value).__name__}; pass an int") from None


def count_of(name: str, value: Any) -> int:
    """Of which int64 need not hold more than the sign: "at most so many" goes for any number."""
    return max(-(2**63), min(as_int(name, value), 2**63 - 1))


def as_bool(name: str, value: Any) -> bool:
    if isinstance(value, (bool, numpy.bool_)):
        return bool(value)
    raise TypeError(f"{name} is a {type(value).__name__}; pass a bool")


def positive_dim(dim: int, rank: int) -> int:
    if rank == 0:
        raise InvalidRequest("x has no dimensions; pass x.reshape(1) and k of 0 or 1")
    if not -rank <= dim < rank:
        raise InvalidRequest(
            f"dim = {dim} is out of range for x with {rank} dimensions; give {-rank} to {rank - 1}"
        )
    return dim % rank


def k_out_of_range(k: int, cols: int) -> InvalidRequest:
    """As the core says it, for who must know before the core does."""
    wrong = "is negative" if k < 0 else f"exceeds cols = {cols}"
    return InvalidRequest(f"k = {k} {wrong}; give a k of 0 to {cols}")


def exported_vector(name: str, value: Any) -> Any:
    """One entry a row, contiguous, for the native module; copied only where it is not."""
    framework = framework_of(name, value)
    if isinstance(framework, OtherDLPack) and _cuda.is_on_gpu(value):
        _cuda.require_torch(name, value)
        return exported_vector(name, _cuda.as_torch(name, value))
    vector = framework.plain(name, value)
    if framework.fills_results:
        vector = framework.copied(name, vector)  # nothing is copied where it is contiguous
    return framework.exported(name, vector)


def is_array(value: Any) -> bool:
    return hasattr(value, "__dlpack__")


def real(name: str, value: Any) -> Any:
    if is_array(value):
        return exported_vector(name, value)
    if not isinstance(value, numbers.Real):
        raise TypeError(f"{name} is a {type(value).__name__}; pass a number or one float32 a row")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def top_k_of(value: Any) -> Any:
    """None is off, and numbers beyond int32 mean what the nearest means."""
    if value is None:
        return 0
    if is_array(value):
        return exported_vector("top_k", _narrowed_on_gpu(value))
    return max(-1, min(as_int("top_k", value), 2**31 - 1))


def _narrowed_on_gpu(top_k: Any) -> Any:
    """The int64 of a GPU by torch as the int32 that are read there; numbers beyond mean what the
    nearest means, as on the CPU."""
    if not _cuda.is_on_gpu(top_k):
        return top_k
    _cuda.require_torch("top_k", top_k)
    tensor = _cuda.as_torch("top_k", top_k)
    if tensor.dtype != torch.int64:
        return tensor
    return tensor.clamp(-1, 2**31 - 1).to(torch.int32)


def unsigned(name: str, value: Any) -> Any:
    return exported_vector(name, value) if is_array(value) else unsigned_number(name, value)


def unsigned_number(name: str, value: Any) -> int:
    """64 bits as the int64 that has them."""
    number = as_int(name, value)
    if not 0 <= number < 2**64:
        raise InvalidRequest(f"{name} = {number} is outside 0..2**64 - 1; pass {name} % 2**64")
    return number - 2**64 if number >= 2**63 else number


def exported_rows(name: str, value: Any, entry: str = "entry a token") -> Any:
    """A matrix of rows of one stride with one `entry` a column; copied where it is none."""
    framework = framework_of(name, value)
    if isinstance(framework, OtherDLPack) and _cuda.is_on_gpu(value):
        _cuda.require_torch(name, value)
        return exported_rows(name, _cuda.as_torch(name, value), entry)
    plain = framework.plain(name, value)
    source = framework.exported(name, plain)
    if source.ndim == 0:
        raise InvalidRequest(f"{name} has no dimensions; give it one {entry}, last")
    if _ffi.is_row_matrix(source):
        return source
    return framework.exported(name, framework.copied(name, plain))
