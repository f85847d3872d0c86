// The steps of sampling as functions: one CTA a row, which asks about it (asked_row.cuh) where the
// tokens that the step keeps end, and then writes. To the bit what cpu/sampling_steps.cc makes of
// the row.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/asked_row.cuh"
#include "cuda/asked_row_layout.h"
#include "cuda/asked_weights.cuh"
#include "cuda/cluster.cuh"
#include "cuda/step_arguments.h"
#include "random/philox.h"
#include "random/row_settings.h"

namespace skim::cuda {

template <DType kDType>
class StepOfRow {
  using Element = typename KeyOrder<kDType>::Key;

 public:
  __device__ StepOfRow(const StepArguments& arguments, std::int64_t number, AskedRow<kDType>& row,
                       BlockAnswers& answers)
      : arguments_(arguments),
        number_(number),
        row_(row),
        answers_(answers),
        settings_(settings_of(arguments.parameters, number, row.length())) {}

  __device__ void run() {
    if (row_.length() > 0) first_ = row_.first();
    switch (arguments_.step) {
      case SamplingStep::softmax:
        return settings_.greedy ? one_hot() : softmax();
      case SamplingStep::top_k_renorm_probs:
      case SamplingStep::top_p_renorm_probs:
        return renormalise();
      case SamplingStep::top_k_mask_logits:
        return mask(has_first() ? top_k_end() : everything());
      case SamplingStep::top_p_mask_logits:
        return mask(has_first() ? nucleus_end() : everything());
      case SamplingStep::sample_from_probs:
        return draw();
    }
  }

 private:
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();

  __device__ bool has_nan() const { return !(first_.value == first_.value); }
  __device__ bool has_first() const { return first_.value > -kInfinity; }

  // write(column) of the columns that exist, `nothing` of the others.
  template <class Value, class Write>
  __device__ void write(Value nothing, Write value_of) const {
    auto* const to = static_cast<Value*>(arguments_.output) + number_ * arguments_.output_stride;
    const auto cols = static_cast<std::uint32_t>(arguments_.cols);
#pragma unroll 1
    for (std::uint32_t token = threadIdx.x; token < cols; token += blockDim.x)
      to[token] = token < row_.length() ? value_of(token) : nothing;
  }

  // Of rows without anything to divide.
  __device__ void write_none() const {
    const float value = has_nan() ? std::numeric_limits<float>::quiet_NaN() : 0.0F;
    write(0.0F, [&](std::uint32_t) { return value; });
  }

  // ---- logits ----

  __device__ void one_hot() const {
    if (!has_first()) return write_none();
    write(0.0F, [&](std::uint32_t token) { return token == first_.index ? 1.0F : 0.0F; });
  }

  __device__ void softmax() {
    if (!has_first()) return write_none();
    const MassScale scale = settings_.scale;
    const auto total = static_cast<double>(row_.mass_of_tiles(first_.value, scale));
    const float reference = finite_reference(first_.value);
    const auto share =
        static_cast<float>(static_cast<double>(std::uint64_t{1} << kMassBits) / total);
    const TokenBound end = weighty(reference + scale.least);
    write(0.0F, [&](std::uint32_t token) {
      const float x = row_.logits().logit(token);
      return end.has_before(x, token) ? relative_mass(x, reference, scale) * share : 0.0F;
    });
  }

  // Beside +inf, others have no probability; a mass below 2^-120 has none either.
  __device__ TokenBound weighty(float least) const {
    if (first_.value == kInfinity) return {kInfinity, row_.length()};
    return {least, least == -kInfinity ? 0 : row_.length()};
  }

  __device__ void mask(const TokenBound& end) const {
    const auto* const from =
        static_cast<const Element*>(arguments_.logits) + number_ * arguments_.row_stride;
    write(static_cast<Element>(KeyOrder<kDType>::negative_infinity), [&](std::uint32_t token) {
      const bool is_kept = !has_first() || end.has_before(row_.logits().logit(token), token);
      return is_kept ? from[token] : static_cast<Element>(KeyOrder<kDType>::negative_infinity);
    });
  }

  // Tokens at -inf stay what they are.
  static __device__ TokenBound everything() { return {-kInfinity, 0}; }

  __device__ TokenBound top_k_end() {
    const std::int64_t top_k = settings_.top_k;
    if (top_k == 0 || top_k == row_.length()) return everything();
    return row_.end_of_best(static_cast<std::uint32_t>(top_k), first_);
  }

  __device__ TokenBound nucleus_end() {
    if (settings_.greedy) return {first_.value, first_.index + 1};
    if (settings_.top_p >= 1.0F) return everything();
    const MassScale scale = settings_.scale;
    const std::uint64_t limit =
        nucleus_limit(row_.mass_of_tiles(first_.value, scale), settings_.top_p);
    return row_.end_of(
        limit, first_, place_behind(least_logit(settings_, first_.value), row_.length()),
        [&](const TokenBound& bound) { return row_.tiles_before(bound, first_.value, scale); });
  }

  // ---- probabilities ----

  __device__ void renormalise() {
    if (!(first_.value > 0.0F)) return write_none();
    AskedWeights<kDType> weights(row_, first_);
    const TokenBound end = arguments_.step == SamplingStep::top_k_renorm_probs
                               ? top_k_end()
                               : weights.nucleus(settings_.top_p);
    const TokenBound all = weights.all();
    const TokenBound kept = all.has_before(end.value, end.index) ? end : all;
    const double share = share_a_weight(weights.before(kept).mass, weights.units());
    write(0.0F, [&](std::uint32_t token) {
      const float x = row_.logits().logit(token);
      return kept.has_before(x, token)
                 ? static_cast<float>(static_cast<double>(finite_reference(x)) * share)
                 : 0.0F;
    });
  }

  __device__ void draw() {
    if (!(first_.value > 0.0F)) {
      if (threadIdx.x == 0) store(-1);
      return;
    }
    AskedWeights<kDType> weights(row_, first_);
    const RandomPair random = random_pair(settings_.seed, settings_.offset, 0);
    weights.find(drawn_unit(random.first, weights.before(weights.all()).mass), answers_,
                 [&](std::int64_t token) { store(token); });
  }

  __device__ void store(std::int64_t token) const {
    const std::int64_t at = number_ * arguments_.output_stride;
    if (arguments_.long_tokens) {
      static_cast<std::int64_t*>(arguments_.output)[at] = token;
    } else {
      static_cast<std::int32_t*>(arguments_.output)[at] = static_cast<std::int32_t>(token);
    }
  }

  const StepArguments& arguments_;
  std::int64_t number_;
  AskedRow<kDType>& row_;
  BlockAnswers& answers_;
  RowSettings settings_;
  TokenBound first_{-kInfinity, 0};
};

template <DType kDType>
__global__ void __launch_bounds__(kMostAskingThreads)
    sampling_step_kernel(const __grid_constant__ StepArguments arguments) {
  __shared__ BlockAnswersShared shared;
  const std::int64_t number = arguments.first_row + blockIdx.x;
  wait_for_previous_kernel();
  BlockAnswers answers(shared);
  AskedRow<kDType> row(arguments, number, answers);
  StepOfRow<kDType>(arguments, number, row, answers).run();
}

}  // namespace skim::cuda
