"""torch.topk through torch.compile, which has no top-k kernel of its own and calls torch's.

The mode is the one for the fastest code without CUDA graphs of torch's own: the clock takes a graph
of every path alike, and torch's would copy the input into it on each call.
"""

from typing import Any

from skim._frameworks import torch
from skim.bench import TIES_ANY_ORDER, Case, Run

name = "torch.compile"
version = "" if torch is None else torch.__version__
unavailable = "needs torch; python3 -m pip install torch" if torch is None else None
promises = TIES_ANY_ORDER

_MODE = "max-autotune-no-cudagraphs"


def _compiled(k: int) -> Any:
    """Compiles in its first call, which is one that the benchmark checks and does not time."""
    # Else it would stop compiling at the eighth shape of a sweep.
    torch.compiler.reset()
    return torch.compile(lambda x: torch.topk(x, k), mode=_MODE, dynamic=False, fullgraph=True)


def prepare(case: Case) -> Run:
    select, inputs, count = _compiled(case.k), case.inputs, len(case.inputs)

    def run(i: int) -> object:
        return select(inputs[i % count])

    return run
