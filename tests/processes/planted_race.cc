// A data race for ThreadSanitizer to find (argument `racy`), and the same work ordered by OpenMP's
// barriers alone, in which it must find none (`joined`): that needs LLVM's archer.
#include <cstdio>
#include <cstring>
#include <vector>

namespace {

constexpr int kCount = 100000;

long count_without_a_lock() {
  long count = 0;
#pragma omp parallel for num_threads(2)
  for (int i = 0; i < kCount; ++i) count += i;
  return count;
}

long count_after_a_barrier() {
  std::vector<long> parts(kCount);
  long count = 0;
#pragma omp parallel num_threads(2)
  {
#pragma omp for schedule(dynamic, 64)
    for (int i = 0; i < kCount; ++i) parts[static_cast<std::size_t>(i)] = i;
#pragma omp single
    for (const long part : parts) count += part;
  }
  return count;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const bool racy = argument_count == 2 && std::strcmp(arguments[1], "racy") == 0;
  std::printf("%ld\n", racy ? count_without_a_lock() : count_after_a_barrier());
}
