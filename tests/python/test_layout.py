"""Strides, dim, out: what is read in place, what is copied once, where results go."""

import numpy as np
import pytest
import torch
from oracle import check, hard_rows, hard_tensor

import skim
from skim import _ffi

BASE = hard_tensor("float32", 12, 90)

IN_PLACE = {
    "row slice": BASE[::3],
    "column slice": BASE[:, 5:61],
    "broadcast row": BASE[:1].expand(7, 90),
    "leading dims": BASE.reshape(3, 4, 90),
    "dims of size 1": BASE.reshape(12, 1, 90)[:, :, ::1].transpose(0, 1),
    "unaligned": BASE.reshape(-1)[3:903].reshape(10, 90),
    "single column of many": BASE[:, 4:5],
}
COPIED = {
    "every other column": BASE[:, ::2],
    "transposed": BASE.t(),
    "permuted leading dims": BASE.reshape(3, 4, 90).transpose(0, 1),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_read_in_place(name):
    x = IN_PLACE[name]
    assert _ffi.is_row_matrix(x)
    k = min(6, x.shape[-1])
    check(x, k, skim.topk(x, k))
    check(x.numpy(), k, skim.topk(x.numpy(), k))


@pytest.mark.parametrize("name", COPIED)
def test_copied_once(name):
    x = COPIED[name]
    assert not _ffi.is_row_matrix(x)
    check(x, 6, skim.topk(x, 6))
    check(x.numpy(), 6, skim.topk(x.numpy(), 6))


def test_reversed_numpy_rows_are_read_in_place(monkeypatch):
    x = hard_rows("float32", 9, 50)[::-1]
    monkeypatch.setattr(np, "ascontiguousarray", None)
    _, indices = skim.topk(x, 5)
    monkeypatch.undo()
    np.testing.assert_array_equal(indices, skim.topk(x.copy(), 5).indices)


def test_reversed_columns_are_copied():
    x = hard_rows("float32", 4, 50)[:, ::-1]
    check(x, 5, skim.topk(x, 5))


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2, -3])
def test_dim_has_the_shape_of_torch(dim):
    x = torch.randn(5, 6, 7)
    values, indices = skim.topk(x, 4, dim)
    wanted = torch.topk(x, 4, dim)
    assert torch.equal(values, wanted.values) and torch.equal(indices, wanted.indices)


class TestOut:
    x = torch.randn(4, 80)

    def pair(self, *shape, index_dtype=torch.int64):
        return torch.empty(shape), torch.empty(shape, dtype=index_dtype)

    @pytest.mark.parametrize("index_dtype", [torch.int64, torch.int32])
    def test_is_filled_and_returned(self, index_dtype):
        out = self.pair(4, 6, index_dtype=index_dtype)
        result = skim.topk(self.x, 6, out=out)
        assert result.values is out[0] and result.indices is out[1]
        check(self.x, 6, out)

    def test_numpy(self):
        out = np.empty((4, 6), np.float32), np.empty((4, 6), np.int64)
        result = skim.topk(self.x.numpy(), 6, out=out)
        assert result.values is out[0] and result.indices is out[1]
        check(self.x.numpy(), 6, out)

    def test_rows_may_have_a_stride(self):
        values, indices = self.pair(4, 10)
        values.fill_(7)
        skim.topk(self.x, 6, out=(values[:, 2:8], indices[:, 2:8]))
        check(self.x, 6, (values[:, 2:8], indices[:, 2:8]))
        assert (values[:, :2] == 7).all() and (values[:, 8:] == 7).all()

    def test_dim(self):
        out = self.pair(3, 80)
        skim.topk(self.x, 3, dim=0, out=out)
        wanted = torch.topk(self.x, 3, 0)
        assert torch.equal(out[0], wanted.values) and torch.equal(out[1], wanted.indices)

    @pytest.mark.parametrize(
        ("out", "error", "text"),
        [
            (7, TypeError, "out is not a pair"),
            ((torch.empty(4, 6),), TypeError, "out is not a pair"),
            ((np.empty((4, 6), np.float32), np.empty((4, 6), np.int64)), TypeError, "not a pair"),
            ((torch.empty(4, 5), torch.empty(4, 6, dtype=torch.int64)), ValueError, "4 x 5.*4 x 6"),
            ((torch.empty(6, 4), torch.empty(4, 6, dtype=torch.int64)), ValueError, "shape"),
            ((torch.empty(24), torch.empty(24, dtype=torch.int64)), ValueError, "1 dimensions"),
            ((torch.empty(4, 6).double(), torch.empty(4, 6, dtype=torch.int64)), ValueError, "float64"),
            ((torch.empty(4, 6), torch.empty(4, 6)), ValueError, "float32"),
        ],
    )
    def test_refused(self, out, error, text):
        with pytest.raises(error, match=text):
            skim.topk(self.x, 6, out=out)

    def test_overlap_is_refused_where_x_is_copied(self):
        x = torch.arange(15.0).reshape(3, 5)
        before = x.clone()
        with pytest.raises(ValueError, match=r"out\[0\] overlaps x"):
            skim.topk(x, 2, dim=0, out=(x[:2], torch.empty(2, 5, dtype=torch.int64)))
        assert torch.equal(x, before)
        x = np.arange(24, dtype="f4").reshape(4, 6)
        with pytest.raises(ValueError, match=r"out\[0\] overlaps x"):
            skim.topk(x[:, ::2], 2, out=(x[:, 0:2], np.empty((4, 2), "i8")))

    def test_overlap_is_refused_where_results_are_made_anew(self):
        both = np.empty((2, 6), "i8")
        with pytest.raises(ValueError, match=r"overlaps out\[1\]"):
            skim.topk(np.arange(24).reshape(4, 6), 2, dim=0, out=(both, both))

    def test_overlap_is_refused(self):
        memory = torch.randn(4, 80)
        indices = torch.empty(4, 6, dtype=torch.int64)
        with pytest.raises(ValueError, match="values overlaps x"):
            skim.topk(memory, 6, out=(memory[:, :6], indices))

    def test_read_only_numpy_is_refused(self):
        out = np.empty((4, 6), np.float32), np.empty((4, 6), np.int64)
        out[0].flags.writeable = False
        with pytest.raises(ValueError, match=r"out\[0\] is read-only"):
            skim.topk(self.x.numpy(), 6, out=out)

    def test_wrong_transposed_pair_is_refused(self):
        values, indices = self.pair(5, 80)
        with pytest.raises(ValueError, match=r"out\[0\] has shape \(80, 5\)"):
            skim.topk(self.x, 3, dim=0, out=(values, indices))

    def test_index_dtype_must_agree(self):
        with pytest.raises(ValueError, match="index_dtype is int32, but out"):
            skim.topk(self.x, 6, out=self.pair(4, 6), index_dtype="int32")
