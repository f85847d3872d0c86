"""What runs under the dispatch keys of the CPU and of CUDA, for skim::topk and for a patched aten::topk.

skim takes what it takes, and the rest goes to torch's own kernel: it raises torch's own errors, and
where it has an answer, one warning says why skim had none.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import torch

from .. import _ffi
from .._ffi import DeviceError, InvalidRequest
from ._select import Pair, select, select_into

if not hasattr(torch.library, "get_kernel"):
    raise ImportError(
        f"skim.torch needs a torch with torch.library.get_kernel, and {torch.__version__} has none; "
        "install torch 2.10 or later"
    )


class PassedOnWarning(UserWarning):
    """torch's own kernel has answered, because skim does not take this input."""


_warned: set[str] = set()


def _warn_once(reason: str) -> None:
    if reason not in _warned:
        _warned.add(reason)
        warnings.warn(f"topk passed on to torch: {reason}", PassedOnWarning, stacklevel=4)


class _NoBackend(Exception):
    """skim has no kernels for this device; an error of a kernel that it has is never one of these."""


@cache
def _require_gpu(ordinal: int) -> None:
    try:
        _ffi.check_cuda(ordinal)
    except DeviceError as error:
        raise _NoBackend(str(error)) from error


_profiler_enabled = torch.autograd._profiler_enabled
_REFUSALS = (InvalidRequest, _NoBackend, TypeError)


class Kernels:
    """The two kernels of one dispatch key, over those that torch has there."""

    stand_in = False  # whether those in the place of torch's select, or call torch's

    def __init__(self, key: str) -> None:
        self.key = key
        self._keyset = torch._C.DispatchKeySet(getattr(torch._C.DispatchKey, key))
        self._torch_topk = torch.library.get_kernel("aten::topk", key)
        self._torch_topk_out = torch.library.get_kernel("aten::topk.values", key)
        self._is_cuda = key == "CUDA"

    def topk(
        self, x: torch.Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
    ) -> Pair:
        reason = None
        if _is_valid(x, k, dim):
            try:
                if self._is_cuda:
                    _require_gpu(x.device.index)
                return select(x, k, dim, largest, sorted)
            except _REFUSALS as refusal:
                reason = _reason(x, refusal)
        result = self._torch_topk.call_boxed(self._keyset, x, k, dim, largest, sorted)
        if reason is not None:
            _warn_once(reason)
        return result

    def patched_topk(
        self, x: torch.Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
    ) -> Pair:
        """In the place of torch's kernel; with skim's name in a profile."""
        if not Kernels.stand_in:
            return self._torch_topk.call_boxed(self._keyset, x, k, dim, largest, sorted)
        if not _profiler_enabled():
            return self.topk(x, k, dim, largest, sorted)
        with torch.profiler.record_function("skim::topk"):
            return self.topk(x, k, dim, largest, sorted)

    def patched_topk_out(
        self,
        x: torch.Tensor,
        k: int,
        dim: int = -1,
        largest: bool = True,
        sorted: bool = True,
        **out: torch.Tensor,
    ) -> Pair:
        if not Kernels.stand_in:
            return self._torch_topk_out.call_boxed(self._keyset, x, k, dim, largest, sorted, **out)
        if not _profiler_enabled():
            return self.topk_out(x, k, dim, largest, sorted, **out)
        with torch.profiler.record_function("skim::topk"):
            return self.topk_out(x, k, dim, largest, sorted, **out)

    def topk_out(
        self,
        x: torch.Tensor,
        k: int,
        dim: int = -1,
        largest: bool = True,
        sorted: bool = True,
        *,
        values: torch.Tensor,
        indices: torch.Tensor,
    ) -> Pair:
        out = values, indices
        reason = None
        if _is_valid(x, k, dim) and _fit(x, out):
            try:
                if self._is_cuda:
                    _require_gpu(x.device.index)
                _resize(out, x, k, dim)
                select_into(x, k, dim, largest, sorted, out)
                return out
            except _REFUSALS as refusal:
                reason = _reason(x, refusal)
        self._torch_topk_out.call_boxed(
            self._keyset, x, k, dim, largest, sorted, values=values, indices=indices
        )
        if reason is not None:
            _warn_once(reason)
        return out


def _is_valid(x: torch.Tensor, k: int, dim: int) -> bool:
    """Whether torch has an answer; where not, its kernel says so in its own words."""
    shape = x.shape
    if not shape:
        return -1 <= dim <= 0 and 0 <= k <= 1
    return -len(shape) <= dim < len(shape) and 0 <= k <= shape[dim]


def _fit(x: torch.Tensor, out: Pair) -> bool:
    return (
        out[0].dtype == x.dtype
        and out[1].dtype == torch.int64
        and all(target.device == x.device for target in out)
    )


def _resize(out: Pair, x: torch.Tensor, k: int, dim: int) -> None:
    """As the out of any function of torch, with its warning where what is resized had elements."""
    shape = list(x.shape)
    if shape:
        shape[dim] = k
    for target in out:
        if target.shape != tuple(shape):
            torch.neg(target.new_zeros(shape), out=target)


def _reason(x: torch.Tensor, refusal: Exception) -> str:
    return f"{str(refusal).partition(chr(10))[0]} ({x.dtype}, {x.layout}, {x.device.type})"


# ---- neither dense nor of these devices ----


def topk_elsewhere(
    x: torch.Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> Pair:
    """Quantized, sparse and nested tensors, and other devices: for some torch has kernels."""
    result = torch.ops.aten.topk.default(x, k, dim, largest, sorted)
    _warn_once(_no_kernels_for(x))
    return result


def topk_out_elsewhere(x: torch.Tensor, *arguments: Any, **out: torch.Tensor) -> Pair:
    result = torch.ops.aten.topk.values(x, *arguments, **out)
    _warn_once(_no_kernels_for(x))
    return result


def _no_kernels_for(x: torch.Tensor) -> str:
    return f"skim has no kernels for such tensors ({x.dtype}, {x.layout}, {x.device.type})"


def _available(key: str) -> Kernels | None:
    try:
        return Kernels(key)
    except RuntimeError:  # a torch that was built without this backend
        return None


ALL = [kernels for kernels in map(_available, ("CPU", "CUDA")) if kernels is not None]
