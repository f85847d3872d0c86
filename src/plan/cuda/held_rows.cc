#include "plan/cuda/held_rows.h"

#include <algorithm>

#include "cuda/layout.h"
#include "plan/cuda/algorithm.h"
#include "problem/checks.h"

namespace skim::cuda_plan {

std::int64_t held_vectors(const CudaGeometry& geometry) {
  return std::int64_t{geometry.ctas} * geometry.threads * geometry.vectors;
}

CudaGeometry lone_cta(std::int64_t row_vectors, int vectors) {
  constexpr std::int64_t kFewestThreads = 64;
  CudaGeometry geometry;
  geometry.vectors = vectors;
  geometry.threads = static_cast<int>(std::clamp<std::int64_t>(
      power_of_two(divide_up(row_vectors, vectors)), kFewestThreads, cuda::kMostMaximaThreads));
  return geometry;
}

CudaGeometry several_ctas(std::int64_t row_vectors, CtaTeam team, int most_ctas,
                          std::span<const tuning::MaximaShape> shapes) {
  CudaGeometry geometry;
  geometry.team = team;
  for (const tuning::MaximaShape& shape : shapes) {
    if (shape.ctas > most_ctas) continue;
    geometry.ctas = shape.ctas;
    geometry.threads = shape.threads;
    geometry.vectors = shape.vectors;
    if (held_vectors(geometry) >= row_vectors) break;
  }
  return geometry;
}

void check_held(const TopkProblem& problem, const CudaGeometry& geometry) {
  if (held_vectors(geometry) >= row_vectors(problem)) return;
  refuse(
      "forced ctas = {}, cta_threads = {} and vectors = {} hold {} vectors of 16 bytes, but a "
      "row has {}; raise one of them or choose filter",
      geometry.ctas, geometry.threads, geometry.vectors, held_vectors(geometry),
      row_vectors(problem));
}

}  // namespace skim::cuda_plan
