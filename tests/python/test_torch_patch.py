"""skim in the place of torch's kernels: unmodified calls, and how it comes and goes."""

import os
import re
import subprocess
import sys
import threading
import time
import timeit
import warnings

import pytest
import torch
from oracle import TORCH_DTYPES, check, hard_tensor

import skim
import skim.torch
from skim.torch import _kernels, _patch

TIES = torch.zeros(2, 5000)  # of which torch takes others than the first


def run_python(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)


def is_skim(topk=torch.topk):
    return torch.equal(topk(TIES, 9).indices, torch.arange(9).expand(2, -1))


@pytest.fixture
def patched():
    with skim.torch.patched():
        yield


@pytest.fixture(autouse=True)
def restored():
    yield
    skim.torch.unpatch()
    assert not is_skim(), "torch's own kernels are not back"


def test_torch_itself_takes_other_ties():
    assert not is_skim()


def test_patch_and_unpatch():
    assert not skim.torch.is_patched()
    skim.torch.patch()
    skim.torch.patch()
    assert skim.torch.is_patched() and is_skim() and is_skim(torch.Tensor.topk)
    skim.torch.unpatch()
    skim.torch.unpatch()
    assert not skim.torch.is_patched() and not is_skim()


def test_blocks_are_nested_in_each_other_and_in_patch():
    with skim.torch.patched():
        with skim.torch.patched():
            assert is_skim()
        assert is_skim()
        skim.torch.patch()
    assert is_skim()
    skim.torch.unpatch()
    assert not is_skim()
    with pytest.raises(KeyError), skim.torch.patched():
        raise KeyError
    assert not is_skim()


def test_both_devices_are_overridden_where_torch_has_them():
    keys = ["CPU"] if torch.version.cuda is None else ["CPU", "CUDA"]
    assert [kernels.key for kernels in _kernels.ALL] == keys


KERNELS_BEFORE_AND_AFTER = """
import torch, skim.torch
def kernels():
    dumps = [torch._C._dispatch_dump(f"aten::{overload}") for overload in ("topk", "topk.values")]
    return [line for dump in dumps for line in dump.splitlines() if "(inactive)" not in line]
before = kernels()
skim.torch.patch()
changed = [line.partition(":")[0] for line in kernels() if line not in before]
print(changed == [of_key.key for _ in range(2) for of_key in skim.torch._kernels.ALL], changed)
skim.torch._patch.withdraw()
print(kernels() != before)
skim.torch.unpatch()
skim.torch._patch.withdraw()
print(kernels() == before)
"""


def test_nothing_else_is_overridden():
    done = run_python(KERNELS_BEFORE_AND_AFTER)
    answers = [line.partition(" ")[0] for line in done.stdout.splitlines()]
    assert answers == ["True"] * 3, done


@pytest.mark.parametrize("dtype", TORCH_DTYPES)
def test_every_dtype(dtype, patched):
    x = hard_tensor(dtype, 4, 900)
    check(x, 50, torch.topk(x, 50))
    check(x, 50, x.topk(50, largest=False), largest=False)
    out = torch.empty(0, dtype=x.dtype), torch.empty(0, dtype=torch.int64)
    torch.topk(x, 50, out=out)
    check(x, 50, out)


def test_gradients_and_transforms_are_those_of_torch(patched):
    x = torch.randn(4, 300, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: x.topk(5).values, x, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(lambda x: x.topk(5).values ** 2, x)
    assert is_skim(lambda x, k: torch.vmap(lambda row: row.topk(k))(x))


def test_parameters_and_inference_mode(patched):
    x = hard_tensor("float32", 3, 200)
    check(x, 5, [part.detach() for part in torch.nn.Parameter(x.clone()).topk(5)])
    with torch.inference_mode():
        check(x, 5, (x + 0).topk(5))


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiled_programs_use_it(backend, patched):
    torch._dynamo.reset()
    assert is_skim(torch.compile(lambda x, k: torch.topk(x, k), backend=backend, fullgraph=True))


def test_many_threads():
    skim.torch.patch()
    inputs = [hard_tensor("float16", 4, 3000, seed) for seed in range(4)]
    failures = []

    def work(x):
        try:
            for _ in range(50):
                check(x, 20, x.topk(20))
                skim.torch.patch()
                with skim.torch.patched():
                    check(x, 20, x.topk(20))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(x,)) for x in inputs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and is_skim()


def test_blocks_of_many_threads_end_unpatched():
    def work():
        for _ in range(50):
            with skim.torch.patched():
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not skim.torch.is_patched()


# In a process of its own, so that the first patch() is there too. The values are the same with skim and
# without.
SWITCHED_UNDER_WAY = """
import sys, threading, torch, skim.torch
torch.set_num_threads(1)
sys.setswitchinterval(1e-5)
x = torch.randn(4, 500)
wanted = x.topk(9).values
calls, failures, done = [0] * 4, [], threading.Event()
def select(thread):
    while not done.is_set():
        if not torch.equal(x.topk(9).values, wanted):
            failures.append(thread)
        calls[thread] += 1
threads = [threading.Thread(target=select, args=(i,)) for i in range(4)]
for thread in threads: thread.start()
switches = 0
while min(calls) < 500 or switches < 2000:
    skim.torch.patch()
    with skim.torch.patched(): pass
    skim.torch.unpatch()
    switches += 1
done.set()
for thread in threads: thread.join()
print("wrong:", failures, skim.torch.is_patched())
"""


