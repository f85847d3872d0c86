"""jax.lax.top_k, compiled by jax.jit, and for --op eager skim.jax.topk beside it. In the order of the first
the lower index comes first among equals, as documented; a positive zero is greater than a negative one,
and a NaN with a sign bit is the least.

On a GPU it runs on streams of its own, so that our stream cannot capture it: it is timed by events
on ours, and that time holds what the host takes to start each call, where that is longer than the
call, and the waits of one stream for the other. The host's time for a call holds its part of an import and
an export, which are made for some calls together. On a CPU it takes as many threads as it likes.
"""

import os
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import skim
from skim.bench import EAGER, OWN_KERNEL, TOPK, Case, NotApplicable, Peer, Run, version_of

_INSTALL = "python3 -m pip install 'jax[cuda13]<0.12'"
_NO_JAX = None if version_of("jax") else f"needs jax; {_INSTALL}"
_NO_TVM_FFI = None if version_of("jax-tvm-ffi") else "needs jax-tvm-ffi; python3 -m pip install jax-tvm-ffi"


@cache
def _load_jax() -> ModuleType:
    # Else it takes most of the GPU's memory for itself when it starts.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    import jax

    jax.config.update("jax_enable_x64", True)  # int64 and float64 are kept as they are
    jax.config.update("jax_cpu_enable_async_dispatch", False)  # a call ends when its work has
    return jax


def _require_backend(jax: ModuleType, on_gpu: bool) -> None:
    try:
        jax.devices("cuda" if on_gpu else "cpu")
    except RuntimeError as error:
        wanted = "a CUDA device" if on_gpu else "the CPU"
        raise NotApplicable(f"needs a jax that knows {wanted}; {_INSTALL}") from error


def _lax(jax: ModuleType, case: Case) -> Callable[[Any], Any]:
    return lambda x: jax.lax.top_k(x, case.k)


def _ours(jax: ModuleType, case: Case) -> Callable[[Any], Any]:
    import skim.jax

    return lambda x: skim.jax.topk(x, case.k, num_threads=case.threads)


def _preparation(function: Callable[[ModuleType, Case], Callable[[Any], Any]]) -> Callable[[Case], Run]:
    def prepare(case: Case) -> Run:
        jax = _load_jax()
        _require_backend(jax, case.stream is not None)
        select = jax.jit(function(jax, case))
        inputs = [jax.dlpack.from_dlpack(tensor) for tensor in case.inputs]
        jax.block_until_ready(select(inputs[0]))  # compiles
        count = len(inputs)

        def run(i: int) -> object:
            # Every timed batch begins with call 0. Importing a tensor makes JAX wait for our stream, so
            # that it cannot begin before the clock has, nor write where the last result is still read;
            # our stream waits for JAX where the adaptor imports the result.
            if i == 0:
                inputs[0] = jax.dlpack.from_dlpack(case.inputs[0])
            return select(inputs[i % count])

        return run

    return prepare


def _capture(case: Case, enqueue: Any) -> tuple[Any, int]:
    raise RuntimeError("JAX runs on streams of its own, which ours cannot capture")


def _peer(name: str, operation: int) -> Peer:
    return Peer(name, _preparation(_lax), version_of("jax"), _NO_JAX, capture=_capture, operation=operation)


peers = [
    _peer("JAX", TOPK),
    _peer("jax.lax.top_k", EAGER),
    Peer(
        "skim.jax.topk",
        _preparation(_ours),
        skim.__version__,
        _NO_JAX or _NO_TVM_FFI,
        OWN_KERNEL,
        capture=_capture,
        operation=EAGER,
    ),
]
