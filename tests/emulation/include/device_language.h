// CUDA C++ as an ordinary compiler reads it, on the machine of tests/emulation/machine.h: included
// before every file of src/cuda. What is not here does not compile.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <type_traits>

#include "machine.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __noinline__
#define __grid_constant__
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __shared__ thread_local
#define __CUDA_EMULATED__ 1

// Of the thread that runs.
extern thread_local skim::emulation::Dim3 threadIdx;
extern thread_local skim::emulation::Dim3 blockIdx;
extern thread_local skim::emulation::Dim3 blockDim;
extern thread_local skim::emulation::Dim3 gridDim;

struct alignas(16) uint4 {
  std::uint32_t x, y, z, w;
};
struct alignas(8) uint2 {
  std::uint32_t x, y;
};
struct alignas(16) int4 {
  std::int32_t x, y, z, w;
};
struct alignas(16) longlong2 {
  long long x, y;
};
struct alignas(16) ulonglong2 {
  unsigned long long x, y;
};
inline uint4 make_uint4(std::uint32_t x, std::uint32_t y, std::uint32_t z, std::uint32_t w) {
  return {x, y, z, w};
}
inline uint2 make_uint2(std::uint32_t x, std::uint32_t y) { return {x, y}; }
inline int4 make_int4(std::int32_t x, std::int32_t y, std::int32_t z, std::int32_t w) {
  return {x, y, z, w};
}
inline longlong2 make_longlong2(long long x, long long y) { return {x, y}; }

using std::max;
using std::min;

template <class T>
T __ldg(const T* from) {
  return *from;
}
template <class T>
T __ldcg(const T* from) {
  return *from;
}
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline long long clock64() {
  static thread_local long long cycles = 0;
  return cycles += 7;
}
[[noreturn]] inline void __trap() { __builtin_trap(); }

inline int __popc(unsigned bits) { return std::popcount(bits); }
inline int __popcll(unsigned long long bits) { return std::popcount(bits); }
inline int __ffs(int bits) { return __builtin_ffs(bits); }
inline int __ffsll(long long bits) { return __builtin_ffsll(bits); }
inline int __clz(int bits) { return std::countl_zero(static_cast<unsigned>(bits)); }
inline int __clzll(long long bits) {
  return std::countl_zero(static_cast<unsigned long long>(bits));
}
inline unsigned __brev(unsigned bits) {
  unsigned reversed = 0;
  for (int i = 0; i < 32; ++i) reversed |= (bits >> i & 1) << (31 - i);
  return reversed;
}
inline unsigned __byte_perm(unsigned low, unsigned high, unsigned selector) {
  const std::uint64_t bytes = std::uint64_t{high} << 32 | low;
  unsigned result = 0;
  for (int i = 0; i < 4; ++i) {
    const unsigned which = selector >> (4 * i) & 7;
    result |= static_cast<unsigned>(bytes >> (8 * which) & 0xff) << (8 * i);
  }
  return result;
}
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline unsigned __vmaxs2(unsigned a, unsigned b) {
  const auto half = [](unsigned x, int i) { return static_cast<std::int16_t>(x >> (16 * i)); };
  return static_cast<std::uint16_t>(std::max(half(a, 0), half(b, 0))) |
         static_cast<unsigned>(static_cast<std::uint16_t>(std::max(half(a, 1), half(b, 1)))) << 16;
}
inline unsigned __vmins2(unsigned a, unsigned b) {
  const auto half = [](unsigned x, int i) { return static_cast<std::int16_t>(x >> (16 * i)); };
  return static_cast<std::uint16_t>(std::min(half(a, 0), half(b, 0))) |
         static_cast<unsigned>(static_cast<std::uint16_t>(std::min(half(a, 1), half(b, 1)))) << 16;
}
inline float __uint_as_float(std::uint32_t bits) { return std::bit_cast<float>(bits); }
inline float __int_as_float(std::int32_t bits) { return std::bit_cast<float>(bits); }
inline std::uint32_t __float_as_uint(float value) { return std::bit_cast<std::uint32_t>(value); }
inline std::int32_t __float_as_int(float value) { return std::bit_cast<std::int32_t>(value); }
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
  const std::uint64_t both = std::uint64_t{high} << 32 | low;
  return static_cast<unsigned>(both << (shift & 31) >> 32);
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
  const std::uint64_t both = std::uint64_t{high} << 32 | low;
  return static_cast<unsigned>(both >> (shift & 31));
}

// ---- of a CTA ----

inline void __syncthreads() {
  skim::emulation::sync_block(skim::emulation::Operation::sync_block, true);
}
inline int __syncthreads_and(int vote) {
  using namespace skim::emulation;
  return static_cast<int>(sync_block(Operation::sync_block_and, vote != 0).all);
}
inline int __syncthreads_or(int vote) {
  using namespace skim::emulation;
  return static_cast<int>(sync_block(Operation::sync_block_or, vote != 0).any);
}
inline int __syncthreads_count(int vote) {
  using namespace skim::emulation;
  return static_cast<int>(sync_block(Operation::sync_block_or, vote != 0).count);
}

// ---- of a warp ----

namespace skim::emulation {

template <class T>
std::uint64_t bits_of(T value) {
  std::uint64_t bits = 0;
  static_assert(sizeof(T) <= sizeof(bits));
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}
template <class T>
T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}
inline unsigned lane() { return threadIdx.x % 32; }

