"""Exact top-k selection at close to the speed of reading the rows once."""

from ._ffi import DeviceError, InvalidRequest, __version__
from ._topk import TopK, topk

__all__ = ["DeviceError", "InvalidRequest", "TopK", "__version__", "topk"]
