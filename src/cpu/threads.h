// Sharing out independent tasks among OpenMP threads.
#pragma once

#include <cstdint>

namespace skim::cpu {

// What OpenMP would use here: OMP_NUM_THREADS, else the CPUs this process may run on.
int default_threads();

// CPUs that this process may run on.
int processors();

// Runs task(context, i, worker) for each i in [0, tasks), on at most `threads` threads; worker is
// in [0, threads). In a process that was forked, everything runs on the calling thread: gcc's
// OpenMP keeps its pool across fork although the threads are gone, and waits for them for ever
// (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=58378).
using Task = void (*)(const void* context, std::int64_t index, int worker);
void parallel_for(int threads, std::int64_t tasks, Task task, const void* context);

template <class Function>
void parallel_for(int threads, std::int64_t tasks, const Function& function) {
  parallel_for(
      threads, tasks,
      [](const void* context, std::int64_t index, int worker) {
        (*static_cast<const Function*>(context))(index, worker);
      },
      &function);
}

}  // namespace skim::cpu
