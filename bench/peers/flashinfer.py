"""flashinfer.top_k as it comes, and with the options that give the order and the ties of skim.

Where its kernels were not compiled ahead, it compiles them on first use with nvcc, for minutes. It
takes other kernels while a graph is captured than outside; what is timed is checked like the rest.

Its two transforms for sparse attention write int32 numbers and no values; what they found is read
back afterwards (skim/_bench_forms.py).
"""

from collections.abc import Callable
from typing import Any

from skim._bench_forms import IndexForm
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


def _transform_preparation(
    transform_of: Callable[[Any], Callable[..., Any]],
    numbers_of: Callable[[IndexForm], Any],
    read_back: Callable[[IndexForm, Any], None],
) -> Callable[[Case], Run]:
    def prepare(case: Case) -> Run:
        require_gpu(case)
        require_dtype(case, "float16", "bfloat16", "float32")
        form = IndexForm(case)
        import flashinfer

        transform, numbers = transform_of(flashinfer), numbers_of(form)
        inputs, count, k = case.inputs, len(case.inputs), case.k
        transform(inputs[0], numbers, form.row_lengths, k)  # may compile, as above

        def run(i: int) -> object:
            source = inputs[i % count]
            written = transform(source, numbers, form.row_lengths, k)

            def read() -> None:
                read_back(form, written)
                form.read_values(source)

            return read

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
    Peer(
        name="FlashInfer (page table)",
        prepare=_transform_preparation(
            lambda flashinfer: flashinfer.top_k_page_table_transform,
            lambda form: form.page_table,
            IndexForm.read_pages,
        ),
        version=_version,
        unavailable=_unavailable,
        promises=UNSORTED | TIES_ANY_ORDER | NONDETERMINISTIC,
    ),
    Peer(
        name="FlashInfer (row offsets)",
        prepare=_transform_preparation(
            lambda flashinfer: flashinfer.top_k_ragged_transform,
            lambda form: form.row_offsets,
            IndexForm.read_offsets,
        ),
        version=_version,
        unavailable=_unavailable,
        promises=UNSORTED | TIES_ANY_ORDER | NONDETERMINISTIC,
    ),
]
