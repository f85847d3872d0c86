"""Top-k in Triton as published: k maxima, one after the other. Slow by design; made to be read.

Two stages. The first cuts every row into blocks and keeps the k best of each block; the second takes
the lists of a row's blocks for one long block and does the same. Where the lists are too long for
one block, the second stage is repeated: every round makes them up to 64 times shorter. A last, short
launch looks up what was selected.

A block lies in the registers of one program (a thread block of the GPU). Finding its maximum takes a
pass over those registers and some steps between the threads; then the maximum is masked, and the next
is looked for. So the time grows with k, and nearly all of it goes into elements that were never near
the top: what a threshold would have thrown away first.
"""

from __future__ import annotations

from typing import Any

from skim._frameworks import torch
from skim._triton import bits_of, infinity_of, jit, order_key, require_runnable, tl, triton
from skim._triton import unavailable as unavailable
from skim._triton import version as version
from skim.bench import Case, Run

name = "Triton (published)"

COLUMNS = 4096  # of one block in the first stage
ENTRIES = 16384  # of one block in the second
K_LIMIT = 256

# An element is one 64-bit integer: the key that orders its value in the upper half, and in the lower
# how far its column is from the last one possible. The larger integer is the better element, ties
# go to the lower column, and no two elements are equal, so one comparison masks exactly one.
LAST_COLUMN = tl.constexpr(0x7FFFFFFF)
NOTHING = tl.constexpr(-(2**63))  # worse than every element: fills what a block has too little


@jit
def keep_best(entries, K: tl.constexpr, destination):
    """The recipe: K times the maximum of what is left."""
    for rank in range(K):
        best = tl.max(entries, axis=0)
        tl.store(destination + rank, best)
        entries = tl.where(entries == best, NOTHING, entries)


@jit
def best_of_columns(
    bits, cols, row_stride, lists, blocks,
    K: tl.constexpr, INFINITY: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Stage 1: one program keeps the K best of one block of one row."""
    program = tl.program_id(0)
    row = (program // blocks).to(tl.int64)  # times the stride it may pass 2^31
    column = (program % blocks) * BLOCK + tl.arange(0, BLOCK)
    inside = column < cols
    key = order_key(tl.load(bits + row * row_stride + column, mask=inside, other=0), INFINITY)
    entries = (key.to(tl.int64) << 32) | (LAST_COLUMN - column)
    keep_best(tl.where(inside, entries, NOTHING), K, lists + program.to(tl.int64) * K)


@jit
def best_of_lists(lists, length, shorter, blocks, K: tl.constexpr, BLOCK: tl.constexpr):
    """Stage 2: one program keeps the K best of one block of a row's lists."""
    program = tl.program_id(0)
    row = (program // blocks).to(tl.int64)
    entry = (program % blocks) * BLOCK + tl.arange(0, BLOCK)
    entries = tl.load(lists + row * length + entry, mask=entry < length, other=NOTHING)
    keep_best(entries, K, shorter + program.to(tl.int64) * K)


@jit
def write_results(bits, row_stride, lists, values, indices, k, BLOCK: tl.constexpr):
    """Entries back to columns, and the values that stand there, whatever their bits are."""
    row = tl.program_id(0).to(tl.int64)
    rank = tl.arange(0, BLOCK)
    inside = rank < k
    column = LAST_COLUMN - tl.load(lists + row * k + rank, mask=inside, other=0).to(tl.int32)
    tl.store(indices + row * k + rank, column.to(tl.int64), mask=inside)
    value = tl.load(bits + row * row_stride + column, mask=inside, other=0)
    tl.store(values + row * k + rank, value, mask=inside)


def scratch(case: Case, lists: int) -> Any:
    """Memory for this many lists a row, taken once: a call allocates nothing."""
    shape = (case.values.shape[0], lists * case.k)
    return torch.empty(shape, dtype=torch.int64, device=case.values.device)


def prepare(case: Case) -> Run:
    require_runnable(case, K_LIMIT)
    rows, cols = case.inputs[0].shape
    inputs, k = [bits_of(x) for x in case.inputs], case.k
    values, indices, infinity = bits_of(case.values), case.indices, infinity_of(case.values)
    block = min(COLUMNS, triton.next_power_of_2(cols))
    rounds = [triton.cdiv(cols, block)]  # how many lists a row has after each round
    while rounds[-1] > 1:
        rounds.append(triton.cdiv(rounds[-1] * k, ENTRIES))
    lists = [scratch(case, count) for count in rounds]

    def run(i: int) -> None:
        x = inputs[i % len(inputs)]
        best_of_columns[(rows * rounds[0],)](
            x, cols, x.stride(0), lists[0], rounds[0], K=k, INFINITY=infinity, BLOCK=block
        )
        for longer, shorter, count in zip(lists, lists[1:], rounds[1:], strict=False):
            length = longer.shape[1]
            merged = min(ENTRIES, triton.next_power_of_2(length))
            best_of_lists[(rows * count,)](
                longer, length, shorter, count, K=k, BLOCK=merged, num_warps=8
            )
        write_results[(rows,)](
            x, x.stride(0), lists[-1], values, indices, k, BLOCK=triton.next_power_of_2(k)
        )

    return run
