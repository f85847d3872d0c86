"""The benchmark's two paths in Triton, in Triton's interpreter, against the oracle.

test_triton_peers.py runs this file in a process of its own, with TRITON_INTERPRET=1.
"""

import re
import subprocess
import sys

import numpy as np
import pytest

import torch
import triton
from oracle import check, hard_rows

from skim import bench

NAMES = ["Triton (published)", "Triton (best)"]
DTYPES = ["float32", "float16", "bfloat16"]


@pytest.fixture(params=NAMES, scope="module")
def peer(request):
    (loaded,) = (peer for peer in bench.bundled_peers() if peer.name == request.param)
    assert loaded.unavailable is None
    return loaded


# What the files take from their own constants, so that a row of a thousand columns, which the
# interpreter can do in time, goes through every round that a long one does.
SMALL = {"COLUMNS": 256, "ENTRIES": 512, "SHORT_ROW": 256, "STARTERS": 32, "SPAN_LIMIT": 16}


@pytest.fixture
def small_blocks(peer, monkeypatch):
    constants = peer.prepare.__globals__
    known = [constant for constant in SMALL if constant in constants]
    assert len(known) in (2, 3)
    for constant in known:
        monkeypatch.setitem(constants, constant, SMALL[constant])


def case_of(x, k, inputs=None):
    rows = x.shape[0]
    values = torch.full((rows, k), 7, dtype=x.dtype)
    indices = torch.full((rows, k), -7, dtype=torch.int64)
    return bench.Case(inputs=inputs or [x], k=k, threads=1, values=values, indices=indices)


def select_and_check(peer, x, k):
    before = x.clone()
    case = case_of(x, k)
    peer.prepare(case)(0)
    check(x, k, (case.values, case.indices))
    assert torch.equal(x.view(torch.uint8), before.view(torch.uint8))


def masked(rows, cols):
    """All but one -inf, so that most of the result is ties."""
    x = np.full((rows, cols), -np.inf, np.float32)
    x[:, cols * 2 // 3] = 1
    return x


HARD = {
    "all equal": lambda rows, cols: np.full((rows, cols), 2.5, np.float32),
    "special": lambda rows, cols: hard_rows("float32", rows, cols),
    "all NaN": lambda rows, cols: np.full((rows, cols), [np.nan, -np.nan] * (cols // 2), np.float32),
    "mixed zeros": lambda rows, cols: np.full((rows, cols), [-0.0, 0.0] * (cols // 2), np.float32),
    "infinities": lambda rows, cols: np.full((rows, cols), [-np.inf, np.inf] * (cols // 2), np.float32),
    "few distinct": lambda rows, cols: np.arange(rows * cols, dtype=np.float32).reshape(rows, cols) % 3,
    "ascending": lambda rows, cols: np.arange(rows * cols, dtype=np.float32).reshape(rows, cols),
    "masked": masked,
}


@pytest.mark.parametrize("name", HARD)
def test_hard_rows_of_many_blocks(peer, small_blocks, name):
    for dtype in DTYPES:
        select_and_check(peer, torch.from_numpy(HARD[name](1, 1030)).to(getattr(torch, dtype)), 4)


@pytest.mark.parametrize("name", HARD)
def test_hard_rows_of_one_block(peer, name):
    select_and_check(peer, torch.from_numpy(HARD[name](2, 66)).half(), 5)


@pytest.mark.parametrize(
    ("rows", "cols", "k"),
    [(1, 1, 1), (2, 7, 7), (3, 64, 64), (1, 255, 50), (3, 257, 1), (1, 2049, 20), (1, 8193, 3)],
)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_shapes_of_many_blocks(peer, small_blocks, rows, cols, k, dtype):
    x = torch.from_numpy(hard_rows("float32", rows, cols)).to(getattr(torch, dtype))
    select_and_check(peer, x, k)


@pytest.mark.parametrize(
    ("cols", "k", "dtype"),
    [
        (4095, 1, "bfloat16"), (4096, 5, "float32"), (4097, 5, "float16"), (300, 256, "float16"),
        (65_537, 2, "bfloat16"),  # a column no longer fits into 16 bits
    ],
)  # fmt: skip
def test_block_boundaries_as_they_are(peer, cols, k, dtype):
    x = torch.from_numpy(hard_rows("float32", 1, cols)).to(getattr(torch, dtype))
    select_and_check(peer, x, k)


def test_rows_with_a_stride_and_inputs_in_turn(peer):
    inputs = [torch.from_numpy(hard_rows("float32", 3, 90, seed))[:, 3:80] for seed in (1, 2)]
    case = case_of(inputs[0], 6, inputs)
    run = peer.prepare(case)
    for i in range(4):
        run(i)
        check(inputs[i % 2], 6, (case.values, case.indices))


@pytest.mark.parametrize(
    ("dtype", "k", "reason"),
    [
        (torch.float32, 257, "needs k <= 256, got 257"),
        (torch.float64, 5, "needs float32, float16 or bfloat16, got float64"),
    ],
)
def test_limits_are_told(peer, dtype, k, reason):
    with pytest.raises(bench.NotApplicable, match=reason):
        peer.prepare(case_of(torch.zeros((1, 300), dtype=dtype), k))


def test_a_cpu_without_the_interpreter_is_refused_with_the_remedy(peer, monkeypatch):
    monkeypatch.setattr(triton.knobs.runtime, "interpret", False)
    with pytest.raises(bench.NotApplicable, match="needs a CUDA device, or TRITON_INTERPRET=1"):
        peer.prepare(case_of(torch.zeros((1, 300)), 5))


def test_the_command_verifies_both(tmp_path):
    arguments = ["--device", "cpu", "--paths", "Triton (published),Triton (best)"]
    shape = ["--batch", "1", "--vocab", "60", "--k", "2", "--dtype", "float16"]
    done = subprocess.run(
        [sys.executable, "-m", "skim", "verify", *arguments, *shape],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("published", "best"):
        counts = re.search(rf"Triton \({name}\) +(\d+) +(\d+) +(\d+)", done.stdout)
        assert counts is not None, done.stdout
        right, wrong, not_applicable = map(int, counts.groups())
        assert right > 0 and wrong == 0 and not_applicable == 0, done.stdout
