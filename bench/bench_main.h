// The program, for its C entry and for tests.
#pragma once

#include <cstdint>

#include "skim_bench.h"

namespace skim::bench {

// As skim_bench_main.
int bench_main(int argc, const char* const* argv, const skim_bench_path* paths,
               std::int32_t path_count);

}  // namespace skim::bench
