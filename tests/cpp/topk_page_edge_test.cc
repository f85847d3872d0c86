// No byte outside the row is touched, not even read: rows that end where readable memory ends, and
// rows that begin where it begins.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "inputs/inputs.h"
#include "support/settings.h"
#include "support/variants.h"

namespace skim::test {
namespace {

// `size` readable bytes between two pages whose access ends the process.
class FencedMemory {
 public:
  explicit FencedMemory(std::size_t size)
      : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))),
        inner_((size + page_ - 1) / page_ * page_),
        base_(static_cast<std::byte*>(
            mmap(nullptr, inner_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    if (base_ == MAP_FAILED || mprotect(begin(), inner_, PROT_READ | PROT_WRITE) != 0) {
      throw std::runtime_error("cannot map fenced memory");
    }
  }
  ~FencedMemory() { munmap(base_, inner_ + 2 * page_); }
  FencedMemory(const FencedMemory&) = delete;
  FencedMemory& operator=(const FencedMemory&) = delete;

  std::byte* begin() const { return base_ + page_; }
  std::byte* end() const { return begin() + inner_; }

 private:
  std::size_t page_;
  std::size_t inner_;
  std::byte* base_;
};

struct Results {
  std::vector<std::byte> values;
  std::vector<std::int64_t> indices;
};

Results select(const TensorView& input, std::int64_t k, const Variant& variant) {
  const auto plan = plan_variant(make_problem({input, k, {}, {}}), variant);
  Results results;
  if (!plan) return results;
  results.values.resize(static_cast<std::size_t>(k) * size_of(input.dtype));
  results.indices.resize(static_cast<std::size_t>(k));
  const GuardedBuffer workspace(plan->workspace_bytes);
  run(bind(*plan, {input,
                   {results.values.data(), input.dtype, 1, k, k, DeviceId{}},
                   {results.indices.data(), DType::i64, 1, k, k, DeviceId{}},
                   {},
                   workspace.data(),
                   workspace.size()}));
  return results;
}

class PageEdge : public testing::TestWithParam<DType> {};

TEST_P(PageEdge, RowsTouchNothingBesideThem) {
  const DType dtype = GetParam();
  const FencedMemory memory(std::size_t{1} << 16);
  const std::vector<std::int64_t> sizes =
      short_sizes() ? std::vector<std::int64_t>{1, 63, 300}
                    : std::vector<std::int64_t>{1,  2,  3,  7,   8,   15,  16,  17,  31,   33,
                                                63, 65, 95, 127, 129, 255, 257, 511, 1025, 4099};
  for (const std::int64_t cols : sizes) {
    const bench::Matrix source = bench::make_matrix(dtype, 1, cols, bench::Distribution::normal, 3);
    const std::int64_t k = std::min<std::int64_t>(cols, 20);
    const auto truth = bench::oracle_indices(dtype, source.data(), cols, k, true);
    for (std::byte* const row : {memory.begin(), memory.end() - source.bytes()}) {
      std::memcpy(row, source.data(), source.bytes());
      for (const Variant& variant : simd_variants()) {
        const Results results = select({row, dtype, 1, cols, cols, DeviceId{}}, k, variant);
        ASSERT_EQ(results.indices, truth) << variant.name << ", " << cols << " columns";
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Topk, PageEdge, testing::ValuesIn(kAllDTypes), [](const auto& parameter) {
  return std::string(name_of(parameter.param));
});

}  // namespace
}  // namespace skim::test
