#include "support/sample_check.h"

#include <gtest/gtest.h>

#include "support/sample_oracle.h"

namespace skim::test {
namespace {

// Of a row that has a token.
std::int64_t first_maximum(SampleRow row) {
  row.temperature = 0.0F;
  row.logprobs = LogprobKind::none;
  row.top_logprobs = 0;
  return exact_answer(row).token;
}

}  // namespace

void SampleCheck::compare(const InputImage& input, const SampleSpec& spec) {
  SampleImage image(input, spec);
  for (std::int64_t number = 0; number < input.spec().rows; ++number) {
    const SampleRow row = image.row(number);
    const SampleAnswer answer = exact_answer(row);
    image.expect(number, answer);
    ++(answer.token < 0 ? without_token_ : with_token_);
    if (answer.token >= 0 && answer.token != first_maximum(row)) ++not_first_;
  }
  const SampleProblem problem = make_sample_problem(image.request());
  for (const SimdTarget target : runnable_simd_targets()) {
    const int threads = 1 + turn_++ % 2;
    const SamplePlan plan = forced_plan(problem, target, threads);
    const std::string wrong = image.run(plan);
    if (wrong.empty()) continue;
    ADD_FAILURE() << wrong << "\n  input: " << to_string(input.spec())
                  << "\n  sample: " << to_string(spec) << "\n  plan: " << to_string(plan);
    return;
  }
  if (runnable_simd_targets().size() % 2 == 0) ++turn_;  // so that each target gets both
}

void SampleCheck::expect_variety() const {
  EXPECT_GT(with_token_, 0);
  EXPECT_GT(without_token_, 0);
  EXPECT_GT(not_first_, 0);
}

}  // namespace skim::test
