// Log-probabilities of a row's tokens, of both kinds. Only rows with a token have any.
#pragma once

#include <cstdint>
#include <limits>

#include "cpu/masses.h"
#include "cpu/row_draw.h"
#include "cpu/tile_masses.h"
#include "order/float_of.h"
#include "random/mass.h"
#include "random/row_settings.h"

namespace skim::cpu {

inline constexpr float kImpossible = -std::numeric_limits<float>::infinity();

// In softmax(row).
template <DType kDType>
class RawLogprobs {
 public:
  using Element = typename KeyOrder<kDType>::Key;

  // `drawn`: from the same row, whose mass at this temperature is known then; else null.
  RawLogprobs(const MassFunctions<kDType>& functions, const Element* row, std::int64_t cols,
              const SampleScratch& scratch, const Drawn* drawn)
      : functions_(functions), row_(row) {
    if (drawn != nullptr && drawn->of_row > 0) {
      maximum_ = drawn->maximum;
      total_ = drawn->of_row;
    } else {
      weigh(cols, scratch);
    }
    least_ = least_logit(RowSettings{}, maximum_);
  }

  float of(std::int64_t token) const {
    const float x = float_of<kDType>(row_[token]);
    return x < least_ ? kImpossible : logprob_of(x, maximum_, scale_, total_);
  }

 private:
  void weigh(std::int64_t cols, const SampleScratch& scratch) {
    TileMasses<kDType> masses(functions_, row_, cols, scale_, scratch);
    maximum_ = masses.maximum();
    total_ = masses.total();
  }

  const MassFunctions<kDType>& functions_;
  const Element* row_;
  MassScale scale_ = mass_scale(1.0F);
  float maximum_ = 0.0F;
  float least_ = kImpossible;  // beside a logit at +inf, others have no probability
  std::uint64_t total_ = 0;
};

// In what the token was drawn from.
template <DType kDType>
class ProcessedLogprobs {
 public:
  using Element = typename KeyOrder<kDType>::Key;

  ProcessedLogprobs(const MassFunctions<kDType>& functions, const Element* row,
                    const RowSettings& settings, const Drawn& drawn)
      : functions_(functions), row_(row), settings_(settings), drawn_(drawn) {}

  float of(std::int64_t token) const {
    const float x = float_of<kDType>(row_[token]);
    if (!drawn_.survivors.has_before(x, token)) return kImpossible;
    if (settings_.greedy) return 0.0F;
    return logprob_of(x, drawn_.maximum, settings_.scale, drawn_.total);
  }

 private:
  const MassFunctions<kDType>& functions_;
  const Element* row_;
  const RowSettings& settings_;
  const Drawn& drawn_;
};

}  // namespace skim::cpu
