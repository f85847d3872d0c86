// The GPUs of this process. In a build without the CUDA backend there are none.
#pragma once

#include <cstddef>
#include <string>

#include "skim/device.h"

namespace skim::cuda {

int device_count();
std::string why_none();  // where device_count() is 0

// Reads the properties and loads the kernels. Throws DeviceError.
Device make_device(int ordinal);

// Memory that comes and goes in the order of a stream of the given device. Throws DeviceError, or
// std::bad_alloc.
void* allocate(std::size_t bytes, DeviceId device, void* stream);
void release(void* memory, DeviceId device, void* stream) noexcept;

}  // namespace skim::cuda
