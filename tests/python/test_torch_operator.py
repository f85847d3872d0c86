"""skim.torch.topk: torch.topk's contract, as an operator that the rest of torch knows."""

import warnings

import numpy as np
import pytest
import torch
from oracle import TORCH_DTYPES, check, hard_tensor
from torch.autograd import gradcheck, gradgradcheck

import skim.torch

OPERATOR = torch.ops.skim.topk.default
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
every_device = pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=[pytest.mark.cuda, needs_cuda])])


def distinct(*shape, dtype=torch.float64, device="cpu"):
    """No ties, so that every right topk selects the same and finite differences hold."""
    count = int(np.prod(shape))
    order = torch.randperm(count, generator=torch.Generator().manual_seed(count))
    return (order.to(dtype) / 8).reshape(shape).to(device)


def same(found, wanted):
    assert type(found) is type(wanted)
    for part, other in zip(found, wanted, strict=True):
        assert part.dtype == other.dtype and part.device == other.device
        assert part.shape == other.shape and part.stride() == other.stride()
        assert torch.equal(part, other)


def warning_count(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return len(caught)


# ---- results ----


@every_device
@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("dtype", TORCH_DTYPES)
def test_every_dtype(dtype, largest, device):
    x = hard_tensor(dtype, 5, 700)
    found = skim.torch.topk(x.to(device), 60, largest=largest)
    check(x, 60, [part.cpu() for part in found], largest)


VIEWS = {
    "rows": lambda x: x,
    "transposed": lambda x: x.transpose(0, 2),
    "leading dimensions permuted": lambda x: x.transpose(0, 1),
    "every second column": lambda x: x[..., ::2],
    "every second row": lambda x: x[:, ::2],
    "broadcast": lambda x: x[:1].expand(3, -1, -1),
    "broadcast inside": lambda x: x[:, :1].expand(-1, 4, -1),
    "unaligned": lambda x: x[..., 1:],
    "one dimension": lambda x: x[1, 2],
    "negated": lambda x: torch._neg_view(x),
    "empty batch": lambda x: x[:0],
    "channels last": lambda x: x[None].contiguous(memory_format=torch.channels_last),
}


@every_device
@pytest.mark.parametrize("view", VIEWS)
def test_views_and_dims(view, device):
    x = VIEWS[view](distinct(3, 4, 10, device=device))
    for dim in range(-x.dim(), x.dim()):
        for k in {0, min(1, x.shape[dim]), min(3, x.shape[dim]), x.shape[dim]}:
            for largest in (True, False):
                found = skim.torch.topk(x, k, dim, largest)
                wanted = torch.topk(x, k, dim, largest)
                if "broadcast" in view:  # has ties, of which torch takes any
                    assert torch.equal(x.gather(dim, wanted.indices), found.values)
                    wanted.indices.copy_(found.indices)
                same(found, wanted)


def test_an_out_that_holds_the_input_is_passed_on():
    x, other = distinct(3, 10), distinct(3, 10)
    with pytest.warns(skim.torch.PassedOnWarning, match="overlap"):
        skim.torch.topk(x, 1, out=(x[:, :1], INTS.clone()))
    torch.topk(other, 1, out=(other[:, :1], INTS.clone()))
    assert torch.equal(x, other)


@every_device
@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("dim", [-1, 0])
def test_no_dimensions(k, dim, device):
    x = torch.tensor(3.5, device=device)
    same(skim.torch.topk(x, k, dim), torch.topk(x, k, dim))


def test_rows_of_many_strides_are_not_copied():
    x = distinct(30, 20, 4096, dtype=torch.float32).transpose(0, 1)
    with torch.profiler.profile(profile_memory=True) as profile:
        skim.torch.topk(x, 2)
    assert sum(max(event.cpu_memory_usage, 0) for event in profile.events()) < x.nbytes / 4


def test_results_are_memory_of_torch():
    values, indices = skim.torch.topk(distinct(3, 10), 2)
    values.resize_(100)
    indices.resize_(100)


def test_numbers_that_torch_converts():
    x, two, first = distinct(3, 10), np.int64(2), np.int64(0)
    same(skim.torch.topk(x, two, dim=first), torch.topk(x, two, dim=first))


# ---- out ----


@every_device
@pytest.mark.parametrize("shape", [(0,), (3, 2), (7, 7), (2, 3)], ids=str)
@pytest.mark.filterwarnings("ignore:An output with one or more elements was resized")
def test_out_is_resized_as_torch_does(shape, device):
    x = distinct(3, 10, device=device)

    def out():
        return x.new_empty(shape), torch.empty(shape, dtype=torch.int64, device=device)

    found, wanted = out(), out()
    result = skim.torch.topk(x, 2, out=found)
    assert result.values is found[0] and result.indices is found[1]
    same(result, torch.topk(x, 2, out=wanted))
    torch.topk(x, 2, out=out())  # whose deprecation torch mentions once a process
    assert warning_count(lambda: skim.torch.topk(x, 2, out=out())) == warning_count(
        lambda: torch.topk(x, 2, out=out())
    )


@every_device
def test_out_of_any_strides(device):
    x = distinct(3, 4, 10, device=device)
    for dim in range(3):
        shape = [*x.shape]
        shape[dim] = 2
        for order in [(0, 1, 2), (2, 1, 0), (1, 0, 2)]:
            def out():
                there = x.new_empty([shape[i] for i in order]).permute(*np.argsort(order).tolist())
                return there, torch.empty_like(there, dtype=torch.int64)
            same(skim.torch.topk(x, 2, dim, out=out()), torch.topk(x, 2, dim, out=out()))


def test_out_of_no_dimensions():
    x = torch.tensor(3.5)
    found, wanted = [(torch.empty(()), torch.empty((), dtype=torch.int64)) for _ in range(2)]
    same(skim.torch.topk(x, 1, out=found), torch.topk(x, 1, out=wanted))


# ---- errors ----

X = torch.arange(30.0).reshape(3, 10)
ROW = torch.arange(3.0)
INTS = torch.empty(3, 1, dtype=torch.int64)
WRONG = {
    "k above cols": lambda topk: topk(X, 11),
    "k above cols of dim": lambda topk: topk(X, 4, 0),
    "negative k": lambda topk: topk(X, -1),
    "k above 1 without dimensions": lambda topk: topk(X[0, 0], 2),
    "dim": lambda topk: topk(X, 1, 2),
    "negative dim": lambda topk: topk(X, 1, dim=-3),
    "dim without dimensions": lambda topk: topk(X[0, 0], 1, 1),
    "float k": lambda topk: topk(X, 1.5),
    "no k": lambda topk: topk(X, None),
    "float dim": lambda topk: topk(X, 1, 1.0),
    "largest": lambda topk: topk(X, 1, -1, "yes"),
    "list": lambda topk: topk([1.0], 1),
    "bool": lambda topk: topk(X > 3, 1),
    "complex": lambda topk: topk(X + 0j, 1),
    "uint16": lambda topk: topk(X.to(torch.uint16), 1),
    "sorted of a meta tensor": lambda topk: topk(X.to("meta"), 11),
    "out: dtype of values": lambda topk: topk(X, 1, out=(X[:, :1].double(), INTS)),
    "out: dtype of indices": lambda topk: topk(X, 1, out=(X[:, :1] + 0, INTS.int())),
    "out: device": lambda topk: topk(X, 1, out=(X[:, :1].to("meta"), INTS)),
    "out: one": lambda topk: topk(X, 1, out=(INTS,)),
    "out: no tensors": lambda topk: topk(X, 1, out=(1, 2)),
    "out: input": lambda topk: topk(ROW, 1, out=(ROW[:1], INTS[0])),
    "out: gradient": lambda topk: topk(X.clone().requires_grad_(), 1, out=(X[:, :1] + 0, INTS)),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors_are_those_of_torch(name):
    with pytest.raises(Exception) as wanted:
        WRONG[name](torch.topk)
    with pytest.raises(type(wanted.value)) as found:
        WRONG[name](skim.torch.topk)
    assert type(found.value) is type(wanted.value)
    assert str(found.value).partition("\n")[0] == str(wanted.value).partition("\n")[0]


# ---- what torch asks of an operator ----


@pytest.mark.parametrize("arguments", [(3,), (2, 0), (2, 1, False), (0,), (5, -1, True, False)], ids=str)
@pytest.mark.parametrize("grad", [True, False])
def test_opcheck(arguments, grad):
    x = distinct(4, 6, 5, dtype=torch.float32).requires_grad_(grad)
    torch.library.opcheck(OPERATOR, (x, *arguments))


def test_opcheck_of_no_dimensions():
    torch.library.opcheck(OPERATOR, (torch.tensor(3.5, requires_grad=True), 1))


@every_device
@pytest.mark.parametrize("arguments", [(3,), (2, 0), (2, 1, False), (0,)], ids=str)
def test_gradients(arguments, device):
    x = distinct(3, 4, 6, device=device).requires_grad_()

    def values(x):
        return skim.torch.topk(x, *arguments).values

    assert gradcheck(values, x, check_forward_ad=True, check_batched_grad=True)
    assert gradgradcheck(lambda x: values(x) ** 2, x)
    (found,) = torch.autograd.grad((values(x) ** 3).sum(), x)
    (wanted,) = torch.autograd.grad((torch.topk(x, *arguments).values ** 3).sum(), x)
    assert torch.equal(found, wanted)


def test_indices_have_no_gradient():
    values, indices = skim.torch.topk(distinct(3, 6).requires_grad_(), 2)
    assert values.requires_grad and not indices.requires_grad
    with torch.no_grad():
        assert not skim.torch.topk(distinct(3, 6).requires_grad_(), 2).values.requires_grad


def test_transforms_of_functions():
    x = distinct(3, 6)

    def loss(x):
        return (skim.torch.topk(x, 2).values ** 3).sum()

    def of_torch(x):
        return (torch.topk(x, 2).values ** 3).sum()

    func = torch.func
    nested = {
        "grad": func.grad,
        "jacrev": func.jacrev,
        "jacfwd": func.jacfwd,
        "hessian": func.hessian,
        "reverse over reverse": lambda f: func.jacrev(func.jacrev(f)),
        "forward over forward": lambda f: func.jacfwd(func.jacfwd(f)),
        "reverse over forward": lambda f: func.jacrev(func.jacfwd(f)),
        "each row": lambda f: torch.vmap(func.grad(f)),
        "gradient of a mapped function": lambda f: func.grad(lambda x: torch.vmap(f)(x).sum()),
    }
    for name, transform in nested.items():
        assert torch.equal(transform(loss)(x), transform(of_torch)(x)), name


@every_device
def test_vmap(device):
    x = distinct(3, 4, 5, 6, device=device)
    for in_dim in range(-4, 4):
        for dim in range(-3, 3):
            def mapped(topk):
                return torch.vmap(lambda row: topk(row, 2, dim), in_dim)(x)
            same(mapped(skim.torch.topk), mapped(torch.topk))
    twice = torch.vmap(torch.vmap(lambda row: skim.torch.topk(row, 2)))(x)
    same(twice, torch.topk(x, 2))
    alone = torch.vmap(lambda element: skim.torch.topk(element, 1))(x[0, 0, 0])
    assert torch.equal(alone.values, x[0, 0, 0]) and not alone.indices.any()


def test_vmap_with_a_wrong_dim():
    with pytest.raises(IndexError, match=r"expected to be in range of \[-1, 0\], but got -2"):
        torch.vmap(lambda row: skim.torch.topk(row, 2, -2))(distinct(3, 6))


@every_device
def test_compiled_without_a_break(device):
    torch._dynamo.reset()
    x = distinct(4, 50, dtype=torch.float32, device=device).requires_grad_()

    def step(x, topk=skim.torch.topk):
        result = topk(x * 2, 3, dim=0)
        return result.values.sum(0), result.indices + 1

    compiled = torch.compile(step, fullgraph=True, backend="aot_eager", dynamic=True)
    for cols in (50, 20, 7):
        for part, other in zip(compiled(x[:, :cols]), step(x[:, :cols], torch.topk)):
            assert torch.equal(part, other)
    compiled(x)[0].sum().backward()
    found, x.grad = x.grad, None
    step(x, torch.topk)[0].sum().backward()
    assert torch.equal(found, x.grad)


def test_compiled_with_out():
    torch._dynamo.reset()
    x = distinct(4, 50)

    def step(x, values, indices):
        skim.torch.topk(x, 3, out=(values, indices))
        return values + 1

    out = x.new_zeros(4, 3), torch.zeros(4, 3, dtype=torch.int64)
    wanted = torch.topk(x, 3)
    compiled = torch.compile(step, fullgraph=True, backend="aot_eager")
    assert torch.equal(compiled(x, *out), wanted.values + 1)
    assert torch.equal(out[0], wanted.values) and torch.equal(out[1], wanted.indices)


class Best(torch.nn.Module):
    def forward(self, x):
        return tuple(skim.torch.topk(x, 3))


def test_exported_with_its_name():
    x = distinct(4, 50)
    shapes = {"x": {0: torch.export.Dim("rows"), 1: torch.export.Dim("cols", min=4)}}
    program = torch.export.export(Best(), (x,), dynamic_shapes=shapes)
    assert any(node.target is OPERATOR for node in program.graph.nodes)
    for part, other in zip(program.module()(x[:3, :20]), torch.topk(x[:3, :20], 3)):
        assert torch.equal(part, other)


def test_fake_and_meta():
    x = torch.empty(3, 4, 10, device="meta", dtype=torch.bfloat16)
    found, wanted = skim.torch.topk(x, 2, 1), torch.topk(x, 2, 1)
    for part, other in zip(found, wanted):
        assert part.is_meta and part.dtype == other.dtype
        assert part.shape == other.shape and part.stride() == other.stride()


def test_profile_names_the_operator():
    with torch.profiler.profile() as profile:
        skim.torch.topk(X, 2)
    assert "skim::topk" in {event.name for event in profile.events()}


@pytest.mark.cuda
@needs_cuda
def test_cuda_graph():
    x = distinct(4, 5000, dtype=torch.float32, device="cuda")
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        found = skim.torch.topk(x, 20)
    x.neg_()
    graph.replay()
    same(found, torch.topk(x, 20))
