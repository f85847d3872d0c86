"""How the Python side of the benchmark shows memory to a peer and passes on what it captures."""

import ctypes

import numpy
import pytest

from skim import _bench_abi, bench

torch = pytest.importorskip("torch")

SIZE = 200


def tensor_of(array, code, bits):
    """The native side's description of a contiguous matrix; it lives as long as the array."""
    shape = (ctypes.c_int64 * 2)(*array.shape)
    strides = (ctypes.c_int64 * 2)(array.shape[1], 1)
    return _bench_abi.Tensor(
        data=array.ctypes.data,
        device_type=1,
        ndim=2,
        dtype_code=code,
        dtype_bits=bits,
        dtype_lanes=1,
        shape=shape,
        strides=strides,
    )


@pytest.mark.parametrize(
    ("stored", "code", "bits", "dtype"),
    [
        ("float32", 2, 32, torch.float32),
        ("float16", 2, 16, torch.float16),
        ("uint16", 4, 16, torch.bfloat16),
        ("int64", 0, 64, torch.int64),
        ("uint8", 1, 8, torch.uint8),
    ],
)
def test_a_peer_sees_the_native_memory_itself(stored, code, bits, dtype):
    array = numpy.zeros((2, 3), stored)
    seen = _bench_abi.view(tensor_of(array, code, bits))
    assert seen.dtype == dtype and tuple(seen.shape) == (2, 3)
    assert seen.data_ptr() == array.ctypes.data
    seen[1, 2] = 1
    assert array[1, 2] != 0 and not array[0].any()


def captured(capture):
    """What the native side gets when it asks for a graph of three calls."""
    calls = []
    peer = bench.Peer(name="peer", prepare=lambda case: calls.append, capture=capture)
    adaptor = bench._Adaptor(peer)
    adaptor.case = bench.Case(inputs=[], k=1, threads=1, values=None, indices=None)
    adaptor.run_once = calls.append
    graph, message = ctypes.c_void_p(), ctypes.create_string_buffer(SIZE)
    address = ctypes.cast(message, ctypes.c_void_p)
    status = adaptor.path.capture(None, 5, 3, ctypes.byref(graph), address, SIZE)
    return status, graph.value, message.value.decode(), calls, adaptor


def test_a_peers_own_capture_is_passed_on_and_kept_alive_until_finish():
    keeper = object()

    def capture(case, enqueue):
        enqueue()
        return keeper, 0x1230

    status, graph, _, calls, adaptor = captured(capture)
    assert (status, graph, calls) == (0, 0x1230, [5, 6, 7])
    assert adaptor.graphs == [keeper]
    adaptor.path.finish(None)
    assert adaptor.graphs == []


def test_a_capture_that_fails_says_why():
    def capture(case, enqueue):
        raise RuntimeError("this operation waits\nand more")

    status, graph, message, _, _ = captured(capture)
    assert status != 0 and graph is None
    assert message == "RuntimeError: this operation waits"


def test_a_users_file_may_bring_its_own_capture(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "def kernel(x, k):\n    return x, k\n\n"
        "def capture(case, enqueue):\n    enqueue()\n    return 'kept', 7\n"
    )
    peer = bench.user_peer(file)
    case = bench.Case(inputs=["x"], k=1, threads=1, values=None, indices=None)
    run = peer.prepare(case)
    assert run(0) == ("x", 1)
    assert peer.capture(case, lambda: None) == ("kept", 7)
