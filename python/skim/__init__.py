"""Exact top-k selection at close to the speed of reading the rows once, and sampling of tokens."""

from ._ffi import DeviceError, InvalidRequest, __version__
from ._sample import SampleResult, sample
from ._topk import TopK, topk

__all__ = [
    "DeviceError",
    "InvalidRequest",
    "SampleResult",
    "TopK",
    "__version__",
    "sample",
    "topk",
]
