// The exact way of warp_maxima where more elements reach the bound than there are slots, or where
// the bound says nothing: from the registers that hold the row.
#pragma once

#include <cstdint>

#include "cuda/warp_hits.cuh"
#include "cuda/warp_row.cuh"

namespace skim::cuda {

template <DType kDType, bool kLargest, int kVectors>
class WarpKeepBest {
  using Order = KeyOrder<kDType>;
  using Key = typename Order::Key;
  using Row = WarpRow<kDType, kLargest, kVectors>;
  using Hits = WarpHits<kDType, kLargest, kVectors>;

 public:
  static constexpr std::int32_t kBest =
      order_key<kDType, kLargest>(kLargest ? Order::highest_key : Order::negative_infinity);
  static constexpr std::int32_t kWorst = order_key<kDType, kLargest>(Row::kPadding);

  __device__ explicit WarpKeepBest(const Row& row) : row_(row) {}

  // At least k and at most `most` hits, among which the k best are; k elements reach `low`.
  __device__ Hits operator()(std::int32_t low, std::uint32_t k, std::uint32_t most) const {
    low = min(max(low, kWorst), kBest);
    Hits better = beyond(low);
    std::uint32_t count = __reduce_add_sync(~0u, better.count());
    if (count > most) {
      low = raise(low, k, most, better, count);
    }
    if (count >= k) return better;
    Hits ties = beyond(low - 1);
    ties.remove(better);
    ties.keep_held(row_);
    keep_first(ties, k - count);
    better.add(ties);
    return better;
  }

 private:
  // Elements whose key is above `key`.
  __device__ Hits beyond(std::int32_t key) const {
    Hits hits;
    if (key >= kBest) {
      hits.clear();
    } else if (key < kWorst) {
      hits.mark_all();
    } else {
      const std::int32_t limit = kLargest ? key : key + 1;
      hits.template mark<Beyond<kDType, kLargest>>(
          row_, Row::both(static_cast<std::uint32_t>(
                    bits_of_key<kDType, kLargest>(static_cast<Key>(limit)))));
    }
    return hits;
  }

  __device__ std::int32_t highest() const {
    std::uint32_t best = row_.end_word();
#pragma unroll
    for (int w = 0; w < Row::kWords; ++w) best = Row::better(best, row_.word(w));
    std::int32_t key = order_key<kDType, kLargest>(static_cast<Key>(best));
    if constexpr (sizeof(Key) == 2)
      key = max(key, std::int32_t{order_key<kDType, kLargest>(static_cast<Key>(best >> 16))});
    return __reduce_max_sync(~0u, key);
  }

  // More than `most` elements are beyond `low`. Returns a key that fewer than k are beyond and that
  // k reach, or any if between k and `most` are beyond it; with the hits beyond it and their
  // number.
  __device__ std::int32_t raise(std::int32_t low, std::uint32_t k, std::uint32_t most, Hits& better,
                                std::uint32_t& count) const {
    std::int32_t high = highest();
    std::uint32_t beyond_low = count;
    bool halves = false;
    while (true) {
      const std::uint32_t span = static_cast<std::uint32_t>(high) - static_cast<std::uint32_t>(low);
      const bool ends = span <= 1;
      // Where keys were spread evenly; every other step halves, whatever the distribution.
      const float share = halves ? 0.5f : 1 - 0.5f * static_cast<float>(k + most) / beyond_low;
      const std::uint32_t step =
          min(max(static_cast<std::uint32_t>(share * static_cast<float>(span)), 1u), span - 1);
      const std::int32_t middle = ends ? high : low + static_cast<std::int32_t>(step);
      better = beyond(middle);
      count = __reduce_add_sync(~0u, better.count());
      if (ends || (count >= k && count <= most)) return middle;
      halves = !halves;
      if (count > most) {
        low = middle;
        beyond_low = count;
      } else {
        high = middle;
      }
    }
  }

  // The first `need` in the order of their indices.
  __device__ void keep_first(Hits& ties, std::uint32_t need) const {
    need = keep_first_ends(ties, need, true);
#pragma unroll
    for (int j = 0; j < kVectors; ++j) {
      if (need == 0) {
        ties.clear_vector(j);
        continue;
      }
      const std::uint32_t own = ties.count_of(j);
      const std::uint32_t through = ptx::sum_through(own);
      const std::uint32_t before = min(need, through - own);
      const std::uint32_t all = __shfl_sync(~0u, through, 31);
      if (all > need) ties.keep_first(j, need - before);
      need -= min(need, all);
    }
    keep_first_ends(ties, need, false);
  }

  // Of the ends before (or behind) the whole vectors; returns how many are still needed.
  __device__ std::uint32_t keep_first_ends(Hits& ties, std::uint32_t need, bool head) const {
    const bool mine = ties.end() && row_.is_head() == head;
    const std::uint32_t all = __ballot_sync(~0u, mine);
    const auto before = static_cast<std::uint32_t>(__popc(all & ((1u << lane_id()) - 1)));
    if (mine && before >= need) ties.drop_end();
    return need - min(need, static_cast<std::uint32_t>(__popc(all)));
  }

  const Row& row_;
};

}  // namespace skim::cuda
