"""Python paths of the benchmark: what a peer file offers, and how the native clock calls it.

A peer file (bench/peers/*.py) has the module attributes of `Peer`, or a list of them in its attribute
`peers`; a file given with ``--peer`` has only a function ``topk(x, k)`` that returns (values, indices),
or, for ``--op sample``, ``sample(logits, sampling)`` that returns tokens. See HACKING.md.

With ``--device cuda`` the tensors are on the GPU, every call is made with the benchmark's stream as
torch's current one, and the clock replays a CUDA graph of the calls. torch captures it; a file whose
kernels torch cannot capture may define ``capture(case, enqueue)``, as `Capture` says below.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import importlib.util
import inspect
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from ._bench_abi import (
    CUDA,
    FAILED,
    NOT_APPLICABLE,
    READY,
    CaptureCallback,
    FinishCallback,
    NativePath,
    NotApplicable,
    PrepareCallback,
    RunCallback,
    Sampling,
    sampling_of,
    view,
)
from ._ffi import library_path
from ._frameworks import torch

# What a path promises, as in bench/skim_bench.h.
UNSORTED = 1
TIES_ANY_ORDER = 2
NONDETERMINISTIC = 4
INEXACT = 8
OWN_KERNEL = 16  # ours: where it is wrong the exit status is not zero
OWN_RANDOM = 32  # sampling: the same call may draw other tokens when repeated
KEEPS_TIES = 64  # sampling: top-k keeps all that equal the k-th

# What is measured, as there. A peer does one of them.
TOPK = 0
SAMPLE = 1
EAGER = 2  # top-k as a program calls it: each call makes its results, and the host's part of it counts

@dataclass
class Case:
    """One case as a peer sees it: torch tensors (NumPy arrays where there is no torch)."""

    inputs: list[Any]  # of shape (rows, cols), rotated over by the clock
    k: int
    threads: int  # of the CPU, the same number for every path
    values: Any  # (rows, k), dtype of the input
    indices: Any  # (rows, k), int64
    stream: Any = None  # on a GPU the torch.cuda.Stream to enqueue on; it is current in every call
    # At first the Peer's; prepare may set what the path promises on this case instead.
    promises: int = 0
    relative_error: float = 0.0
    # With `--op sample`; then k is 1, indices takes the tokens, and values, in float32, their
    # log-probabilities where they are asked for.
    sampling: Sampling | None = None


# Selects from case.inputs[i % len(case.inputs)]. Fills case.values and case.indices and returns
# None, or returns the pair, which is then copied there after the last call of a batch, or a function
# that fills them and is called then; sampling
# returns the tokens (rows, 1), or the pair of their log-probabilities and them. On a GPU it enqueues
# that and does not wait.
Run = Callable[[int], Any]

# Captures what its second argument enqueues, as a CUDA graph on case.stream; returns an object that
# keeps the graph alive and the graph's cudaGraph_t as an integer.
Capture = Callable[[Case, Callable[[], None]], tuple[Any, int]]


def capture_with_torch(case: Case, enqueue: Callable[[], None]) -> tuple[Any, int]:
    """What torch enqueues, with memory from torch's own pool."""
    graph = torch.cuda.CUDAGraph(keep_graph=True)
    with torch.cuda.graph(graph, stream=case.stream, capture_error_mode="relaxed"):
        enqueue()
    return graph, graph.raw_cuda_graph()


@dataclass
class Peer:
    """One competing way to do the job."""

    name: str
    prepare: Callable[[Case], Run]  # may raise NotApplicable
    version: str = ""
    unavailable: str | None = None  # why it cannot run at all, and how to add it
    promises: int = 0
    relative_error: float = 0.0  # with INEXACT
    capture: Capture = capture_with_torch  # where it raises, the path is timed by events
    operation: int = TOPK  # SAMPLE or EAGER


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"skim_peer_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file; pass a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def peers_from_file(path: Path) -> list[Peer]:
    """Peers of ours: the module's list `peers`, or the one whose fields are its attributes."""
    module = _load(path)
    if hasattr(module, "peers"):
        return list(module.peers)
    fields = {name: getattr(module, name) for name in Peer.__dataclass_fields__ if hasattr(module, name)}
    return [Peer(**fields)]


# ---- what peer files say in the same words ----


