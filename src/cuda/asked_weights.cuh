// The masses of one row of probabilities, asked about by one CTA: what cpu/weight_masses.h is to a
// CPU.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/asked_row.cuh"
#include "random/mass.h"
#include "random/token_bound.h"

namespace skim::cuda {

template <DType kDType>
class AskedWeights {
 public:
  // `first` of the row is above 0.
  __device__ AskedWeights(AskedRow<kDType>& row, const TokenBound& first)
      : row_(row), first_(first), units_(units_a_weight(first.value)) {}

  __device__ double units() const { return units_; }

  // Beside a weight at +inf, others have no share.
  __device__ TokenBound all() const {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    constexpr float kLeast = std::numeric_limits<float>::denorm_min();
    return {first_.value == kInfinity ? kInfinity : kLeast, row_.length()};
  }

  __device__ BlockTotal before(const TokenBound& bound) {
    return row_.before(bound, [&](float x) { return weight_mass(x, units_); });
  }

  __device__ TokenBound nucleus(float share) {
    if (share >= 1.0F) return all();
    const std::uint64_t limit = nucleus_limit(before(all()).mass, share);
    return row_.end_of(limit, first_, place_behind(all().value, row_.length()),
                       [&](const TokenBound& bound) { return before(bound); });
  }

  // stores(token) by one thread: the token that holds this unit of all, in the order of tokens.
  template <class Store>
  __device__ void find(std::uint64_t unit, BlockAnswers& answers, Store store) {
    const std::uint64_t own = mass_of_warp();
    const std::uint64_t before = answers.total(lane_id() == 0 ? own : 0, 0).before;
    if (unit < before || unit - before >= own) return;
    std::uint64_t rest = unit - before;
#pragma unroll 1
    for (std::uint32_t from = first_of_warp(warp_id()); from < first_of_warp(warp_id() + 1);
         from += 32) {
      const std::uint64_t mass = mass_at(from + static_cast<std::uint32_t>(lane_id()));
      const std::uint64_t together = warp_sum(mass);
      if (rest < together) {
        if (lane_id() == holding_lane(rest, mass).lane) store(from + lane_id());
        return;
      }
      rest -= together;
    }
  }

 private:
  // Warps have parts of whole steps of 32 tokens that follow each other.
  __device__ std::uint32_t first_of_warp(int warp) const {
    const auto warps = static_cast<std::uint32_t>(warp_count());
    const std::uint32_t steps = (row_.length() + 31) / 32;
    return static_cast<std::uint32_t>(warp) * ((steps + warps - 1) / warps) * 32;
  }

  __device__ std::uint64_t mass_at(std::uint32_t token) const {
    if (token >= row_.length()) return 0;
    const float x = row_.logits().logit(token);
    return all().has_before(x, token) ? weight_mass(x, units_) : 0;
  }

  __device__ std::uint64_t mass_of_warp() const {
    std::uint64_t mass = 0;
#pragma unroll 1
    for (std::uint32_t from = first_of_warp(warp_id()); from < first_of_warp(warp_id() + 1);
         from += 32)
      mass += mass_at(from + static_cast<std::uint32_t>(lane_id()));
    return warp_sum(mass);
  }

  AskedRow<kDType>& row_;
  TokenBound first_;
  double units_;
};

}  // namespace skim::cuda
