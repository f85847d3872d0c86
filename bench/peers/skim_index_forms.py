"""skim.topk through a page table and with row offsets, beside FlashInfer's transforms. It writes the
values too, and int32 numbers, which are read back afterwards (skim/_bench_forms.py)."""

from collections.abc import Callable
from typing import Any

import skim
from skim._bench_forms import PAGE_SIZE, IndexForm
from skim._frameworks import torch
from skim.bench import OWN_KERNEL, Case, Peer, Run

_unavailable = "needs torch; python3 -m pip install torch" if torch is None else None


def _preparation(
    options_of: Callable[[IndexForm], dict[str, Any]],
    read_back: Callable[[IndexForm, Any], None],
) -> Callable[[Case], Run]:
    def prepare(case: Case) -> Run:
        form = IndexForm(case)
        options = options_of(form)
        written = torch.empty_like(case.indices, dtype=torch.int32)
        out, inputs, count = (case.values, written), case.inputs, len(case.inputs)

        def run(i: int) -> object:
            skim.topk(
                inputs[i % count],
                case.k,
                row_lengths=form.row_lengths,
                out=out,
                num_threads=case.threads,
                **options,
            )
            return lambda: read_back(form, written)

        return run

    return prepare


peers = [
    Peer(
        name="skim (page table)",
        prepare=_preparation(
            lambda form: {"page_table": form.page_table, "page_size": PAGE_SIZE},
            IndexForm.read_pages,
        ),
        version=skim.__version__,
        unavailable=_unavailable,
        promises=OWN_KERNEL,
    ),
    Peer(
        name="skim (row offsets)",
        prepare=_preparation(
            lambda form: {"row_offsets": form.row_offsets},
            IndexForm.read_offsets,
        ),
        version=skim.__version__,
        unavailable=_unavailable,
        promises=OWN_KERNEL,
    ),
]
