"""skim.sample against NumPy in float64: survivors, log-probabilities, frequencies, special rows."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sampling_reference import (
    ORDERS,
    VOCAB,
    eighths,
    every_filter,
    log_probabilities,
    log_softmax,
    survivor_counts,
    token_order,
)

import skim


def survivors(x, **arguments):
    """The tokens of every row that may be drawn, best first, and their log-probabilities."""
    result = skim.sample(
        x, seed=3, logprobs="processed", top_logprobs=x.shape[-1], **arguments
    )
    tokens, logprobs = np.asarray(result.top_tokens), np.asarray(result.top_logprobs)
    return [(t[p > -np.inf], p[p > -np.inf]) for t, p in zip(tokens, logprobs)], result


@settings(max_examples=200, deadline=None)
@given(
    row=hnp.arrays(
        np.float32,
        st.integers(1, 40),
        elements=st.one_of(
            st.floats(-20, 20, width=32), st.sampled_from([0.0, -0.0, 1.0, 2.0, -np.inf])
        ),
    ),
    temperature=st.sampled_from([0.0, 0.3, 1.0, 4.0]),
    top_k=st.integers(-1, 45),
    top_p=st.one_of(st.floats(0, 1, width=32), st.just(1.0)),
    min_p=st.one_of(st.floats(0, 1, width=32), st.just(0.0)),
    order=st.sampled_from(ORDERS),
    data=st.data(),
)
def test_survivors(row, temperature, top_k, top_p, min_p, order, data):
    allowed = data.draw(hnp.arrays(bool, row.shape, elements=st.booleans()), label="allowed")
    parameters = {
        "temperature": temperature, "top_k": top_k, "top_p": top_p, "min_p": min_p, "order": order
    }
    [(tokens, logprobs)], result = survivors(row[None], allow_mask=allowed, **parameters)
    few, many = survivor_counts(row, allowed=allowed, **parameters)
    assert few <= len(tokens) <= many
    np.testing.assert_array_equal(tokens, token_order(row, allowed)[: len(tokens)])
    if len(tokens) == 0:
        assert result.tokens[0] == -1 and result.logprobs[0] == -np.inf
        return
    wanted = log_probabilities(row, tokens, temperature or 1.0)
    np.testing.assert_allclose(logprobs, wanted, rtol=1e-6, atol=1e-5)
    drawn = list(tokens).index(result.tokens[0])
    assert logprobs[drawn].tobytes() == result.logprobs[0].tobytes()


@pytest.mark.parametrize("order", ORDERS)
@every_filter
def test_survivors_of_longer_rows(filters, order):
    x = np.random.default_rng(5).normal(0, 3, (4, 5000)).astype(np.float32)
    found, _ = survivors(x, order=order, **filters)
    for row, (tokens, logprobs) in zip(x, found):
        few, many = survivor_counts(row, order=order, **filters)
        assert few <= len(tokens) <= many
        np.testing.assert_array_equal(tokens, token_order(row)[: len(tokens)])
        wanted = log_probabilities(row, tokens, filters.get("temperature", 1.0))
        np.testing.assert_allclose(logprobs, wanted, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_raw_logprobs_are_those_of_log_softmax(dtype):
    x = torch.from_numpy(np.random.default_rng(6).normal(0, 4, (5, 3000))).to(dtype)
    bias = torch.linspace(-5, 5, 3000)
    result = skim.sample(
        x, seed=1, temperature=0.5, top_k=10, logit_bias=bias, logprobs="raw", top_logprobs=7
    )
    wanted = torch.log_softmax(x.double(), -1)
    of_tokens = wanted.gather(1, result.tokens[:, None])[:, 0]
    torch.testing.assert_close(result.logprobs.double(), of_tokens, rtol=1e-6, atol=1e-5)
    best = skim.topk(x, 7).indices
    assert torch.equal(result.top_tokens, best)
    torch.testing.assert_close(result.top_logprobs.double(), wanted.gather(1, best), rtol=1e-6, atol=1e-5)


def test_processed_logprobs_see_bias_and_temperature():
    x = eighths(3)
    bias = np.random.default_rng(7).normal(0, 3, VOCAB).astype(np.float32)
    result = skim.sample(
        x, seed=1, temperature=0.5, logit_bias=bias, logprobs="processed", top_logprobs=3
    )
    wanted = log_softmax((x + bias).astype(np.float64) / 0.5)
    of_tokens = np.take_along_axis(wanted, result.tokens[:, None], 1)[:, 0]
    np.testing.assert_allclose(result.logprobs, of_tokens, rtol=1e-6, atol=1e-5)
    np.testing.assert_array_equal(result.top_tokens, skim.topk(x + bias, 3).indices)


def test_raw_logprobs_are_of_the_allowed_tokens():
    x = eighths(3)
    allowed = np.arange(VOCAB) % 3 == 0
    result = skim.sample(x, seed=1, allow_mask=allowed, row_lengths=np.full(3, 500), logprobs="raw")
    wanted = log_softmax(np.where(allowed & (np.arange(VOCAB) < 500), x, -np.inf))
    of_tokens = np.take_along_axis(wanted, result.tokens[:, None], 1)[:, 0]
    np.testing.assert_allclose(result.logprobs, of_tokens, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("kind", ["raw", "processed"])
def test_lists_end_with_tokens_that_are_not_allowed_and_with_none(kind):
    x = np.arange(6, dtype=np.float32)[None]
    allowed = np.array([True, False, True, False, True, True])
    result = skim.sample(
        x, seed=1, allow_mask=allowed, row_lengths=np.array([5]), logprobs=kind, top_logprobs=6
    )
    assert result.top_tokens.tolist() == [[4, 2, 0, 1, 3, -1]]
    wanted = log_softmax([4.0, 2.0, 0.0])
    np.testing.assert_allclose(result.top_logprobs[0, :3], wanted, rtol=1e-6, atol=1e-5)
    assert (result.top_logprobs[0, 3:] == -np.inf).all()


@every_filter
def test_frequencies(filters):
    """Chi-square over 50000 draws of one row; the seed is fixed, so this never fails by chance."""
    row = eighths(1, 60)[0] / 2
    [(tokens, logprobs)], _ = survivors(row[None], **filters)
    draws = 50000
    found = skim.sample(np.broadcast_to(row, (draws, 60)), seed=8, **filters)
    counts = np.bincount(found, minlength=60)
    expected = np.exp(logprobs.astype(np.float64)) * draws
    assert counts.sum() == counts[tokens].sum() == draws
    statistic = ((counts[tokens] - expected) ** 2 / expected).sum()
    freedom = len(tokens) - 1
    assert statistic < freedom + 4 * np.sqrt(2 * freedom)


def test_special_rows():
    x = np.zeros((5, 40), np.float32)
    x[0] = -np.inf
    x[1, 7] = np.nan
    x[2, [3, 9]] = np.inf
    x[3] = 1e30
    x[4, 7] = np.nan
    allowed = np.ones((5, 40), bool)
    allowed[4, 7] = False  # a NaN that is not allowed is not looked at
    result = skim.sample(x, seed=2, allow_mask=allowed, logprobs="processed", top_logprobs=3)
    assert result.tokens[:2].tolist() == [-1, -1]
    assert result.logprobs[0] == -np.inf and np.isnan(result.logprobs[1])
    assert result.top_tokens[:2].tolist() == [[-1] * 3] * 2
    assert (result.top_logprobs[:2] == -np.inf).all()
    assert result.tokens[2] in (3, 9)
    np.testing.assert_allclose(result.logprobs[2:], np.log([1 / 2, 1 / 40, 1 / 39]), atol=1e-5)
    greedy = skim.sample(x, seed=2, temperature=0.0, allow_mask=allowed)
    np.testing.assert_array_equal(greedy, [-1, -1, 3, 0, 0])
