"""Loads the native library and its tvm-ffi module."""

import os
from pathlib import Path

import tvm_ffi


class InvalidRequest(ValueError):
    """The request cannot be carried out as asked: the argument, its value, the limit, the remedy."""


class DeviceError(RuntimeError):
    """The device failed, or there is none, or no backend for it in this build."""


# The native module raises by these names.
tvm_ffi.register_error("skim.InvalidRequest", InvalidRequest)
tvm_ffi.register_error("skim.DeviceError", DeviceError)


def library_path(name: str) -> Path:
    """Where a native file of the package is: beside it, or in $SKIM_LIBRARY_DIR for development."""
    folder = Path(os.environ.get("SKIM_LIBRARY_DIR", Path(__file__).parent / "lib"))
    path = folder / name
    if not path.exists():
        raise ImportError(
            f"{path} is missing; install the package with `pip install .`, or set SKIM_LIBRARY_DIR "
            "to the folder lib of `cmake --install BUILD --component python --prefix FOLDER`"
        )
    return path


_module = tvm_ffi.load_module(library_path("skim_ffi.so"))

is_row_matrix = _module.is_row_matrix
check_cuda = _module.check_cuda
validate = _module.validate
new_values = _module.new_values
new_indices = _module.new_indices
select = _module.select
select_with = _module.select_with
select_new_indices = _module.select_new_indices
select_for_xla = _module.select_for_xla
select_of_lengths_for_xla = _module.select_of_lengths_for_xla
as_bfloat16 = _module.as_bfloat16
validate_sampling = _module.validate_sampling
sample = _module.sample
sample_new_tokens = _module.sample_new_tokens
sample_for_xla = _module.sample_for_xla
validate_step = _module.validate_step
sampling_step = _module.sampling_step

__version__: str = str(_module.version())
