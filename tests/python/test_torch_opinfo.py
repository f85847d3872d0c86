"""PyTorch's own samples of topk, with the patch in place, and through skim.torch.topk."""

import pytest
import torch

pytest.importorskip("expecttest", reason="torch's samples need expecttest")
from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402

import skim.torch  # noqa: E402

(INFO,) = (info for info in op_db if info.name == "topk")
CPU_DTYPES = sorted(INFO.supported_dtypes("cpu"), key=str)
CUDA_DTYPES = sorted(INFO.supported_dtypes("cuda"), key=str) if torch.cuda.is_available() else []
CASES = [("cpu", dtype) for dtype in CPU_DTYPES] + [
    pytest.param("cuda", dtype, marks=pytest.mark.cuda) for dtype in CUDA_DTYPES
]
every_dtype = pytest.mark.parametrize("device, dtype", CASES, ids=str)
WAYS = {"patched": torch.topk, "method": torch.Tensor.topk, "operator": skim.torch.topk}
every_way = pytest.mark.parametrize("way", WAYS)


def call(way, sample, **out):
    """The same sample by skim, whichever way."""
    if way == "operator":
        return WAYS[way](sample.input, *sample.args, **sample.kwargs, **out)
    with skim.torch.patched():
        return WAYS[way](sample.input, *sample.args, **sample.kwargs, **out)


def samples(device, dtype, requires_grad=False):
    found = list(INFO.sample_inputs(device, dtype, requires_grad=requires_grad))
    assert len(found) >= 10
    return found


def dim_of(sample):
    return sample.args[1] if len(sample.args) > 1 else -1


def by_torch(sample):
    return torch.topk(sample.input, *sample.args, **sample.kwargs)


def check(sample, found):
    """The values of torch, at indices that hold them, each once."""
    wanted = by_torch(sample)
    dim = dim_of(sample)
    for part, other in zip(found, wanted, strict=True):
        assert part.dtype == other.dtype and part.device == other.device
        assert part.shape == other.shape and part.stride() == other.stride()
    torch.testing.assert_close(found.values, wanted.values, rtol=0, atol=0)
    assert torch.equal(sample.input.gather(dim, found.indices), found.values)
    ordered = found.indices.sort(dim).values
    assert ordered.dim() == 0 or (ordered.diff(dim=dim) > 0).all()


@every_way
@every_dtype
def test_forward(device, dtype, way):
    for sample in samples(device, dtype):
        check(sample, call(way, sample))


@every_way
@every_dtype
def test_backward(device, dtype, way):
    if dtype not in INFO.supported_backward_dtypes(torch.device(device).type):
        assert not dtype.is_floating_point
        return
    for sample in samples(device, dtype, requires_grad=True):
        found = call(way, sample)
        weights = torch.randn_like(found.values)
        (gradient,) = torch.autograd.grad(found.values, sample.input, weights)
        wanted = torch.zeros_like(sample.input).scatter(dim_of(sample), found.indices, weights)
        assert torch.equal(gradient, wanted)


@pytest.mark.parametrize("way", ["patched", "operator"])
@every_dtype
def test_out(device, dtype, way):
    for sample in samples(device, dtype):
        plain = call(way, sample)
        for shape in (plain.values.shape, (0,)):
            values = torch.empty(shape, dtype=dtype, device=device)
            indices = torch.empty(shape, dtype=torch.int64, device=device)
            found = call(way, sample, out=(values, indices))
            assert found.values is values and found.indices is indices
            assert torch.equal(values, plain.values) and torch.equal(indices, plain.indices)


@every_way
@every_dtype
def test_meta(device, dtype, way):
    for sample in samples(device, dtype):
        found = call(way, sample.transform(lambda x: x.to("meta") if torch.is_tensor(x) else x))
        for part, other in zip(found, by_torch(sample), strict=True):
            assert part.is_meta and part.dtype == other.dtype
            assert part.shape == other.shape and part.stride() == other.stride()


@pytest.mark.parametrize("way", ["patched", "operator"])
@every_dtype
def test_compile(device, dtype, way):
    for sample in samples(device, dtype):
        torch._dynamo.reset()

        def step(x):
            return WAYS[way](x, *sample.args, **sample.kwargs)

        compiled = torch.compile(step, fullgraph=True, backend="aot_eager")
        with skim.torch.patched():
            found = compiled(sample.input)
        check(sample, found)


def test_inductor():
    torch._dynamo.reset()
    x = torch.randperm(4000).reshape(4, 1000).float()
    compiled = torch.compile(lambda x: (x.topk(5), skim.torch.topk(-x, 5)), fullgraph=True)
    with skim.torch.patched():
        found = compiled(x)
    for one, other in zip(found, (x.topk(5), torch.topk(-x, 5))):
        assert torch.equal(one[0], other[0]) and torch.equal(one[1], other[1])
