#include "machine.h"

#include <atomic>
#include <exception>
#include <stdexcept>
#include <thread>
#include <vector>

#include "cta.h"

namespace skim::emulation {
namespace {

void run_cluster(const Launch& launch, Dim3 first, const std::function<void()>& kernel,
                 std::uint64_t seed) {
  Cluster cluster(launch.cluster_ctas);
  cluster.threads = std::uint64_t{launch.cluster_ctas} * launch.block.x;
  std::vector<std::exception_ptr> errors(launch.cluster_ctas);
  const auto run_cta = [&](unsigned rank) {
    try {
      Dim3 block = first;
      block.y += rank;
      Cta(launch, block, cluster, seed + rank).run(kernel);
    } catch (...) {
      errors[rank] = std::current_exception();
    }
  };
  if (launch.cluster_ctas == 1) {
    run_cta(0);
  } else {
    std::vector<std::jthread> threads;
    for (unsigned rank = 0; rank < launch.cluster_ctas; ++rank) threads.emplace_back(run_cta, rank);
  }
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace

void run_grid(const Launch& launch, const std::function<void()>& kernel) {
  if (launch.shared_bytes > kMostDynamicMemory)
    throw std::logic_error("emulated kernel: more shared memory than a CTA can have");
  static std::atomic<std::uint64_t> seed{1};
  for (unsigned y = 0; y < launch.grid.y; y += launch.cluster_ctas)
    for (unsigned x = 0; x < launch.grid.x; ++x)
      run_cluster(launch, {x, y, 0}, kernel, seed.fetch_add(launch.cluster_ctas));
}

BlockVotes sync_block(Operation operation, bool vote) {
  return running_cta().sync(operation, vote);
}
const WarpValues& exchange(Operation operation, std::uint32_t mask, std::uint64_t value) {
  return running_cta().exchange(operation, mask, value);
}

}  // namespace skim::emulation
