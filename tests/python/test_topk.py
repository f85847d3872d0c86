"""skim.topk against the oracle: every dtype, shape, option."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from oracle import NUMPY_DTYPES, TORCH_DTYPES, check, expected_indices, hard_rows, hard_tensor

import skim


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("dtype", TORCH_DTYPES)
@pytest.mark.parametrize(("rows", "cols", "k"), [(1, 1, 1), (3, 100, 7), (2, 5000, 50), (2, 300, 300)])
def test_torch(dtype, rows, cols, k, largest):
    x = hard_tensor(dtype, rows, cols)
    result = skim.topk(x, k, largest=largest)
    assert type(result) is skim.TopK
    assert type(result.values) is torch.Tensor and result.indices.dtype == torch.int64
    check(x, k, result, largest)


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("dtype", NUMPY_DTYPES)
@pytest.mark.parametrize(("rows", "cols", "k"), [(1, 1, 1), (3, 100, 7), (2, 5000, 50), (2, 300, 300)])
def test_numpy(dtype, rows, cols, k, largest):
    x = hard_rows(dtype, rows, cols)
    result = skim.topk(x, k, largest=largest)
    assert type(result) is skim.TopK
    assert type(result.values) is np.ndarray and result.indices.dtype == np.int64
    check(x, k, result, largest)


def test_ml_dtypes_bfloat16():
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    x = hard_rows("float32", 4, 500).astype(ml_dtypes.bfloat16)
    values, indices = skim.topk(x, 9)
    assert values.dtype == x.dtype
    np.testing.assert_array_equal(indices, expected_indices(x.astype(np.float32), 9))
    np.testing.assert_array_equal(
        values.view(np.uint16), np.take_along_axis(x, indices, -1).view(np.uint16)
    )
    reversed_rows = skim.topk(x[::-1], 9)
    np.testing.assert_array_equal(reversed_rows.indices, indices[::-1])
    out = np.empty_like(values), np.empty(indices.shape, np.int32)
    skim.topk(x, 9, out=out)
    np.testing.assert_array_equal(out[1], indices)


@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", "int32", "uint8"])
def test_values_equal_those_of_torch(dtype):
    x = hard_tensor(dtype, 4, 2000, seed=3)
    if x.dtype.is_floating_point:
        x = torch.nan_to_num(x, nan=1.5)
    for largest in (True, False):
        wanted = torch.topk(x, 33, largest=largest)
        assert torch.equal(skim.topk(x, 33, largest=largest).values, wanted.values)


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(),
    x=hnp.arrays(
        st.sampled_from(NUMPY_DTYPES), hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=12)
    ),
    largest=st.booleans(),
    as_torch=st.booleans(),
)
def test_any_shape_and_dim(data, x, largest, as_torch):
    dim = data.draw(st.integers(-x.ndim, x.ndim - 1))
    k = data.draw(st.integers(0, x.shape[dim]))
    given_x = torch.from_numpy(x) if as_torch else x
    values, indices = skim.topk(given_x, k, dim, largest)
    shape = list(x.shape)
    shape[dim] = k
    assert list(values.shape) == list(indices.shape) == shape
    moved = np.moveaxis(x, dim, -1)
    result = tuple(np.moveaxis(np.asarray(part), dim, -1) for part in (values, indices))
    check(np.ascontiguousarray(moved), k, (np.ascontiguousarray(result[0]), result[1]), largest)


@settings(max_examples=60, deadline=None)
@given(
    row=st.integers(1, 700).flatmap(lambda size: st.binary(min_size=2 * size, max_size=2 * size)),
    data=st.data(),
)
def test_any_bit_pattern(row, data):
    x = np.frombuffer(row, np.float16)
    k = data.draw(st.integers(0, x.size))
    check(x, k, skim.topk(x, k))


@pytest.mark.parametrize("k", [2, 2048, 2049, 4000])
def test_unsorted_is_the_same_set_in_a_fixed_order(k):
    x = hard_tensor("float32", 2, 4096)
    best = skim.topk(x, k)
    values, indices = skim.topk(x, k, sorted=False)
    wanted = best.indices if k <= 2048 else best.indices.sort(-1).values
    assert torch.equal(indices, wanted)
    assert torch.equal(
        values.view(torch.int32), torch.take_along_dim(x, wanted, -1).view(torch.int32)
    )


@pytest.mark.parametrize("make", [torch.zeros, np.zeros], ids=["torch", "numpy"])
@pytest.mark.parametrize(("shape", "k"), [((0, 5), 2), ((3, 5), 0), ((3, 0), 0), ((0,), 0), ((2, 0, 4), 1)])
def test_empty(make, shape, k):
    values, indices = skim.topk(make(shape), k)
    assert tuple(values.shape) == tuple(indices.shape) == (*shape[:-1], k)


@pytest.mark.parametrize(
    "index_dtype", ["int32", torch.int32, np.int32, np.dtype("int32")], ids=["name", "torch", "type", "numpy"]
)
def test_index_dtype(index_dtype):
    x = hard_tensor("float32", 3, 100)
    assert skim.topk(x, 5, index_dtype=index_dtype).indices.dtype == torch.int32
    assert skim.topk(x.numpy(), 5, index_dtype=index_dtype).indices.dtype == np.int32
    assert skim.topk(x, 5, index_dtype="int64").indices.dtype == torch.int64
    check(x, 5, skim.topk(x, 5, index_dtype=index_dtype))


@pytest.mark.parametrize("num_threads", [None, 0, 1, 2, 5, 2**40])
def test_threads_do_not_change_the_result(num_threads):
    x = hard_tensor("float32", 40, 20000)
    wanted = skim.topk(x, 20, num_threads=1)
    result = skim.topk(x, 20, num_threads=num_threads)
    assert torch.equal(result.indices, wanted.indices)


def test_k_may_be_any_integer_type():
    x = hard_tensor("float32", 2, 30)
    for k in (np.int64(3), np.uint8(3), torch.tensor(3)):
        check(x, 3, skim.topk(x, k))


class TestRowLengths:
    x = hard_tensor("float32", 4, 60)

    def wanted(self, lengths, k):
        values = torch.full((4, k), -torch.inf)
        indices = torch.full((4, k), -1)
        for row, length in enumerate(lengths):
            length = min(max(length, 0), 60)
            best = skim.topk(self.x[row, :length], min(k, length))
            values[row, : len(best.values)] = best.values
            indices[row, : len(best.indices)] = best.indices
        return values, indices

    @pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
    def test_short_rows_are_filled_up(self, dtype):
        lengths = [60, 3, 0, 17]
        values, indices = skim.topk(self.x, 5, row_lengths=torch.tensor(lengths, dtype=dtype))
        wanted = self.wanted(lengths, 5)
        assert torch.equal(indices, wanted[1])
        assert torch.equal(values.view(torch.int32), wanted[0].view(torch.int32))

    def test_lengths_are_clamped(self):
        _, indices = skim.topk(self.x, 5, row_lengths=torch.tensor([-7, 1000, 60, 2**31 + 5]))
        assert torch.equal(indices, self.wanted([0, 60, 60, 60], 5)[1])

    def test_smallest_is_filled_up_with_infinity(self):
        values, indices = skim.topk(
            self.x.numpy(), 4, largest=False, row_lengths=np.array([0, 60, 60, 1])
        )
        assert (values[0] == np.inf).all() and (indices[0] == -1).all()
        assert (values[3, 1:] == np.inf).all() and (indices[3, 1:] == -1).all()

    def test_integers_are_filled_up_with_their_lowest(self):
        x = np.full((2, 4), 7, np.int16)
        values, _ = skim.topk(x, 2, row_lengths=np.array([1, 0], np.int32))
        assert values.tolist() == [[7, -32768], [-32768, -32768]]

    def test_of_the_leading_shape(self):
        x = self.x.reshape(2, 2, 60)
        lengths = torch.tensor([[60, 3], [0, 17]])
        wanted = self.wanted([60, 3, 0, 17], 5)[1].reshape(2, 2, 5)
        assert torch.equal(skim.topk(x, 5, row_lengths=lengths).indices, wanted)
        assert torch.equal(skim.topk(x, 5, row_lengths=lengths.reshape(-1)).indices, wanted)

    def test_strided_lengths_and_dim(self):
        lengths = torch.tensor([60, 9, 3, 9, 0, 9, 17, 9])[::2]
        wanted = self.wanted([60, 3, 0, 17], 5)[1]
        result = skim.topk(self.x.t(), 5, dim=0, row_lengths=lengths)
        assert torch.equal(result.indices, wanted.t())

    def test_of_one_row(self):
        for lengths in (torch.tensor([3]), torch.tensor(3), np.array([3])):
            assert (skim.topk(self.x[0], 5, row_lengths=lengths).indices[3:] == -1).all()
