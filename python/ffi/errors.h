// A status of the C API as the exception that Python knows.
#pragma once

#include <tvm/ffi/tvm_ffi.h>

#include <cstdint>
#include <string>
#include <utility>

#include "skim/skim.h"

namespace skim_ffi {

namespace ffi = tvm::ffi;

// Python's classes of these names are registered in python/skim/_ffi.py.
[[noreturn]] inline void raise(const char* kind, std::string message) {
  throw ffi::Error(kind, std::move(message), std::string());
}

// `in_python` names the arguments of a sentence as Python does.
template <class InPython>
void check(skim_status status, const InPython& in_python) {
  switch (status) {
    case SKIM_OK:
      return;
    case SKIM_INVALID_REQUEST:
      raise("skim.InvalidRequest", in_python(skim_last_error()));
    case SKIM_DEVICE_ERROR:
      raise("skim.DeviceError", skim_last_error());
    case SKIM_OUT_OF_MEMORY:
      raise("MemoryError", skim_last_error());
    case SKIM_INTERNAL_ERROR:
      break;
  }
  raise("RuntimeError", skim_last_error());
}

inline std::string shape_text(const std::int64_t* shape, int rank) {
  std::string text = "(";
  for (int i = 0; i < rank; ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + (rank == 1 ? ",)" : ")");
}

}  // namespace skim_ffi
