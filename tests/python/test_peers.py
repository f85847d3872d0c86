"""The Python paths of the benchmark: what each says of itself, and that a bad one is named."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

from skim import bench

torch = pytest.importorskip("torch")

NAMES = {
    "PyTorch",
    "torch.compile",
    "QuACK",
    "FlashInfer",
    "FlashInfer (deterministic)",
    "FlashInfer (page table)",
    "FlashInfer (row offsets)",
    "FlashInfer (sampling)",
    "skim (page table)",
    "skim (row offsets)",
    "JAX",
}
FOR_GPUS = [
    "QuACK",
    "FlashInfer",
    "FlashInfer (deterministic)",
    "FlashInfer (page table)",
    "FlashInfer (row offsets)",
]
INDEX_FORMS = ["skim (page table)", "skim (row offsets)"]
HAS_JAX = importlib.util.find_spec("jax") is not None
ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "python" / "requirements-peers.txt"
SHAPE = ["--device", "cpu", "--batch", "3", "--vocab", "512", "--k", "8"]
QUICK = ["--rounds", "1", "--threads", "1", "--mode", "hot", "--dist", "normal"]


def bundled(name):
    (peer,) = (peer for peer in bench.bundled_peers() if peer.name == name)
    return peer


def run_bench(folder, peers, *arguments):
    """The paths of `skim bench`, each peer a file with that text: a list of them for each case."""
    files = []
    for name, text in peers.items():
        (folder / f"{name}.py").write_text(text)
        files += ["--peer", f"{name}.py"]
    report = folder / "report.json"
    done = subprocess.run(
        [sys.executable, "-m", "skim", "bench", *SHAPE, *QUICK, *files, "--json", report]
        + list(arguments),
        cwd=folder,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert report.exists(), done.stdout + done.stderr
    (case,) = json.loads(report.read_text())["cases"]
    return {path["name"]: path for path in case["paths"]}, done


# ---- what they say of themselves ----


def test_every_bundled_file_has_its_paths():
    names = [peer.name for peer in bench.bundled_peers()]
    assert len(names) == len(set(names))
    assert NAMES <= set(names)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_peer_has_a_version_or_says_how_to_add_it(name):
    peer = bundled(name)
    if peer.unavailable is None:
        assert re.match(r"\d+\.\d+", peer.version)
    else:
        assert re.fullmatch(r"needs [\w-]+; python3 -m pip install \S+", peer.unavailable)
        assert peer.version == ""


def test_the_peers_are_listed_without_importing_them():
    code = (
        "import sys; from skim import bench; bench.bundled_peers();"
        "print([name for name in ('quack', 'flashinfer', 'jax', 'cutlass') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.skipif(not REQUIREMENTS.exists(), reason="the pinned versions are in a clone only")
@pytest.mark.parametrize("name", ["quack", "flashinfer", "sample_flashinfer"])
def test_the_version_to_install_is_the_one_that_is_carried(name):
    pinned = re.findall(r"^([\w-]+)==(\S+)", REQUIREMENTS.read_text(), re.M)
    text = (ROOT / f"bench/peers/{name}.py").read_text()
    said = re.search(r"pip install '?([\w-]+)(?:\[\w+\])?==([\w.]+)", text)
    assert said.groups() in pinned


# ---- the limits of those that run on GPUs only ----


def gpu_case(cols, k, dtype=torch.float32):
    """What a limit looks at; it is checked before anything runs."""
    return bench.Case(
        inputs=[torch.empty((2, cols), dtype=dtype)],
        k=k,
        threads=1,
        values=torch.empty((2, k), dtype=dtype),
        indices=torch.empty((2, k), dtype=torch.int64),
        stream="a stream",
    )


def refusal(name, case):
    with pytest.raises(bench.NotApplicable) as raised:
        bundled(name).prepare(case)
    return str(raised.value)


@pytest.mark.parametrize("name", FOR_GPUS)
def test_paths_for_gpus_are_not_applicable_on_a_cpu(name):
    case = gpu_case(64, 8)
    case.stream = None
    assert refusal(name, case) == "needs tensors on a CUDA device, got tensors on the CPU"


@pytest.mark.parametrize("name", FOR_GPUS)
def test_a_dtype_that_is_not_supported_is_named(name):
    text = refusal(name, gpu_case(64, 8, torch.int32))
    assert text == "needs float16, bfloat16 or float32, got int32"


@pytest.mark.parametrize(
    ("name", "cols", "k", "text"),
    [
        ("QuACK", 50304, 50, "needs a power-of-two vocabulary <= 4096, got 50304"),
        ("QuACK", 8192, 64, "needs a power-of-two vocabulary <= 4096, got 8192"),
        ("QuACK", 4096, 50, "needs a power-of-two k <= 128, got 50"),
        ("QuACK", 4096, 256, "needs a power-of-two k <= 128, got 256"),
        (
            "FlashInfer (deterministic)",
            8192,
            2049,
            "needs k <= 2048 where ties go by index, got 2049",
        ),
    ],
)
def test_a_limit_is_told_with_the_value(name, cols, k, text):
    assert refusal(name, gpu_case(cols, k)) == text


@pytest.fixture
def quack_stand_in(monkeypatch):
    """A quack.topk that gives what torch does, with QuACK's type of index."""

    def topk(x, k):
        values, indices = torch.topk(x, k)
        return values, indices.int()

    module = types.ModuleType("quack.topk")
    module.topk = topk
    monkeypatch.setitem(sys.modules, "quack", types.ModuleType("quack"))
    monkeypatch.setitem(sys.modules, "quack.topk", module)


