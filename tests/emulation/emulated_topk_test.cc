// The kernels of the CUDA backend on the emulated machine: every algorithm and geometry whose teams
// are small enough on every distribution, then odd shapes in turn. What the GPU's own tests do with
// large teams and many rows would take hours here.
#include <gtest/gtest.h>

#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "inputs/inputs.h"
#include "support/cuda_variants.h"
#include "support/on_device.h"

namespace skim::test {
namespace {

constexpr int kMostThreadsOfTeam = 1024;

// One problem decides what is small, for variants that leave their geometry to the plan too.
std::vector<Variant> small_variants(DType dtype) {
  TopkRequest request;
  request.input = {nullptr, dtype, 2, 500, 500, kGpu};
  request.k = 50;
  const TopkProblem problem = make_problem(request);
  std::vector<Variant> variants = cuda_algorithm_variants(dtype);
  const std::vector<Variant> geometries = cuda_geometry_variants(dtype);
  variants.insert(variants.end(), geometries.begin(), geometries.end());
  std::erase_if(variants, [&](const Variant& variant) {
    const auto plan = plan_variant(problem, variant);
    return !plan || plan->cuda.ctas * plan->cuda.threads > kMostThreadsOfTeam;
  });
  return variants;
}

class Emulated : public OnDevice {
 protected:
  InputSpec spec(std::int64_t rows, std::int64_t cols, bench::Distribution distribution) {
    ++seed_;
    return {.dtype = GetParam().dtype,
            .distribution = distribution,
            .rows = rows,
            .cols = cols,
            .largest = seed_ % 2 == 0,
            .seed = seed_,
            .device = kGpu};
  }
  SelectionSpec select(std::int64_t k, Lengths lengths = Lengths::none) {
    ++seed_;
    return {k,
            seed_ % 3 != 0,
            lengths,
            seed_ % 2 == 0 ? DType::i32 : DType::i64,
            seed_,
            kAllTransforms[seed_ / 2 % std::size(kAllTransforms)],
            seed_ % 5 == 0};
  }

  VariantCheck check_{{small_variants(GetParam().dtype)}};
  VariantCheck in_turn_{{{}, small_variants(GetParam().dtype)}};
  std::uint64_t seed_ = 0;
};

TEST_P(Emulated, EveryVariantOnEveryDistribution) {
  for (std::size_t i = 0; i < bench::kDistributionCount; ++i) {
    const InputImage input(spec(1, 500, bench::distribution_at(i)));
    check_.check_all(input, select(50));
    if (HasFailure()) return;
  }
  check_.expect_all_served();
}

// Every algorithm, in both orders, with both transforms, of rows of all lengths.
TEST_P(Emulated, IndexForms) {
  InputSpec ties = spec(2, 300, bench::Distribution::few_distinct);
  ties.stride = Stride::padded;
  const InputImage input(ties);
  bool by_index = false;
  for (const IndexTransform transform : kAllTransforms) {
    SelectionSpec selection = select(50, kAllLengths[seed_ % std::size(kAllLengths)]);
    selection.transform = transform;
    selection.by_index = std::exchange(by_index, !by_index);
    check_.check_all(input, selection);
    if (HasFailure()) return;
  }
  check_.expect_all_served();
}

TEST_P(Emulated, OddShapesInTurn) {
  for (const std::int64_t cols : {1, 17, 255, 500}) {
    for (const std::int64_t k : {std::int64_t{1}, cols / 3 + 1, cols}) {
      for (const Lengths lengths : kAllLengths) {
        InputSpec input = spec(3, cols, bench::distribution_at(seed_ % bench::kDistributionCount));
        input.offset = static_cast<std::int64_t>(seed_ % 9);
        input.stride = seed_ % 2 == 0 ? Stride::contiguous : Stride::padded;
        const InputImage image(input);
        for (int turn = 0; turn < 4; ++turn) in_turn_.check_in_turn(image, select(k, lengths));
        if (HasFailure()) return;
      }
    }
  }
}

// More results than other algorithms take of such rows; enough for bounds, lists and owners to do
// what they are for.
TEST_P(Emulated, ManyResultsOfACluster) {
  std::vector<Variant> variants = small_variants(GetParam().dtype);
  std::erase_if(variants, [](const Variant& variant) {
    return variant.forced.algorithm != TopkAlgorithm::cluster_buckets;
  });
  if (variants.empty())
    GTEST_SKIP() << "cluster_buckets does not serve " << name_of(GetParam().dtype);
  VariantCheck check({{}, variants});
  for (const std::int64_t cols : {1500, 4001}) {
    for (std::size_t i = 0; i < bench::kDistributionCount; ++i) {
      InputSpec input = spec(2, cols, bench::distribution_at(i));
      input.offset = static_cast<std::int64_t>(seed_ % 9);
      const InputImage image(input);
      for (const std::int64_t k : {257, 600, 1500}) {
        check.check_in_turn(image, select(k, kAllLengths[seed_ % std::size(kAllLengths)]));
        if (HasFailure()) return;
      }
    }
  }
  check.expect_all_served();
}

// Rows that are longer than their sample.
TEST_P(Emulated, LongRowsBySample) {
  std::vector<Variant> variants = small_variants(GetParam().dtype);
  std::erase_if(variants, [](const Variant& variant) {
    return variant.forced.algorithm != TopkAlgorithm::sample_select;
  });
  if (variants.empty())
    GTEST_SKIP() << "sample_select does not serve " << name_of(GetParam().dtype);
  VariantCheck check({{}, variants});
  for (const std::int64_t cols : {9001, 70003}) {
    const std::size_t step = cols < 10000 ? 1 : 5;
    for (std::size_t i = 0; i < bench::kDistributionCount; i += step) {
      InputSpec input = spec(2, cols, bench::distribution_at(i));
      input.offset = static_cast<std::int64_t>(seed_ % 9);
      const InputImage image(input);
      for (const std::int64_t k : {1, 40, 700}) {
        check.check_in_turn(image, select(k, kAllLengths[seed_ % std::size(kAllLengths)]));
        if (HasFailure()) return;
      }
    }
  }
  check.expect_all_served();
}

INSTANTIATE_TEST_SUITE_P(Cuda, Emulated, testing::ValuesIn(scopes(kGpu, 1)), name_of_scope);

}  // namespace
}  // namespace skim::test
