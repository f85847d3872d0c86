// Shapes of CTAs that hold a whole row in registers, for the algorithms that do.
#pragma once

#include <cstdint>
#include <span>

#include "plan/tuning.h"
#include "skim/topk.h"

namespace skim::cuda_plan {

std::int64_t held_vectors(const CudaGeometry& geometry);

// The first shape of up to `most_ctas` CTAs that holds the row; else the last of them. Several CTAs
// are a team of that kind.
CudaGeometry first_that_holds(std::int64_t row_vectors, CtaTeam team, int most_ctas,
                              std::span<const tuning::MaximaShape> shapes);

// Refuses a geometry that does not hold the row.
void check_held(const TopkProblem& problem, const CudaGeometry& geometry);

}  // namespace skim::cuda_plan
