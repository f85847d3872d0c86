"""CUDA tensors: the answers of the CPU, in the framework's memory, and what is refused."""

import time

import numpy as np
import pytest
import torch
from oracle import TORCH_DTYPES, bits, check, hard_tensor, on_cpu

import skim

if not torch.cuda.is_available():
    pytest.skip("no CUDA device here", allow_module_level=True)

pytestmark = pytest.mark.cuda


def check_as_on_cpu(x, k, **arguments):
    """Bit for bit what the CPU says of the same tensor; returns the GPU's result."""
    there = {
        name: value.to(x.device) if isinstance(value, torch.Tensor) else value
        for name, value in arguments.items()
    }
    wanted = skim.topk(x.cpu(), k, **arguments)
    found = skim.topk(x, k, **there)
    for name, part, other in zip(wanted._fields, found, wanted):
        assert part.device == x.device and part.dtype == other.dtype, name
        np.testing.assert_array_equal(bits(part.cpu()), bits(other), err_msg=name)
    return found


# ---- answers ----


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("dtype", TORCH_DTYPES)
def test_every_dtype(dtype, largest):
    for rows, cols, k in [(1, 1, 1), (3, 40, 5), (2, 1000, 1000), (5, 5003, 64), (1, 70001, 300)]:
        x = hard_tensor(dtype, rows, cols, seed=cols)
        check(x, k, on_cpu(skim.topk(x.cuda(), k, largest=largest)), largest)


@pytest.mark.parametrize("sorted", [True, False])
@pytest.mark.parametrize("index_dtype", ["int32", "int64", torch.int32])
def test_options(sorted, index_dtype):
    for k in (1, 17, 2048, 2500, 3000):
        x = hard_tensor("float16", 3, 3000).cuda()
        check_as_on_cpu(x, k, sorted=sorted, index_dtype=index_dtype)


@pytest.mark.parametrize("dtype", TORCH_DTYPES)
def test_every_element_equal(dtype):
    x = torch.ones(4, 9001, dtype=getattr(torch, dtype), device="cuda")
    assert torch.equal(
        skim.topk(x, 50).indices.cpu(), torch.arange(50).expand(4, 50).contiguous()
    )


def test_ties_and_orders_that_are_hard():
    x = torch.zeros(3, 50_000, device="cuda")
    x[:, 25_000::3] = 1
    x[1] = float("nan")
    x[2, ::2] = -0.0
    check_as_on_cpu(x, 1000)
    check_as_on_cpu(x, 1000, largest=False)
    check_as_on_cpu(torch.arange(100_000.0, device="cuda"), 100)


VIEWS = {
    "unaligned": lambda x: x[:, 1:],
    "odd rows": lambda x: x[:, :-1],
    "every second row": lambda x: x[::2],
    "every second column": lambda x: x[:, ::2],
    "transposed": lambda x: x.t(),
    "broadcast": lambda x: x[:1].expand(5, -1),
    "3 dimensions": lambda x: x.reshape(2, 3, -1),
    "3 permuted dimensions": lambda x: x.reshape(2, 3, -1).transpose(0, 1),
    "one dimension": lambda x: x[2],
    "negated": lambda x: torch._neg_view(x.nan_to_num()),  # torch may rewrite a NaN it negates
}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int8"])
@pytest.mark.parametrize("view", VIEWS)
def test_views(view, dtype):
    x = hard_tensor(dtype, 6, 2000).cuda()
    if dtype == "int8" and view == "negated":
        x = x.clamp(min=-127)
    check_as_on_cpu(VIEWS[view](x), 6)


@pytest.mark.parametrize("dim", [0, 1, 2, -2])
def test_dims(dim):
    check_as_on_cpu(hard_tensor("float32", 12, 500).reshape(3, 4, 500).cuda(), 3, dim=dim)


@pytest.mark.parametrize("shape, k", [((0, 5), 2), ((3, 0), 0), ((3, 5), 0), ((2, 0, 4), 4)])
def test_empty(shape, k):
    result = skim.topk(torch.empty(shape, device="cuda"), k)
    assert result.values.shape == result.indices.shape == (*shape[:-1], k)
    assert result.values.is_cuda and result.indices.is_cuda


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
@pytest.mark.parametrize("largest", [True, False])
def test_row_lengths(dtype, largest):
    lengths = torch.tensor([0, 1, 63, 64, 5000, 9999, -4], dtype=dtype)
    for name in ("float32", "int16"):
        x = hard_tensor(name, 7, 5000).cuda()
        check_as_on_cpu(x, 64, row_lengths=lengths, largest=largest)


