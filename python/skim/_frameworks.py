"""What differs between torch, NumPy and other DLPack producers; every difference lives here.

An adaptor makes an array of its framework readable for the native module, copies it where it must,
and returns results of the same framework.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy
import tvm_ffi

from . import _ffi
from ._ffi import InvalidRequest

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

_DTYPES = "float16, bfloat16, float32, float64, int8, uint8, int16, int32 or int64"


class Options(NamedTuple):
    """The last arguments of the native function that takes all of them."""

    largest: bool
    sorted: bool
    row_lengths: Any
    num_threads: int
    by_index: bool
    page_table: Any
    page_size: int
    row_offsets: Any


def first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")


class Torch:
    """torch.Tensor, which tvm-ffi reads and returns as it is."""

    fills_results = True

    def owns(self, x: Any) -> bool:
        return torch is not None and isinstance(x, torch.Tensor)

    def plain(self, name: str, x: Any) -> Any:
        """`x` without what DLPack would silently drop: subclass, gradient, negative bit."""
        if type(x) not in (torch.Tensor, torch.nn.Parameter):
            raise TypeError(
                f"{name} is a {type(x).__name__}, a tensor subclass whose meaning skim does not "
                "know; pass a plain torch.Tensor"
            )
        if x.requires_grad:
            if torch.is_grad_enabled():
                raise InvalidRequest(
                    f"{name} requires a gradient, which skim does not record; pass "
                    f"{name}.detach() or call under torch.no_grad()"
                )
            x = x.detach()
        return x.resolve_neg() if x.is_neg() else x

    def exported(self, name: str, x: Any) -> Any:
        try:
            _ffi.is_row_matrix(x)
        except (BufferError, RuntimeError) as error:  # meta, sparse, functorch: without the stack
            raise TypeError(
                f"{name} has no memory to read ({first_line(error)}); pass a dense tensor"
            ) from None
        return x

    def exported_result(self, name: str, x: Any) -> Any:
        if self.plain(name, x) is not x:
            raise InvalidRequest(
                f"{name} is a negated view or requires a gradient; pass a tensor without"
            )
        return self.exported(name, x)

    def moved(self, x: Any, source: int, destination: int) -> Any:
        return x.movedim(source, destination)

    def copied(self, name: str, x: Any) -> Any:
        return x.contiguous()

    def new(self, x: Any, shape: tuple[int, ...], dtype: str) -> Any:
        return x.new_empty(shape, dtype=getattr(torch, dtype))

    def new_like(self, x: Any, source: Any) -> Any:
        return x.new_empty(x.shape)

    def adopted(self, x: Any, result: Any) -> Any:
        return result

    def select(
        self, x: Any, source: Any, k: int, index_dtype: Any, options: Options
    ) -> tuple[Any, Any]:
        if not x.is_cuda:
            values = _ffi.new_values(source, k)
            indices = _ffi.new_indices(source, k, index_dtype)
        else:
            _ffi.validate(source, k)
            shape = (*x.shape[:-1], k)
            values = x.new_empty(shape)
            indices = x.new_empty(shape, dtype=getattr(torch, str(index_dtype)))
        _ffi.select_with(source, k, values, indices, *options)
        return values, indices

    def assign(self, target: Any, source: Any) -> None:
        target.copy_(source)


class NumPy:
    """numpy.ndarray, with ml_dtypes.bfloat16, which NumPy's own DLPack export does not know."""

    fills_results = True

    def owns(self, x: Any) -> bool:
        return isinstance(x, numpy.ndarray)

    def plain(self, name: str, x: Any) -> Any:
        if type(x) not in (numpy.ndarray, numpy.memmap):
            raise TypeError(
                f"{name} is a {type(x).__name__}, an array subclass whose meaning skim does not "
                "know; pass a plain numpy.ndarray"
            )
        if not x.dtype.isnative:
            raise InvalidRequest(
                f"{name} has dtype {x.dtype.str} of foreign byte order; convert it with "
                f"{name}.astype({name}.dtype.newbyteorder('='))"
            )
        return x

    def exported(self, name: str, x: Any) -> Any:
        # Names of dtypes are slow to make; those of NumPy's own types need not be.
        is_bfloat16 = x.dtype.isbuiltin != 1 and x.dtype.name == "bfloat16"
        bits = x.view(numpy.uint16) if is_bfloat16 else x
        try:
            tensor = tvm_ffi.from_dlpack(self._capsule(bits))
        except (BufferError, RuntimeError) as error:
            raise InvalidRequest(
                f"{name} of dtype {x.dtype} and strides {x.strides} cannot be read "
                f"({first_line(error)}); pass {_DTYPES}"
            ) from None
        return tensor if bits is x else _ffi.as_bfloat16(tensor)

    @staticmethod
    def _capsule(x: Any) -> Any:
        if x.flags.writeable:
            return x.__dlpack__()
        try:
            return x.__dlpack__(max_version=(1, 0))
        except TypeError:  # NumPy before 2.1 has no way to lend a read-only array
            return x.copy().__dlpack__()

    def exported_result(self, name: str, x: Any) -> Any:
        if not x.flags.writeable:
            raise InvalidRequest(f"{name} is read-only; pass an array that can be written")
        return self.exported(name, self.plain(name, x))

    def moved(self, x: Any, source: int, destination: int) -> Any:
        return numpy.moveaxis(x, source, destination)

    def copied(self, name: str, x: Any) -> Any:
        return numpy.ascontiguousarray(x)

    def new(self, x: Any, shape: tuple[int, ...], dtype: str) -> Any:
        return numpy.empty(shape, dtype)

    def new_like(self, x: Any, source: Any) -> Any:
        return numpy.empty(x.shape, x.dtype)

    def adopted(self, x: Any, result: Any) -> Any:
        return result

    def select(
        self, x: Any, source: Any, k: int, index_dtype: Any, options: Options
    ) -> tuple[Any, Any]:
        _ffi.validate(source, k)
        shape = (*x.shape[:-1], k)
        values = numpy.empty(shape, x.dtype)
        indices = numpy.empty(shape, str(index_dtype))
        results = self.exported("values", values), self.exported("indices", indices)
        _ffi.select_with(source, k, *results, *options)
        return values, indices

    def assign(self, target: Any, source: Any) -> None:
        target[...] = source


