// One CTA of the emulated machine: its threads as fibers, taken in turn by chance, and where they
// meet each other: at barriers of the CTA, in exchanges of a warp, and in waiting for another CTA.
#pragma once

#include <atomic>
#include <boost/context/fiber.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "machine.h"

namespace skim::emulation {

// What the CTAs of a cluster see of each other.
struct Cluster {
  explicit Cluster(unsigned ctas) : anchors(ctas, nullptr), running(ctas) {}

  std::vector<char*> anchors;  // of the shared memory of each CTA
  std::vector<std::atomic<bool>> running;
  std::atomic<unsigned> started{0};
  std::atomic<std::uint64_t> arrivals{0};
  std::uint64_t threads = 0;
  std::mutex memory;  // guards every barrier, and orders stores before the waits for them
  std::atomic<bool> failed{false};
};

inline constexpr std::size_t kMostDynamicMemory = std::size_t{227} << 10;

// A place among the thread_local variables of this thread of the operating system, which are the
// shared memory of its CTA.
char* anchor_of_this_thread();

struct Fiber {
  boost::context::fiber self;
  boost::context::fiber scheduler;
  Dim3 index;
  std::uint32_t number = 0;
  std::uint64_t cluster_waits = 0;
  BlockVotes votes;
  WarpValues values{};
  bool done = false;
};

class Cta {
 public:
  Cta(const Launch& launch, Dim3 block, Cluster& cluster, std::uint64_t seed);

  void run(const std::function<void()>& kernel);

  const Launch& launch() const { return launch_; }
  Cluster& cluster() { return cluster_; }
  unsigned rank() const { return block_.y % launch_.cluster_ctas; }

  // ---- for the thread that runs ----

  BlockVotes sync(Operation operation, bool vote);
  const WarpValues& exchange(Operation operation, std::uint32_t mask, std::uint64_t value);
  // For what another CTA brings about.
  void wait_until(std::function<bool()> holds);
  void later(std::function<void()> store);
  // How many times the thread has waited for its cluster, with the next time or without.
  std::uint64_t clusters_passed(bool next);
  [[noreturn]] void fail(const std::string& what) const;

 private:
  struct Barrier {
    Operation operation = Operation::sync_block;
    BlockVotes votes;
    std::vector<Fiber*> waiting;
  };
  struct Meeting {
    Operation operation = Operation::sync_warp;
    WarpValues values{};
    std::vector<Fiber*> waiting;
  };
  struct Outside {
    Fiber* fiber;
    std::function<bool()> holds;
  };

  void fill_shared_memory();
  void enter_cluster();
  void leave_cluster();
  void start_fibers(const std::function<void()>& kernel);
  void schedule();
  Fiber& take_any();
  void resume(Fiber& fiber);
  void block();
  bool complete_barrier();
  bool wake_outside();
  void deliver_one();

  const Launch& launch_;
  Dim3 block_;
  Cluster& cluster_;
  std::mt19937_64 random_;
  std::vector<Fiber> fibers_;
  std::size_t live_ = 0;
  std::vector<Fiber*> ready_;
  Barrier barrier_;
  std::vector<std::map<std::uint32_t, Meeting>> warps_;
  std::vector<Outside> outside_;
  std::vector<std::function<void()>> stores_;
  std::exception_ptr error_;
};

// Of the thread of the operating system that calls.
Cta& running_cta();

}  // namespace skim::emulation
