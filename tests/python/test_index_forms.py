"""skim.topk through page tables, with row offsets and in order of index, by the definitions."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import bits, expected_indices, hard_rows, hard_tensor, taken
from producers import Producer

import skim


def in_order(x, k, by_index, lengths=None):
    """Columns of each row in the order of the results, -1 where there are none."""
    wanted = expected_indices(x, x.shape[-1])
    for row, length in zip(wanted, lengths if lengths is not None else [x.shape[-1]] * len(wanted)):
        found = row[row < length][:k]
        row[: len(found)] = np.sort(found) if by_index else found
        row[len(found) :] = -1
    return wanted[:, :k]


def paged(indices, table, page_size):
    rows = np.arange(len(indices))[:, None]
    pages = np.broadcast_to(table, (len(indices), table.shape[-1]))
    found = pages[rows, indices // page_size].astype(np.int64) * page_size + indices % page_size
    return np.where(indices < 0, -1, found)


def shifted(indices, offsets):
    return np.where(indices < 0, -1, indices + np.asarray(offsets)[:, None])


def some_table(rows, pages, seed=1):
    return np.random.default_rng(seed).integers(0, 5000, (rows, pages), np.int32)


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(1, 5),
    cols=st.integers(1, 3000),
    share=st.floats(0, 1),
    page_size=st.sampled_from([1, 7, 16, 64, 5000]),
    by_index=st.booleans(),
    short=st.booleans(),
    dtype=st.sampled_from(["int32", "int64"]),
)
def test_page_table(rows, cols, share, page_size, by_index, short, dtype):
    x = hard_rows("float32", rows, cols)
    k = max(1, int(share * cols))
    table = some_table(rows, -(-cols // page_size) + 1)
    lengths = np.random.default_rng(cols).integers(0, cols // 3 + 1, rows) if short else None
    values, indices = skim.topk(
        x,
        k,
        row_lengths=lengths,
        index_dtype=dtype,
        by_index=by_index,
        page_table=table,
        page_size=page_size,
    )
    columns = in_order(x, k, by_index, lengths)
    assert indices.dtype == dtype
    np.testing.assert_array_equal(indices, paged(columns, table, page_size))
    np.testing.assert_array_equal(bits(values[columns >= 0]), bits(taken(x, columns)[columns >= 0]))
    assert np.isneginf(values[columns < 0]).all()


@pytest.mark.parametrize("by_index", [False, True])
@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_row_offsets_of_causal_rows(dtype, by_index):
    x = hard_tensor("bfloat16", 40, 600)
    lengths = torch.arange(0, 600, 15, dtype=torch.int32)
    offsets = torch.arange(0, 40 * 1000, 1000, dtype=getattr(torch, dtype))
    result = skim.topk(x, 100, row_lengths=lengths, row_offsets=offsets, by_index=by_index)
    wanted = shifted(in_order(x, 100, by_index, lengths.numpy()), offsets)
    np.testing.assert_array_equal(result.indices, wanted)


@pytest.mark.parametrize("k", [1, 300, 2048, 2049, 5000])
@pytest.mark.parametrize("sorted", [False, True])
def test_by_index(k, sorted):
    x = hard_tensor("float16", 3, 5000)
    values, indices = skim.topk(x, k, sorted=sorted, by_index=True)
    wanted = in_order(x, k, by_index=True)
    np.testing.assert_array_equal(indices, wanted)
    np.testing.assert_array_equal(bits(values), bits(taken(x, wanted)))


def test_one_table_for_all_rows():
    x = hard_tensor("float32", 6, 100)
    table = some_table(1, 10)
    wanted = paged(in_order(x, 9, by_index=False), table, 10)
    for given_table in (table, table[0], torch.tensor(table)):
        found = skim.topk(x, 9, page_table=given_table, page_size=10).indices
        np.testing.assert_array_equal(found, wanted)


def test_any_shape_and_dim():
    x = hard_tensor("float32", 6, 100).reshape(2, 3, 100)
    table = torch.tensor(some_table(6, 10)).reshape(2, 3, 10)
    wanted = paged(in_order(x.reshape(6, 100), 9, by_index=False), table.reshape(6, 10).numpy(), 10)
    found = skim.topk(x, 9, page_table=table, page_size=10).indices
    np.testing.assert_array_equal(found.reshape(6, 9), wanted)
    moved = x.movedim(2, 0).contiguous()
    found = skim.topk(moved, 9, dim=0, page_table=table, page_size=10).indices
    np.testing.assert_array_equal(found.movedim(0, 2).reshape(6, 9), wanted)


def test_rows_of_any_stride():
    x = hard_tensor("float32", 4, 100)
    wide = torch.tensor(some_table(4, 60))
    for table in (wide[:, 5:25], wide.flip(0)[:, :20], wide[:, ::3]):
        found = skim.topk(x, 9, page_table=table, page_size=5).indices
        wanted = paged(in_order(x, 9, by_index=False), table.numpy(), 5)
        np.testing.assert_array_equal(found, wanted)


def test_of_another_framework():
    x = hard_tensor("float32", 4, 100)
    table = torch.tensor(some_table(4, 25))
    found = skim.topk(x, 9, page_table=Producer(table), page_size=4).indices
    np.testing.assert_array_equal(found, skim.topk(x, 9, page_table=table, page_size=4).indices)
    offsets = torch.arange(4)
    found = skim.topk(x, 9, row_offsets=Producer(offsets)).indices
    np.testing.assert_array_equal(found, skim.topk(x, 9, row_offsets=offsets).indices)


def test_into_given_results():
    x = hard_tensor("float32", 4, 100)
    out = torch.empty(4, 9), torch.empty(4, 9, dtype=torch.int32)
    result = skim.topk(x, 9, out=out, row_offsets=np.arange(4))
    np.testing.assert_array_equal(
        result.indices, shifted(in_order(x, 9, by_index=False), np.arange(4))
    )
    table = torch.empty(4, 100, dtype=torch.int32)
    with pytest.raises(skim.InvalidRequest, match=r"out\[1\] overlaps page_table in memory"):
        skim.topk(x, 9, out=(out[0], table[:, :9]), page_table=table, page_size=1)


def test_narrow_indices_hold_the_low_bits():
    x = hard_tensor("float32", 1, 100)
    offset = 2**40 + 5
    wide = skim.topk(x, 9, row_offsets=np.array([offset])).indices
    narrow = skim.topk(x, 9, row_offsets=np.array([offset]), index_dtype="int32").indices
    np.testing.assert_array_equal(narrow, wide - 2**40)
