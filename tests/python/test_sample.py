"""skim.sample: frameworks, shapes, parameters, masks, and what a token depends on."""

import numpy as np
import pytest
import torch
from producers import ArrayApiProducer, Producer
from sampling_reference import ORDERS, VOCAB, eighths, every_filter

import skim

# ---- frameworks, dtypes, shapes ----


@every_filter
def test_all_frameworks_and_dtypes_draw_the_same(filters):
    x = eighths(6)
    wanted = skim.sample(x, seed=1, **filters)
    assert type(wanted) is np.ndarray and wanted.dtype == np.int64 and wanted.shape == (6,)
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        tokens = skim.sample(torch.from_numpy(x).to(dtype), seed=1, **filters)
        assert type(tokens) is torch.Tensor and tokens.dtype == torch.int64
        np.testing.assert_array_equal(tokens, wanted)
    np.testing.assert_array_equal(skim.sample(x.astype(np.float16), seed=1, **filters), wanted)
    tokens = skim.sample(Producer(x), seed=1, **filters)
    np.testing.assert_array_equal(np.from_dlpack(tokens), wanted)
    tokens = skim.sample(ArrayApiProducer(x), seed=1, **filters)
    assert type(tokens) is ArrayApiProducer
    np.testing.assert_array_equal(tokens.x, wanted)


def test_ml_dtypes_bfloat16():
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    x = eighths(6)
    tokens = skim.sample(x.astype(ml_dtypes.bfloat16), seed=1, top_p=0.9)
    np.testing.assert_array_equal(tokens, skim.sample(x, seed=1, top_p=0.9))


def test_jax():
    jax = pytest.importorskip("jax", reason="jax is not installed")
    x = eighths(6)
    tokens = skim.sample(jax.numpy.asarray(x), seed=1, top_k=20, token_dtype="int32")
    assert isinstance(tokens, jax.Array)
    np.testing.assert_array_equal(np.asarray(tokens), skim.sample(x, seed=1, top_k=20))


@pytest.mark.parametrize("make", [torch.from_numpy, np.asarray], ids=["torch", "numpy"])
@pytest.mark.parametrize("shape", [(40,), (1, 40), (2, 3, 40), (0, 40), (2, 0, 40)])
def test_results_have_the_leading_shape(make, shape):
    x = make(np.zeros(shape, np.float32))
    tokens, logprobs, top_tokens, top_logprobs = skim.sample(
        x, seed=0, logprobs="raw", top_logprobs=4
    )
    assert tuple(tokens.shape) == tuple(logprobs.shape) == shape[:-1]
    assert tuple(top_tokens.shape) == tuple(top_logprobs.shape) == (*shape[:-1], 4)
    assert type(tokens) is type(top_logprobs) is type(x)


def test_result_is_named_and_lists_are_empty_unless_asked():
    result = skim.sample(eighths(3), seed=0, logprobs="raw")
    assert type(result) is skim.SampleResult
    assert result.logprobs.dtype == result.top_logprobs.dtype == np.float32
    assert result.top_tokens.shape == result.top_logprobs.shape == (3, 0)


@pytest.mark.parametrize(
    "dtype", ["int32", torch.int32, np.int32, np.dtype("int32")], ids=["name", "torch", "type", "numpy"]
)
def test_token_dtype(dtype):
    x = eighths(3)
    wanted = skim.sample(x, seed=0)
    for logits, expected in ((x, np.int32), (torch.from_numpy(x), torch.int32)):
        result = skim.sample(logits, seed=0, token_dtype=dtype, logprobs="raw", top_logprobs=2)
        assert result.tokens.dtype == result.top_tokens.dtype == expected
        np.testing.assert_array_equal(np.asarray(result.tokens), wanted)


