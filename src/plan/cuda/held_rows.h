// Shapes of CTAs that hold a whole row in registers, for the algorithms that do.
#pragma once

#include <cstdint>
#include <span>

#include "plan/tuning.h"
#include "skim/topk.h"

namespace skim::cuda_plan {

std::int64_t held_vectors(const CudaGeometry& geometry);

// One CTA with so many vectors a thread.
CudaGeometry lone_cta(std::int64_t row_vectors, int vectors);

// The first shape of up to `most_ctas` CTAs that holds the row; else the last of them.
CudaGeometry several_ctas(std::int64_t row_vectors, CtaTeam team, int most_ctas,
                          std::span<const tuning::MaximaShape> shapes);

// Refuses a geometry that does not hold the row.
void check_held(const TopkProblem& problem, const CudaGeometry& geometry);

}  // namespace skim::cuda_plan
