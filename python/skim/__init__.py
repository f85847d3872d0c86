"""Exact top-k selection at close to the speed of reading the rows once, and sampling of tokens."""

from ._ffi import DeviceError, InvalidRequest, __version__
from ._sample import SampleResult, sample
from ._steps import (
    sample_from_probs,
    softmax,
    top_k_mask_logits,
    top_k_renorm_probs,
    top_p_mask_logits,
    top_p_renorm_probs,
)
from ._topk import TopK, topk

__all__ = [
    "DeviceError",
    "InvalidRequest",
    "SampleResult",
    "TopK",
    "__version__",
    "sample",
    "sample_from_probs",
    "softmax",
    "top_k_mask_logits",
    "top_k_renorm_probs",
    "top_p_mask_logits",
    "top_p_renorm_probs",
    "topk",
]
