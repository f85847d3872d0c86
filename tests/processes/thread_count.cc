// thread_count NUM_THREADS MOST FEWEST: selects with num_threads = NUM_THREADS from many rows and
// from a long one, and fails unless this process then has between FEWEST and MOST threads.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <thread>
#include <vector>

#include "skim/topk.h"

namespace {

// Linux keeps OpenMP's pool alive, so that threads which have worked are still listed.
std::int64_t threads_of_process() {
  const std::filesystem::directory_iterator threads("/proc/self/task");
  return std::distance(begin(threads), end(threads));
}

// ThreadSanitizer starts a thread of its own beside the first one that the process starts.
std::int64_t threads_at_rest() {
  std::thread([] {}).join();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // until the kernel has let go of it
  return threads_of_process();
}

void select(std::int64_t rows, std::int64_t cols, int num_threads) {
  const std::vector<float> input(static_cast<std::size_t>(rows * cols), 1.0F);
  constexpr std::int64_t k = 8;
  std::vector<float> values(static_cast<std::size_t>(rows * k));
  std::vector<std::int64_t> indices(static_cast<std::size_t>(rows * k));
  skim::TopkOptions options;
  options.num_threads = num_threads;
  skim::topk(skim::matrix_view(input.data(), rows, cols), k,
             skim::mutable_matrix_view(values.data(), rows, k),
             skim::mutable_matrix_view(indices.data(), rows, k), options);
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 4) {
    std::fputs("usage: thread_count NUM_THREADS MOST FEWEST\n", stderr);
    return 2;
  }
  if (!std::filesystem::exists("/proc/self/task")) {
    std::puts("SKIPPED: this system does not list threads in /proc/self/task");
    return 0;
  }
  const int num_threads = std::atoi(arguments[1]);
  const std::int64_t before = threads_at_rest() - 1;  // the caller counts
  select(4096, 1024, num_threads);
  select(1, std::int64_t{1} << 22, num_threads);
  const std::int64_t used = threads_of_process() - before;
  std::printf("num_threads %d: %lld threads\n", num_threads, static_cast<long long>(used));
  return used <= std::atoi(arguments[2]) && used >= std::atoi(arguments[3]) ? 0 : 1;
}
