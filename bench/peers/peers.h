// The native paths. To add one: write a file beside this one and a line in the list of peers.cc.
#pragma once

#include <optional>

#include "path.h"
#include "skim/device.h"
#include "skim/dtype.h"

namespace skim::bench {

// What `verify` forces on our own kernel, to see every build of it.
struct SkimVariant {
  std::optional<SimdTarget> simd;
  DType index_dtype = DType::i64;
};

PathPtr make_skim(const SkimVariant& variant = {});

// All of them in the order of the table, placeholders of what is not there included.
PathList native_paths();

}  // namespace skim::bench
