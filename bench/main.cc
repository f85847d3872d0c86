#include "skim_bench.h"

int main(int argc, char** argv) { return skim_bench_main(argc, argv, nullptr, 0); }
