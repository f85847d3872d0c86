// What the tokens of one row are drawn from, for who asks for the log-probabilities of any of them:
// the tokens before a bound, and their mass. What cpu/row_draw.h knows of a draw.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/asked_row.cuh"
#include "random/mass.h"
#include "random/row_settings.h"
#include "random/token_bound.h"

namespace skim::cuda {

struct AskedDistribution {
  float maximum;
  MassScale scale;
  TokenBound end;
  std::uint64_t total;
  bool is_greedy = false;

  __device__ float logprob(float x, std::int64_t token) const {
    if (!end.has_before(x, token)) return -std::numeric_limits<float>::infinity();
    return is_greedy ? 0.0F : logprob_of(x, maximum, scale, total);
  }
};

// Of a row whose first token is above -inf, and no NaN.
template <DType kDType>
class AskedDistributions {
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();

 public:
  __device__ AskedDistributions(AskedRow<kDType>& row, const TokenBound& first)
      : row_(row), first_(first) {}

  __device__ AskedDistribution raw() {
    const MassScale scale = mass_scale(1.0F);
    return {first_.value, scale, all(), row_.mass_of_tiles(first_.value, scale)};
  }

  __device__ AskedDistribution processed(const RowSettings& settings, FilterOrder order) {
    if (settings.greedy)
      return {first_.value, settings.scale, {first_.value, first_.index + 1}, 0, true};
    return settings.top_k > 0 ? among_best(settings, order) : among_all(settings, order);
  }

 private:
  // Beside a logit at +inf, others have no probability.
  __device__ TokenBound all() const {
    return {first_.value == kInfinity ? kInfinity : -kInfinity, row_.length()};
  }
  __device__ TokenBound likely(const RowSettings& settings) const {
    return {least_logit(settings, first_.value), row_.length()};
  }

  __device__ AskedDistribution among_best(const RowSettings& settings, FilterOrder order) {
    const auto candidates = [&](const TokenBound& bound) {
      return row_.before(bound,
                         [&](float x) { return candidate_mass(x, first_.value, settings.scale); });
    };
    const TokenBound best = row_.end_of_best(static_cast<std::uint32_t>(settings.top_k), first_);
    TokenBound end = likely(settings);
    if (place_of(best) > place_of(end)) end = best;
    std::uint64_t total = candidates(end).mass;
    if (settings.top_p < 1.0F) {
      std::uint64_t base = total;
      if (order == FilterOrder::joint) {
        base = row_.mass_of_tiles(first_.value, settings.scale);
      } else if (order == FilterOrder::hf && first_.value < kInfinity) {
        base = candidates(best).mass;
      }
      end = row_.end_of(nucleus_limit(base, settings.top_p), first_, place_of(end), candidates);
      total = candidates(end).mass;
    }
    return {first_.value, settings.scale, end, total};
  }

  __device__ AskedDistribution among_all(const RowSettings& settings, FilterOrder order) {
    const auto tiles = [&](const TokenBound& bound) {
      return row_.tiles_before(bound, first_.value, settings.scale);
    };
    TokenBound end = likely(settings);
    std::uint64_t total = tiles(end).mass;
    if (settings.top_p < 1.0F) {
      const std::uint64_t base = order == FilterOrder::sequential ? total : tiles(all()).mass;
      end = row_.end_of(nucleus_limit(base, settings.top_p), first_,
                        place_behind(end.value, row_.length()), tiles);
      total = tiles(end).mass;
    }
    return {first_.value, settings.scale, end, total};
  }

  AskedRow<kDType>& row_;
  TokenBound first_;
};

}  // namespace skim::cuda
