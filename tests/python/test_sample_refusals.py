"""What skim.sample refuses: the type of the error and what its one sentence says."""

import inspect

import numpy as np
import pytest
import torch
from producers import Producer
from test_refusals import OnCuda

import skim

X = torch.zeros(3, 40)
ROWS = torch.ones(3)


def sample(logits=X, **arguments):
    return skim.sample(logits, **{"seed": 0, **arguments})


INVALID = {
    "temperature": ({"temperature": -1}, r"temperature = -1 is not a number of 0 and more"),
    "temperature nan": ({"temperature": float("nan")}, r"temperature = nan is not a number"),
    "temperature inf": ({"temperature": 10**400}, r"temperature = inf is not a number"),
    "top_p": ({"top_p": -0.5}, r"top_p = -0.5 is not a share from 0 to 1"),
    "top_p nan": ({"top_p": np.nan}, r"top_p = nan is not a share"),
    "min_p": ({"min_p": 1.5}, r"min_p = 1.5 is not a share from 0 to 1"),
    "min_p below 0": ({"min_p": -0.1}, r"min_p = -0.1 is not a share"),
    "seed": ({"seed": -1}, r"seed = -1 is outside 0..2\*\*64 - 1; pass seed % 2\*\*64"),
    "huge seed": ({"seed": 2**64}, r"seed = 18446744073709551616 is outside"),
    "offset": ({"offset": -5}, r"offset = -5 is outside"),
    "order": ({"order": "vllm"}, r"order is 'vllm'; pass 'sequential' or 'hf' or 'joint'"),
    "order, no name": ({"order": ["hf"]}, r"order is \['hf'\]; pass 'sequential'"),
    "logprobs": ({"logprobs": "both"}, r"logprobs is 'both'; pass None or 'raw' or 'processed'"),
    "logprobs, a number": ({"logprobs": 5}, r"logprobs is 5; pass None or 'raw'"),
    "top_logprobs": (
        {"logprobs": "raw", "top_logprobs": 41},
        r"top_logprobs = 41 is outside 0..cols = 40",
    ),
    "huge top_logprobs": ({"logprobs": "raw", "top_logprobs": 2**80}, r"top_logprobs = \d+ is outside"),
    "negative top_logprobs": ({"logprobs": "raw", "top_logprobs": -1}, r"top_logprobs = -1 is outside"),
    "top_logprobs alone": ({"top_logprobs": 3}, r"top_logprobs = 3 needs a kind .* set logprobs"),
    "token_dtype": ({"token_dtype": "int16"}, r"int16, but tokens are int32 or int64"),
    "num_threads": ({"num_threads": -2}, r"num_threads = -2 is negative"),
    "temperature dtype": (
        {"temperature": ROWS.double()},
        r"^temperature has dtype float64, but it is made of float32; convert it",
    ),
    "top_p dtype": ({"top_p": ROWS.half()}, r"^top_p has dtype float16, but it is made of float32"),
    "top_k dtype": ({"top_k": ROWS}, r"^top_k has dtype float32, but it is made of int32"),
    "seed dtype": ({"seed": ROWS.int()}, r"^seed has dtype int32, but it is made of uint64 or int64"),
    "offset dtype": ({"offset": ROWS}, r"^offset has dtype float32, but it is made of uint64 or int64"),
    "temperature count": (
        {"temperature": torch.ones(4)},
        r"^temperature has 4 entries for rows = 3; give one value a row",
    ),
    "min_p shape": (
        {"min_p": torch.ones(3, 1)},
        r"^min_p has shape \(3, 1\), but the rows of logits have shape \(3,\); give one entry a row",
    ),
    "top_p of no dimensions": (
        {"top_p": torch.tensor(0.5)},
        r"^top_p has shape \(\), but the rows of logits have shape \(3,\)",
    ),
    "row_lengths count": (
        {"row_lengths": torch.ones(2, dtype=torch.int64)},
        r"row_lengths has 2 entries for rows = 3",
    ),
    "row_lengths dtype": ({"row_lengths": ROWS}, r"row_lengths has dtype float32"),
    "mask of other rows": (
        {"allow_mask": torch.ones(2, 40, dtype=torch.bool)},
        r"allow_mask has shape 2 x 2, but logits of 3 x 40 need 3 x 2",
    ),
    "mask of other tokens": (
        {"allow_mask": torch.ones(3, 39, dtype=torch.bool)},
        r"allow_mask has bools for 39 tokens, but logits have 40; give it one a token",
    ),
    "mask words": (
        {"allow_mask": torch.ones(3, 3, dtype=torch.int32)},
        r"allow_mask has shape 3 x 3, but logits of 3 x 40 need 3 x 2",
    ),
    "mask dtype": ({"allow_mask": torch.ones(3, 2)}, r"allow_mask has dtype float32"),
    "mask of no dimensions": (
        {"allow_mask": torch.tensor(True)},
        r"allow_mask has no dimensions; give it one entry a token",
    ),
    "mask of other dimensions": (
        {"allow_mask": torch.ones(3, 2, 2, dtype=torch.int32)},
        r"allow_mask has shape \(3, 2, 2\), but the rows of logits have shape \(3,\)",
    ),
    "bias dtype": ({"logit_bias": torch.ones(3, 40).half()}, r"logit_bias has dtype float16"),
    "bias shape": ({"logit_bias": torch.ones(3, 41)}, r"logit_bias has shape 3 x 41"),
    "bias that cannot be copied": (
        {"logit_bias": Producer(np.zeros((3, 80), np.float32)[:, ::2])},
        r"logit_bias is a Producer, which skim cannot copy",
    ),
    "logits of integers": ({"logits": X.int()}, r"logits have dtype int32, but sampling takes float32"),
    "logits of float64": ({"logits": X.double()}, r"logits have dtype float64"),
    "logits of no dimensions": ({"logits": torch.tensor(1.0)}, r"logits has no dimensions"),
    "logits with a gradient": (
        {"logits": X.clone().requires_grad_()},
        r"logits requires a gradient.*logits\.detach\(\)",
    ),
}

