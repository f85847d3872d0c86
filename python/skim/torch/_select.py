"""Rows of torch's tensors through skim, into memory that torch allocated: results may be resized,
and serve as `out` of the next call, as torch's own do."""

from __future__ import annotations

import torch

from .. import _ffi

Pair = tuple[torch.Tensor, torch.Tensor]

_select = _ffi.select
_get_num_threads = torch.get_num_threads
_int64 = torch.int64


def plain(x: torch.Tensor) -> torch.Tensor:
    """Below autograd a tensor still says that it requires a gradient, which DLPack refuses."""
    return x.detach() if x.requires_grad else x


def select(x: torch.Tensor, k: int, dim: int, largest: bool, sorted: bool) -> Pair:
    """New and contiguous values and indices; `skim.InvalidRequest` where skim does not take it."""
    shape = x.shape
    rank = len(shape)
    if rank == 0:
        values, indices = select(x.reshape(1), 1, 0, largest, sorted)
        return values.reshape(()), indices.reshape(())
    last = rank - 1
    if dim != -1 and dim != last:
        values, indices = select(x.movedim(dim, -1), k, -1, largest, sorted)
        return _contiguous(values.movedim(-1, dim)), _contiguous(indices.movedim(-1, dim))
    shape = (*shape[:last], k)
    values = x.new_empty(shape)
    indices = x.new_empty(shape, dtype=_int64)
    x = plain(x)
    if not _select(x, k, values, indices, largest, sorted, None, _get_num_threads()):
        _select_parts(x, k, values, indices, largest, sorted)
    return values, indices


def _contiguous(x: torch.Tensor) -> torch.Tensor:
    """With the strides of new memory, which an empty tensor that counts as contiguous may lack."""
    return x.clone(memory_format=torch.contiguous_format)


def select_into(x: torch.Tensor, k: int, dim: int, largest: bool, sorted: bool, out: Pair) -> None:
    """As select, into tensors of the right shape, whatever their strides are."""
    if x.dim() == 0:
        x, dim, k = x.reshape(1), 0, 1
        out = out[0].reshape(1), out[1].reshape(1)
    moved = plain(x).movedim(dim, -1)
    targets = out[0].movedim(dim, -1), out[1].movedim(dim, -1)
    if _ffi.is_row_matrix(moved) and all(map(_ffi.is_row_matrix, targets)):
        _select(moved, k, *targets, largest, sorted, None, _get_num_threads())
        return
    for target, made in zip(out, select(x, k, dim, largest, sorted)):
        target.copy_(made)


def _select_parts(
    x: torch.Tensor, k: int, values: torch.Tensor, indices: torch.Tensor, *options: bool
) -> None:
    """Rows that no single stride walks: one part after the other where the elements of a row are
    adjacent, so that nothing is copied, else a copy."""
    if all(map(_ffi.is_row_matrix, (x, values, indices))):
        _select(x, k, values, indices, *options, None, _get_num_threads())
        return
    if x.stride(-1) != 1 and x.shape[-1] > 1:
        _select_parts(x.contiguous(), k, values, indices, *options)
        return
    leading = [i for i in range(x.dim() - 1) if x.shape[i] > 1]
    shortest = min(leading, key=lambda i: x.shape[i])
    for part in zip(x.unbind(shortest), values.unbind(shortest), indices.unbind(shortest)):
        _select_parts(part[0], k, *part[1:], *options)
