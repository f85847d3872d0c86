"""CUDA tensors on streams, from several threads, and captured in graphs."""

import subprocess
import sys
import threading
import time

import pytest
import torch
from oracle import check, hard_tensor, on_cpu

import skim

if not torch.cuda.is_available():
    pytest.skip("no CUDA device here", allow_module_level=True)

pytestmark = pytest.mark.cuda


def busy(milliseconds=50):
    """Keeps the current stream at work, so that what does not follow it comes too early."""
    torch.cuda._sleep(milliseconds * 1_500_000)  # cycles


# ---- streams ----


@pytest.mark.parametrize("k", [8, 3000])  # the second may need a workspace
def test_follows_the_current_stream(k):
    x = torch.zeros(4, 20_000, device="cuda")
    fresh = hard_tensor("float32", 4, 20_000).cuda()
    torch.cuda.synchronize()
    with torch.cuda.stream(torch.cuda.Stream()):
        busy()
        x.copy_(fresh)
        result = skim.topk(x, k)
        answers = on_cpu(result)
    check(fresh.cpu(), k, answers)


def test_returns_before_the_work_is_done():
    x = torch.randn(4, 20_000, device="cuda")
    skim.topk(x, 8)
    torch.cuda.synchronize()
    busy(200)
    begin = time.perf_counter()
    skim.topk(x, 8)
    elapsed = time.perf_counter() - begin
    pending = not torch.cuda.current_stream().query()
    torch.cuda.synchronize()
    assert pending and elapsed < 0.1


class Holds:
    """The least that a stream object of another library offers."""

    def __init__(self, name, value):
        setattr(self, name, value)


STREAMS = {
    "int": lambda stream: stream.cuda_stream,
    "torch": lambda stream: stream,
    "external": lambda stream: torch.cuda.ExternalStream(stream.cuda_stream),
    "cuda_stream": lambda stream: Holds("cuda_stream", stream.cuda_stream),
    "ptr": lambda stream: Holds("ptr", stream.cuda_stream),
    "protocol": lambda stream: Holds("__cuda_stream__", lambda: (0, stream.cuda_stream)),
}


@pytest.mark.parametrize("kind", STREAMS)
def test_stream_argument(kind):
    x = torch.zeros(4, 20_000, device="cuda")
    fresh = hard_tensor("float32", 4, 20_000).cuda()
    stream = torch.cuda.Stream()
    torch.cuda.synchronize()
    with torch.cuda.stream(stream):
        busy()
        x.copy_(fresh)
    result = skim.topk(x, 8, stream=STREAMS[kind](stream))
    assert torch.cuda.current_stream() == torch.cuda.default_stream()
    stream.synchronize()
    check(fresh.cpu(), 8, on_cpu(result))


@pytest.mark.parametrize("stream", [0, 1])
def test_default_stream_by_number(stream):
    x = hard_tensor("float32", 4, 2000).cuda()
    check(x.cpu(), 8, on_cpu(skim.topk(x, 8, stream=stream)))


def test_two_streams_and_threads_at_once():
    inputs = [hard_tensor("float32", 8, 20_000, seed) for seed in range(4)]
    failures = []

    def work(x):
        try:
            with torch.cuda.stream(torch.cuda.Stream()):
                there = x.cuda()
                results = [on_cpu(skim.topk(there, k)) for k in (1, 40, 3000) * 5]
            for k, result in zip((1, 40, 3000) * 5, results):
                check(x, k, result)
        except BaseException as error:  # a thread's own would be lost
            failures.append(error)

    torch.cuda.synchronize()
    threads = [threading.Thread(target=work, args=(x,)) for x in inputs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two GPUs")
def test_device_need_not_be_current():
    x = hard_tensor("float32", 4, 20_000).to("cuda:1")
    for k in (8, 3000):
        check(x.cpu(), k, on_cpu(skim.topk(x, k)))
    assert torch.cuda.current_device() == 0
    with pytest.raises(skim.InvalidRequest, match="stream is on cuda:0, but x is on cuda:1"):
        skim.topk(x, 8, stream=torch.cuda.Stream(0))
    with pytest.raises(skim.InvalidRequest, match="row_lengths is on cuda:0 but x"):
        skim.topk(x, 8, row_lengths=torch.ones(4, dtype=torch.int64, device="cuda:0"))


# ---- graphs ----

GRAPH = """
import torch
from oracle import check, hard_tensor
import skim

ROWS, COLS, K = {shape}
WARM = {warm}
x = torch.zeros(ROWS, COLS, device="cuda")
torch.cuda.synchronize()
if WARM:
    skim.topk(x, K)
graph = torch.cuda.CUDAGraph()
with torch.cuda.graph(graph):
    result = skim.topk(x, K)
for seed in range({replays}):
    x.copy_(hard_tensor("float32", ROWS, COLS, seed))
    for part in result:
        part.fill_(-7)
    graph.replay()
    check(x.cpu(), K, [part.cpu() for part in result])
print("replayed")
"""


@pytest.mark.parametrize("warm", [False, True], ids=["first call", "warm"])
@pytest.mark.parametrize("shape", [(4, 2000, 8), (1, 200_000, 64), (2, 100_000, 5000)])
def test_capture(shape, warm):
    code = GRAPH.format(shape=shape, warm=warm, replays=10)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=str(__file__).rpartition("/")[0],
    )
    assert done.returncode == 0 and "replayed" in done.stdout, done.stdout + done.stderr
