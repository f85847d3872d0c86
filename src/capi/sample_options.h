// skim_sample_options, which sampling and its steps share.
#pragma once

#include "capi/options.h"
#include "capi/row_views.h"
#include "skim/sample.h"
#include "skim/skim.h"

namespace skim {

inline skim_sample_options known_sample_options(const skim_sample_options* options) {
  if (options == nullptr)
    throw InvalidRequest("options is null; pass SKIM_SAMPLE_OPTIONS_INIT with a seed of your own");
  const auto known =
      read_options("skim_sample_options", *options, skim_sample_options SKIM_SAMPLE_OPTIONS_INIT);
  check_choice("order", known.order, SKIM_ORDER_JOINT);
  check_choice("logprobs", known.logprobs, SKIM_LOGPROBS_PROCESSED);
  return known;
}

inline SampleParameters parameters_of(const skim_sample_options& options, const char* rows_name,
                                      const TensorView& rows) {
  const auto parameter = [&](const char* name, auto value, const DLTensor* each) {
    return row_parameter(name, value, each, rows_name, rows);
  };
  return {parameter("row_temperature", options.temperature, options.row_temperature),
          parameter("row_top_k", options.top_k, options.row_top_k),
          parameter("row_top_p", options.top_p, options.row_top_p),
          parameter("row_min_p", options.min_p, options.row_min_p),
          parameter("row_seed", options.seed, options.row_seed),
          parameter("row_offset", options.offset, options.row_offset)};
}

}  // namespace skim
