"""jax.lax.top_k, compiled by jax.jit. Among equals the lower index comes first, as documented; in its
order a positive zero is greater than a negative one, and a NaN with a sign bit is the least.

On a GPU it runs on streams of its own, so that our stream cannot capture it: it is timed by events
on ours, and that time holds what the host takes to start each call, where that is longer than the
call, and the waits of one stream for the other. On a CPU it takes as many threads as it likes.
"""

import os
from functools import cache
from types import ModuleType
from typing import Any

from skim.bench import Case, NotApplicable, Run, version_of

name = "JAX"
version = version_of("jax")
_INSTALL = "python3 -m pip install 'jax[cuda13]<0.12'"
unavailable = None if version else f"needs jax; {_INSTALL}"


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


def prepare(case: Case) -> Run:
    jax = _load_jax()
    _require_backend(jax, case.stream is not None)
    select = jax.jit(lambda x: jax.lax.top_k(x, case.k))
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


def capture(case: Case, enqueue: Any) -> tuple[Any, int]:
    raise RuntimeError("JAX runs on streams of its own, which ours cannot capture")
