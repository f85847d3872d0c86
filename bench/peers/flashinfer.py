"""flashinfer.top_k as it comes, and with the options that give the order and the ties of skim.

Where its kernels were not compiled ahead, it compiles them on first use with nvcc, for minutes. It
takes other kernels while a graph is captured than outside; what is timed is checked like the rest.
"""

from collections.abc import Callable

from skim.bench import (
    NONDETERMINISTIC,
    TIES_ANY_ORDER,
    UNSORTED,
    Case,
    NotApplicable,
    Peer,
    Run,
    require_dtype,
    require_gpu,
    version_of,
)

_version = version_of("flashinfer-python")
_unavailable = (
    None
    if _version
    else "needs flashinfer-python; python3 -m pip install flashinfer-python==0.7.2.post1"
)
_LARGEST_K_WITH_TIES = 2048
_LOWEST_INDEX_FIRST = 1  # flashinfer.topk.TopKTieBreak.SMALL


def _preparation(**options: object) -> Callable[[Case], Run]:
    def prepare(case: Case) -> Run:
        require_gpu(case)
        require_dtype(case, "float16", "bfloat16", "float32")
        if "tie_break" in options and case.k > _LARGEST_K_WITH_TIES:
            raise NotApplicable(
                f"needs k <= {_LARGEST_K_WITH_TIES} where ties go by index, got {case.k}"
            )
        import flashinfer

        select, inputs, count, k = flashinfer.top_k, case.inputs, len(case.inputs), case.k
        select(inputs[0], k, **options)  # may compile, and allocates what it keeps

        def run(i: int) -> object:
            return select(inputs[i % count], k, **options)

        return run

    return prepare


peers = [
    Peer(
        name="FlashInfer",
        prepare=_preparation(),
        version=_version,
        unavailable=_unavailable,
        promises=UNSORTED | TIES_ANY_ORDER | NONDETERMINISTIC,
    ),
    # "(value desc, index asc)", says its kernel; its documentation promises only that the order
    # repeats.
    Peer(
        name="FlashInfer (deterministic)",
        prepare=_preparation(sorted=True, deterministic=True, tie_break=_LOWEST_INDEX_FIRST),
        version=_version,
        unavailable=_unavailable,
    ),
]
