#include "peers/peers.h"

#include <array>
#include <stdexcept>

// One line a native path, in the order of the table; each is defined in a file of its own here.
#define SKIM_BENCH_NATIVE_PATHS(PATH)       \
  PATH(make_partial_sort)                   \
  PATH(make_nth_element)                    \
  PATH(make_vqsort)                         \
  PATH(make_cub_batched_topk)               \
  PATH(make_cub_deterministic_batched_topk) \
  PATH(make_cub_device_topk)                \
  PATH(make_cub_segmented_sort)             \
  PATH(make_raft_select_k)                  \
  PATH(make_cute_topk)

namespace skim::bench {
namespace {

// Python's, in the order of the table; a caller that brings one takes its place.
constexpr std::array kPythonPaths = {"PyTorch",
                                     "torch.compile",
                                     "Triton (published)",
                                     "Triton (best)",
                                     "QuACK",
                                     "FlashInfer",
                                     "FlashInfer (deterministic)",
                                     "JAX",
                                     "skim (page table)",
                                     "FlashInfer (page table)",
                                     "skim (row offsets)",
                                     "FlashInfer (row offsets)"};
constexpr std::array kPythonSamplers = {"PyTorch (as vLLM)", "PyTorch (top-k first)",
                                        "Hugging Face", "FlashInfer (sampling)"};
constexpr std::array kPythonCalls = {"torch.topk", "torch.topk (patched)", "skim.torch.topk",
                                     "skim.topk",  "jax.lax.top_k",        "skim.jax.topk"};

}  // namespace

#define SKIM_BENCH_DECLARE(make) PathPtr make();
SKIM_BENCH_NATIVE_PATHS(SKIM_BENCH_DECLARE)
#undef SKIM_BENCH_DECLARE

PathPtr make_skim_sampler();
PathPtr make_sampler_chain();

namespace {

PathList native_topk() {
  PathList paths;
  paths.push_back(make_skim());
#define SKIM_BENCH_APPEND(make) paths.push_back(make());
  SKIM_BENCH_NATIVE_PATHS(SKIM_BENCH_APPEND)
#undef SKIM_BENCH_APPEND
  return paths;
}

PathList native_samplers() {
  PathList paths;
  paths.push_back(make_skim_sampler());
  paths.push_back(make_sampler_chain());
  return paths;
}

template <std::size_t kCount>
PathList with_placeholders(PathList paths, const std::array<const char*, kCount>& names) {
  for (const char* name : names) {
    paths.push_back(make_unavailable(name, "a path of Python's: run `python3 -m skim`"));
  }
  return paths;
}

}  // namespace

PathList native_paths(Operation operation) {
  switch (operation) {
    case Operation::topk:
      return with_placeholders(native_topk(), kPythonPaths);
    case Operation::sample:
      return with_placeholders(native_samplers(), kPythonSamplers);
    case Operation::eager:
      return with_placeholders({}, kPythonCalls);
  }
  throw std::logic_error("an operation without paths");
}

}  // namespace skim::bench
