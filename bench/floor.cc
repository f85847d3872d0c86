#include "floor.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>

#include <hwy/cache_control.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "floor.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace skim::bench::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<std::uint64_t>;
using Vector = hn::Vec<Tag>;

// ORs `kStreams` equal parts of the data side by side, each with its own accumulators.
template <int kStreams, int kUnroll, int kPrefetchBytes>
std::uint64_t Read(const std::uint8_t* HWY_RESTRICT data, std::size_t bytes) {
  const Tag tag;
  const std::size_t step = kUnroll * hn::Lanes(tag) * sizeof(std::uint64_t);
  const std::size_t part = bytes / (kStreams * step) * step;
  Vector sums[kStreams * kUnroll];
  for (Vector& sum : sums) sum = hn::Zero(tag);
  for (std::size_t at = 0; at < part; at += step) {
    for (int stream = 0; stream < kStreams; ++stream) {
      const std::uint8_t* from = data + static_cast<std::size_t>(stream) * part + at;
      for (int i = 0; i < kUnroll; ++i) {
        const std::uint8_t* place = from + static_cast<std::size_t>(i) * step / kUnroll;
        if constexpr (kPrefetchBytes > 0) hwy::Prefetch(place + kPrefetchBytes);
        Vector& sum = sums[stream * kUnroll + i];
        sum = hn::Or(sum, hn::LoadU(tag, reinterpret_cast<const std::uint64_t*>(place)));
      }
    }
  }
  Vector all = hn::Zero(tag);
  for (const Vector& sum : sums) all = hn::Or(all, sum);
  std::uint64_t result = hn::GetLane(hn::MaxOfLanes(tag, all));
  for (std::size_t at = kStreams * part; at < bytes; ++at) result |= data[at];
  return result;
}

std::uint64_t ReadVariant(std::size_t variant, const std::uint8_t* data, std::size_t bytes) {
  switch (variant) {
    case 0:
      return Read<1, 4, 0>(data, bytes);
    case 1:
      return Read<1, 8, 0>(data, bytes);
    case 2:
      return Read<1, 8, 1024>(data, bytes);
    case 3:
      return Read<1, 8, 4096>(data, bytes);
    case 4:
      return Read<4, 2, 0>(data, bytes);
    default:
      return Read<4, 2, 512>(data, bytes);
  }
}

}  // namespace skim::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace skim::bench {
namespace {

HWY_EXPORT(ReadVariant);

constexpr std::array kVariants = {"4 accumulators",
                                  "8 accumulators",
                                  "8 accumulators, prefetch 1 KiB ahead",
                                  "8 accumulators, prefetch 4 KiB ahead",
                                  "4 streams",
                                  "4 streams, prefetch 512 B ahead"};

std::atomic<std::uint64_t> sink;  // keeps the reads from being optimised away

void read_share(std::size_t variant, const std::uint8_t* data, std::size_t bytes) {
  sink.store(HWY_DYNAMIC_DISPATCH(ReadVariant)(variant, data, bytes), std::memory_order_relaxed);
}

}  // namespace

std::size_t read_variant_count() { return kVariants.size(); }

std::string read_variant_name(std::size_t variant) { return kVariants.at(variant); }

void read_bytes(std::size_t variant, const void* data, std::size_t bytes, int threads) {
  const auto* begin = static_cast<const std::uint8_t*>(data);
  if (threads == 1) return read_share(variant, begin, bytes);
  const auto shares = static_cast<std::size_t>(threads);
  const std::size_t share = (bytes / shares + 63) / 64 * 64;
#pragma omp parallel for num_threads(threads) schedule(static)
  for (std::size_t i = 0; i < shares; ++i) {
    const std::size_t from = std::min(i * share, bytes);
    read_share(variant, begin + from, std::min(share, bytes - from));
  }
}

}  // namespace skim::bench
#endif  // HWY_ONCE
