// Many short rows, k up to 128: a warp holds a row in registers and selects alone, so that an SM
// works on as many rows as it has warps, and the work on one row hides behind the reading of
// others.
//   1. All loads of the row are issued at once.
//   2. An order statistic of maxima of groups of its elements is a bound that few elements reach.
//   3. Bits of what reaches it; a sum over the lanes gives each hit a slot.
//   4. Lanes write the codes of their hits into slots of shared memory; a hit is read again by its
//      index (from the L1), because registers have no index.
//   5. A sorting network over the slots' keys, which are distinct; each lane writes what it holds.
// Too many hits, or none that are sure (ties, rows of -inf): warp_keep_best.cuh.
#pragma once

#include <cstdint>

#include "cuda/cluster.cuh"
#include "cuda/phase_clock.cuh"
#include "cuda/warp_bound.cuh"
#include "cuda/warp_hits.cuh"
#include "cuda/warp_keep_best.cuh"
#include "cuda/warp_maxima_layout.h"
#include "cuda/warp_slots.cuh"
#include "cuda/writer.cuh"

namespace skim::cuda {

enum class WarpMaximaPhase : std::uint8_t { load, bound, collect, order, write };
inline constexpr const char* kWarpMaximaPhases[] = {"load", "bound", "collect", "order", "write"};

// Each hit into a slot: their number is the result.
template <DType kDType, bool kLargest, int kVectors, int kPerLane>
__device__ std::uint32_t collect(const WarpRow<kDType, kLargest, kVectors>& row,
                                 WarpBound<kDType, kLargest> bound, std::uint32_t k,
                                 const WarpSlots<kDType, kLargest, kVectors, kPerLane>& slots) {
  using Slots = WarpSlots<kDType, kLargest, kVectors, kPerLane>;
  WarpHits<kDType, kLargest, kVectors> hits;
  hits.template mark<Reaches<kDType, kLargest>>(row, bound.limit());
  std::uint32_t through = ptx::sum_through(hits.count());
  std::uint32_t count = __shfl_sync(~0u, through, 31);
  if (__builtin_expect(count > Slots::kCount || !bound.is_sure(), 0)) {
    hits = WarpKeepBest<kDType, kLargest, kVectors>(row)(bound.key(), k, Slots::kCount);
    through = ptx::sum_through(hits.count());
    count = __shfl_sync(~0u, through, 31);
  }
  slots.fill(row, hits, through - hits.count());
  __syncwarp();
  return count;
}

template <class Best, class Row, class Writer>
__device__ void write(const Best& best, const Row& row, std::uint32_t k, const Writer& writer) {
#pragma unroll
  for (int r = 0; r < Best::kCount; ++r) {
    const std::uint32_t rank = best.first_rank + r;
    const std::uint32_t index = best.index(r);
    if (rank < k) writer.put(rank, row.element(index), index);
  }
}

template <DType kDType, bool kLargest, int kVectors, int kSlots, class Clock>
__global__ void __launch_bounds__(kMostWarpMaximaThreads)
    warp_maxima_kernel(const __grid_constant__ TopkArguments arguments) {
  using Row = WarpRow<kDType, kLargest, kVectors>;
  using Slots = WarpSlots<kDType, kLargest, kVectors, kSlots / 32>;
  __shared__ typename Slots::Memory memory[kMostWarpMaximaThreads / 32];

  Clock clock;
  const std::int64_t row_number =
      arguments.first_row + std::int64_t{blockIdx.x} * warp_count() + warp_id();
  if (row_number >= arguments.rows) return;
  const Slots slots(memory[warp_id()]);
  wait_for_previous_kernel();
  const Row row(arguments, row_number);
  const std::uint32_t k = min(static_cast<std::uint32_t>(arguments.k), row.length());
  clock.end(WarpMaximaPhase::load);

  const auto bound = row_bound<kSlots>(row, k);
  clock.end(WarpMaximaPhase::bound);
  const std::uint32_t count = collect(row, bound, k, slots);
  clock.end(WarpMaximaPhase::collect);
  const auto best = slots.best(row, count);
  clock.end(WarpMaximaPhase::order);

  const Writer<kDType, kLargest> writer(arguments, row_number);
  write(best, row, k, writer);
#pragma unroll 1
  for (std::uint32_t rank = k + lane_id(); rank < arguments.k; rank += 32)
    writer.put(rank, KeyOrder<kDType>::template fill_bits<kLargest>(), -1);
  clock.end(WarpMaximaPhase::write);
}

}  // namespace skim::cuda
