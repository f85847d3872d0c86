"""The steps of sampling: frameworks, layouts, float64 definitions, what they refuse."""

import inspect

import numpy as np
import pytest
import torch
from producers import ArrayApiProducer, Producer
from sampling_reference import VOCAB, eighths, log_softmax, masses, survivor_counts, token_order
from test_refusals import OnCuda

import skim

STEPS = {
    "softmax": lambda x, **more: skim.softmax(x, 0.7, **more),
    "top_k_renorm_probs": lambda x, **more: skim.top_k_renorm_probs(x, 20, **more),
    "top_p_renorm_probs": lambda x, **more: skim.top_p_renorm_probs(x, 0.8, **more),
    "top_k_mask_logits": lambda x, **more: skim.top_k_mask_logits(x, 20, **more),
    "top_p_mask_logits": lambda x, **more: skim.top_p_mask_logits(x, 0.8, temperature=0.7, **more),
    "sample_from_probs": lambda x, **more: skim.sample_from_probs(x, seed=3, **more),
}
MASKS = ("top_k_mask_logits", "top_p_mask_logits")
every_step = pytest.mark.parametrize("name", STEPS)


def result_dtype(name, x):
    if name == "sample_from_probs":
        return "int64"
    return str(x.dtype).removeprefix("torch.") if name in MASKS else "float32"


def as_float64(x):
    return x.double().numpy() if isinstance(x, torch.Tensor) else np.asarray(x, np.float64)


# ---- frameworks, dtypes, shapes ----


@every_step
def test_all_frameworks_and_dtypes_agree(name):
    step = STEPS[name]
    x = eighths(6)
    wanted = step(x)
    assert type(wanted) is np.ndarray and wanted.dtype == result_dtype(name, x)
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        given = torch.from_numpy(x).to(dtype)
        found = step(given)
        assert type(found) is torch.Tensor and found.dtype == getattr(torch, result_dtype(name, given))
        np.testing.assert_array_equal(as_float64(found), as_float64(wanted))
    np.testing.assert_array_equal(step(x.astype(np.float16)), wanted)
    np.testing.assert_array_equal(np.from_dlpack(step(Producer(x))), wanted)
    found = step(ArrayApiProducer(x))
    assert type(found) is ArrayApiProducer
    np.testing.assert_array_equal(found.x, wanted)


@every_step
def test_ml_dtypes_bfloat16(name):
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    x = eighths(6)
    found = STEPS[name](x.astype(ml_dtypes.bfloat16))
    assert (found.dtype == ml_dtypes.bfloat16) == (name in MASKS)
    np.testing.assert_array_equal(as_float64(found), as_float64(STEPS[name](x)))


@every_step
@pytest.mark.parametrize("make", [torch.from_numpy, np.asarray], ids=["torch", "numpy"])
@pytest.mark.parametrize("shape", [(40,), (1, 40), (2, 3, 40), (0, 40), (2, 0, 40), (3, 0)])
def test_results_have_the_shape(name, make, shape):
    x = make(np.ones(shape, np.float32))
    result = STEPS[name](x)
    assert type(result) is type(x)
    assert tuple(result.shape) == (shape[:-1] if name == "sample_from_probs" else shape)


LAYOUTS = {
    "row slice": lambda x: x[::2],
    "column slice": lambda x: x[:, 7:601],
    "reversed rows": lambda x: x[::-1],
    "one row many times": lambda x: np.broadcast_to(x[:1], x.shape),
    "every other column": lambda x: x[:, ::2],
    "transposed": lambda x: x.T,
    "permuted": lambda x: x.reshape(2, 3, VOCAB).transpose(1, 0, 2),
}


@every_step
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_threads_and_input(name, layout):
    x = LAYOUTS[layout](eighths(6))
    before = x.copy()
    wanted = STEPS[name](np.ascontiguousarray(x))
    for threads in (1, 2, 5):
        np.testing.assert_array_equal(STEPS[name](x, num_threads=threads), wanted)
    np.testing.assert_array_equal(x, before)


@every_step
def test_row_lengths(name):
    x = eighths(4)
    lengths = np.array([0, 17, VOCAB, 500])
    found = STEPS[name](x, row_lengths=lengths)
    for row, length in enumerate(lengths):
        if name == "sample_from_probs":
            assert found[row] == skim.sample_from_probs(x[row, :length], seed=3, offset=row)
            continue
        np.testing.assert_array_equal(found[row, :length], STEPS[name](x[row, :length]))
        nothing = -np.inf if name in MASKS else 0.0
        assert (found[row, length:] == nothing).all()


