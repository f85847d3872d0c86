"""Wrong arguments: the type of the error and what its one sentence says."""

import ctypes

import numpy as np
import pytest
import torch
import tvm_ffi

import skim
from skim import _ffi

X = torch.zeros(3, 10)

INVALID = {
    "negative k": (lambda: skim.topk(X, -1), r"k = -1 is negative"),
    "k above cols": (lambda: skim.topk(X, 11), r"k = 11 exceeds cols = 10"),
    "huge k": (
        lambda: skim.topk(X.numpy(), 2**70),
        r"k = 1180591620717411303424 exceeds cols = 10",
    ),
    "huge negative k": (lambda: skim.topk(X, -(2**70)), r"k = -1180591620717411303424 is negative"),
    "k above cols of dim": (lambda: skim.topk(X, 4, dim=0), r"k = 4 exceeds cols = 3"),
    "k of numpy": (lambda: skim.topk(X.numpy(), -3), r"k = -3 is negative"),
    "dim": (lambda: skim.topk(X, 1, dim=2), r"dim = 2 is out of range .* 2 dimensions; give -2 to 1"),
    "huge dim": (lambda: skim.topk(X, 1, dim=2**70), r"dim = 1180591620717411303424 is out of"),
    "no dimensions": (lambda: skim.topk(torch.tensor(1.0), 1), r"x has no dimensions"),
    "no dimensions, numpy": (lambda: skim.topk(np.array(1.0), 1), r"x has no dimensions"),
    "threads": (lambda: skim.topk(X, 1, num_threads=-2), r"num_threads = -2 is negative"),
    "torch bool": (lambda: skim.topk(X.bool(), 1), r"x has dtype bool; use float16"),
    "torch complex": (lambda: skim.topk(X + 0j, 1), r"x has dtype complex64; use float16"),
    "numpy bool": (lambda: skim.topk(X.numpy() > 0, 1), r"x has dtype bool; use float16"),
    "numpy uint16": (lambda: skim.topk(np.zeros(3, np.uint16), 1), r"x has dtype uint16; use"),
    "numpy complex": (lambda: skim.topk(np.zeros(3, complex), 1), r"x has dtype complex128; use"),
    "numpy object": (lambda: skim.topk(np.array([1, None]), 1), r"dtype object"),
    "numpy text": (lambda: skim.topk(np.array(["a", "b"]), 1), r"dtype <U1"),
    "foreign byte order": (
        lambda: skim.topk(np.zeros(3, ">f4"), 1),
        r"dtype >f4 of foreign byte order; convert it with x.astype",
    ),
    "index_dtype": (lambda: skim.topk(X, 1, index_dtype="int16"), r"int16.*int32 or int64"),
    "index_dtype of numpy": (lambda: skim.topk(X.numpy(), 1, index_dtype="uint8"), r"uint8"),
    "stream of torch on the CPU": (
        lambda: skim.topk(X, 1, stream=0),
        r"stream is for arrays on a GPU, and x is not on one; leave it out",
    ),
    "stream of numpy": (
        lambda: skim.topk(X.numpy(), 1, stream=0),
        r"stream is for arrays on a GPU, and x is not on one; leave it out",
    ),
    "row_lengths count": (
        lambda: skim.topk(X, 1, row_lengths=torch.ones(4, dtype=torch.int64)),
        r"row_lengths has 4 entries for rows = 3",
    ),
    "row_lengths shape": (
        lambda: skim.topk(X.reshape(3, 2, 5), 1, row_lengths=torch.ones(2, 3, dtype=torch.int64)),
        r"row_lengths has shape \(2, 3\), but the rows of x have shape \(3, 2\)",
    ),
    "page_table dtype": (
        lambda: skim.topk(X, 1, page_table=torch.ones(3, 10), page_size=1),
        r"page_table has dtype float32, but numbers of pages are int32",
    ),
    "page_table too narrow": (
        lambda: skim.topk(X, 1, page_table=np.ones((3, 4), np.int32), page_size=2),
        r"page_table has 4 columns, but cols = 10 with page_size = 2 are in 5 pages",
    ),
    "page_table rows": (
        lambda: skim.topk(X, 1, page_table=np.ones((4, 5), np.int32), page_size=2),
        r"page_table has 4 rows for rows = 3",
    ),
    "page_table shape": (
        lambda: skim.topk(
            X.reshape(3, 2, 5), 1, page_table=np.ones((2, 3, 5), np.int32), page_size=1
        ),
        r"page_table has shape \(2, 3, 5\), but the rows of x have shape \(3, 2\)",
    ),
    "page_table without dimensions": (
        lambda: skim.topk(X, 1, page_table=torch.tensor(1, dtype=torch.int32), page_size=1),
        r"page_table has no dimensions; give it one entry a page, last",
    ),
    "page_size 0": (
        lambda: skim.topk(X, 1, page_table=np.ones((3, 10), np.int32), page_size=0),
        r"page_size = 0 is not in 1 to 2147483647",
    ),
    "no page_size": (
        lambda: skim.topk(X, 1, page_table=np.ones((3, 10), np.int32)),
        r"page_size = 0 is not in 1 to 2147483647",
    ),
    "page_size alone": (
        lambda: skim.topk(X, 1, page_size=16),
        r"page_size = 16 is given without a page_table",
    ),
    "two transforms": (
        lambda: skim.topk(
            X, 1, page_table=np.ones((3, 10), np.int32), page_size=1, row_offsets=np.arange(3)
        ),
        r"page_table and row_offsets are both given",
    ),
    "row_offsets count": (
        lambda: skim.topk(X, 1, row_offsets=np.arange(4)),
        r"row_offsets has 4 entries for rows = 3",
    ),
    "row_offsets dtype": (
        lambda: skim.topk(X, 1, row_offsets=torch.ones(3)),
        r"row_offsets has dtype float32, but offsets are int32 or int64",
    ),
    "row_lengths dtype": (
        lambda: skim.topk(X, 1, row_lengths=torch.ones(3)),
        r"row_lengths has dtype float32",
    ),
}

