"""skim.sample of CUDA tensors: the tokens and log-probabilities of the CPU, on the current stream."""

import numpy as np
import pytest
import torch
from oracle import hard_tensor
from sampling_reference import ORDERS, every_filter

import skim

if not torch.cuda.is_available():
    pytest.skip("no CUDA device here", allow_module_level=True)

pytestmark = pytest.mark.cuda

ROWS, VOCAB = 5, 9001
DTYPES = ["float32", "float16", "bfloat16"]


def on_device(arguments, device):
    return {
        name: value.to(device) if isinstance(value, torch.Tensor) else value
        for name, value in arguments.items()
    }


def check_as_on_cpu(logits, **arguments):
    """Bit for bit what the CPU draws from the same tensor; returns the GPU's result."""
    wanted = skim.sample(logits.cpu(), **on_device(arguments, "cpu"))
    found = skim.sample(logits.cuda(), **on_device(arguments, "cuda"))
    if isinstance(wanted, torch.Tensor):
        pairs = [(found, wanted)]
    else:
        pairs = list(zip(found, wanted))
    for one, other in pairs:
        assert one.is_cuda and one.dtype == other.dtype
        bits = torch.int32 if other.dtype == torch.float32 else other.dtype
        assert torch.equal(one.cpu().view(bits), other.view(bits))
    return found


@every_filter
@pytest.mark.parametrize("dtype", DTYPES)
def test_filters(dtype, filters):
    x = hard_tensor(dtype, ROWS, VOCAB)
    for logprobs in (None, "raw", "processed"):
        check_as_on_cpu(x, seed=3, logprobs=logprobs, **filters)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("logprobs", ["raw", "processed"])
def test_everything_together(order, logprobs):
    x = torch.randn(ROWS, VOCAB)
    arguments = {
        "temperature": torch.tensor([0.0, 0.5, 1.0, 2.0, 1.0]),
        "top_k": torch.tensor([0, 50, 0, 3, 2000], dtype=torch.int32),
        "top_p": torch.tensor([0.9, 0.9, 0.5, 1.0, 0.99]),
        "min_p": torch.tensor([0.0, 0.01, 0.0, 0.0, 0.05]),
        "seed": torch.arange(ROWS),
        "offset": torch.arange(ROWS) * 7,
        "row_lengths": torch.tensor([VOCAB, 0, 7, VOCAB - 1, 3000]),
        "allow_mask": torch.rand(ROWS, VOCAB) < 0.8,
        "logit_bias": torch.randn(VOCAB),
        "token_dtype": "int32",
    }
    check_as_on_cpu(x, order=order, logprobs=logprobs, **arguments)


def test_int64_top_k_means_what_the_nearest_int32_does():
    x = torch.randn(ROWS, VOCAB)
    check_as_on_cpu(x, seed=2, top_k=torch.tensor([0, 50, -(2**40), 2**40, 1]))


@pytest.mark.parametrize("logprobs", ["raw", "processed"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_lists_of_the_likeliest(dtype, logprobs):
    x = hard_tensor(dtype, ROWS, VOCAB)
    for filters in ({}, {"top_k": 30, "top_p": 0.9}, {"top_p": 0.7}, {"temperature": 0}):
        for count in (1, 20, 1500):
            check_as_on_cpu(x, seed=4, logprobs=logprobs, top_logprobs=count, **filters)


def test_bools_pack_as_words():
    x, mask = torch.randn(3, 77).cuda(), (torch.rand(77) < 0.5).cuda()
    words = torch.from_numpy(
        np.packbits(np.pad(mask.cpu().numpy(), (0, 19)), bitorder="little").view(np.int32)
    )
    by_words = skim.sample(x, seed=1, allow_mask=words.cuda())
    assert torch.equal(skim.sample(x, seed=1, allow_mask=mask), by_words)


@pytest.mark.parametrize("shape", [(40,), (2, 3, 40), (0, 40), (2, 0, 40), (3, 0)])
def test_results_have_the_leading_shape(shape):
    tokens = skim.sample(torch.zeros(shape, device="cuda"), seed=0)
    assert tokens.is_cuda and tuple(tokens.shape) == shape[:-1]


def test_follows_the_current_stream():
    x = torch.zeros(4, VOCAB, device="cuda")
    fresh = torch.randn(4, VOCAB)
    on_gpu = fresh.cuda()
    torch.cuda.synchronize()
    with torch.cuda.stream(torch.cuda.Stream()):
        torch.cuda._sleep(75_000_000)
        x.copy_(on_gpu)
        tokens = skim.sample(x, seed=1, top_p=0.9).cpu()
    assert torch.equal(tokens, skim.sample(fresh, seed=1, top_p=0.9))


# A graph that is replayed draws fresh tokens where the offsets change in their memory.
@pytest.mark.parametrize("filters", [{}, {"top_p": 0.9}, {"top_k": 50, "top_p": 0.9}])
def test_graphs_draw_fresh_tokens(filters):
    logits = torch.randn(8, VOCAB)
    x, offset = logits.cuda(), torch.zeros(8, dtype=torch.int64, device="cuda")
    skim.sample(x, seed=5, offset=offset, **filters)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        tokens = skim.sample(x, seed=5, offset=offset, **filters)
    for step in range(3):
        offset.fill_(step)
        graph.replay()
        wanted = skim.sample(logits, seed=5, offset=torch.full((8,), step), **filters)
        assert torch.equal(tokens.cpu(), wanted)


STEPS = {
    "softmax": {"temperature": 0.7},
    "top_k_renorm_probs": {"top_k": torch.tensor([3, 0, 50, 2**40, -1])},
    "top_p_renorm_probs": {"top_p": 0.8},
    "top_k_mask_logits": {"top_k": 20},
    "top_p_mask_logits": {"top_p": torch.tensor([0.5, 1.0, 0.0, 0.99, 0.8]), "temperature": 0.7},
    "sample_from_probs": {"seed": 3, "offset": torch.arange(ROWS)},
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_steps(name, dtype):
    x = hard_tensor(dtype, ROWS, VOCAB)
    step, lengths = getattr(skim, name), torch.tensor([VOCAB, 0, 7, VOCAB - 1, 3000])
    for more in ({}, {"row_lengths": lengths}):
        arguments = {**STEPS[name], **more}
        wanted = step(x, **on_device(arguments, "cpu"))
        found = step(x.cuda(), **on_device(arguments, "cuda"))
        assert found.is_cuda and found.dtype == wanted.dtype
        bits = {2: torch.int16, 4: torch.int32, 8: torch.int64}[wanted.element_size()]
        assert torch.equal(found.cpu().view(bits), wanted.view(bits))


def test_steps_follow_the_current_stream():
    x = torch.zeros(4, VOCAB, device="cuda")
    fresh = torch.randn(4, VOCAB)
    on_gpu = fresh.cuda()
    torch.cuda.synchronize()
    with torch.cuda.stream(torch.cuda.Stream()):
        torch.cuda._sleep(75_000_000)
        x.copy_(on_gpu)
        probs = skim.softmax(x).cpu()
    assert torch.equal(probs, skim.softmax(fresh))


def test_refusals():
    x = torch.zeros(2, 40, device="cuda")
    with pytest.raises(skim.InvalidRequest, match="on cpu"):
        skim.sample(x, seed=0, temperature=torch.ones(2))
