// The stream that work on a tensor goes to.
#pragma once

#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/tvm_ffi.h>

namespace skim_ffi {

// What the framework calls current for the device of `x`; tvm-ffi asked it when `x` was passed.
inline void* current_stream(const DLTensor& x) {
  return TVMFFIEnvGetStream(x.device.device_type, x.device.device_id);
}

}  // namespace skim_ffi
