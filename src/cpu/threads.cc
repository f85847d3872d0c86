#include "cpu/threads.h"

#include <atomic>

#ifdef _OPENMP
#include <omp.h>
#include <pthread.h>
#endif

namespace skim::cpu {

#ifdef _OPENMP
namespace {

std::atomic<bool> is_forked_child{false};

// At load time, so that no fork is missed.
[[maybe_unused]] const int atfork_registered = pthread_atfork(
    nullptr, nullptr, [] { is_forked_child.store(true, std::memory_order_relaxed); });

}  // namespace

int default_threads() { return omp_get_max_threads(); }

int processors() { return omp_get_num_procs(); }

void parallel_for(int threads, std::int64_t tasks, Task task, const void* context) {
  if (threads <= 1 || tasks <= 1 || is_forked_child.load(std::memory_order_relaxed)) {
    for (std::int64_t index = 0; index < tasks; ++index) task(context, index, 0);
    return;
  }
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t index = 0; index < tasks; ++index) {
    task(context, index, omp_get_thread_num());
  }
}
#else
int default_threads() { return 1; }

int processors() { return 1; }

void parallel_for(int, std::int64_t tasks, Task task, const void* context) {
  for (std::int64_t index = 0; index < tasks; ++index) task(context, index, 0);
}
#endif

}  // namespace skim::cpu
