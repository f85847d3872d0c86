"""Threads and forks, as servers and data loaders use them."""

import multiprocessing
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from oracle import check, hard_tensor

import skim

# JAX says so of every fork once it is imported; the children here do not use it.
pytestmark = pytest.mark.filterwarnings("ignore:os.fork.*JAX is multithreaded:RuntimeWarning")
BIG = torch.randn(64, 30000)


def test_many_threads_at_once():
    inputs = [hard_tensor("float32", 16, 5000, seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda x: skim.topk(x, 40), inputs * 4))
    for x, result in zip(inputs * 4, results):
        check(x, 40, result)


def test_forked_child_finishes_after_a_parallel_call():
    wanted = skim.topk(BIG, 10).indices
    child = os.fork()
    if child == 0:
        same = torch.equal(skim.topk(BIG, 10).indices, wanted)
        os._exit(0 if same else 3)
    deadline = time.monotonic() + 30
    while (done := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.02)
    if done == (0, 0):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert done != (0, 0), "the child hangs"
    assert os.waitstatus_to_exitcode(done[1]) == 0
    assert torch.equal(skim.topk(BIG, 10).indices, wanted)


def work(seed):
    x = np.random.default_rng(seed).standard_normal((32, 20000), np.float32)
    return skim.topk(x, 5).indices


def test_forked_workers():
    work(0)  # the parent has run in parallel before it forks
    with multiprocessing.get_context("fork").Pool(2) as pool:
        results = pool.map_async(work, range(4)).get(timeout=60)
    for seed, indices in enumerate(results):
        np.testing.assert_array_equal(indices, work(seed))
