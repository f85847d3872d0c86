// The exact way of cluster_maxima and group_maxima where more elements reach the threshold than a
// list holds (ties, or the likely elements close together): keeps the k best of those that a CTA
// has in registers, by bisection on packed comparisons, then ties in the order of their indices.
#pragma once

#include <cstdint>

#include "cuda/best_bounds.cuh"
#include "cuda/block.cuh"
#include "cuda/lanes.cuh"

namespace skim::cuda {

struct KeepBestScratch {
  BlockSumScratch sums;
  std::uint32_t ties[kMostTieCounts];
};

template <DType kDType, bool kLargest, int kVectors, class VectorAt>
class KeepBest {
  using L = Lanes<kDType, kLargest>;
  using Key = typename L::Key;
  using Masks = HitMasks<kDType, kLargest, kVectors>;

 public:
  __device__ KeepBest(const uint4 (&vectors)[kVectors], const Row<Key>& row, VectorAt vector_at,
                      KeepBestScratch& scratch)
      : vectors_(vectors),
        row_(row),
        vector_at_(vector_at),
        scratch_(scratch),
        sum_(scratch.sums) {}

  // Elements of the row whose key is at least `threshold`, exactly.
  __device__ Masks reaching(std::int32_t threshold) const {
    return cuda::reaching<kDType, kLargest>(vectors_, row_, vector_at_, threshold);
  }

  // All elements of the CTA that reach `threshold`, where they are no more than `most`; else its k
  // best, and perhaps some of the next. None has a key above `highest`, and k is no larger than
  // `most`.
  // Those whose key is `tied_key` are apart: nobody needs to read them again.
  struct Kept {
    Masks hits;
    Masks ties;
    std::int32_t tied_key;
    bool all;

    __device__ Masks together() const {
      Masks both = hits;
      both.add(ties);
      return both;
    }
  };
  __device__ Kept select(std::int32_t threshold, std::int32_t highest, std::uint32_t most,
                         std::uint32_t k) {
    const BestBounds bounds =
        bounds_of_best<L>(threshold, highest, most, k, min(most, k + k / 2), [&](std::int32_t key) {
          return KeySurvey{sum_(reaching(key).count()), key, key - 1};
        });
    Masks hits = reaching(bounds.reached);
    if (bounds.ties == 0)
      return {hits, Masks::none(), bounds.reached,
              bounds.reached <= max(threshold, static_cast<std::int32_t>(L::kFillKey) - 1)};
    Masks above = Masks::none();
    if (bounds.any_above) above = reaching(bounds.reached + 1);
    hits.remove(above);
    keep_first(hits, bounds.ties, scratch_.ties);
    return {above, hits, bounds.reached, false};
  }

 private:
  const uint4 (&vectors_)[kVectors];
  const Row<Key>& row_;
  VectorAt vector_at_;
  KeepBestScratch& scratch_;
  BlockSum sum_;
};

}  // namespace skim::cuda
