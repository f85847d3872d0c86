// Every way to carry out one problem on a GPU.
#pragma once

#include <optional>
#include <vector>

#include "support/variants.h"

namespace skim::test {

// group_maxima has no keys that pack with an index for any other type.
bool has_group_maxima(DType dtype);

// Every algorithm, in a team of either kind where it has both.
std::vector<Variant> cuda_algorithm_variants(DType dtype);

// Teams of every size, CTAs of every size, vectors, groups, and the least room for candidates.
std::vector<Variant> cuda_geometry_variants(DType dtype);

// Every shape that register_sort is compiled in, one after the other; none where it serves nothing.
std::vector<Variant> cuda_register_sort_variants(DType dtype);

// Every shape of warp_maxima; none for types that it does not serve.
std::vector<Variant> cuda_warp_maxima_variants(DType dtype);

// Every CTA of bucket_select, from the smallest and shortest of rows to the largest; none for types
// that it does not serve.
std::vector<Variant> cuda_bucket_select_variants(DType dtype);

// Clusters of every size of cluster_buckets, with the smallest and the largest CTAs; none for types
// that it does not serve.
std::vector<Variant> cuda_cluster_buckets_variants(DType dtype);

// Few, for rows of a million elements and more.
std::vector<Variant> cuda_long_row_variants(DType dtype);

// With the least capacity that the plan accepts, so that it overflows most.
std::optional<TopkPlan> plan_smallest_capacity(const TopkProblem& problem, const Variant& variant);

}  // namespace skim::test