def test_it_is_switched_while_threads_are_inside_topk():
    done = run_python(SWITCHED_UNDER_WAY)
    assert done.returncode == 0 and done.stdout == "wrong: [] False\n", done


def test_threads_of_torch_are_those_that_are_used(patched, monkeypatch):
    seen = []
    select = skim.torch._select._select
    monkeypatch.setattr(skim.torch._select, "_select", lambda *a: seen.append(a[-1]) or select(*a))
    monkeypatch.setattr(skim.torch._select, "_get_num_threads", lambda: 3)
    torch.topk(TIES, 2)
    assert seen == [3]


def test_profile_names_skim(patched):
    with torch.profiler.profile() as profile:
        torch.topk(TIES, 2)
        torch.topk(TIES, 2, out=(torch.empty(0), torch.empty(0, dtype=torch.int64)))
    names = [event.name for event in profile.events()]
    assert names.count("aten::topk") == 2 and names.count("skim::topk") == 2


# ---- what skim does not take ----


def refuse(*_):
    raise skim.InvalidRequest("x has dtype made_up; use float16")


def test_one_warning_names_what_is_passed_on(patched, monkeypatch):
    monkeypatch.setattr(_kernels, "select", refuse)
    monkeypatch.setattr(_kernels, "select_into", refuse)
    monkeypatch.setattr(_kernels, "_warned", set())
    x = torch.tensor([1.0, 3.0, 2.0])
    sentence = "topk passed on to torch: x has dtype made_up; use float16 (torch.float32, torch.strided, "
    with pytest.warns(skim.torch.PassedOnWarning, match=re.escape(sentence)):
        assert torch.topk(x, 1).indices == 1
    out = torch.empty(0), torch.empty(0, dtype=torch.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.topk(x, 2).indices.tolist() == [1, 2]
        torch.topk(x, 2, out=out)
    assert out[0].tolist() == [3, 2]


REFUSED_BY_TORCH = {
    "bool": lambda: torch.topk(TIES > 0, 1),
    "complex": lambda: torch.topk(TIES + 0j, 1),
    "uint16": lambda: torch.topk(TIES.to(torch.uint16), 1),
    "k above cols": lambda: torch.topk(TIES, 5001),
    "dim": lambda: torch.topk(TIES, 1, 2),
    "sparse": lambda: torch.topk(TIES.to_sparse(), 1),
}


@pytest.mark.parametrize("name", REFUSED_BY_TORCH)
def test_what_torch_refuses_too_is_its_error_without_a_warning(name):
    with pytest.raises(Exception) as wanted:
        REFUSED_BY_TORCH[name]()
    with warnings.catch_warnings(), skim.torch.patched():
        warnings.simplefilter("error")
        with pytest.raises(type(wanted.value)) as found:
            REFUSED_BY_TORCH[name]()
    assert str(found.value).partition("\n")[0] == str(wanted.value).partition("\n")[0]


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_layouts_that_torch_has_kernels_of_its_own_for(patched):
    x = torch.quantize_per_tensor(torch.tensor([1.0, 3.0, 2.0]), 0.1, 0, torch.quint8)
    assert torch.topk(x, 1).indices == 1


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_the_operator_passes_them_on(monkeypatch):
    x = torch.quantize_per_tensor(torch.tensor([1.0, 3.0, 2.0]), 0.1, 0, torch.quint8)
    monkeypatch.setattr(_kernels, "_warned", set())
    sentence = "skim has no kernels for such tensors (torch.quint8, torch.strided, cpu)"
    with pytest.warns(skim.torch.PassedOnWarning, match=re.escape(sentence)):
        values, indices = skim.torch.topk(x, 1)
    assert indices == 1 and torch.equal(values.dequantize(), torch.topk(x, 1).values.dequantize())
    with warnings.catch_warnings():
        warnings.simplefilter("error", skim.torch.PassedOnWarning)
        assert skim.torch.topk(x, 2).indices.tolist() == [1, 2]


NO_KERNEL_ANYWHERE = {
    "sparse": lambda: torch.eye(3).to_sparse(),
    "compressed": lambda: torch.eye(3).to_sparse_csr(),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(3), torch.ones(5)]),
}


@pytest.mark.filterwarnings("ignore:.*prototype", "ignore:Sparse")
@pytest.mark.parametrize("name", NO_KERNEL_ANYWHERE)
def test_the_operator_raises_what_torch_raises_without_one(name):
    x = NO_KERNEL_ANYWHERE[name]()
    with pytest.raises(NotImplementedError) as wanted:
        torch.topk(x, 1)
    with pytest.raises(NotImplementedError) as found:
        skim.torch.topk(x, 1)
    assert str(found.value).partition(". ")[0] == str(wanted.value).partition(". ")[0]