@pytest.mark.parametrize("by_index", [False, True])
@pytest.mark.parametrize("k", [1, 64, 1000, 5000])
def test_index_forms(k, by_index):
    x = hard_tensor("float32", 7, 5000).cuda()
    lengths = torch.tensor([0, 1, 63, 64, 5000, 9999, -4])
    table = torch.randint(0, 2**20, (7, 79), dtype=torch.int32)
    for form in (
        {},
        {"page_table": table, "page_size": 64},
        {"page_table": table[:1], "page_size": 64},
        {"row_offsets": torch.arange(0, 7 * 5000, 5000)},
    ):
        check_as_on_cpu(x, k, by_index=by_index, row_lengths=lengths, index_dtype="int32", **form)


def test_out():
    x = hard_tensor("float32", 4, 3000).cuda()
    wanted = skim.topk(x, 9)
    for indices_dtype in (torch.int32, torch.int64):
        out = x.new_empty(4, 9), torch.empty(4, 9, dtype=indices_dtype, device="cuda")
        result = skim.topk(x, 9, out=out)
        assert result.values is out[0] and result.indices is out[1]
        assert torch.equal(bits_of(out[0]), bits_of(wanted.values))
        assert torch.equal(out[1].long(), wanted.indices)
    wide = x.new_empty(9, 4), torch.empty(9, 4, dtype=torch.int64, device="cuda")
    skim.topk(x, 9, out=(wide[0].t(), wide[1].t()))
    assert torch.equal(wide[1].t(), wanted.indices)


def bits_of(x):
    return x.contiguous().view(torch.uint8)


def test_no_thread_count_matters():
    x = hard_tensor("float32", 4, 3000).cuda()
    check_as_on_cpu(x, 9, num_threads=1)


def test_gradient_rule_is_that_of_the_cpu():
    x = torch.randn(3, 50, device="cuda", requires_grad=True)
    with pytest.raises(skim.InvalidRequest, match="x requires a gradient"):
        skim.topk(x, 2)
    with torch.no_grad():
        check(x.detach().cpu(), 2, on_cpu(skim.topk(x, 2)))


def test_default_device_does_not_matter():
    x = torch.randn(3, 50)
    with torch.device("meta"):
        result = skim.topk(x.cuda(), 5)
    check(x, 5, on_cpu(result))


# ---- memory ----


def test_results_are_torch_memory():
    x = torch.randn(8, 4096, device="cuda")
    skim.topk(x, 1024)
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    result = skim.topk(x, 1024)
    assert torch.cuda.memory_allocated() - before == 8 * 1024 * (4 + 8)  # no workspace stays
    for part in result:
        part.record_stream(torch.cuda.Stream())
        part.resize_(16, 4096)
    del part, result
    torch.cuda.synchronize()
    x.new_empty(1)  # lets torch see that the recorded streams are done
    assert torch.cuda.memory_allocated() == before


def test_many_calls_do_not_grow():
    x = torch.randn(1, 300_000, device="cuda")
    for _ in range(20):
        skim.topk(x, 3000)
    before = torch.cuda.memory_reserved()
    for _ in range(200):
        skim.topk(x, 3000)
    assert torch.cuda.memory_reserved() == before


# ---- other frameworks ----


class Producer:
    """A GPU array of a framework that offers no more than DLPack."""

    def __init__(self, x):
        self.x = x

    def __dlpack__(self, **arguments):
        return self.x.__dlpack__(**arguments)

    def __dlpack_device__(self):
        return self.x.__dlpack_device__()


def test_bare_producer_gets_dlpack_tensors():
    x = hard_tensor("float32", 3, 4000)
    result = skim.topk(Producer(x.cuda()), 5)
    check(x, 5, on_cpu(map(torch.from_dlpack, result)))
    with pytest.raises(TypeError, match="out is for torch and NumPy; x is a Producer"):
        skim.topk(Producer(x.cuda()), 5, out=(None, None))


