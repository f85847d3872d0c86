// One sampling request on every SIMD target, compared with the oracle.
#pragma once

#include <cstdint>

#include "support/sample_image.h"

namespace skim::test {

class SampleCheck {
 public:
  // On every SIMD target, with one thread and two in turn.
  void compare(const InputImage& input, const SampleSpec& spec);

  // Fails where all that was compared were rows of one kind: with a token, or without.
  void expect_variety() const;

 private:
  std::int64_t with_token_ = 0;
  std::int64_t without_token_ = 0;
  std::int64_t not_first_ = 0;  // tokens that are not the first maximum
  int turn_ = 0;
};

}  // namespace skim::test
