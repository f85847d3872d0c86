"""quack.topk of QuACK: one CuTe kernel for short rows, which sorts in float32 with each element's
index in the low bits of its mantissa. It returns int32 indices.

So float32 values come back with their lowest log2(vocabulary) bits cleared; the 16-bit types have
nothing in those bits and stay exact. Among equals the lower index comes first.
"""

from skim.bench import INEXACT, Case, NotApplicable, Run, require_dtype, require_gpu, version_of

name = "QuACK"
version = version_of("quack-kernels")
unavailable = (
    None if version else "needs quack-kernels; python3 -m pip install 'quack-kernels[cu13]==0.6.5'"
)

_LONGEST_ROW = 4096
_LARGEST_K = 128
_FLOAT32_MANTISSA_BITS = 23


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0


def _require_limits(cols: int, k: int) -> None:
    if not _is_power_of_two(cols) or cols > _LONGEST_ROW:
        raise NotApplicable(f"needs a power-of-two vocabulary <= {_LONGEST_ROW}, got {cols}")
    if not _is_power_of_two(k) or k > _LARGEST_K:
        raise NotApplicable(f"needs a power-of-two k <= {_LARGEST_K}, got {k}")


def prepare(case: Case) -> Run:
    require_gpu(case)
    require_dtype(case, "float16", "bfloat16", "float32")
    cols = case.inputs[0].shape[1]
    _require_limits(cols, case.k)
    if case.values.element_size() == 4:
        case.promises = INEXACT
        case.relative_error = cols / 2**_FLOAT32_MANTISSA_BITS
    from quack.topk import topk

    inputs, count, k = case.inputs, len(case.inputs), case.k
    topk(inputs[0], k)  # compiles, which takes seconds and cannot be captured

    def run(i: int) -> object:
        return topk(inputs[i % count], k)

    return run