def test_row_lengths_of_another_framework():
    x = hard_tensor("float32", 3, 400).cuda()
    result = skim.topk(x, 5, row_lengths=Producer(torch.tensor([400, 2, 400]).cuda()))
    assert (result.indices[1, 2:] == -1).all()


def test_cupy():
    cupy = pytest.importorskip("cupy", exc_type=ImportError)
    x = hard_tensor("float32", 3, 4000)
    with cupy.cuda.Stream(non_blocking=True) as stream:
        there = cupy.asarray(x.numpy())
        result = skim.topk(there, 5)
        assert all(isinstance(part, cupy.ndarray) for part in result)
        found = [part.get() for part in result]
        other = [part.get() for part in skim.topk(there, 5, stream=stream)]
    check(x.numpy(), 5, found)
    check(x.numpy(), 5, other)


def test_jax():
    jax = pytest.importorskip("jax", exc_type=ImportError)
    if jax.default_backend() != "gpu":
        pytest.skip("this jax has no GPU backend")
    x = jax.numpy.asarray(hard_tensor("float32", 3, 4000).numpy())
    result = skim.topk(x, 5, index_dtype="int32")
    assert all(isinstance(part, jax.Array) for part in result)
    check(np.asarray(x), 5, [np.asarray(part) for part in result])


# ---- refusals ----

REFUSALS = {
    "k above cols": (lambda x: skim.topk(x, 11), ValueError, r"k = 11 exceeds cols = 10"),
    "huge k": (lambda x: skim.topk(x, 2**70), ValueError, r"k = 1180591620717411303424 exceeds"),
    "negative k": (lambda x: skim.topk(x, -1), ValueError, r"k = -1 is negative"),
    "k a float": (lambda x: skim.topk(x, 2.0), TypeError, r"k is a float; pass an int"),
    "dtype": (lambda x: skim.topk(x > 0, 1), ValueError, r"x has dtype bool; use float16"),
    "no dimensions": (lambda x: skim.topk(x.sum(), 1), ValueError, r"x has no dimensions"),
    "row_lengths elsewhere": (
        lambda x: skim.topk(x, 1, row_lengths=torch.ones(3, dtype=torch.int64)),
        ValueError,
        r"row_lengths is on cpu but x is on cuda:0",
    ),
    "out elsewhere": (
        lambda x: skim.topk(x, 1, out=(torch.empty(3, 1), torch.empty(3, 1, dtype=torch.int64))),
        ValueError,
        r"values is on cpu, but .* cuda:0",
    ),
    "x elsewhere": (
        lambda x: skim.topk(x.cpu(), 1, out=skim.topk(x, 1)),
        ValueError,
        r"values is on cuda:0, but .* cpu",
    ),
    "overlap": (
        lambda x: skim.topk(x, 2, out=(x[:, :2], torch.empty_like(x[:, :2], dtype=torch.int64))),
        ValueError,
        r"overlap",
    ),
    "stream of text": (lambda x: skim.topk(x, 1, stream="0"), TypeError, r"stream is a str; pass"),
    "stream a bool": (lambda x: skim.topk(x, 1, stream=True), TypeError, r"stream is a bool"),
    "negative stream": (lambda x: skim.topk(x, 1, stream=-1), ValueError, r"stream = -1 is no"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(name):
    call, kind, text = REFUSALS[name]
    with pytest.raises(kind, match=text) as caught:
        call(torch.zeros(3, 10, device="cuda"))
    assert "\n" not in str(caught.value)


# ---- what a call costs ----


@pytest.mark.parametrize("shape, k", [((1, 1000), 8), ((1, 128_000), 64), ((64, 32_000), 50)])
def test_host_cost(shape, k, capsys):
    """Printed only: the time until the call returns, the GPU being ahead of its work."""
    x = torch.randn(shape, device="cuda")
    calls = {"skim.topk": lambda: skim.topk(x, k), "torch.topk": lambda: torch.topk(x, k)}
    for name, call in calls.items():
        best = min(microseconds_until_return(call) for _ in range(30))
        with capsys.disabled():
            print(f"\n{name} {shape} k={k}: {best:.2f} us of host time a call", end="")


def microseconds_until_return(call, calls=20):
    torch.cuda.synchronize()
    begin = time.perf_counter()
    for _ in range(calls):
        call()
    elapsed = time.perf_counter() - begin
    torch.cuda.synchronize()
    return elapsed / calls * 1e6
