"""The distribution that a row is drawn from, in float64 from the definitions: sort, add up, cut."""

import numpy as np
import pytest

ORDERS = ["sequential", "hf", "joint"]
FILTERS = {
    "none": {},
    "top_k": {"top_k": 20},
    "top_p": {"top_p": 0.8},
    "min_p": {"min_p": 0.05},
    "all": {"top_k": 50, "top_p": 0.9, "min_p": 0.01, "temperature": 0.7},
}
every_filter = pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
VOCAB = 1000
# How close to a limit of top-p or min-p a token may lie for float64 not to say on which side.
LOOSENESS = 1e-5


def token_order(row, allowed=None):
    """The allowed tokens above -inf, larger first and equal ones lowest token first."""
    row = np.asarray(row, np.float64)
    tokens = np.argsort(-row, kind="stable")
    kept = row > -np.inf if allowed is None else (row > -np.inf) & allowed
    return tokens[kept[tokens]]


def masses(row, tokens, temperature):
    x = np.asarray(row, np.float64)[tokens]
    return np.exp((x - x[0]) / temperature)


def survivor_count(
    row, *, temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, order="sequential", allowed=None, loose=0.0
):
    """So many of the first tokens may be drawn; `loose` moves the limits by a share of them."""
    tokens = token_order(row, allowed)
    if temperature == 0 or len(tokens) == 0:
        return min(len(tokens), 1)
    mass = masses(row, tokens, temperature)
    of_top_k = min(top_k, len(tokens)) if top_k > 0 else len(tokens)
    of_min_p = int((mass >= min_p * (1 - loose)).sum())
    whole = {"sequential": min(of_top_k, of_min_p), "hf": of_top_k, "joint": len(tokens)}[order]
    before = np.concatenate([[0.0], np.cumsum(mass)[:-1]])
    limit = mass[:whole].sum() * top_p * (1 + loose)
    of_top_p = int((before < limit).sum()) if top_p < 1 else len(tokens)
    return max(1, min(of_top_k, of_min_p, of_top_p))


def survivor_counts(row, **parameters):
    """The fewest and the most that rounding allows."""
    return [survivor_count(row, loose=loose, **parameters) for loose in (-LOOSENESS, LOOSENESS)]


def log_softmax(row):
    """In float64, along the last dimension, of rows with anything above -inf."""
    row = np.asarray(row, np.float64)
    shifted = row - row.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def log_probabilities(row, tokens, temperature):
    """Of these tokens where nothing else may be drawn."""
    x = np.asarray(row, np.float64)[tokens]
    return log_softmax(x / temperature)


def eighths(rows, vocab=VOCAB, seed=0):
    """Logits that float16 and bfloat16 hold without rounding, with ties."""
    x = np.random.default_rng(seed).normal(0, 2, (rows, vocab))
    return (np.round(np.clip(x, -8, 8) * 8) / 8).astype(np.float32)
