"""skim.jax: the results of skim.topk and skim.sample, under the transformations of JAX."""

import ml_dtypes
import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="skim.jax needs jax")
pytest.importorskip("jax_tvm_ffi", reason="skim.jax needs jax-tvm-ffi")
import jax.numpy as jnp  # noqa: E402
from jax.sharding import Mesh, PartitionSpec  # noqa: E402
from oracle import NUMPY_DTYPES, bits, hard_rows  # noqa: E402

import skim  # noqa: E402
import skim.jax  # noqa: E402

jax.config.update("jax_num_cpu_devices", 2)  # so that rows can be shared out
DTYPES = [*NUMPY_DTYPES, "bfloat16"]


@pytest.fixture(autouse=True)
def x32():
    """As JAX is when it starts, whatever other tests made of it."""
    with jax.enable_x64(False):
        yield


@pytest.fixture
def x64():
    with jax.enable_x64(True):
        yield


def rows(dtype, count, cols, seed=0):
    if dtype == "bfloat16":
        return hard_rows("float32", count, cols, seed).astype(ml_dtypes.bfloat16)
    return hard_rows(dtype, count, cols, seed)


def on_each_platform(x):
    """On the CPU, and on a GPU that JAX knows."""
    yield jax.device_put(x, jax.devices("cpu")[0])
    if jax.default_backend() == "gpu":
        yield jax.device_put(x, jax.devices()[0])


def same(found, wanted):
    assert type(found) is skim.TopK
    for part, other in zip(found, wanted):
        np.testing.assert_array_equal(bits(np.asarray(part)), bits(np.asarray(other)))


# ---- topk ----


@pytest.mark.cuda
@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype(dtype, largest, x64):
    x = rows(dtype, 5, 700)
    wanted = skim.topk(x, 60, largest=largest)
    for array in on_each_platform(x):
        assert array.dtype == x.dtype
        same(skim.jax.topk(array, 60, largest=largest, index_dtype="int64"), wanted)
        selected = jax.jit(lambda x: skim.jax.topk(x, 60, largest=largest, index_dtype="int64"))(array)
        same(selected, wanted)


@pytest.mark.cuda
def test_dims_and_options():
    x = rows("float32", 12, 50).reshape(3, 4, 50)
    lengths = np.array([[0, 1, 5, 50], [2, 50, 50, 99], [-1, 3, 7, 20]], np.int32)
    for array in on_each_platform(x):
        for dim in range(-3, 3):
            k = min(3, x.shape[dim])
            same(skim.jax.topk(array, k, dim), skim.topk(x, k, dim, index_dtype="int32"))
        for arguments in ({"sorted": False}, {"row_lengths": lengths}, {"num_threads": 1}):
            given = {name: jnp.asarray(v) if name == "row_lengths" else v for name, v in arguments.items()}
            wanted = skim.topk(x, 9, index_dtype="int32", **arguments)
            same(skim.jax.topk(array, 9, **given), wanted)
            same(jax.jit(lambda x: skim.jax.topk(x, 9, **given))(array), wanted)


@pytest.mark.parametrize("shape, k", [((0, 5), 2), ((3, 5), 0), ((7,), 7), ((2, 1, 3), 1)], ids=str)
def test_shapes(shape, k):
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    same(skim.jax.topk(jnp.asarray(x), k), skim.topk(x, k, index_dtype="int32"))


def test_it_orders_nan_and_zeros_as_lax_does_not():
    x = jnp.array([0.0, -0.0, jnp.nan, 1.0]).at[1].set(-0.0)
    assert skim.jax.topk(x, 4).indices.tolist() == [2, 3, 0, 1]
    assert skim.jax.topk(-x, 4).indices.tolist() == [2, 0, 1, 3]


@pytest.mark.cuda
def test_vmap():
    x = rows("float32", 24, 40).reshape(2, 3, 4, 40)
    wanted = skim.topk(x, 5, index_dtype="int32")
    for array in on_each_platform(x):
        mapped = ours = lambda x: skim.jax.topk(x, 5)
        for _ in range(3):
            mapped = jax.vmap(mapped)
            same(mapped(array), wanted)
        same(jax.vmap(ours, in_axes=1, out_axes=1)(array), wanted)
        lengths = jnp.array([40, 3])
        each = jax.vmap(lambda x, n: skim.jax.topk(x, 5, row_lengths=jnp.full((3, 4), n)))
        same(each(array, lengths), skim.topk(x, 5, row_lengths=np.repeat([40, 3], 12), index_dtype="int32"))


