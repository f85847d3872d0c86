"""top-k as a program calls it, which gets new results from each call: torch.topk, the same with skim in its
place, and skim's own functions.

Once patched, a process dispatches torch.topk through Python, patched or not. So for torch's own call skim's
kernels are taken out of torch's table again; the first call of each turn, which is not timed, does that.
"""

from collections.abc import Callable
from typing import Any

import skim
from skim._frameworks import torch
from skim.bench import EAGER, OWN_KERNEL, TIES_ANY_ORDER, Case, NotApplicable, Peer, Run

_version = "" if torch is None else torch.__version__
_unavailable = "needs torch; python3 -m pip install torch" if torch is None else None


def _skim_torch() -> Any:
    try:
        import skim.torch
    except ImportError as error:  # of a torch that is too old
        raise NotApplicable(str(error)) from error
    return skim.torch


class _Table:
    """torch's table of kernels, which only these paths change."""

    is_patched = False

    @classmethod
    def make(cls, patched: bool) -> None:
        module = _skim_torch()
        if patched:
            module.patch()
        else:
            module.unpatch()
            module._patch.withdraw()
        cls.is_patched = patched


def _torch_preparation(patched: bool) -> Callable[[Case], Run]:
    def prepare(case: Case) -> Run:
        if patched:
            _skim_torch()
        select, inputs, count, k = torch.topk, case.inputs, len(case.inputs), case.k

        def run(i: int) -> Any:
            if _Table.is_patched is not patched:
                _Table.make(patched)
            return select(inputs[i % count], k)

        return run

    return prepare


def _prepare_operator(case: Case) -> Run:
    select, inputs, count, k = _skim_torch().topk, case.inputs, len(case.inputs), case.k
    return lambda i: select(inputs[i % count], k)


def _prepare_function(case: Case) -> Run:
    select, inputs, count, k, threads = skim.topk, case.inputs, len(case.inputs), case.k, case.threads
    return lambda i: select(inputs[i % count], k, num_threads=threads)


def _peer(name: str, prepare: Callable[[Case], Run], version: str, promises: int) -> Peer:
    return Peer(name, prepare, version, _unavailable, promises, operation=EAGER)


peers = [
    _peer("torch.topk", _torch_preparation(patched=False), _version, TIES_ANY_ORDER),
    _peer("torch.topk (patched)", _torch_preparation(patched=True), skim.__version__, OWN_KERNEL),
    _peer("skim.torch.topk", _prepare_operator, skim.__version__, OWN_KERNEL),
    _peer("skim.topk", _prepare_function, skim.__version__, OWN_KERNEL),
]