WRONG_TYPE = {
    "x a list": (lambda: skim.topk([1.0, 2.0], 1), r"x is a list; pass a torch.Tensor"),
    "x nothing": (lambda: skim.topk(None, 1), r"x is a NoneType"),
    "k a float": (lambda: skim.topk(X, 2.0), r"k is a float; pass an int"),
    "k text, numpy": (lambda: skim.topk(X.numpy(), "2"), r"k is a str; pass an int"),
    "dim a float": (lambda: skim.topk(X, 2, dim=1.0), r"dim is a float; pass an int"),
    "largest": (lambda: skim.topk(X, 2, largest="yes"), r"largest is a str; pass a bool"),
    "sorted": (lambda: skim.topk(X, 2, sorted=None), r"sorted is a NoneType; pass a bool"),
    "num_threads": (lambda: skim.topk(X, 2, num_threads=1.5), r"num_threads is a float; pass an int"),
    "row_lengths": (lambda: skim.topk(X, 2, row_lengths=[1, 2, 3]), r"row_lengths is a list"),
    "row_offsets": (lambda: skim.topk(X, 2, row_offsets=[1, 2, 3]), r"row_offsets is a list"),
    "page_table": (lambda: skim.topk(X, 2, page_table=[[1]], page_size=9), r"page_table is a list"),
    "page_size": (lambda: skim.topk(X, 2, page_size=2.0), r"page_size is a float; pass an int"),
    "by_index": (lambda: skim.topk(X, 2, by_index=1), r"by_index is a int; pass a bool"),
    "index_dtype": (lambda: skim.topk(X, 2, index_dtype="long long"), r"index_dtype is 'long long'"),
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_request(name):
    call, text = INVALID[name]
    with pytest.raises(skim.InvalidRequest, match=text) as caught:
        call()
    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", WRONG_TYPE)
def test_wrong_type(name):
    call, text = WRONG_TYPE[name]
    with pytest.raises(TypeError, match=text) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_int32_indices_cannot_hold_huge_rows():
    x = torch.empty(0, 2**31, dtype=torch.int8)  # no rows, hence no memory
    with pytest.raises(skim.InvalidRequest, match="int32 cannot hold the indices of cols"):
        skim.topk(x, 1, index_dtype="int32")


class OnCuda:
    """A DLPack producer that says it lives on a GPU."""

    def __init__(self, tensor=X):
        self.tensor = tensor
        capsule = self.tensor.__dlpack__()
        pointer = ctypes.pythonapi.PyCapsule_GetPointer
        pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        # DLTensor: data, then the device's type and number.
        ctypes.c_int32.from_address(pointer(capsule, b"dltensor") + 8).value = 2
        self.capsule = capsule

    def __dlpack__(self, **_):
        return self.capsule

    def __dlpack_device__(self):
        return (2, 0)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_no_cuda_device():
    for call in (lambda: skim.topk(OnCuda(), 1), lambda: skim.topk(OnCuda(), 1, stream=0)):
        with pytest.raises(skim.DeviceError, match="^no CUDA device: ") as caught:
            call()
        assert isinstance(caught.value, RuntimeError)
        assert "\n" not in str(caught.value)
    with pytest.raises(skim.DeviceError, match="^no CUDA device: "):
        skim.topk(X, 1, row_lengths=OnCuda())


def test_results_on_another_device_are_refused():
    values, indices = torch.empty(3, 1), torch.empty(3, 1, dtype=torch.int64)
    on_cuda = tvm_ffi.from_dlpack(OnCuda(values).capsule)
    source = tvm_ffi.from_dlpack(X)
    with pytest.raises(skim.InvalidRequest, match="values is on cuda:0, but .* cpu"):
        _ffi.select(source, 1, on_cuda, indices, True, True, None, 0)