LAYOUTS = {
    "row slice": lambda x: x[::2],
    "column slice": lambda x: x[:, 7:601],
    "reversed rows": lambda x: x[::-1],
    "one row many times": lambda x: np.broadcast_to(x[:1], x.shape),
    "every other column": lambda x: x[:, ::2],
    "transposed": lambda x: x.T,
    "permuted": lambda x: x.reshape(2, 3, VOCAB).transpose(1, 0, 2),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout_does_not_matter(name):
    x = LAYOUTS[name](eighths(6))
    tokens = skim.sample(x, seed=5, top_p=0.9)
    np.testing.assert_array_equal(tokens, skim.sample(np.ascontiguousarray(x), seed=5, top_p=0.9))


# ---- what a token depends on ----


@every_filter
@pytest.mark.parametrize("order", ORDERS)
def test_a_row_alone_draws_as_in_its_batch(filters, order):
    x = eighths(40, 3000)
    arguments = {"seed": 11, "order": order, "logprobs": "processed", **filters}
    wanted = skim.sample(x, offset=100, **arguments)
    for row in (0, 17, 39):
        alone = skim.sample(x[row], offset=100 + row, **arguments)
        assert alone.tokens == wanted.tokens[row]
        assert alone.logprobs.tobytes() == wanted.logprobs[row].tobytes()
    for threads in (1, 2, 5):
        again = skim.sample(x, offset=100, num_threads=threads, **arguments)
        np.testing.assert_array_equal(again.tokens, wanted.tokens)
        assert again.logprobs.tobytes() == wanted.logprobs.tobytes()


def test_the_same_call_returns_the_same_tokens_and_another_seed_others():
    x = np.zeros((200, VOCAB), np.float32)
    wanted = skim.sample(x, seed=1)
    np.testing.assert_array_equal(skim.sample(x, seed=1), wanted)
    for other in ({"seed": 2}, {"seed": 1, "offset": 200}, {"seed": 2**64 - 1}):
        assert (skim.sample(x, **other) != wanted).mean() > 0.9


@pytest.mark.parametrize("make", [torch.from_numpy, np.asarray], ids=["torch", "numpy"])
def test_offsets_of_rows(make):
    x = eighths(6)
    wanted = skim.sample(x, seed=1, offset=30)
    offsets = np.arange(30, 36)
    tokens = skim.sample(make(x), seed=1, offset=make(offsets))
    np.testing.assert_array_equal(np.asarray(tokens), wanted)
    tokens = skim.sample(make(x[::-1].copy()), seed=1, offset=make(offsets[::-1].copy()))
    np.testing.assert_array_equal(np.asarray(tokens)[::-1], wanted)


def test_seeds_are_64_bits_signed_or_not():
    x = eighths(4)
    seeds = [0, 2**63 - 1, 2**63, 2**64 - 1]
    unsigned = np.array(seeds, np.uint64)
    wanted = skim.sample(x, seed=unsigned, offset=unsigned)
    signed = unsigned.view(np.int64)
    np.testing.assert_array_equal(skim.sample(x, seed=signed, offset=unsigned), wanted)
    tokens = skim.sample(torch.from_numpy(x), seed=torch.from_numpy(signed), offset=signed)
    np.testing.assert_array_equal(tokens, wanted)
    for row, seed in enumerate(seeds):
        assert skim.sample(x[row], seed=seed, offset=seed) == wanted[row]


# ---- parameters ----


PARAMETERS = {
    "temperature": [0.5, 1.0, 0.0, 3.0, 0.7, 1.5],
    "top_k": [1, 5, 50, 0, 10**6, -1],
    "top_p": [0.1, 0.5, 0.9, 1.0, 0.0, 2.0],
    "min_p": [0.5, 0.0, 0.1, 1.0, 0.01, 0.0],
}
ROW_DTYPES = {"temperature": np.float32, "top_k": np.int32, "top_p": np.float32, "min_p": np.float32}


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("make", [torch.from_numpy, np.asarray], ids=["torch", "numpy"])
def test_parameters_of_rows(name, make):
    x = eighths(6)
    values = np.array(PARAMETERS[name], ROW_DTYPES[name])
    wanted = [skim.sample(x[row], seed=1, offset=row, **{name: v}) for row, v in enumerate(PARAMETERS[name])]
    for each in (values, np.repeat(values, 2)[::2]):
        tokens = skim.sample(make(x), seed=1, **{name: make(each)})
        np.testing.assert_array_equal(np.asarray(tokens), wanted)
    tokens = skim.sample(make(x.reshape(2, 3, VOCAB)), seed=1, **{name: make(values.reshape(2, 3))})
    np.testing.assert_array_equal(np.asarray(tokens).reshape(-1), wanted)


def test_top_k_of_rows_may_be_int64():
    x = eighths(4)
    narrow = skim.sample(x, seed=1, top_k=np.array([3, 0, 2**31 - 1, -1], np.int32))
    wide = skim.sample(x, seed=1, top_k=np.array([3, -(2**40), 2**40, -1]))
    np.testing.assert_array_equal(wide, narrow)
    assert skim.sample(x[2], seed=1, offset=2, top_k=2**70) == narrow[2]


def test_wrong_values_of_rows_mean_something():
    x = eighths(3)
    values = np.array([np.nan, -1.0, -np.inf], np.float32)
    np.testing.assert_array_equal(skim.sample(x, seed=1, temperature=values), x.argmax(-1))
    off = np.array([np.nan, np.inf, 1.0], np.float32)
    np.testing.assert_array_equal(skim.sample(x, seed=1, top_p=off), skim.sample(x, seed=1))
    np.testing.assert_array_equal(skim.sample(x, seed=1, min_p=values), skim.sample(x, seed=1))


def test_parameters_may_be_any_number():
    x = eighths(2)
    wanted = skim.sample(x, seed=1, temperature=2.0, top_k=7, top_p=0.5)
    tokens = skim.sample(
        x, seed=np.uint8(1), temperature=np.float16(2), top_k=np.int8(7), top_p=np.float32(0.5)
    )
    np.testing.assert_array_equal(tokens, wanted)
    off = skim.sample(x, seed=1, top_k=None, top_p=None, min_p=None)
    np.testing.assert_array_equal(off, skim.sample(x, seed=1))


@pytest.mark.parametrize("filters", [{"temperature": 0}, {"top_k": 1}, {"top_p": 0.0}], ids=str)
def test_greedy_is_the_first_maximum(filters):
    x = eighths(50)
    assert ((x == x.max(-1, keepdims=True)).sum(-1) > 1).any()
    np.testing.assert_array_equal(skim.sample(x, seed=9, **filters), x.argmax(-1))


# ---- masks, bias, lengths ----


@pytest.mark.parametrize("vocab", [1, 31, 32, 33, 1000])
@pytest.mark.parametrize("make", [torch.from_numpy, np.asarray], ids=["torch", "numpy"])
def test_masks(vocab, make):
    x = eighths(5, vocab)
    allowed = np.random.default_rng(1).random((5, vocab)) < 0.3
    allowed[:, vocab // 2] = True
    wanted = skim.sample(np.where(allowed, x, -np.inf).astype(np.float32), seed=4)
    assert np.take_along_axis(allowed, wanted[:, None], 1).all()
    words = np.zeros((5, -(-vocab // 32)), np.uint32)
    for token in range(vocab):
        words[:, token // 32] |= allowed[:, token].astype(np.uint32) << np.uint32(token % 32)
    for mask in (allowed, words.view(np.int32), allowed[:, ::-1].copy()[:, ::-1]):
        given = mask if any(stride < 0 for stride in mask.strides) else make(mask)
        np.testing.assert_array_equal(np.asarray(skim.sample(make(x), seed=4, allow_mask=given)), wanted)


def test_one_mask_or_bias_for_all_rows():
    x = eighths(6).reshape(2, 3, VOCAB)
    allowed = np.zeros(VOCAB, bool)
    allowed[[3, 500, 999]] = True
    bias = np.random.default_rng(2).normal(0, 3, VOCAB).astype(np.float32)
    wanted = skim.sample(np.where(allowed, x + bias, -np.inf).astype(np.float32), seed=4)
    for shape in [(VOCAB,), (1, VOCAB), (1, 1, VOCAB)]:
        tokens = skim.sample(x, seed=4, allow_mask=allowed.reshape(shape), logit_bias=bias.reshape(shape))
        np.testing.assert_array_equal(tokens, wanted)
    every = np.broadcast_to(bias, x.shape), np.broadcast_to(allowed, x.shape)
    np.testing.assert_array_equal(skim.sample(x, seed=4, logit_bias=every[0], allow_mask=every[1]), wanted)


def test_mask_of_another_framework():
    x = eighths(3)
    allowed = x < 0
    wanted = skim.sample(x, seed=4, allow_mask=allowed)
    for mask in (torch.from_numpy(allowed), Producer(allowed)):
        np.testing.assert_array_equal(skim.sample(x, seed=4, allow_mask=mask), wanted)


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_row_lengths(dtype):
    x = eighths(4)
    lengths = np.array([VOCAB, 10, 0, -3], dtype)
    tokens = skim.sample(x, seed=4, row_lengths=lengths)
    cut = [skim.sample(x[row, :length], seed=4, offset=row) for row, length in enumerate([VOCAB, 10])]
    np.testing.assert_array_equal(tokens, [*cut, -1, -1])


def test_logits_are_not_written():
    x = torch.from_numpy(eighths(3))
    before = x.clone()
    skim.sample(x, seed=0, top_k=5, logit_bias=torch.ones(VOCAB), logprobs="raw", top_logprobs=5)
    assert torch.equal(x, before)
