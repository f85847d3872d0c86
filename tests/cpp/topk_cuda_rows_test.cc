// What a GPU needs beyond the contract's other inputs: rows that keep many CTAs busy, candidates
// past every capacity, every misalignment, more rows than a grid has in one direction, long rows.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "cuda/warp_maxima_layout.h"
#include "inputs/inputs.h"
#include "support/cuda_variants.h"
#include "support/on_device.h"
#include "support/settings.h"

namespace skim::test {
namespace {

using bench::Distribution;

class CudaRows : public OnDevice {
 protected:
  static std::vector<std::int64_t> fitting(std::vector<std::int64_t> k, std::int64_t cols) {
    std::erase_if(k, [&](std::int64_t one) { return one > cols; });
    return k;
  }

  InputSpec spec(std::int64_t rows, std::int64_t cols, Distribution distribution) {
    return {.dtype = GetParam().dtype,
            .distribution = distribution,
            .rows = rows,
            .cols = cols,
            .seed = ++seed_,
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

  static TopkProblem problem_of(const InputSpec& input, std::int64_t k) {
    TopkRequest request;
    request.input = {nullptr, input.dtype, input.rows, input.cols, input.cols, kGpu};
    request.k = k;
    return make_problem(request);
  }

  // Candidates that one CTA holds, and that all CTAs of a row hold together.
  static std::vector<std::int64_t> limits_of(const TopkPlan& plan) {
    const std::int64_t capacity = plan.cuda.capacity;
    if (plan.cuda.ctas == 1) return {capacity};
    return {capacity, capacity * plan.cuda.ctas};
  }

  VariantCheck check_{contract_variants(kGpu, GetParam().dtype)};
  std::uint64_t seed_ = 0;
};

TEST_P(CudaRows, LongEnoughForManyCtas) {
  for (const std::int64_t cols : {500, 20000, 70001}) {  // the smallest geometries hold 500 only
    for (const auto distribution : {Distribution::normal, Distribution::descending}) {
      const InputImage input(spec(2, cols, distribution));
      for (const std::int64_t k : fitting({1, 50, 256, 257, 2048, 2049, 5000, cols}, cols)) {
        check_.check_all(input, select(k));
        if (HasFailure()) return;
      }
    }
  }
  check_.expect_all_served();
}

// More candidates than fit anywhere, whatever the bound was.
TEST_P(CudaRows, OverflowEveryCapacity) {
  constexpr Distribution kHard[] = {Distribution::all_equal,   Distribution::few_distinct,
                                    Distribution::ascending,   Distribution::masked_half,
                                    Distribution::masked_most, Distribution::one_hot};
  for (const std::int64_t cols : {500, 33000}) {
    std::vector<InputSpec> inputs = {spec(2, cols, Distribution::normal)};
    inputs.front().rectified = true;
    for (const auto distribution : kHard) {
      for (const bool largest : {true, false}) {
        inputs.push_back(spec(2, cols, distribution));
        inputs.back().largest = largest;
      }
    }
    for (const InputSpec& one : inputs) {
      const InputImage input(one);
      for (const std::int64_t k : fitting({1, 50, 250, 2048, 20000}, cols)) {
        check_.check_all(input, select(k));
        if (HasFailure()) return;
      }
    }
  }
  check_.expect_all_served();
}

// As many equal candidates as one CTA or a whole team holds, one fewer and one more.
TEST_P(CudaRows, CrossEveryCapacityLimit) {
  constexpr std::int64_t kCols = 20000;
  std::vector<Variant> variants = cuda_geometry_variants(GetParam().dtype);
  std::erase_if(variants, [](const Variant& variant) { return !variant.smallest_buffer; });
  const std::vector<Variant> usual = cuda_algorithm_variants(GetParam().dtype);
  variants.insert(variants.end(), usual.begin(), usual.end());
  std::int64_t crossed = 0;
  for (const Variant& variant : variants) {
    VariantCheck check({{variant}});
    for (const std::int64_t k : {20, 400}) {
      InputSpec input = spec(1, kCols, Distribution::normal);
      const auto plan = plan_variant(problem_of(input, k), variant);
      if (!plan) continue;
      for (const std::int64_t limit : limits_of(*plan)) {
        for (const std::int64_t tops : {limit - 1, limit, limit + 1}) {
          if (tops < 1 || tops > kCols) continue;
          input.equal_tops = tops;
          check.check_all(InputImage(input), select(k));
          if (HasFailure()) return;
          ++crossed;
        }
      }
    }
  }
  EXPECT_GT(crossed, 0);
}

TEST_P(CudaRows, AtEveryMisalignment) {
  const auto size = static_cast<std::int64_t>(size_of(GetParam().dtype));
  constexpr std::int64_t kWidestAccess = 128;
  for (std::int64_t offset = 0; offset * size < kWidestAccess; ++offset) {
    for (const std::int64_t cols : {1, 31, 500, 20011}) {
      InputSpec input = spec(2, cols, Distribution::bf16_quantised);
      input.offset = offset;
      input.stride = offset % 2 == 0 ? Stride::contiguous : Stride::padded;
      const InputImage image(input);
      for (const std::int64_t k : fitting({1, 60, 700, cols}, cols)) {
        check_.check_in_turn(image, select(k));
        if (HasFailure()) return;
      }
    }
  }
}

TEST_P(CudaRows, ShorterThanTheyLook) {
  for (const Lengths lengths : {Lengths::mixed_i32, Lengths::mixed_i64}) {
    for (const std::int64_t k : {64, 1500, 5000}) {
      const InputImage input(spec(12, 20000, Distribution::nan_spots));
      check_.check_all(input, select(k, lengths));
      if (HasFailure()) return;
    }
  }
}

// Every algorithm, in both orders, with both transforms. In order of index, up to the most results
// that are put in it afterwards and beyond.
TEST_P(CudaRows, IndexForms) {
  for (const std::int64_t cols : {500, 20000}) {
    const InputImage input(spec(5, cols, Distribution::few_distinct));
    for (const std::int64_t k : fitting({1, 50, 500, kSortedLimit, 5000}, cols)) {
      for (const IndexTransform transform : kAllTransforms) {
        for (const bool by_index : {false, true}) {
          SelectionSpec selection = select(k, kAllLengths[seed_ % std::size(kAllLengths)]);
          selection.transform = transform;
          selection.by_index = by_index;
          check_.check_all(input, selection);
          if (HasFailure()) return;
        }
      }
    }
  }
  check_.expect_all_served();
}

// The longest rows and the most results of each shape, and less; rows that begin inside a vector
// can be longest only where there is room before them. Seven rows fill no warp.
TEST_P(CudaRows, EveryShapeOfRegisterSort) {
  const DType dtype = GetParam().dtype;
  const auto per_vector = 16 / static_cast<std::int64_t>(size_of(dtype));
  const std::vector<Variant> variants = cuda_register_sort_variants(dtype);
  if (variants.empty()) GTEST_SKIP() << "register_sort does not serve " << name_of(dtype);
  for (const Variant& variant : variants) {
    VariantCheck check({{variant}});
    const std::int64_t results = *variant.forced.capacity;
    const std::int64_t most = *variant.forced.lanes * *variant.forced.vectors * per_vector;
    const auto is_served = [&](std::int64_t cols, std::int64_t k) {
      return plan_variant(problem_of(spec(1, cols, Distribution::normal), k), variant).has_value();
    };
    EXPECT_TRUE(is_served(most, results));
    EXPECT_FALSE(is_served(most + 1, 1));
    EXPECT_FALSE(is_served(most, results + 1));
    for (const std::int64_t cols : {most, most - per_vector + 1, most / 2 + 5, results}) {
      for (const auto distribution : {Distribution::normal, Distribution::few_distinct,
                                      Distribution::nan_spots, Distribution::masked_most}) {
        InputSpec input = spec(7, cols, distribution);
        input.largest = seed_ % 2 == 0;
        if (cols == most) input.offset = 0;
        if (cols < most && seed_ % 3 > 0) input.stride = Stride::padded;
        const InputImage image(input);
        for (const std::int64_t k : fitting({1, results - 1, results}, cols)) {
          check.check_all(image, select(k, k < results ? Lengths::mixed_i32 : Lengths::none));
          if (HasFailure()) return;
        }
      }
    }
    check.expect_all_served();
  }
}

// Rows that fill the lanes and rows that do not, at every alignment: lanes that hold no vector, and
// those that hold what lies beside the vectors, take part in ties.
TEST_P(CudaRows, EveryShapeOfWarpMaxima) {
  const DType dtype = GetParam().dtype;
  const std::vector<Variant> variants = cuda_warp_maxima_variants(dtype);
  if (variants.empty()) GTEST_SKIP() << "warp_maxima does not serve " << name_of(dtype);
  for (const Variant& variant : variants) {
    VariantCheck check({{variant}});
    const std::int64_t results = cuda::warp_maxima_results(*variant.forced.capacity);
    const std::int64_t most = cuda::warp_maxima_cols(*variant.forced.vectors, size_of(dtype));
    const auto is_served = [&](std::int64_t cols, std::int64_t k) {
      return plan_variant(problem_of(spec(1, cols, Distribution::normal), k), variant).has_value();
    };
    EXPECT_TRUE(is_served(most, results));
    EXPECT_FALSE(is_served(most + 1, 1));
    EXPECT_FALSE(is_served(most, results + 1));
    for (const std::int64_t cols : {most, most - 1, most / 2 + 5, results, std::int64_t{1}}) {
      for (const auto distribution :
           {Distribution::normal, Distribution::few_distinct, Distribution::nan_spots,
            Distribution::ascending, Distribution::narrow_range, Distribution::masked_most}) {
        InputSpec input = spec(7, cols, distribution);
        input.largest = seed_ % 2 == 0;
        if (seed_ % 3 == 0) input.stride = Stride::padded;
        if (seed_ % 5 == 0) input.offset = 0;
        const InputImage image(input);
        for (const std::int64_t k : fitting({1, results - 1, results}, cols)) {
          check.check_all(image, select(k, k < results ? Lengths::mixed_i32 : Lengths::none));
          if (HasFailure()) return;
        }
      }
    }
    check.expect_all_served();
  }
}

// The longest rows of each shape, and less; all of a row and the most results; as many ties as a
// bucket takes, one fewer and one more.
TEST_P(CudaRows, EveryShapeOfBucketSelect) {
  const DType dtype = GetParam().dtype;
  const auto per_vector = 16 / static_cast<std::int64_t>(size_of(dtype));
  const std::vector<Variant> variants = cuda_bucket_select_variants(dtype);
  if (variants.empty()) GTEST_SKIP() << "bucket_select does not serve " << name_of(dtype);
  for (const Variant& variant : variants) {
    VariantCheck check({{variant}});
    const std::int64_t most = *variant.forced.cta_threads * *variant.forced.vectors * per_vector;
    const auto is_served = [&](std::int64_t cols, std::int64_t k) {
      return plan_variant(problem_of(spec(1, cols, Distribution::normal), k), variant).has_value();
    };
    EXPECT_TRUE(is_served(most, std::min(most, kSortedLimit)));
    EXPECT_FALSE(is_served(most + 1, 1));
    if (most > kSortedLimit) {
      EXPECT_FALSE(is_served(most, kSortedLimit + 1));
    }
    for (const std::int64_t cols : {most, most - per_vector + 1, most / 2 + 5}) {
      for (const auto distribution :
           {Distribution::normal, Distribution::few_distinct, Distribution::nan_spots,
            Distribution::masked_most, Distribution::one_hot}) {
        InputSpec input = spec(2, cols, distribution);
        input.largest = seed_ % 2 == 0;
        if (cols == most) input.offset = 0;
        if (cols < most && seed_ % 3 > 0) input.stride = Stride::padded;
        if (distribution == Distribution::normal)
          input.equal_tops = std::min<std::int64_t>(cols, 31 + seed_ % 3);
        const InputImage image(input);
        for (const std::int64_t k : fitting({1, cols / 4, cols, kSortedLimit}, cols)) {
          if (k > kSortedLimit) continue;
          check.check_all(image, select(k, k == cols / 4 ? Lengths::mixed_i32 : Lengths::none));
          if (HasFailure()) return;
        }
      }
    }
    check.expect_all_served();
  }
}

// The longest rows of each shape, and less, k from where it is chosen to its limit and all of a
// row; as many ties as all lists together hold, one fewer and one more.
TEST_P(CudaRows, EveryShapeOfClusterBuckets) {
  const DType dtype = GetParam().dtype;
  const auto per_vector = 16 / static_cast<std::int64_t>(size_of(dtype));
  const std::vector<Variant> variants = cuda_cluster_buckets_variants(dtype);
  if (variants.empty()) GTEST_SKIP() << "cluster_buckets does not serve " << name_of(dtype);
  for (const Variant& variant : variants) {
    VariantCheck check({{variant}});
    const std::int64_t most = std::int64_t{*variant.forced.ctas} * *variant.forced.cta_threads *
                              *variant.forced.vectors * per_vector;
    const auto is_served = [&](std::int64_t cols, std::int64_t k) {
      return plan_variant(problem_of(spec(1, cols, Distribution::normal), k), variant).has_value();
    };
    if (!is_served(500, 50)) continue;  // the GPU has no clusters of so many
    EXPECT_TRUE(is_served(most, std::min(most, kSortedLimit)));
    EXPECT_FALSE(is_served(most + 1, 1));
    if (most > kSortedLimit) {
      EXPECT_FALSE(is_served(most, kSortedLimit + 1));
    }
    for (const std::int64_t cols : {most, most - per_vector + 1, most / 3 + 5}) {
      for (const auto distribution :
           {Distribution::normal, Distribution::few_distinct, Distribution::nan_spots,
            Distribution::ascending, Distribution::masked_most, Distribution::relu_zeros}) {
        InputSpec input = spec(2, cols, distribution);
        input.largest = seed_ % 2 == 0;
        if (cols == most) input.offset = 0;
        if (cols < most && seed_ % 3 > 0) input.stride = Stride::padded;
        const auto plan =
            plan_variant(problem_of(input, std::min<std::int64_t>(300, cols)), variant);
        if (distribution == Distribution::normal && plan) {
          const std::int64_t held = std::int64_t{plan->cuda.ctas} * plan->cuda.capacity;
          input.equal_tops =
              std::min<std::int64_t>(cols, held - 1 + static_cast<std::int64_t>(seed_ % 3));
        }
        const InputImage image(input);
        for (const std::int64_t k : fitting({1, 300, cols, kSortedLimit}, cols)) {
          if (k > kSortedLimit) continue;
          check.check_all(image, select(k, k == 300 ? Lengths::mixed_i32 : Lengths::none));
          if (HasFailure()) return;
        }
      }
    }
    check.expect_all_served();
  }
}

// Past 65535, where a grid's second direction ends.
TEST_P(CudaRows, ManyRows) {
  const InputImage input(spec(short_sizes() ? 1000 : 70000, 64, Distribution::normal));
  for (const std::int64_t k : {1, 8, 64}) {
    check_.check_in_turn(input, select(k, k == 8 ? Lengths::mixed_i32 : Lengths::none));
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Cuda, CudaRows, testing::ValuesIn(scopes(kGpu, 1)), name_of_scope);

}  // namespace
}  // namespace skim::test
