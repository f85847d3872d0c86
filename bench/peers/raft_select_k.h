// RAFT's select_k as the module libskim_bench_raft gives it to the benchmark, which loads it at run
// time: so a benchmark that was built with RAFT also starts where RAFT's libraries are missing.
#pragma once

#include <cstdint>

#include "skim/dtype.h"
#include "skim/export.h"

namespace skim::bench {

struct RaftCall {
  const void* keys;
  void* values;
  std::int64_t* indices;
  std::int64_t rows;
  std::int64_t cols;
  std::int64_t k;
};

// RAFT's resources for one stream, and the memory that its calls take from them.
class RaftSelection {
 public:
  RaftSelection() = default;
  RaftSelection(const RaftSelection&) = delete;
  RaftSelection& operator=(const RaftSelection&) = delete;
  virtual ~RaftSelection() = default;

  virtual void enqueue(const RaftCall& call) const = 0;
};

inline constexpr const char* kRaftModule = "libskim_bench_raft.so";

// What the module exports. `stream` is a cudaStream_t; nullptr for dtypes that it is not built for.
// The caller deletes the selection.
extern "C" SKIM_EXPORT RaftSelection* skim_bench_make_raft_selection(DType dtype, void* stream);
extern "C" SKIM_EXPORT const char* skim_bench_raft_version();

template <DType>
RaftSelection* make_raft_selection(void* stream);
template <>
RaftSelection* make_raft_selection<DType::f32>(void* stream);
template <>
RaftSelection* make_raft_selection<DType::f16>(void* stream);
template <>
RaftSelection* make_raft_selection<DType::bf16>(void* stream);

}  // namespace skim::bench
