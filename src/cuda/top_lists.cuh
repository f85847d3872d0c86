// The first tokens of every row in order and their log-probabilities: one CTA a row, which finds
// what they are drawn from (asked_distribution.cuh), then lists as many as it has room for at a
// time: those between two bounds, each at the rank that the number of larger ones is.
#pragma once

#include <cstdint>
#include <limits>

#include "cuda/asked_distribution.cuh"
#include "cuda/asked_row.cuh"
#include "cuda/asked_row_layout.h"
#include "cuda/cluster.cuh"
#include "random/row_settings.h"

namespace skim::cuda {

struct ListArguments : SampleArguments {
  std::uint32_t listed = 0;  // of a row
  void* top_tokens = nullptr;
  std::int64_t top_tokens_stride = 0;
  float* top_logprobs = nullptr;
  std::int64_t top_logprobs_stride = 0;
};

inline constexpr std::uint32_t kListedAtATime = 1024;

struct TopListShared {
  std::int64_t places[kListedAtATime];
  std::uint32_t count;
};

template <DType kDType>
class TopList {
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();

 public:
  __device__ TopList(const ListArguments& arguments, std::int64_t number, AskedRow<kDType>& row,
                     TopListShared& shared)
      : arguments_(arguments), number_(number), row_(row), shared_(shared) {}

  __device__ void run() {
    const std::uint32_t wanted = row_.length() > 0 ? list() : 0;
    for (std::uint32_t rank = wanted + threadIdx.x; rank < arguments_.listed; rank += blockDim.x)
      store(rank, -1, -kInfinity);
  }

 private:
  // How many.
  __device__ std::uint32_t list() {
    TokenBound first = row_.first();
    if (!(first.value > -kInfinity)) return 0;
    const bool is_raw = arguments_.kind == LogprobKind::raw;
    if (is_raw && row_.logits().is_biased()) {
      row_.drop_bias();
      first = row_.first();
    }
    AskedDistributions<kDType> distributions(row_, first);
    const AskedDistribution drawn_from =
        is_raw ? distributions.raw()
               : distributions.processed(settings_of(arguments_.parameters, number_, row_.length()),
                                         arguments_.order);
    const std::uint32_t wanted = min(arguments_.listed, row_.length());
    TokenBound from = first;
#pragma unroll 1
    for (std::uint32_t rank = 0; rank < wanted; rank += kListedAtATime) {
      const std::uint32_t end_rank = min(rank + kListedAtATime, wanted);
      const TokenBound end = row_.end_of_best(end_rank, first);
      collect(from, end);
      store_in_order(rank, drawn_from);
      from = end;
    }
    return wanted;
  }

  // The places of what is before `end`, but not before `from`.
  __device__ void collect(const TokenBound& from, const TokenBound& end) {
    if (threadIdx.x == 0) shared_.count = 0;
    __syncthreads();
    row_.for_each([&](float x, std::uint32_t token) {
      if (!end.has_before(x, token) || from.has_before(x, token)) return;
      shared_.places[atomicAdd(&shared_.count, 1u)] = place_of({x, token});
    });
    __syncthreads();
  }

  // `first`: the rank of the first that was collected.
  __device__ void store_in_order(std::uint32_t first, const AskedDistribution& drawn_from) {
    const std::uint32_t count = shared_.count;
#pragma unroll 1
    for (std::uint32_t i = threadIdx.x; i < count; i += blockDim.x) {
      const std::int64_t place = shared_.places[i];
      std::uint32_t rank = first;
      for (std::uint32_t other = 0; other < count; ++other)
        rank += shared_.places[other] > place ? 1 : 0;
      const TokenBound token = bound_at(place);
      store(rank, token.index, drawn_from.logprob(token.value, token.index));
    }
    __syncthreads();
  }

  __device__ void store(std::uint32_t rank, std::int64_t token, float logprob) const {
    const std::int64_t at = number_ * arguments_.top_tokens_stride + rank;
    if (arguments_.long_tokens) {
      static_cast<std::int64_t*>(arguments_.top_tokens)[at] = token;
    } else {
      static_cast<std::int32_t*>(arguments_.top_tokens)[at] = static_cast<std::int32_t>(token);
    }
    arguments_.top_logprobs[number_ * arguments_.top_logprobs_stride + rank] = logprob;
  }

  const ListArguments& arguments_;
  std::int64_t number_;
  AskedRow<kDType>& row_;
  TopListShared& shared_;
};

template <DType kDType>
__global__ void __launch_bounds__(kMostAskingThreads)
    top_lists_kernel(const __grid_constant__ ListArguments arguments) {
  __shared__ BlockAnswersShared answers_shared;
  __shared__ TopListShared list_shared;
  const std::int64_t number = arguments.first_row + blockIdx.x;
  wait_for_previous_kernel();
  BlockAnswers answers(answers_shared);
  AskedRow<kDType> row(arguments, number, answers);
  TopList<kDType>(arguments, number, row, list_shared).run();
}

}  // namespace skim::cuda
