// Tests of the contract run once a device; those of a GPU say why where there is none.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "skim/device.h"
#include "skim/dtype.h"
#include "support/gpu.h"

// In SetUp() or a test.
#define SKIM_SKIP_WITHOUT(device_id)                                      \
  if ((device_id).kind == DeviceKind::cuda && cuda_device_count() == 0) { \
    GTEST_SKIP() << why_no_cuda();                                        \
  }                                                                       \
  static_assert(true)

namespace skim::test {

// Part `part` of `parts` of what a test does with one type on one device, so that ctest can share
// it out. On a GPU there is one part: a process must first wake the GPU up.
struct Scope {
  DeviceId device;
  DType dtype;
  std::size_t part;
  std::size_t parts;
};

inline void PrintTo(const Scope& scope, std::ostream* out) {
  *out << to_string(scope.device) << " " << name_of(scope.dtype);
}

inline std::vector<Scope> scopes(DeviceId device, std::size_t parts) {
  std::vector<Scope> all;
  for (const DType dtype : kAllDTypes) {
    for (std::size_t part = 0; part < parts; ++part) all.push_back({device, dtype, part, parts});
  }
  return all;
}

inline std::string name_of_scope(const testing::TestParamInfo<Scope>& scope) {
  const std::string dtype(name_of(scope.param.dtype));
  return scope.param.parts == 1 ? dtype : dtype + "_part" + std::to_string(scope.param.part);
}

class OnDevice : public testing::TestWithParam<Scope> {
 protected:
  void SetUp() override { SKIM_SKIP_WITHOUT(GetParam().device); }
};

}  // namespace skim::test