template <class T>
T value_of(const WarpValues& values, unsigned mask, unsigned from) {
  // A lane that takes no part gives nothing that anyone may rely on.
  return (mask >> from & 1) != 0 ? from_bits<T>(values[from]) : from_bits<T>(0x5a5a5a5a5a5a5a5aULL);
}
// Within `width` lanes, or the lane's own value.
template <class T>
T shuffled_from(unsigned mask, T value, int from, int width) {
  const WarpValues& values = exchange(Operation::shuffle, mask, bits_of(value));
  const int own = static_cast<int>(lane());
  const int first = own / width * width;
  const bool inside = from >= first && from < first + width;
  return value_of<T>(values, mask, static_cast<unsigned>(inside ? from : own));
}
template <class T, class Combine>
T reduced(unsigned mask, T value, Combine combine) {
  const WarpValues values = exchange(Operation::reduce, mask, bits_of(value));
  T result = value;
  for (unsigned from = 0; from < 32; ++from)
    if ((mask >> from & 1) != 0 && from != lane())
      result = combine(result, from_bits<T>(values[from]));
  return result;
}

}  // namespace skim::emulation

inline void __syncwarp(unsigned mask = ~0u) {
  skim::emulation::exchange(skim::emulation::Operation::sync_warp, mask, 0);
}
template <class T>
T __shfl_sync(unsigned mask, T value, int from, int width = 32) {
  const int own = static_cast<int>(skim::emulation::lane());
  return skim::emulation::shuffled_from(mask, value, own / width * width + (from & (width - 1)),
                                        width);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32) {
  const int own = static_cast<int>(skim::emulation::lane());
  return skim::emulation::shuffled_from(mask, value, own ^ lanes, width);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned lanes, int width = 32) {
  const int own = static_cast<int>(skim::emulation::lane());
  return skim::emulation::shuffled_from(mask, value, own - static_cast<int>(lanes), width);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned lanes, int width = 32) {
  const int own = static_cast<int>(skim::emulation::lane());
  return skim::emulation::shuffled_from(mask, value, own + static_cast<int>(lanes), width);
}
inline unsigned __ballot_sync(unsigned mask, int vote) {
  using namespace skim::emulation;
  const WarpValues& values = exchange(Operation::ballot, mask, vote != 0 ? 1 : 0);
  unsigned votes = 0;
  for (unsigned from = 0; from < 32; ++from)
    if ((mask >> from & 1) != 0) votes |= static_cast<unsigned>(values[from]) << from;
  return votes;
}
inline int __any_sync(unsigned mask, int vote) { return __ballot_sync(mask, vote) != 0; }
inline int __all_sync(unsigned mask, int vote) { return __ballot_sync(mask, vote) == mask; }
// Lanes that call from one place at the same time; on this machine nobody else ever does.
inline unsigned __activemask() { return 1u << skim::emulation::lane(); }

template <class T>
requires(sizeof(T) == 4) T __reduce_add_sync(unsigned mask, T value) {
  return skim::emulation::reduced(mask, value, [](T a, T b) {
    return static_cast<T>(static_cast<unsigned>(a) + static_cast<unsigned>(b));
  });
}
template <class T>
requires(sizeof(T) == 4) T __reduce_max_sync(unsigned mask, T value) {
  return skim::emulation::reduced(mask, value, [](T a, T b) { return std::max(a, b); });
}
template <class T>
requires(sizeof(T) == 4) T __reduce_min_sync(unsigned mask, T value) {
  return skim::emulation::reduced(mask, value, [](T a, T b) { return std::min(a, b); });
}
inline unsigned __reduce_or_sync(unsigned mask, unsigned value) {
  return skim::emulation::reduced(mask, value, [](unsigned a, unsigned b) { return a | b; });
}
inline unsigned __reduce_and_sync(unsigned mask, unsigned value) {
  return skim::emulation::reduced(mask, value, [](unsigned a, unsigned b) { return a & b; });
}

// ---- atomics ----

template <class T>
T atomicAdd(T* at, std::type_identity_t<T> value) {
  return __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST);
}
template <class T>
T atomicOr(T* at, std::type_identity_t<T> value) {
  return __atomic_fetch_or(at, value, __ATOMIC_SEQ_CST);
}
template <class T>
T atomicAnd(T* at, std::type_identity_t<T> value) {
  return __atomic_fetch_and(at, value, __ATOMIC_SEQ_CST);
}
template <class T>
T atomicExch(T* at, std::type_identity_t<T> value) {
  return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);
}
template <class T>
T atomicCAS(T* at, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
  __atomic_compare_exchange_n(at, &expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return expected;
}
namespace skim::emulation {

template <class T, class Better>
T atomic_best(T* at, T value, Better better) {
  T before = __atomic_load_n(at, __ATOMIC_SEQ_CST);
  const auto exchanged = [&] {
    return __atomic_compare_exchange_n(at, &before, value, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
  };
  while (better(value, before) && !exchanged()) {
  }
  return before;
}

}  // namespace skim::emulation

template <class T>
T atomicMax(T* at, std::type_identity_t<T> value) {
  return skim::emulation::atomic_best(at, value, std::greater<T>());
}
template <class T>
T atomicMin(T* at, std::type_identity_t<T> value) {
  return skim::emulation::atomic_best(at, value, std::less<T>());
}