@pytest.mark.cuda
@pytest.mark.skipif(jax.default_backend() != "gpu", reason="jax knows no CUDA device here")
def test_calls_on_cuda_that_need_a_workspace():
    """Again and again in one compiled loop, which XLA may make a CUDA graph of."""
    x = rows("float32", 2, 2**19)
    array = jax.device_put(x, jax.devices()[0])

    @jax.jit
    def each(x):
        return jax.lax.map(lambda shift: skim.jax.topk(jnp.roll(x, shift, -1), 20_000).values, jnp.arange(8))

    # Of NaN of both signs, the first ones count: which they are moves with the row.
    wanted = [skim.topk(np.roll(x, shift, -1), 20_000).values for shift in range(8)]
    for _ in range(3):
        for part, values in zip(each(array), wanted, strict=True):
            np.testing.assert_array_equal(bits(np.asarray(part)), bits(values))


def test_shard_map_over_rows():
    devices = jax.devices("cpu")
    assert len(devices) == 2
    x = rows("float32", 6, 300)
    mesh, by_rows = Mesh(np.array(devices), ("rows",)), PartitionSpec("rows")
    shared = jax.device_put(x, jax.sharding.NamedSharding(mesh, by_rows))
    select = jax.shard_map(
        lambda x: skim.jax.topk(x, 7), mesh=mesh, in_specs=by_rows, out_specs=by_rows, check_vma=False
    )
    found = jax.jit(select)(shared)
    assert len(found.values.sharding.device_set) == 2
    same(found, skim.topk(x, 7, index_dtype="int32"))


def test_gradients():
    x = jnp.asarray(np.random.default_rng(0).permutation(60).reshape(3, 20).astype(np.float32))
    weights = jnp.arange(12.0).reshape(3, 4)

    def loss(select):
        return lambda x: (weights * select(x)[0] ** 3).sum()

    def lax(x):
        return jax.lax.top_k(x, 4)

    def ours(x):
        return skim.jax.topk(x, 4)

    for transform in (jax.grad, jax.jacfwd, jax.jacrev, jax.hessian):
        np.testing.assert_array_equal(transform(loss(ours))(x), transform(loss(lax))(x))
    of_columns = jax.jit(jax.grad(lambda x: (skim.jax.topk(x, 2, dim=0).values ** 2).sum()))(x)
    np.testing.assert_array_equal(of_columns, jax.grad(lambda x: (jax.lax.top_k(x.T, 2)[0] ** 2).sum())(x))
    each = jax.vmap(jax.grad(lambda row: ours(row).values.sum()))(x)
    np.testing.assert_array_equal(each, jax.vmap(jax.grad(lambda row: lax(row)[0].sum()))(x))


def test_what_fills_a_short_row_up_has_no_gradient():
    def finite_sum(x):
        values = skim.jax.topk(x, 4, row_lengths=jnp.array(2)).values
        return jnp.where(jnp.isinf(values), 0, values).sum()

    assert jax.grad(finite_sum)(jnp.arange(6.0)).tolist() == [1, 1, 0, 0, 0, 0]


# ---- sample ----

ARGUMENTS = [
    {"seed": 1},
    {"seed": 2**64 - 1, "offset": 2**64 - 2},
    {"seed": 7, "offset": 2**32 - 2, "temperature": 0.7, "top_k": 50, "top_p": 0.9, "order": "hf"},
    {"seed": 7, "temperature": 0},
    {"seed": 7, "min_p": 0.1, "top_k": -1, "order": "joint", "num_threads": 1},
    {"seed": 7, "top_k": 2**40},
]


@pytest.mark.cuda
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
def test_tokens_are_those_of_skim_sample(arguments, dtype):
    x = np.random.default_rng(0).normal(0, 3, (2, 4, 300)).astype(np.float32)
    x = x.astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    wanted = skim.sample(x, **arguments)
    for array in on_each_platform(x):
        found = skim.jax.sample(array, **arguments)
        assert found.dtype == jnp.int32
        np.testing.assert_array_equal(found, wanted)
        np.testing.assert_array_equal(jax.jit(lambda x: skim.jax.sample(x, **arguments))(array), wanted)


def test_parameters_that_are_traced():
    x = np.random.default_rng(1).normal(0, 3, (6, 300)).astype(np.float32)
    each = {
        "seed": np.arange(6, dtype=np.int32),
        "offset": np.arange(6, dtype=np.int32)[::-1].copy(),
        "temperature": np.array([0, 0.5, 1, 2, 1, 1], np.float32),
        "top_k": np.array([0, 3, -1, 50, 400, 1], np.int32),
        "top_p": np.array([1, 0.5, 0.9, 2, 1, 0.1], np.float32),
        "min_p": np.array([0, 0, 0.1, 0, 0.5, 0], np.float32),
    }
    wide = {name: v.astype(np.int64) if v.dtype == np.int32 else v for name, v in each.items()}
    wanted = skim.sample(x, **wide)
    traced = {name: jnp.asarray(value) for name, value in each.items()}
    array = jnp.asarray(x)
    np.testing.assert_array_equal(jax.jit(lambda x, p: skim.jax.sample(x, **p))(array, traced), wanted)
    np.testing.assert_array_equal(jax.vmap(lambda x, p: skim.jax.sample(x, **p))(array, traced), wanted)
    with jax.enable_x64(True):
        traced = {name: jnp.asarray(value) for name, value in wide.items()}
        found = jax.jit(lambda x, p: skim.jax.sample(x, token_dtype="int64", **p))(array, traced)
    np.testing.assert_array_equal(found, wanted)


