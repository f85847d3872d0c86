// What the parameters of one row come to; the only place that says what odd values mean.
#pragma once

#include <cstdint>
#include <limits>

#include "random/mass.h"
#include "skim/sample.h"

namespace skim {

struct RowSettings {
  bool greedy = false;
  MassScale scale{};       // where not greedy
  std::int64_t top_k = 0;  // 0: off; at most the row's length
  float top_p = 1.0F;      // 0 to 1; 1: off
  float min_p = 0.0F;      // 0 to 1; 0: off
  std::uint64_t seed = 0;
  std::uint64_t offset = 0;
};

template <class T>
SKIM_HOST_DEVICE constexpr T value_at(const RowParameter<T>& parameter, std::int64_t row) {
  return parameter.each != nullptr ? parameter.each[row] : parameter.value;
}

// NaN, like everything that is not below 1, is no limit.
SKIM_HOST_DEVICE constexpr float share_at(const RowParameter<float>& top_p, std::int64_t row) {
  const float share = value_at(top_p, row);
  if (!(share < 1.0F)) return 1.0F;
  return share > 0.0F ? share : 0.0F;
}

SKIM_HOST_DEVICE constexpr float min_p_at(const RowParameter<float>& min_p, std::int64_t row) {
  const float share = value_at(min_p, row);
  if (!(share > 0.0F)) return 0.0F;
  return share < 1.0F ? share : 1.0F;
}

SKIM_HOST_DEVICE constexpr RowSettings settings_of(const SampleParameters& parameters,
                                                   std::int64_t row, std::int64_t length) {
  RowSettings settings;
  const float temperature = value_at(parameters.temperature, row);
  settings.greedy = !(temperature > 0.0F);
  if (!settings.greedy) settings.scale = mass_scale(temperature);
  const std::int64_t top_k = value_at(parameters.top_k, row);
  settings.top_k = top_k <= 0 ? 0 : top_k < length ? top_k : length;
  settings.top_p = share_at(parameters.top_p, row);
  settings.min_p = min_p_at(parameters.min_p, row);
  settings.seed = value_at(parameters.seed, row);
  const auto& offset = parameters.offset;
  settings.offset =
      offset.each != nullptr ? offset.each[row] : offset.value + static_cast<std::uint64_t>(row);
  return settings;
}

// The least logit that may be drawn. Beside one at +inf, others have no probability.
SKIM_HOST_DEVICE inline float least_logit(const RowSettings& settings, float row_maximum) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (row_maximum == kInfinity) return kInfinity;
  return settings.min_p > 0.0F ? min_p_bound(settings.min_p, row_maximum, settings.scale)
                               : -kInfinity;
}

}  // namespace skim
