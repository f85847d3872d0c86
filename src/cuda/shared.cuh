// Shared memory by its address of 32 bits: kept in a register, where the compiler would work out
// the address of a variable anew (a slow read of a special register) wherever it is used.
#pragma once

#include <cstdint>

namespace skim::cuda::shared {

using Address = std::uint32_t;

__device__ inline Address address_of(const void* variable) {
  const auto address = static_cast<Address>(__cvta_generic_to_shared(variable));
  Address kept = 0;
  asm volatile("mov.u32 %0, %1;" : "=r"(kept) : "r"(address));
  return kept;
}

template <class T>
__device__ T load(Address address) {
  if constexpr (sizeof(T) == 4) {
    std::int32_t value = 0;
    asm volatile("ld.shared.s32 %0, [%1];" : "=r"(value) : "r"(address) : "memory");
    return static_cast<T>(value);
  } else if constexpr (sizeof(T) == 2) {
    std::int32_t value = 0;
    asm volatile("ld.shared.s16 %0, [%1];" : "=r"(value) : "r"(address) : "memory");
    return static_cast<T>(value);
  } else {
    static_assert(sizeof(T) == 8);
    std::int64_t value = 0;
    asm volatile("ld.shared.s64 %0, [%1];" : "=l"(value) : "r"(address) : "memory");
    return static_cast<T>(value);
  }
}
__device__ inline longlong2 load_pair(Address address) {
  longlong2 pair;
  asm volatile("ld.shared.v2.s64 {%0, %1}, [%2];"
               : "=l"(pair.x), "=l"(pair.y)
               : "r"(address)
               : "memory");
  return pair;
}
__device__ inline int4 load_four(Address address) {
  int4 four;
  asm volatile("ld.shared.v4.s32 {%0, %1, %2, %3}, [%4];"
               : "=r"(four.x), "=r"(four.y), "=r"(four.z), "=r"(four.w)
               : "r"(address)
               : "memory");
  return four;
}

__device__ inline void store(Address address, std::int32_t value) {
  asm volatile("st.shared.s32 [%0], %1;" ::"r"(address), "r"(value) : "memory");
}
__device__ inline void store(Address address, std::int64_t value) {
  asm volatile("st.shared.s64 [%0], %1;" ::"r"(address), "l"(value) : "memory");
}
__device__ inline void store(Address address, const uint4& four) {
  asm volatile("st.shared.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(address), "r"(four.x), "r"(four.y),
               "r"(four.z), "r"(four.w)
               : "memory");
}

// What was there before.
__device__ inline std::uint32_t add(Address address, std::uint32_t value) {
  std::uint32_t before = 0;
  asm volatile("atom.shared.add.u32 %0, [%1], %2;"
               : "=r"(before)
               : "r"(address), "r"(value)
               : "memory");
  return before;
}

}  // namespace skim::cuda::shared
