"""What a plain call costs beyond the work: on a quiet machine 2 us with torch, 1.5 us with NumPy."""

import time
import timeit

import numpy as np
import pytest
import torch
import tvm_ffi

import skim
from skim import _ffi, _sample

# The aim is 3 us; the limit leaves room for a slow and busy machine, whose caches others use.
LIMIT_US = 9

every_framework = pytest.mark.parametrize(
    "make", [torch.from_numpy, np.asarray], ids=["torch", "numpy"]
)
every_shape = pytest.mark.parametrize("shape", [(64,), (4, 64)])


def fastest_us(call):
    """Processor time of this thread, so that waiting for a busy machine does not count."""
    samples = timeit.repeat(call, timer=time.thread_time, number=200, repeat=200)
    return min(samples) / 200 * 1e6


def overhead_us(name, call, work, capsys):
    call, work = fastest_us(call), fastest_us(work)
    with capsys.disabled():
        print(f"\n{name}: call {call:.2f} us, work {work:.2f} us, overhead {call - work:.2f} us")
    return call - work


def exported(*arrays):
    return [tvm_ffi.from_dlpack(array) for array in arrays]


@every_framework
@every_shape
def test_overhead_of_topk(make, shape, capsys):
    x = make(np.zeros(shape, np.float32))
    source, *results = exported(x, *skim.topk(x, 1))
    overhead = overhead_us(
        f"topk of {type(x).__module__} {shape}",
        lambda: skim.topk(x, 1),
        lambda: _ffi.select(source, 1, *results, True, True, None, 0),
        capsys,
    )
    assert overhead < LIMIT_US


@every_framework
@every_shape
def test_overhead_of_sample(make, shape, capsys):
    x = make(np.zeros(shape, np.float32))
    source, tokens = exported(x, skim.sample(x, seed=1))
    none = (None,) * 3
    numbers = 0.7, 50, 0.9, 0.0, 1, 0  # as the native module orders them
    overhead = overhead_us(
        f"sample of {type(x).__module__} {shape}",
        lambda: skim.sample(x, seed=1, temperature=0.7, top_k=50, top_p=0.9, num_threads=1),
        lambda: _ffi.sample(source, tokens, *none, 0, 0, 0, *numbers, *none, 1),
        capsys,
    )
    assert overhead < LIMIT_US


USUAL_CALLS = [
    {},
    {"temperature": 0, "top_k": -1},
    {"temperature": 0.7, "top_k": 50, "top_p": 0.9, "offset": 2**64 - 1},
    {"seed": 2**63, "top_p": 1, "min_p": 0.1, "order": "joint", "num_threads": 1},
]


@every_framework
@pytest.mark.parametrize("arguments", USUAL_CALLS, ids=str)
@pytest.mark.parametrize("shape", [(64,), (4, 64), (2, 3, 64)], ids=str)
def test_usual_calls_go_the_short_way_to_the_same_tokens(make, arguments, shape, monkeypatch):
    x = make(np.random.default_rng(0).normal(0, 3, shape).astype(np.float32))
    arguments = {"seed": 1, **arguments}
    general = skim.sample(x, token_dtype="int64", **arguments)
    monkeypatch.setattr(_sample, "framework_of", None)  # with which the general way begins
    tokens = skim.sample(x, **arguments)
    assert type(tokens) is type(general) and tokens.dtype == general.dtype
    np.testing.assert_array_equal(tokens, general)
    with pytest.raises(TypeError):
        skim.sample(x, token_dtype="int64", **arguments)