WRONG_TYPE = {
    "logits a list": ({"logits": [1.0]}, r"logits is a list; pass a torch.Tensor"),
    "temperature text": ({"temperature": "1"}, r"temperature is a str; pass a number or one float32 a row"),
    "temperature list": ({"temperature": [1.0] * 3}, r"temperature is a list; pass a number"),
    "temperature none": ({"temperature": None}, r"temperature is a NoneType; pass a number"),
    "top_k a float": ({"top_k": 5.0}, r"top_k is a float; pass an int"),
    "seed a float": ({"seed": 1.0}, r"seed is a float; pass an int"),
    "seed none": ({"seed": None}, r"seed is a NoneType; pass an int"),
    "top_logprobs": ({"top_logprobs": "5"}, r"top_logprobs is a str; pass an int"),
    "num_threads": ({"num_threads": 1.5}, r"num_threads is a float; pass an int"),
    "token_dtype": ({"token_dtype": "long long"}, r"token_dtype is 'long long'"),
    "row_lengths": ({"row_lengths": [1, 2, 3]}, r"row_lengths is a list"),
    "allow_mask": ({"allow_mask": [True] * 40}, r"allow_mask is a list"),
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_request(name):
    arguments, text = INVALID[name]
    with pytest.raises(skim.InvalidRequest, match=text) as caught:
        sample(**arguments)
    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", WRONG_TYPE)
def test_wrong_type(name):
    arguments, text = WRONG_TYPE[name]
    with pytest.raises(TypeError, match=text) as caught:
        sample(**arguments)
    assert "\n" not in str(caught.value)


def test_seed_has_no_default():
    with pytest.raises(TypeError, match="required keyword-only argument: 'seed'"):
        skim.sample(X)


def test_types_and_documentation():
    signature = inspect.signature(skim.sample)
    assert list(signature.parameters)[:3] == ["logits", "seed", "offset"]
    assert all(p.annotation is not p.empty for p in signature.parameters.values())
    for name in signature.parameters:
        assert name in skim.sample.__doc__
    for heading in ("Parameters", "Returns", "Raises", "O(rows * vocab)"):
        assert heading in skim.sample.__doc__


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_logits_on_a_gpu_that_is_not_there():
    with pytest.raises(skim.DeviceError, match="^no CUDA device: ") as caught:
        sample(OnCuda(X))
    assert isinstance(caught.value, RuntimeError)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
@pytest.mark.parametrize("name", ["temperature", "row_lengths"])
def test_parameters_on_a_gpu_that_is_not_there(name):
    with pytest.raises(skim.DeviceError, match="^no CUDA device: "):
        sample(**{name: OnCuda(ROWS)})


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
@pytest.mark.parametrize("dtype, width", [(torch.bool, 40), (torch.int32, 2)])
def test_a_mask_on_a_gpu_that_is_not_there(dtype, width):
    mask = OnCuda(torch.ones(3, width, dtype=dtype))
    with pytest.raises(skim.DeviceError, match="^no CUDA device: "):
        sample(allow_mask=mask)