class OtherDLPack:
    """Any other producer. Results go back through the from_dlpack of its array-API namespace
    (JAX and CuPy have one), else they are tvm_ffi.Tensor, itself a DLPack producer."""

    fills_results = False

    def owns(self, x: Any) -> bool:
        return hasattr(x, "__dlpack__") and hasattr(x, "__dlpack_device__")

    def plain(self, name: str, x: Any) -> Any:
        return x

    def exported(self, name: str, x: Any) -> Any:
        try:
            return x if isinstance(x, tvm_ffi.Tensor) else tvm_ffi.from_dlpack(x)
        except (BufferError, RuntimeError, ValueError) as error:
            raise InvalidRequest(
                f"{name} cannot be read through DLPack ({first_line(error)}); pass {_DTYPES}"
            ) from None

    @staticmethod
    def _namespace(name: str, x: Any) -> Any:
        if hasattr(x, "__array_namespace__"):
            return x.__array_namespace__()
        raise InvalidRequest(
            f"{name} is a {type(x).__name__}, which skim cannot copy or transpose; pass rows of one "
            "stride with dim last, or a torch or NumPy view of it"
        )

    def moved(self, x: Any, source: int, destination: int) -> Any:
        return self._namespace("x", x).moveaxis(x, source, destination)

    def copied(self, name: str, x: Any) -> Any:
        return self._namespace(name, x).asarray(x, copy=True)

    def new(self, x: Any, shape: tuple[int, ...], dtype: str) -> Any:
        return tvm_ffi.from_dlpack(numpy.empty(shape, dtype).__dlpack__())

    def new_like(self, x: Any, source: Any) -> Any:
        return _ffi.new_values(source, source.shape[-1])

    def select(
        self, x: Any, source: Any, k: int, index_dtype: Any, options: Options
    ) -> tuple[Any, Any]:
        values = _ffi.new_values(source, k)
        indices = _ffi.new_indices(source, k, index_dtype)
        _ffi.select_with(source, k, values, indices, *options)
        return self.adopted(x, values), self.adopted(x, indices)

    def adopted(self, x: Any, result: Any) -> Any:
        """`result` as an array of the framework of `x`."""
        if hasattr(x, "__array_namespace__"):
            return x.__array_namespace__().from_dlpack(result)
        module = sys.modules.get("cupy") if type(x).__module__.partition(".")[0] == "cupy" else None
        return (module or tvm_ffi).from_dlpack(result)


Framework = Torch | NumPy | OtherDLPack
_FRAMEWORKS: tuple[Framework, ...] = (Torch(), NumPy(), OtherDLPack())


def framework_of(name: str, x: Any) -> Framework:
    for framework in _FRAMEWORKS:
        if framework.owns(x):
            return framework
    raise TypeError(
        f"{name} is a {type(x).__name__}; pass a torch.Tensor, a numpy.ndarray or another array "
        "with __dlpack__"
    )


def dtype_named(name: str, dtype: Any) -> Any:
    """A torch or NumPy dtype, or its name, as tvm-ffi's."""
    is_torch = torch is not None and isinstance(dtype, torch.dtype)
    try:
        known = str(dtype).removeprefix("torch.") if is_torch else dtype
        return tvm_ffi.dtype(numpy.dtype(known).name)
    except (TypeError, ValueError):
        raise TypeError(f"{name} is {dtype!r}; pass 'int32', 'int64' or such a dtype") from None