# ---- float64 ----


def test_softmax_is_that_of_float64():
    x = np.random.default_rng(1).normal(0, 4, (5, 3000)).astype(np.float32)
    temperatures = np.array([1, 0.5, 2, 0.1, 30], np.float32)
    found = skim.softmax(x, temperatures)
    for row, temperature in enumerate(temperatures):
        logarithms = log_softmax(x[row].astype(np.float64) / np.float64(temperature))
        bound = 4e-7 + 1.3e-7 * (logarithms.max() - logarithms)
        wanted = np.exp(logarithms)
        assert (np.abs(found[row] - wanted) <= wanted * bound + 1e-36).all()
    np.testing.assert_allclose(found.sum(-1, dtype=np.float64), 1, atol=1e-6)


@pytest.mark.parametrize("top_k", [1, 2, 20, 999])
def test_top_k_keeps_the_first(top_k):
    x = eighths(6)
    masked = skim.top_k_mask_logits(x, top_k)
    shares = skim.top_k_renorm_probs(np.exp(x), top_k)
    for row in range(6):
        kept = token_order(x[row])[:top_k]
        wanted = np.full(VOCAB, -np.inf, np.float32)
        wanted[kept] = x[row, kept]
        np.testing.assert_array_equal(masked[row], wanted)
        weights = np.exp(x[row])[kept].astype(np.float64)
        np.testing.assert_allclose(shares[row, kept], weights / weights.sum(), rtol=2e-7)
        assert np.count_nonzero(shares[row]) == top_k


