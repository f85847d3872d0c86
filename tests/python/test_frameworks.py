"""What DLPack would let pass silently, and producers other than torch and NumPy."""

import numpy as np
import pytest
import torch
from oracle import check, hard_rows, hard_tensor
from producers import ArrayApiProducer, Producer
from torch._subclasses.fake_tensor import FakeTensorMode

import skim

X = torch.randn(4, 50)

# ---- torch ----


def test_negative_view_is_resolved():
    x = torch._neg_view(X)
    assert x.is_neg()
    check(-X, 5, skim.topk(x, 5))


def test_imaginary_part_of_a_conjugate_is_resolved():
    z = torch.complex(torch.randn(3, 40), torch.randn(3, 40))
    x = torch.imag(torch.conj(z))
    assert x.is_neg()
    check(-torch.imag(z), 5, skim.topk(x, 5))


def test_negative_view_as_out_is_refused():
    out = torch._neg_view(torch.empty(4, 5)), torch.empty(4, 5, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"out\[0\] is a negated view"):
        skim.topk(X, 5, out=out)


def test_gradient_is_refused_where_it_would_be_recorded():
    x = X.clone().requires_grad_()
    for call in (x, torch.nn.Parameter(X.clone()), x * 2):
        with pytest.raises(ValueError, match=r"x requires a gradient.*x\.detach\(\)"):
            skim.topk(call, 5)
    with torch.no_grad():
        check(X, 5, skim.topk(x, 5))
        check(X, 5, skim.topk(torch.nn.Parameter(X.clone()), 5))
    with torch.inference_mode():
        check(X, 5, skim.topk(X + 0, 5))


def test_parameter_without_gradient():
    check(X, 5, skim.topk(torch.nn.Parameter(X.clone(), requires_grad=False), 5))


class Tagged(torch.Tensor):
    pass


def test_subclass_is_refused():
    with pytest.raises(TypeError, match="x is a Tagged, a tensor subclass"):
        skim.topk(X.as_subclass(Tagged), 5)


def test_fake_tensor_is_refused():
    with FakeTensorMode() as mode:
        fake = mode.from_tensor(X)
        with pytest.raises(TypeError, match="x is a FakeTensor"):
            skim.topk(fake, 5)
    with pytest.raises(TypeError, match="x is a FakeTensor"):
        skim.topk(fake, 5)


@pytest.mark.parametrize(
    "x",
    [torch.empty(3, 8, device="meta"), torch.eye(4).to_sparse()],
    ids=["meta", "sparse"],
)
def test_tensor_without_memory_is_refused(x):
    with pytest.raises(TypeError, match="x has no memory to read .*; pass a dense tensor") as caught:
        skim.topk(x, 1)
    assert "\n" not in str(caught.value)


def test_default_device_does_not_matter():
    with torch.device("meta"):
        result = skim.topk(X, 5)
    check(X, 5, result)


def test_vmap_is_refused():
    with pytest.raises(TypeError, match="x has no memory to read"):
        torch.vmap(lambda row: skim.topk(row, 3).values)(X)


def test_compiled_function_breaks_its_graph_and_agrees():
    torch._dynamo.reset()
    compiled = torch.compile(lambda x: skim.topk(x * 2, 5), backend="eager")
    result = compiled(X)
    check(X * 2, 5, result)


# ---- NumPy ----


def test_read_only_array_is_accepted():
    x = hard_rows("float32", 3, 40)
    x.flags.writeable = False
    check(x, 5, skim.topk(x, 5))


def test_memory_map_is_accepted(tmp_path):
    x = np.memmap(tmp_path / "x", np.float32, "w+", shape=(3, 40))
    x[:] = hard_rows("float32", 3, 40)
    result = skim.topk(x, 5)
    assert type(result.values) is np.ndarray
    check(np.asarray(x), 5, result)


def test_masked_array_is_refused():
    with pytest.raises(TypeError, match="x is a MaskedArray, an array subclass"):
        skim.topk(np.ma.masked_greater(np.arange(5.0), 3), 1)


def test_unaligned_array_is_refused():
    x = np.zeros(41, np.uint8)[1:].view(np.float32)
    with pytest.raises(ValueError, match="aligned"):
        skim.topk(x, 1)


# ---- others ----


def test_bare_producer_gets_dlpack_tensors():
    x = hard_rows("float32", 3, 40)
    values, indices = skim.topk(Producer(x), 5)
    check(x, 5, (np.from_dlpack(values), np.from_dlpack(indices)))


def test_bare_producer_cannot_be_transposed():
    with pytest.raises(ValueError, match="x is a Producer, which skim cannot copy or transpose"):
        skim.topk(Producer(np.zeros((3, 4), np.float32)), 1, dim=0)


def test_array_api_results_are_of_its_namespace():
    x = hard_rows("float32", 6, 40)
    result = skim.topk(ArrayApiProducer(x), 5)
    check(x, 5, (result.values.x, result.indices.x))
    result = skim.topk(ArrayApiProducer(x), 3, dim=0)
    wanted = skim.topk(x, 3, dim=0)
    np.testing.assert_array_equal(result.indices.x, wanted.indices)
    check(x[:, ::2], 5, [part.x for part in skim.topk(ArrayApiProducer(x[:, ::2]), 5)])


def test_other_producers_have_no_out():
    with pytest.raises(TypeError, match="out is for torch and NumPy"):
        skim.topk(Producer(np.zeros(4, np.float32)), 1, out=(None, None))


def test_row_lengths_of_another_framework():
    x = hard_tensor("float32", 3, 40)
    result = skim.topk(x, 5, row_lengths=np.array([40, 2, 40]))
    assert (result.indices[1, 2:] == -1).all()
