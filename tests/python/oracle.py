"""The slow, obviously right answer, by NumPy's sorting, which shares nothing with skim's keys."""

import numpy as np
import torch

NUMPY_DTYPES = ["float32", "float16", "float64", "int8", "uint8", "int16", "int32", "int64"]
TORCH_DTYPES = [*NUMPY_DTYPES, "bfloat16"]


def comparable(x):
    """As a NumPy array of the same order: bfloat16 fits into float32."""
    if isinstance(x, torch.Tensor):
        x = x.detach()
        x = (x.float() if x.dtype == torch.bfloat16 else x).numpy()
    return np.asarray(x)


def order(row, largest=True):
    """Columns, best first. np.unique puts NaN last and as one value, and -0 with +0."""
    ranks = np.unique(row, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return np.argsort(-ranks if largest else ranks, kind="stable")


def expected_indices(x, k, largest=True):
    """Of the last dimension, in the order of the contract."""
    x = comparable(x)
    rows = x.reshape(-1, x.shape[-1]) if x.size else np.empty((0, max(x.shape[-1], 1)))
    found = [order(row, largest)[:k] for row in rows]
    return np.array(found, np.int64).reshape(*x.shape[:-1], k)


def bits(x):
    """An array's own bits, so that NaN equals itself and -0 differs from +0."""
    if isinstance(x, torch.Tensor):
        x = x.contiguous().view(torch.uint8).numpy() if x.dim() else x.numpy()
    x = np.ascontiguousarray(x)
    return x.view(np.uint8)


def taken(x, indices):
    if isinstance(x, torch.Tensor):
        return torch.take_along_dim(x, torch.as_tensor(indices), -1)
    return np.take_along_axis(x, np.asarray(indices), -1)


def check(x, k, result, largest=True):
    """Every index and every bit, along the last dimension."""
    values, indices = result
    wanted = expected_indices(x, k, largest)
    np.testing.assert_array_equal(np.asarray(indices), wanted)
    assert values.dtype == x.dtype
    np.testing.assert_array_equal(bits(values), bits(taken(x, wanted)))


def hard_rows(dtype, rows, cols, seed=0):
    """Normal values with ties, and NaN, infinities and both zeros where the dtype has them."""
    generator = np.random.default_rng(seed)
    if np.dtype(dtype).kind in "iu":
        limits = np.iinfo(dtype)
        x = generator.integers(limits.min, limits.max, (rows, cols), dtype, endpoint=True)
        x[:, ::7] = limits.max
        x[:, ::11] = limits.min
        return x
    x = generator.standard_normal((rows, cols)).astype(dtype)
    x[:, ::5] = x[:, :1]
    for start, value in enumerate([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0]):
        x[:, start + 3 :: 17] = value
    return x


def hard_tensor(dtype, rows, cols, seed=0):
    if dtype == "bfloat16":
        return torch.from_numpy(hard_rows("float32", rows, cols, seed)).bfloat16()
    return torch.from_numpy(hard_rows(dtype, rows, cols, seed))


def on_cpu(result):
    return [part.cpu() for part in result]