def version_of(distribution: str) -> str:
    """The installed version, without importing it; "" where it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def require_gpu(case: Case) -> None:
    if case.stream is None:
        raise NotApplicable("needs tensors on a CUDA device, got tensors on the CPU")


def require_dtype(case: Case, *names: str) -> None:
    name = str(case.values.dtype).removeprefix("torch.")
    if name not in names:
        raise NotApplicable(f"needs {', '.join(names[:-1])} or {names[-1]}, got {name}")


def require_order(case: Case, own: str) -> None:
    """The orders differ in what top-p is a share of, and only where another filter is on too."""
    sampling = case.sampling
    assert sampling is not None
    if sampling.order == own or sampling.top_p >= 1 or sampling.temperature == 0:
        return
    both = (sampling.order, own)
    if sampling.min_p > 0 or (sampling.top_k > 0 and "joint" in both):
        raise NotApplicable(f"filters in the order {own}, not {sampling.order}")


def generator_of(case: Case) -> Any:
    """torch's random numbers by the seed of the case; on a GPU of torch's own generator (None), the
    one that a graph may use."""
    assert case.sampling is not None
    if case.stream is not None:
        torch.cuda.manual_seed(case.sampling.seed)
        return None
    generator = torch.Generator(device=case.inputs[0].device)
    generator.manual_seed(case.sampling.seed)
    return generator


def _kernel_of(module: ModuleType) -> Callable[[Any, int], Any]:
    """The function `topk`, or else the file's only public function."""
    if callable(getattr(module, "topk", None)):
        return module.topk
    functions = [
        value
        for name, value in vars(module).items()
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and name[0] != "_"
        and name != "capture"
    ]
    if len(functions) != 1:
        raise AttributeError(
            f"{len(functions)} public functions and no topk; define topk(x, k) -> values, indices"
        )
    return functions[0]


def user_sampler(path: Path) -> Peer:
    """A user's own sampler, named after its file."""
    loaded: list[ModuleType] = []  # as in user_peer

    def prepare(case: Case) -> Run:
        if not loaded:
            loaded.append(_load(path))
        draw, sampling = getattr(loaded[0], "sample", None), case.sampling
        if not callable(draw):
            raise AttributeError("no function sample; define sample(logits, sampling) -> tokens")

        def run(i: int) -> Any:
            return draw(case.inputs[i % len(case.inputs)], sampling)

        return run

    return Peer(name=path.stem, prepare=prepare, promises=OWN_RANDOM, operation=SAMPLE)


def user_peer(path: Path, operation: int = TOPK) -> Peer:
    """A user's own kernel, named after its file. What is wrong with the file is told as its result."""
    loaded: list[ModuleType] = []  # by prepare, which is where a broken file may fail

    def prepare(case: Case) -> Run:
        if not loaded:
            loaded.append(_load(path))
        kernel = _kernel_of(loaded[0])

        def run(i: int) -> Any:
            return kernel(case.inputs[i % len(case.inputs)], case.k)

        return run

    def capture(case: Case, enqueue: Callable[[], None]) -> tuple[Any, int]:
        return getattr(loaded[0], "capture", capture_with_torch)(case, enqueue)

    return Peer(name=path.stem, prepare=prepare, capture=capture, operation=operation)


# ---- the adaptor ----


def _fill(name: str, target: Any, source: Any) -> None:
    """Copies a returned result; broadcasting or converting would hide a wrong one."""
    if torch is not None and not isinstance(source, torch.Tensor):
        source = torch.from_dlpack(source)
    if tuple(source.shape) != tuple(target.shape):
        raise ValueError(
            f"returned {name} of shape {tuple(source.shape)} instead of {tuple(target.shape)}"
        )
    if name == "values" and source.dtype != target.dtype:
        raise TypeError(f"returned values of dtype {source.dtype} instead of {target.dtype}")
    target[...] = source


def _sentence(error: BaseException) -> bytes:
    text = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {text}".encode()


def _write(message: int, size: int, text: bytes) -> None:
    if size > 0:
        text = text[: size - 1] + b"\0"
        ctypes.memmove(message, text, len(text))


