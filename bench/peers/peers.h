// The native paths. To add one: write a file beside this one and a line in the list of peers.cc.
#pragma once

#include <optional>

#include "path.h"
#include "skim/device.h"
#include "skim/dtype.h"
#include "skim/topk.h"

namespace skim::bench {

// What `verify` forces on our own kernel, to see every build and algorithm of it.
struct SkimVariant {
  std::optional<SimdTarget> simd;          // CPU
  std::optional<TopkAlgorithm> algorithm;  // GPU
  std::optional<CtaTeam> team;             // GPU
  DType index_dtype = DType::i64;

  bool forces_anything() const { return simd || algorithm || team; }
};

PathPtr make_skim(const SkimVariant& variant = {});

// All of them in the order of the table, placeholders of what is not there included.
PathList native_paths(Operation operation = Operation::topk);

}  // namespace skim::bench
