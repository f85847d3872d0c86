"""skim in the place of torch's kernels of topk, for programs that are not changed.

Only the kernels of the CPU and of CUDA are replaced; autograd, vmap, meta and compile stay torch's.
torch reads its table of kernels without a lock, in any thread. So ours are put there once and stay; from
then on patching and its end only turn a switch, which they look at: `Kernels.stand_in`.
"""

from __future__ import annotations

import threading
import warnings

import torch

from ._kernels import ALL, Kernels

_lock = threading.Lock()
_library: torch.library.Library | None = None
_depth = 0  # of patched() blocks, and 1 for patch()
_explicit = False


def _register() -> None:
    global _library
    library = torch.library.Library("aten", "IMPL")
    with warnings.catch_warnings():  # of torch: that a kernel is overridden, as it is meant to be
        warnings.simplefilter("ignore", UserWarning)
        for kernels in ALL:
            library.impl("topk", kernels.patched_topk, kernels.key, allow_override=True)
            library.impl("topk.values", kernels.patched_topk_out, kernels.key, allow_override=True)
    _library = library


def _enter() -> None:
    global _depth
    if _library is None:
        _register()
    _depth += 1
    Kernels.stand_in = True


def _leave() -> None:
    global _depth
    _depth -= 1
    Kernels.stand_in = _depth > 0


def patch() -> None:
    """From here on torch.topk and Tensor.topk are skim's on the CPU and on CUDA, in every thread.

    Repeated calls change nothing. The first of a process writes torch's table of kernels: make that
    while no other thread is inside topk, best when the program starts. Later ones may come at any time.
    """
    global _explicit
    with _lock:
        if not _explicit:
            _enter()
            _explicit = True


def unpatch() -> None:
    """Takes patch() back: torch's own kernels do the work again. Repeated calls change nothing."""
    global _explicit
    with _lock:
        if _explicit:
            _explicit = False
            _leave()


def withdraw() -> None:
    """Takes ours out of torch's table where nothing is patched; for who knows that no other thread is
    inside topk."""
    global _library
    with _lock:
        if _library is not None and _depth == 0:
            _library._destroy()
            _library = None


def is_patched() -> bool:
    return _depth > 0


class patched:
    """A context manager: patched within, and afterwards as before. It may be nested."""

    def __enter__(self) -> None:
        with _lock:
            _enter()

    def __exit__(self, *_: object) -> None:
        with _lock:
            _leave()
