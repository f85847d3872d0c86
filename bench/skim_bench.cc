#include "skim_bench.h"

#include "bench_main.h"

int skim_bench_main(int argc, const char* const* argv, const skim_bench_path* paths,
                    int32_t path_count) {
  return skim::bench::bench_main(argc, argv, paths, path_count);
}
