// Takes the place of src/cuda/shared.cuh.
#pragma once

#include <cstdint>

#include "machine.h"

namespace skim::cuda::shared {

using Address = std::uint32_t;

inline Address address_of(const void* variable) { return emulation::address_of(variable); }

template <class T>
T* pointer(Address address) {
  return static_cast<T*>(emulation::pointer_to(address));
}
template <class T>
T load(Address address) {
  return *pointer<const T>(address);
}
inline longlong2 load_pair(Address address) { return *pointer<const longlong2>(address); }
inline int4 load_four(Address address) { return *pointer<const int4>(address); }
inline void store(Address address, std::int32_t value) { *pointer<std::int32_t>(address) = value; }
inline void store(Address address, std::int64_t value) { *pointer<std::int64_t>(address) = value; }
inline void store(Address address, const uint4& four) { *pointer<uint4>(address) = four; }
inline std::uint32_t add(Address address, std::uint32_t value) {
  return atomicAdd(pointer<std::uint32_t>(address), value);
}

}  // namespace skim::cuda::shared
