"""The operator skim::topk: torch's schema, and all that torch asks of an operator of its own."""

from __future__ import annotations

from typing import Any

import torch
from torch._functorch.utils import enable_single_level_autograd_function
from torch._prims_common import canonicalize_dim
from torch.autograd.forward_ad import _set_fwd_grad_enabled
from torch.autograd.function import _SingleLevelFunction

from . import _kernels
from ._select import Pair

_library = torch.library.Library("skim", "DEF")
_library.define(
    "topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True)"
    " -> (Tensor values, Tensor indices)",
    tags=(torch.Tag.pt2_compliant_tag,),
)
_library.define(
    "topk.values(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True, *,"
    " Tensor(a!) values, Tensor(b!) indices) -> (Tensor(a!) values, Tensor(b!) indices)"
)
for _of_key in _kernels.ALL:
    _library.impl("topk", _of_key.topk, _of_key.key)
    _library.impl("topk.values", _of_key.topk_out, _of_key.key)
for _elsewhere in ("CompositeExplicitAutograd", "NestedTensorCPU", "NestedTensorCUDA"):
    _library.impl("topk", _kernels.topk_elsewhere, _elsewhere)
    _library.impl("topk.values", _kernels.topk_out_elsewhere, _elsewhere)
_library.impl("topk.values", torch.ops.aten.topk.values, "Meta")

topk = torch.ops.skim.topk.default
topk_out = torch.ops.skim.topk.values


@torch.library.register_fake("skim::topk", lib=_library)
def _fake(
    x: torch.Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> Pair:
    return torch.ops.aten.topk.default(x, k, dim, largest, sorted)


class _Gradient(_SingleLevelFunction):
    """The derivatives of the values: both only carry what stands at the indices.

    Of a single level, because functorch's transforms have called the operator already.
    """

    @staticmethod
    def forward(x: torch.Tensor, k: int, dim: int, largest: bool, sorted: bool) -> Pair:
        # apply turns gradients off, and transforms around this one need theirs.
        with torch.enable_grad(), _set_fwd_grad_enabled(True), torch._C._AutoDispatchBelowAutograd():
            return topk(x, k, dim, largest, sorted)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Pair) -> None:
        x, _, ctx.dim, _, _ = inputs
        ctx.shape = x.shape
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(output[1])
        ctx.save_for_forward(output[1])

    @staticmethod
    def backward(ctx: Any, of_values: torch.Tensor, _: Any) -> tuple[Any, ...]:
        (indices,) = ctx.saved_tensors
        zeros = of_values.new_zeros(ctx.shape)
        return zeros.scatter(ctx.dim, indices, of_values), None, None, None, None

    @staticmethod
    def jvp(ctx: Any, of_x: torch.Tensor, *_: Any) -> tuple[torch.Tensor, None]:
        (indices,) = ctx.saved_tensors
        return of_x.gather(ctx.dim, indices), None


def _autograd(
    x: torch.Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> Pair:
    if x.requires_grad or torch.autograd.forward_ad._current_level >= 0:
        with enable_single_level_autograd_function():
            return _Gradient.apply(x, k, dim, largest, sorted)
    with torch._C._AutoDispatchBelowAutograd():
        return topk(x, k, dim, largest, sorted)


_library.impl("topk", _autograd, "Autograd")


@torch.library.register_vmap("skim::topk", lib=_library)
def _vmap(
    info: Any,
    in_dims: tuple[int | None, ...],
    x: torch.Tensor,
    k: int,
    dim: int = -1,
    largest: bool = True,
    sorted: bool = True,
) -> tuple[Pair, tuple[int, int]]:
    assert in_dims[0] is not None  # else nothing is batched, and torch does not ask
    x = x.movedim(in_dims[0], 0)
    dim = canonicalize_dim(x.dim() - 1, dim)
    if x.dim() == 1:
        values, indices = topk(x.unsqueeze(-1), 1, -1, largest, sorted)
        return (values.squeeze(-1), indices.squeeze(-1)), (0, 0)
    return topk(x, k, dim + 1, largest, sorted), (0, 0)


def _autograd_of_out(x: torch.Tensor, *arguments: Any, **out: torch.Tensor) -> Pair:
    if torch.is_grad_enabled() and any(t.requires_grad for t in (x, *out.values())):
        raise RuntimeError(
            "topk(): functions with out=... arguments don't support automatic differentiation, "
            "but one of the arguments requires grad."
        )
    with torch._C._AutoDispatchBelowAutograd():
        return topk_out(x, *arguments, **out)


_library.impl("topk.values", _autograd_of_out, "Autograd")
