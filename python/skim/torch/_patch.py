"""skim in the place of torch's kernels of topk, for programs that are not changed.

Only the kernels of the CPU and of CUDA are replaced; autograd, vmap, meta and compile stay torch's.
"""

from __future__ import annotations

import threading
import warnings

import torch

from ._kernels import ALL

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
            library.impl("topk", kernels.recorded_topk, kernels.key, allow_override=True)
            library.impl("topk.values", kernels.recorded_topk_out, kernels.key, allow_override=True)
    _library = library


def _enter() -> None:
    global _depth
    if _depth == 0:
        _register()
    _depth += 1


def _leave() -> None:
    global _depth, _library
    _depth -= 1
    if _depth == 0 and _library is not None:
        _library._destroy()
        _library = None


def patch() -> None:
    """From here on torch.topk and Tensor.topk are skim's on the CPU and on CUDA, in every thread.

    Repeated calls change nothing. torch's table of kernels has no lock of its own: call it while no
    other thread is inside topk, best when the program starts.
    """
    global _explicit
    with _lock:
        if not _explicit:
            _enter()
            _explicit = True


def unpatch() -> None:
    """Takes patch() back: torch's own kernels are in their place again. Repeated calls change nothing."""
    global _explicit
    with _lock:
        if _explicit:
            _explicit = False
            _leave()


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
