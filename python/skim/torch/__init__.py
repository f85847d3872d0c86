"""torch.topk by skim: as an operator that works inside torch, and in the place of torch's own.

docs/integrations.md says how to use them.
"""

from __future__ import annotations

from typing import Any

import torch

from . import _operator
from ._kernels import PassedOnWarning
from ._patch import is_patched, patch, patched, unpatch
from ._select import Pair

__all__ = ["PassedOnWarning", "is_patched", "patch", "patched", "topk", "unpatch"]


def topk(
    input: torch.Tensor,
    k: int,
    dim: int = -1,
    largest: bool = True,
    sorted: bool = True,
    *,
    out: Pair | None = None,
) -> torch.return_types.topk:
    """As torch.topk in every respect, and of equal elements the lowest indices first.

    The operator skim::topk: gradients (twice, and forward), torch.vmap, torch.compile, torch.export
    and CUDA graphs know it. Errors are torch's own. What skim does not take, other devices too, goes
    to torch's kernel, with one warning (PassedOnWarning) that says why.
    """
    if not (_are_plain(input, k, dim, largest, sorted) and (out is None or _is_pair(out))):
        return _as_torch_takes_them(input, k, dim, largest, sorted, out)
    if out is None:
        return torch.return_types.topk(_operator.topk(input, k, dim, largest, sorted))
    if torch.compiler.is_compiling():  # no graph may hold an operator that returns what it was given
        made = _operator.topk(input, k, dim, largest, sorted)
        for target, result in zip(out, made):
            torch._check(
                target.shape == result.shape and target.dtype == result.dtype,
                lambda: "in a compiled graph out= must have the shape and dtype of the results",
            )
        return torch.return_types.topk_out(t.copy_(r) for t, r in zip(out, made))
    values, indices = out
    _operator.topk_out(input, k, dim, largest, sorted, values=values, indices=indices)
    return torch.return_types.topk_out(out)


def _are_plain(input: Any, k: Any, dim: Any, largest: Any, sorted: Any) -> bool:
    return (
        isinstance(input, torch.Tensor)
        and isinstance(k, (int, torch.SymInt))
        and isinstance(dim, int)
        and isinstance(largest, bool)
        and isinstance(sorted, bool)
    )


def _is_pair(out: Any) -> bool:
    return isinstance(out, (tuple, list)) and len(out) == 2 and all(map(torch.is_tensor, out))


def _as_torch_takes_them(input: Any, k: Any, dim: Any, largest: Any, sorted: Any, out: Any) -> Any:
    """Arguments that torch refuses, or converts; which of the two, it says of a tensor without memory."""
    on_meta = input.to("meta") if isinstance(input, torch.Tensor) else input
    torch.topk(on_meta, k, dim, largest, sorted, out=None if _is_pair(out) else out)
    return topk(input, int(k), int(dim), bool(largest), bool(sorted), out=out)