@pytest.mark.parametrize(
    ("dtype", "promises", "error"),
    [
        (torch.float32, bench.INEXACT, 1024 / 2**23),
        (torch.float16, 0, 0),
        (torch.bfloat16, 0, 0),
    ],
)
def test_quack_promises_less_for_float32(quack_stand_in, dtype, promises, error):
    case = gpu_case(1024, 32, dtype)
    run = bundled("QuACK").prepare(case)
    assert (case.promises, case.relative_error) == (promises, error)
    values, indices = run(0)
    assert values.dtype == dtype and indices.dtype == torch.int32


def test_quacks_bound_holds_for_what_its_method_does_to_a_value():
    cols, mask = 4096, ~(4096 - 1)
    values = torch.rand(1 << 16) * 2 - 1
    kept = (values.view(torch.int32) & mask).view(torch.float32)
    assert ((kept - values).abs() <= cols / 2**23 * values.abs()).all()


# ---- page tables and row offsets, read back ----


def cpu_case(rows=3, cols=2000, k=600):
    case = gpu_case(cols, k)
    case.stream = None
    case.inputs = [torch.randn(rows, cols) for _ in range(2)]
    case.values, case.indices = torch.empty(rows, k), torch.empty(rows, k, dtype=torch.int64)
    return case


def check_read_back(case, run):
    for i in range(3):
        case.values.fill_(float("nan"))
        case.indices.fill_(-7)
        run(i)()
        wanted = torch.topk(case.inputs[i % 2], case.k)
        assert torch.equal(case.values, wanted.values)
        assert torch.equal(case.indices, wanted.indices)


@pytest.mark.parametrize("name", INDEX_FORMS)
def test_what_skim_writes_for_an_indexer_is_read_back(name):
    case = cpu_case()
    check_read_back(case, bundled(name).prepare(case))


@pytest.fixture
def flashinfer_stand_in(monkeypatch):
    """FlashInfer's transforms by torch, and what they were called with."""
    module = types.ModuleType("flashinfer")
    module.wrong = 0  # is added to the first number

    def written(numbers):
        numbers[0, 0] += module.wrong
        return numbers

    def page_table(x, table, lengths, k):
        assert table.dtype == lengths.dtype == torch.int32 and lengths.tolist() == [2000] * 3
        return written(table.gather(1, x.topk(k).indices))

    def ragged(x, offsets, lengths, k):
        assert offsets.dtype == torch.int32 and offsets.tolist() == [0, 2000, 4000]
        return written((offsets[:, None] + x.topk(k).indices).int())

    module.top_k_page_table_transform, module.top_k_ragged_transform = page_table, ragged
    monkeypatch.setitem(sys.modules, "flashinfer", module)
    return module


@pytest.mark.parametrize("name", ["FlashInfer (page table)", "FlashInfer (row offsets)"])
def test_what_flashinfer_writes_for_an_indexer_is_read_back(flashinfer_stand_in, name):
    case = cpu_case()
    case.stream = "a stream"
    run = bundled(name).prepare(case)
    check_read_back(case, run)
    flashinfer_stand_in.wrong = 6000  # a number of no row
    run(0)()
    assert case.indices[0, 0] == -1 and case.indices[0, 1] >= 0


@pytest.mark.parametrize("name", [*INDEX_FORMS, "FlashInfer (page table)"])
def test_index_forms_are_for_indexers(name):
    assert refusal(name, gpu_case(2000, 511)) == "is for indexers, k of 512 and more, got 511"
    case = gpu_case(2000, 600)
    case.inputs = [torch.empty(1).expand(2**20, 2**11)]
    text = "needs at most 2147483647 elements in all rows, which int32 numbers, got 2147483648"
    assert refusal(name, case) == text


# ---- several in a file, and promises a case ----


def test_a_file_may_define_several_peers(tmp_path):
    file = tmp_path / "several.py"
    file.write_text(
        "from skim.bench import Peer\n"
        "peers = [Peer(name=name, prepare=lambda case: None) for name in ('one', 'two')]\n"
    )
    assert [peer.name for peer in bench.peers_from_file(file)] == ["one", "two"]


