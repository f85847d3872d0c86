#include "plan/cuda/held_rows.h"

#include "plan/cuda/algorithm.h"
#include "problem/checks.h"

namespace skim::cuda_plan {

std::int64_t held_vectors(const CudaGeometry& geometry) {
  return std::int64_t{geometry.ctas} * geometry.threads * geometry.vectors;
}

CudaGeometry first_that_holds(std::int64_t row_vectors, CtaTeam team, int most_ctas,
                              std::span<const tuning::MaximaShape> shapes) {
  CudaGeometry geometry;
  for (const tuning::MaximaShape& shape : shapes) {
    if (shape.ctas > most_ctas) continue;
    geometry.team = shape.ctas > 1 ? team : CtaTeam::grid;
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