def test_a_step_counts_on():
    x = jnp.asarray(np.random.default_rng(1).normal(0, 3, (3, 300)).astype(np.float32))
    step = jax.jit(lambda x, offset: skim.jax.sample(x, seed=5, offset=offset))
    for offset in (0, 3, 2**31 - 1):
        np.testing.assert_array_equal(step(x, offset), skim.sample(np.asarray(x), seed=5, offset=offset))


# ---- errors ----

X = jnp.zeros((3, 10))
FOUR = jnp.ones(4, jnp.int32)
INVALID = {
    "k above cols": (lambda: skim.jax.topk(X, 11), "k = 11 exceeds cols = 10; give a k of 0 to 10"),
    "negative k": (lambda: skim.jax.topk(X, -1), "k = -1 is negative"),
    "dim": (lambda: skim.jax.topk(X, 1, 2), "dim = 2 is out of range for x with 2 dimensions"),
    "dtype": (lambda: skim.jax.topk(X > 0, 1), "x has dtype bool; use float32"),
    "x64": (lambda: skim.jax.topk(X, 1, index_dtype="int64"), "which JAX has only with jax_enable"),
    "index_dtype": (lambda: skim.jax.topk(X, 1, index_dtype="uint8"), "index_dtype is uint8; pass"),
    "lengths": (lambda: skim.jax.topk(X, 1, row_lengths=FOUR), r"has shape \(4,\), but the rows"),
    "top_k shape": (lambda: skim.jax.sample(X, seed=1, top_k=FOUR), r"top_k has shape \(4,\), but"),
    "seed": (lambda: skim.jax.sample(X, seed=-1), r"seed = -1 is outside 0..2\*\*64 - 1"),
    "seed dtype": (lambda: skim.jax.sample(X, seed=X[:, 0]), "seed has dtype float32; use integers"),
    "seed shape": (lambda: skim.jax.sample(X, seed=FOUR), r"seed has shape \(4,\), but the rows"),
    "order": (lambda: skim.jax.sample(X, seed=1, order="x"), "order is 'x'; pass 'sequential' or"),
    "logits dtype": (lambda: skim.jax.sample(FOUR, seed=1), "logits has dtype int32; use"),
    "no dimensions": (lambda: skim.jax.sample(X[0, 0], seed=1), "logits has no dimensions; give"),
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_request(name):
    call, text = INVALID[name]
    with pytest.raises(skim.InvalidRequest, match=text):
        call()


def test_wrong_types():
    with pytest.raises(TypeError, match="x is a list; pass a jax.Array"):
        skim.jax.topk([1.0], 1)
    with pytest.raises(TypeError, match="largest is a int; pass a bool"):
        skim.jax.topk(X, 1, largest=1)
    with pytest.raises(TypeError):
        jax.jit(lambda x, k: skim.jax.topk(x, k))(X, 2)


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
@pytest.mark.parametrize("shape", [(), (6,)], ids=["one", "one a row"])
def test_upper_halves_of_numpy_integers_count(dtype, shape):
    logits = rows("float32", 6, 300)
    wide = np.full(shape, 2**40 + 7, dtype)
    expected = skim.sample(logits, seed=2**40 + 7, offset=np.full(6, 2**40 + 7, np.int64), top_k=300)
    offset = np.full(6, 2**40 + 7, dtype)
    top_k = np.full(6, 2**32 + 5, dtype)
    tokens = skim.jax.sample(jnp.asarray(logits), seed=wide, offset=offset, top_k=top_k)
    np.testing.assert_array_equal(tokens, expected)


@pytest.mark.parametrize("wide", [False, True], ids=["x32", "x64"])
def test_row_lengths_of_numpy_beyond_int32_are_clamped(wide):
    x = rows("float32", 4, 100)
    lengths = np.array([2**32 + 5, -(2**32) + 5, 100, 2**40], np.int64)
    expected = skim.topk(x, 10, row_lengths=lengths).indices
    unsigned = np.array([2**32 + 5, 0, 100, 2**63 + 5], np.uint64)
    with jax.enable_x64(wide):
        for given in (lengths, unsigned):
            made = skim.jax.topk(jnp.asarray(x), 10, row_lengths=given)
            np.testing.assert_array_equal(made.indices, expected)
