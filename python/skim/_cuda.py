"""GPU arrays: which stream does the work, and how arrays of other frameworks reach torch.

torch makes the memory and knows the stream, also for CuPy and JAX: their arrays are exchanged
through DLPack, whose protocol orders the two frameworks' streams on the way in and on the way out.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from . import _ffi
from ._ffi import InvalidRequest
from ._frameworks import first_line, torch

_DLPACK_CUDA = 2
_LEGACY_DEFAULT_STREAM = 1  # as CUDA and DLPack number it; 0 means the same


def is_on_gpu(x: Any) -> bool:
    if torch is not None and isinstance(x, torch.Tensor):
        return bool(x.is_cuda)
    device = getattr(x, "__dlpack_device__", None)
    return device is not None and int(device()[0]) == _DLPACK_CUDA


def _handle(stream: Any) -> int:
    """The cudaStream_t of an int, or of a stream of torch, CuPy, Numba or cuda.core."""
    if isinstance(stream, int) and not isinstance(stream, bool):
        handle = stream
    elif hasattr(stream, "__cuda_stream__"):
        handle = int(stream.__cuda_stream__()[1])
    elif hasattr(stream, "cuda_stream"):
        handle = int(stream.cuda_stream)
    elif hasattr(stream, "ptr"):
        handle = int(stream.ptr)
    else:
        raise TypeError(
            f"stream is a {type(stream).__name__}; pass a cudaStream_t as an int, or an object "
            "with __cuda_stream__, cuda_stream or ptr"
        )
    if not 0 <= handle < 2**63:
        raise InvalidRequest(f"stream = {handle} is no cudaStream_t; pass 0 for the default stream")
    return 0 if handle == _LEGACY_DEFAULT_STREAM else handle


def _stream_of_torch(stream: Any, ordinal: int) -> Any:
    if isinstance(stream, torch.cuda.Stream):
        return stream
    handle = _handle(stream)
    if handle == 0:  # which ExternalStream takes for "none given"
        return torch.cuda.default_stream(ordinal)
    return torch.cuda.ExternalStream(handle, device=ordinal)


def _current_stream_of_cupy(x: Any) -> Any:
    """CuPy's current stream where `x` is CuPy's, so that nothing waits for another stream."""
    if type(x).__module__.partition(".")[0] != "cupy":
        return None
    import cupy

    with x.device:
        return cupy.cuda.get_current_stream()


def refuse_stream_of_cpu(stream: Any) -> None:
    if stream is not None:
        raise InvalidRequest("stream is for arrays on a GPU, and x is not on one; leave it out")


def working_on(x: Any, stream: Any) -> AbstractContextManager[Any]:
    """Within, torch copies `x`, makes results and selects on `stream`, else on the current one."""
    ordinal = x.device.index if isinstance(x, torch.Tensor) else int(x.__dlpack_device__()[1])
    stream = _current_stream_of_cupy(x) if stream is None else stream
    if stream is None:
        return nullcontext()
    device = getattr(stream, "device", None)
    if isinstance(device, torch.device) and device.index != ordinal:
        raise InvalidRequest(
            f"stream is on {device}, but x is on cuda:{ordinal}; pass a stream of that device"
        )
    return torch.cuda.stream(_stream_of_torch(stream, ordinal))


def require_torch(name: str, x: Any) -> None:
    """Refuses an array of another framework where there is no GPU, or no torch to serve it."""
    _ffi.check_cuda(int(x.__dlpack_device__()[1]))
    if torch is None:
        raise InvalidRequest(
            f"{name} is a {type(x).__name__} on a GPU, where torch makes skim's results; install "
            "torch"
        )


def as_torch(name: str, x: Any) -> Any:
    """A GPU array of any framework, in place, once torch's current stream may read it."""
    if isinstance(x, torch.Tensor):
        return x
    try:
        return torch.from_dlpack(x)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise InvalidRequest(
            f"{name} cannot be read through DLPack ({first_line(error)}); pass a torch.Tensor"
        ) from None
