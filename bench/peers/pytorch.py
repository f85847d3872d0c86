"""torch.topk, the baseline of the tables. It means NaN to be largest; among equals it picks any.

On a GPU it allocates scratch memory on every call, out of torch's pool; results go where we say.
"""

from skim._frameworks import torch
from skim.bench import TIES_ANY_ORDER, Case, Run

name = "PyTorch"
version = "" if torch is None else torch.__version__
unavailable = "needs torch; python3 -m pip install torch" if torch is None else None
promises = TIES_ANY_ORDER


def prepare(case: Case) -> Run:
    out = (case.values, case.indices)
    select, inputs, count, k = torch.topk, case.inputs, len(case.inputs), case.k

    def run(i: int) -> None:
        select(inputs[i % count], k, out=out)

    return run