def test_a_gpu_that_skim_was_not_built_for_is_named(monkeypatch):
    def no_backend(_):
        raise skim.DeviceError("no CUDA backend in this build; build it where nvcc is found")

    kernels = _kernels.Kernels("CPU")
    kernels._is_cuda = True
    monkeypatch.setattr(_kernels._ffi, "check_cuda", no_backend)
    monkeypatch.setattr(_kernels, "_warned", set())
    with pytest.warns(skim.torch.PassedOnWarning, match="topk passed on to torch: no CUDA backend"):
        values, indices = kernels.topk(torch.tensor([1.0, 3.0, 2.0]), 2)
    assert values.tolist() == [3, 2] and indices.tolist() == [1, 2]


def test_a_failure_of_a_kernel_is_not_passed_on(monkeypatch):
    def fails(*_):
        raise skim.DeviceError("the launch of a selection kernel failed")

    monkeypatch.setattr(_kernels, "select", fails)
    with pytest.raises(skim.DeviceError, match="the launch"):
        _kernels.Kernels("CPU").topk(torch.tensor([1.0, 3.0, 2.0]), 2)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_on_cuda(patched):
    x = hard_tensor("float16", 4, 5000)
    check(x, 50, [part.cpu() for part in x.cuda().topk(50)])
    out = [torch.empty(0, dtype=dtype, device="cuda") for dtype in (x.dtype, torch.int64)]
    torch.topk(x.cuda(), 50, out=out)
    check(x, 50, [part.cpu() for part in out])
    graph = torch.cuda.CUDAGraph()
    rows = x.cuda()
    with torch.cuda.graph(graph):
        found = rows.topk(50)
    rows.copy_(x.flip(0))
    graph.replay()
    check(x.flip(0), 50, [part.cpu() for part in found])


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("patch", [True, False])
def test_host_time_on_cuda(patch, capsys):
    """At most that of torch.topk, and a tenth for noise."""
    _patch.withdraw()
    x = torch.randn(1, 4096, device="cuda", dtype=torch.float16)

    def host_us(topk):
        best = float("inf")
        for _ in range(20):
            torch.cuda.synchronize()
            start = time.perf_counter()
            for _ in range(50):
                topk(x, 50)
            best = min(best, (time.perf_counter() - start) / 50 * 1e6)
        return best

    torchs = host_us(torch.topk)
    if patch:
        with skim.torch.patched():
            ours = host_us(torch.topk)
    else:
        ours = host_us(skim.torch.topk)
    with capsys.disabled():
        print(f"\nhost time of topk on CUDA: torch {torchs:.1f} us, skim {ours:.1f} us, patched: {patch}")
    assert ours <= 1.1 * torchs


# ---- skim run ----

PROGRAM = """
import sys
import torch
print(torch.zeros(5000).topk(3).indices.tolist(), __name__, sys.argv[1:], sys.path[0])
sys.exit(int(sys.argv[-1]))
"""


def run(*arguments, cwd):
    paths = [str(cwd), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, "-m", "skim", "run", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_an_unchanged_program(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    done = run("--patch-torch", "program.py", "--patch-torch", "--x", "5", cwd=tmp_path)
    wanted = f"[0, 1, 2] __main__ ['--patch-torch', '--x', '5'] {tmp_path}"
    assert done.stdout.strip() == wanted, done.stderr
    assert done.returncode == 5
    done = run("--patch-torch", "-m", "program", "0", cwd=tmp_path)
    assert done.stdout.startswith("[0, 1, 2] __main__ ['0']") and done.returncode == 0, done.stderr


WRONG_COMMANDS = {
    "no patch": (["program.py"], "nothing to do for the program; pass --patch-torch"),
    "no file": (["--patch-torch", "absent.py"], "absent.py is not there; give the path of a Python file"),
    "nothing": ([], "required: program"),
}


@pytest.mark.parametrize("name", WRONG_COMMANDS)
def test_wrong_commands(name, tmp_path):
    arguments, text = WRONG_COMMANDS[name]
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and text in done.stderr


# ---- speed ----


def fastest_us(call):
    samples = timeit.repeat(call, timer=time.thread_time, number=50, repeat=60)
    return min(samples) / 50 * 1e6


def test_an_eager_call_is_faster_than_torch(capsys):
    """On a quiet machine 10 times when patched; the limit leaves room for a busy one."""
    _patch.withdraw()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    x = torch.randn(1, 50304).half()
    try:
        times = {
            "torch": fastest_us(lambda: torch.topk(x, 50)),
            "skim.topk": fastest_us(lambda: skim.topk(x, 50, num_threads=1)),
            "skim.torch.topk": fastest_us(lambda: skim.torch.topk(x, 50)),
        }
        with skim.torch.patched():
            times["patched"] = fastest_us(lambda: torch.topk(x, 50))
    finally:
        torch.set_num_threads(threads)
    table = ", ".join(f"{name} {us:.1f} us ({times['torch'] / us:.1f}x)" for name, us in times.items())
    with capsys.disabled():
        print(f"\ntopk of 1 x 50304 float16, k 50: {table}")
    assert times["patched"] * 4 < times["torch"]
