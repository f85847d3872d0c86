"""bench/skim_bench.h and DLPack mirrored for ctypes, and the native memory as Python arrays."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy

from ._frameworks import torch


class NotApplicable(Exception):
    """Raised by prepare: this case is not one for the path; the text says why."""


class Tensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("dtype_code", ctypes.c_uint8),
        ("dtype_bits", ctypes.c_uint8),
        ("dtype_lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


class NativeSampling(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("temperature", ctypes.c_float),
        ("top_k", ctypes.c_int32),
        ("top_p", ctypes.c_float),
        ("min_p", ctypes.c_float),
        ("order", ctypes.c_int32),
        ("logprobs", ctypes.c_int32),
        ("seed", ctypes.c_uint64),
    ]


ORDERS = ("sequential", "hf", "joint")
LOGPROBS = (None, "raw", "processed")


@dataclass(frozen=True)
class Sampling:
    """How a token of every row is drawn, as the arguments of `skim.sample`."""

    temperature: float
    top_k: int  # 0: off
    top_p: float  # 1: off
    min_p: float  # 0: off
    order: str
    logprobs: str | None
    seed: int  # call number i draws for its row r with the offset i * rows + r


class NativeCase(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("inputs", ctypes.POINTER(Tensor)),
        ("input_count", ctypes.c_int32),
        ("threads", ctypes.c_int32),
        ("k", ctypes.c_int64),
        ("values", ctypes.POINTER(Tensor)),
        ("indices", ctypes.POINTER(Tensor)),
        ("stream", ctypes.c_void_p),
        ("promises", ctypes.POINTER(ctypes.c_uint32)),
        ("relative_error", ctypes.POINTER(ctypes.c_double)),
        ("sampling", ctypes.POINTER(NativeSampling)),
    ]


def sampling_of(given: NativeCase) -> Sampling | None:
    if not given.sampling:
        return None
    native = given.sampling.contents
    return Sampling(
        temperature=native.temperature,
        top_k=native.top_k,
        top_p=native.top_p,
        min_p=native.min_p,
        order=ORDERS[native.order],
        logprobs=LOGPROBS[native.logprobs],
        seed=native.seed,
    )


PrepareCallback = ctypes.CFUNCTYPE(
    ctypes.c_int32, ctypes.c_void_p, ctypes.POINTER(NativeCase), ctypes.c_void_p, ctypes.c_size_t
)
RunCallback = ctypes.CFUNCTYPE(
    ctypes.c_int32,
    ctypes.c_void_p,
    ctypes.c_int64,
    ctypes.c_int64,
    ctypes.c_void_p,
    ctypes.c_size_t,
)
FinishCallback = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
CaptureCallback = ctypes.CFUNCTYPE(
    ctypes.c_int32,
    ctypes.c_void_p,
    ctypes.c_int64,
    ctypes.c_int64,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.c_void_p,
    ctypes.c_size_t,
)


class NativePath(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("version", ctypes.c_char_p),
        ("unavailable", ctypes.c_char_p),
        ("promises", ctypes.c_uint32),
        ("relative_error", ctypes.c_double),
        ("context", ctypes.c_void_p),
        ("prepare", PrepareCallback),
        ("run", RunCallback),
        ("finish", FinishCallback),
        ("capture", CaptureCallback),
        ("operation", ctypes.c_int32),
    ]


class _ManagedTensor(ctypes.Structure):
    _fields_ = [
        ("tensor", Tensor),
        ("manager_context", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p),
    ]


READY, NOT_APPLICABLE, FAILED = 0, 1, 2

_CODES = {0: "int", 1: "uint", 2: "float", 4: "bfloat"}
CPU, CUDA = 1, 2  # kDLCPU, kDLCUDA

# A handle of its own: what ctypes.pythonapi gives is shared, and other packages declare it their way.
_new_capsule = ctypes.PyDLL(None).PyCapsule_New
_new_capsule.restype = ctypes.py_object
_new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]

# What torch was shown: it looks there for a deleter (there is none) when the last view of the memory
# goes, which may be long after the case.
_shown: list[_ManagedTensor] = []


def _torch_view(tensor: Tensor) -> Any:
    managed = _ManagedTensor(tensor=tensor)
    _shown.append(managed)
    return torch.from_dlpack(_new_capsule(ctypes.addressof(managed), b"dltensor", None))


def _numpy_view(tensor: Tensor) -> Any:
    shape = tuple(tensor.shape[: tensor.ndim])
    name = f"{_CODES[tensor.dtype_code]}{tensor.dtype_bits}"
    if tensor.device_type != CPU:
        raise NotApplicable("needs torch for tensors on a GPU")
    if name == "bfloat16":
        raise NotApplicable("needs torch for bfloat16")
    size = int(numpy.prod(shape)) * tensor.dtype_bits // 8
    memory = (ctypes.c_uint8 * size).from_address(tensor.data + tensor.byte_offset)
    return numpy.frombuffer(memory, dtype=name).reshape(shape)


def view(tensor: Tensor) -> Any:
    """The memory of a tensor as torch sees it; as NumPy does where there is no torch."""
    return _numpy_view(tensor) if torch is None else _torch_view(tensor)