@dataclass
class _Adaptor:
    """A peer's callbacks. Keeps them alive, and the case between prepare and finish."""

    peer: Peer
    case: Case | None = None
    run_once: Run | None = None
    graphs: list[Any] = field(default_factory=list)
    path: NativePath = field(init=False)

    def __post_init__(self) -> None:
        peer = self.peer
        self.path = NativePath(
            struct_size=ctypes.sizeof(NativePath),
            name=peer.name.encode(),
            version=peer.version.encode(),
            unavailable=None if peer.unavailable is None else peer.unavailable.encode(),
            promises=peer.promises,
            relative_error=peer.relative_error,
            prepare=PrepareCallback(self._prepare),
            run=RunCallback(self._run),
            finish=FinishCallback(self._finish),
            capture=CaptureCallback(self._capture),
            operation=peer.operation,
        )

    def _prepare(self, _context: int, raw: Any, message: int, size: int) -> int:
        try:
            given = raw.contents
            if given.inputs[0].device_type == CUDA:
                self._require_torch_on_gpu()
            self.case = Case(
                inputs=[view(given.inputs[i]) for i in range(given.input_count)],
                k=given.k,
                threads=given.threads,
                values=view(given.values.contents),
                indices=view(given.indices.contents),
                promises=given.promises[0],
                relative_error=given.relative_error[0],
                sampling=sampling_of(given),
            )
            if given.stream is not None:
                device = self.case.inputs[0].device
                self.case.stream = torch.cuda.ExternalStream(given.stream, device=device)
            if torch is not None:
                torch.set_num_threads(given.threads)
            with self._on_stream():
                self.run_once = self.peer.prepare(self.case)
            given.promises[0] = self.case.promises
            given.relative_error[0] = self.case.relative_error
            return READY
        except NotApplicable as reason:
            _write(message, size, str(reason).encode())
            return NOT_APPLICABLE
        except BaseException as error:  # a peer may raise anything, and C cannot pass it on
            _write(message, size, _sentence(error))
            return FAILED

    def _require_torch_on_gpu(self) -> None:
        if torch is None or not torch.cuda.is_available():
            raise NotApplicable("needs a torch that was built for CUDA, which is not installed")

    def _on_stream(self) -> AbstractContextManager[Any]:
        assert self.case is not None
        return nullcontext() if self.case.stream is None else torch.cuda.stream(self.case.stream)

    def _calls(self, first: int, count: int) -> None:
        assert self.case is not None and self.run_once is not None
        run_once = self.run_once
        result = None
        for i in range(first, first + count):
            result = run_once(i)
        if self.case.sampling is not None:
            self._fill_tokens(result)
        elif callable(result):
            result()
        elif result is not None:
            values, indices = result
            _fill("values", self.case.values, values)
            _fill("indices", self.case.indices, indices)

    def _fill_tokens(self, result: Any) -> None:
        assert self.case is not None
        if result is None:
            return
        if isinstance(result, tuple):
            logprobs, result = result
            _fill("values", self.case.values, logprobs)
        _fill("tokens", self.case.indices, result)

    def _run(self, _context: int, first: int, count: int, message: int, size: int) -> int:
        try:
            with self._on_stream():
                self._calls(first, count)
            return READY
        except BaseException as error:  # as in _prepare
            _write(message, size, _sentence(error))
            return FAILED

    def _capture(
        self, _context: int, first: int, count: int, graph: Any, message: int, size: int
    ) -> int:
        try:
            assert self.case is not None
            keeper, raw = self.peer.capture(self.case, lambda: self._calls(first, count))
            self.graphs.append(keeper)
            graph[0] = raw
            return READY
        except BaseException as error:  # as in _prepare
            _write(message, size, _sentence(error))
            return FAILED

    def _finish(self, _context: int) -> None:
        self.graphs.clear()
        self.run_once = None
        self.case = None


def bundled_peers() -> list[Peer]:
    """The Python peers that come with skim: beside this file, or in the source tree."""
    folder = Path(__file__).parent / "peers"
    if not folder.is_dir():
        folder = Path(__file__).parents[2] / "bench" / "peers"
    return [peer for path in sorted(folder.glob("*.py")) for peer in peers_from_file(path)]


def bench_main(arguments: Sequence[str], peers: Sequence[Peer]) -> int:
    """The native command with these paths added; returns the exit status."""
    library = ctypes.CDLL(str(library_path("libskim_bench.so")))
    adaptors = [_Adaptor(peer) for peer in peers]
    paths = (NativePath * len(adaptors))(*(adaptor.path for adaptor in adaptors))
    argv = (ctypes.c_char_p * len(arguments))(*(argument.encode() for argument in arguments))
    return int(library.skim_bench_main(len(arguments), argv, paths, len(adaptors)))
