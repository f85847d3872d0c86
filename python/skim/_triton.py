"""What the benchmark's two paths in Triton share: where they can run, and how a float is compared."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ._frameworks import torch
from .bench import Case, NotApplicable

try:
    import triton
    import triton.language as tl
    from triton import jit
except ImportError:  # a file with kernels can be read all the same, to say what it needs
    triton, tl = None, SimpleNamespace(constexpr=int)

    def jit(function: Any) -> Any:
        return function


version = "" if triton is None else triton.__version__
unavailable = None
if triton is None or torch is None:
    missing = "triton" if triton is None else "torch"
    unavailable = f"needs {missing}; python3 -m pip install {missing}"

# The bits of +infinity: a NaN is what has more in its exponent and mantissa.
INFINITIES = {"float32": 0x7F800000, "float16": 0x7C00, "bfloat16": 0x7F80}
COLUMN_LIMIT = 2**30


@jit
def order_key(bits, INFINITY: tl.constexpr):
    """An integer that compares as skim's order does, of a float's bits.

    A float is a sign and a magnitude, and the magnitudes of floats compare as integers do. So
    -0 and +0 become the same 0, and every NaN the one key above that of infinity; a maximum of
    floats would not do, because it drops NaN.
    """
    MAGNITUDE: tl.constexpr = (1 << (bits.dtype.primitive_bitwidth - 1)) - 1
    magnitude = (bits & MAGNITUDE).to(tl.int32)
    signed = tl.where(bits < 0, -magnitude, magnitude)
    return tl.where(magnitude > INFINITY, INFINITY + 1, signed)


def require_runnable(case: Case, k_limit: int) -> None:
    """Raises NotApplicable with what a path in Triton needs and this case does not have."""
    sample = case.inputs[0]
    dtype = str(sample.dtype).removeprefix("torch.")
    if sample.device.type == "cpu" and not triton.knobs.runtime.interpret:
        raise NotApplicable(
            "needs a CUDA device, or TRITON_INTERPRET=1 to run in Triton's interpreter"
        )
    if dtype not in INFINITIES:
        raise NotApplicable(f"needs float32, float16 or bfloat16, got {dtype}")
    if case.k > k_limit:
        raise NotApplicable(f"needs k <= {k_limit}, got {case.k}")
    if sample.shape[1] > COLUMN_LIMIT:
        raise NotApplicable(f"needs a vocabulary <= {COLUMN_LIMIT}, got {sample.shape[1]}")


def infinity_of(tensor: Any) -> int:
    return INFINITIES[str(tensor.dtype).removeprefix("torch.")]


def bits_of(tensor: Any) -> Any:
    """The same memory as integers: what is copied keeps every bit."""
    return tensor.view(torch.int32 if tensor.dtype == torch.float32 else torch.int16)