RUN_WITH_PROMISES = """
import json, sys
from skim import bench
def prepare(case):
    if case.values.dtype.itemsize == 4:
        case.promises, case.relative_error = bench.INEXACT, 0.25
    def run(i):
        values, indices = case.inputs[i % len(case.inputs)].topk(case.k)
        return values * 1.125, indices
    return run
peer = bench.Peer(name="lowers", prepare=prepare)
for dtype in ("float32", "float16"):
    bench.bench_main(["skim", *sys.argv[1:], "--dtype", dtype, "--json", dtype + ".json"], [peer])
"""


def test_promises_lowered_for_a_case_count_for_that_case_only(tmp_path):
    arguments = ["bench", *SHAPE, *QUICK, "--paths", "lowers"]
    done = subprocess.run(
        [sys.executable, "-c", RUN_WITH_PROMISES, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = {}
    for file in sorted(tmp_path.glob("*.json")):
        ((path,),) = (case["paths"] for case in json.loads(file.read_text())["cases"])
        found[file.stem] = (path["status"], path["labels"])
    assert found == {"float32": ("ok", ["inexact (0.25)"]), "float16": ("wrong", [])}, done.stderr


# ---- planted failures ----

BODIES = {
    "raises": "raise ValueError('no kernel for this')",
    "shifts": "return values, (indices + 1) % 512",
    "nan": "return values * float('nan'), indices",
    "overwrites": "x[0, 5] += 1; return values, indices",
    "flat": "return values.flatten(), indices",
    "double": "return values.double(), indices",
    "nothing": "return 3",
    "right": "return values, indices",
}
PLANTED = {
    name: f"def topk(x, k):\n    values, indices = x.topk(k)\n    {body}\n"
    for name, body in BODIES.items()
}


def test_each_bad_peer_is_named_and_the_run_goes_on(tmp_path):
    right = ["skim", "right", "torch.compile", *(["JAX"] if HAS_JAX else [])]
    paths, done = run_bench(
        tmp_path, PLANTED, "--dtype", "float32", "--paths", ",".join([*right, *PLANTED])
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = {name: (path["status"], path.get("message", "")) for name, path in paths.items()}
    assert {name: found.pop(name) for name in right} == dict.fromkeys(right, ("ok", ""))
    expected = {
        "raises": ("error", r"ValueError: no kernel for this"),
        "shifts": ("wrong", r"row 0 rank 0: got value .* where the input holds"),
        "nan": ("wrong", r"row 0 rank 0: got value nan"),
        "overwrites": ("wrong", r"changed its input"),
        "flat": ("error", r"returned values of shape \(24,\) instead of \(3, 8\)"),
        "double": ("error", r"returned values of dtype torch.float64 instead of torch.float32"),
        "nothing": ("error", r"TypeError: "),
    }
    assert found.keys() == expected.keys()
    for name, (status, message) in expected.items():
        assert found[name][0] == status, (name, found[name])
        assert re.search(message, found[name][1]), (name, found[name])
        assert re.search(rf"{name} .*{status.upper()}", done.stdout), done.stdout


# ---- those that run on a CPU too ----


def test_torch_compile_survives_more_shapes_than_dynamo_recompiles_for():
    limit = torch._dynamo.config.recompile_limit
    peer = bundled("torch.compile")
    for k in range(1, limit + 3):
        x = torch.randn(2, 64 + k)
        case = bench.Case(inputs=[x], k=k, threads=1, values=x[:, :k], indices=None)
        values, indices = peer.prepare(case)(0)
        expected = torch.topk(x, k)
        assert torch.equal(values, expected.values) and torch.equal(indices, expected.indices)


@pytest.mark.skipif(not HAS_JAX, reason="jax is not installed")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64, torch.uint8])
def test_jax_keeps_the_dtype_and_the_lower_index_first(dtype):
    x = (torch.randn(3, 512) * 20).to(dtype)
    case = bench.Case(inputs=[x], k=100, threads=1, values=x[:, :100], indices=None)
    values, indices = map(torch.from_dlpack, bundled("JAX").prepare(case)(0))
    expected = torch.sort(x, dim=-1, descending=True, stable=True)
    assert values.dtype == dtype
    assert torch.equal(values, expected.values[:, :100])
    assert torch.equal(indices.long(), expected.indices[:, :100])


@pytest.mark.skipif(not HAS_JAX, reason="jax is not installed")
@pytest.mark.skipif(torch.cuda.is_available(), reason="jax may know the CUDA device")
def test_jax_without_the_device_says_so():
    assert refusal("JAX", gpu_case(64, 8)).startswith("needs a jax that knows a CUDA device; python3")
