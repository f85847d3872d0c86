"""Arguments that are not the matrix itself: integers, and arrays of one entry a row."""

from __future__ import annotations

import operator
from typing import Any

from . import _cuda
from ._frameworks import OtherDLPack, framework_of


def as_int(name: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is a {type(value).__name__}; pass an int") from None


def count_of(name: str, value: Any) -> int:
    """Of which int64 need not hold more than the sign: "at most so many" goes for any number."""
    return max(-(2**63), min(as_int(name, value), 2**63 - 1))


def exported_vector(name: str, value: Any) -> Any:
    """One entry a row, contiguous, for the native module; copied only where it is not."""
    framework = framework_of(name, value)
    if isinstance(framework, OtherDLPack) and _cuda.is_on_gpu(value):
        _cuda.require_torch(name, value)
        return exported_vector(name, _cuda.as_torch(name, value))
    vector = framework.plain(name, value)
    if framework.fills_results:
        vector = framework.copied(name, vector)  # nothing is copied where it is contiguous
    return framework.exported(name, vector)