@pytest.mark.parametrize("top_p", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_top_p_keeps_the_nucleus(top_p):
    x = eighths(6)
    probs = skim.softmax(x)
    masked = skim.top_p_mask_logits(x, top_p)
    shares = skim.top_p_renorm_probs(probs, top_p)
    for row in range(6):
        fewest, most = survivor_counts(x[row], top_p=top_p)
        order = token_order(x[row])
        kept = np.flatnonzero(masked[row] > -np.inf)
        assert fewest <= len(kept) <= most
        assert set(kept) == set(order[: len(kept)])
        np.testing.assert_array_equal(masked[row, kept], x[row, kept])
        of_probs = np.flatnonzero(shares[row])
        assert fewest <= len(of_probs) <= most and set(of_probs) == set(order[: len(of_probs)])
        weights = masses(x[row], order[: len(of_probs)], 1.0)
        np.testing.assert_allclose(
            shares[row, order[: len(of_probs)]], weights / weights.sum(), rtol=2e-6
        )


@pytest.mark.parametrize("temperature", [0.0, 0.3, 1.0, 4.0])
@pytest.mark.parametrize("top_p", [0.0, 0.3, 0.9])
def test_top_p_keeps_what_sample_may_draw(top_p, temperature):
    x = eighths(20)
    masked = skim.top_p_mask_logits(x, top_p, temperature=temperature)
    lists = skim.sample(
        x, seed=1, top_p=top_p, temperature=temperature, logprobs="processed", top_logprobs=VOCAB
    )
    for row in range(20):
        drawable = lists.top_tokens[row][lists.top_logprobs[row] > -np.inf]
        assert set(drawable) == set(np.flatnonzero(masked[row] > -np.inf))
    for seed in range(30):
        tokens = skim.sample(x, seed=seed, top_p=top_p, temperature=temperature)
        assert (masked[np.arange(20), tokens] > -np.inf).all()


def test_parameters_of_each_row():
    x = eighths(5)
    top_k = np.array([0, 1, 2**40, -7, 30])
    top_p = np.array([np.nan, 0.5, -1, 2, 0.9], np.float32)
    shape_of_rows = torch.from_numpy(x).reshape(5, 1, VOCAB)
    masked = skim.top_k_mask_logits(shape_of_rows, torch.from_numpy(top_k).reshape(5, 1))
    for row, wanted in enumerate((None, 1, None, None, 30)):
        np.testing.assert_array_equal(masked[row, 0], skim.top_k_mask_logits(x[row], wanted))
    shares = skim.top_p_renorm_probs(np.exp(x), top_p)
    for row, wanted in enumerate((None, 0.5, 0.0, None, 0.9)):
        np.testing.assert_array_equal(shares[row], skim.top_p_renorm_probs(np.exp(x[row]), wanted))
    seeds = np.array([2**63 + 1, 5, 0, 1, 2], np.uint64)
    tokens = skim.sample_from_probs(np.exp(x), seed=seeds, offset=seeds)
    for row, seed in enumerate(map(int, seeds)):
        assert tokens[row] == skim.sample_from_probs(np.exp(x[row]), seed=seed, offset=seed)


def test_tokens_have_the_probabilities():
    probs = np.array([0.0, 0.1, 0.2, 0.0, 0.4, 0.3], np.float32)
    draws = 100_000
    rows = np.broadcast_to(probs, (draws, 6))
    tokens = skim.sample_from_probs(rows, seed=12, token_dtype="int32")
    assert tokens.dtype == np.int32
    counts = np.bincount(tokens, minlength=6)
    assert counts[0] == counts[3] == 0
    expected = probs[probs > 0] * draws
    assert ((counts[probs > 0] - expected) ** 2 / expected).sum() < 21.1  # p = 1e-4 of 3 degrees
    again = skim.sample_from_probs(rows, seed=12)
    np.testing.assert_array_equal(tokens, again)
    assert (skim.sample_from_probs(rows, seed=12, offset=1)[:-1] == again[1:]).all()


# ---- what is refused ----

X = torch.ones(3, 40)
INVALID = {
    "temperature": (lambda: skim.softmax(X, -1), r"temperature = -1 is not a number of 0 and more"),
    "top_p": (lambda: skim.top_p_mask_logits(X, -0.5), r"top_p = -0.5 is not a share from 0 to 1"),
    "seed": (lambda: skim.sample_from_probs(X, seed=-1), r"seed = -1 is outside 0..2\*\*64 - 1"),
    "logits dtype": (lambda: skim.softmax(X.int()), r"^logits have dtype int32, but sampling takes"),
    "probs dtype": (lambda: skim.top_k_renorm_probs(X.double(), 1), r"^probs have dtype float64"),
    "no dimensions": (lambda: skim.softmax(torch.tensor(1.0)), r"^logits has no dimensions"),
    "token_dtype": (
        lambda: skim.sample_from_probs(X, seed=0, token_dtype="int16"),
        r"int16, but tokens are int32 or int64",
    ),
    "top_k count": (
        lambda: skim.top_k_mask_logits(X, torch.ones(4, dtype=torch.int32)),
        r"^top_k has 4 entries for rows = 3; give one value a row",
    ),
    "top_p shape": (
        lambda: skim.top_p_renorm_probs(X, torch.ones(3, 1)),
        r"^top_p has shape \(3, 1\), but the rows of probs have shape \(3,\)",
    ),
    "top_p dtype": (
        lambda: skim.top_p_renorm_probs(X, torch.ones(3).half()),
        r"^top_p has dtype float16, but it is made of float32",
    ),
    "row_lengths": (
        lambda: skim.softmax(X, row_lengths=torch.ones(2, dtype=torch.int64)),
        r"row_lengths has 2 entries for rows = 3",
    ),
    "num_threads": (lambda: skim.softmax(X, num_threads=-2), r"num_threads = -2 is negative"),
    "gradient": (lambda: skim.softmax(X.clone().requires_grad_()), r"logits requires a gradient"),
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_request(name):
    call, text = INVALID[name]
    with pytest.raises(skim.InvalidRequest, match=text) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: skim.softmax([1.0]), "logits is a list"),
        (lambda: skim.softmax(X, "1"), "temperature is a str; pass a number"),
        (lambda: skim.top_k_mask_logits(X, 5.0), "top_k is a float; pass an int"),
        (lambda: skim.sample_from_probs(X, seed=None), "seed is a NoneType; pass an int"),
        (lambda: skim.sample_from_probs(X), "required keyword-only argument: 'seed'"),
        (lambda: skim.softmax(X, row_lengths=[1, 2, 3]), "row_lengths is a list"),
    ],
)
def test_wrong_type(call, text):
    with pytest.raises(TypeError, match=text):
        call()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
@every_step
def test_needs_a_cuda_device_for_its_memory(name):
    with pytest.raises(skim.DeviceError) as caught:
        STEPS[name](OnCuda(X))
    assert "\n" not in str(caught.value)


@every_step
def test_types_and_documentation(name):
    step = getattr(skim, name)
    assert all(p.annotation is not p.empty for p in inspect.signature(step).parameters.values())
    assert step.__doc__ and name in skim.__all__
