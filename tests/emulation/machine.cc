#include "machine.h"

#include <atomic>
#include <boost/context/fiber.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>
#include <chrono>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

thread_local skim::emulation::Dim3 threadIdx;
thread_local skim::emulation::Dim3 blockIdx;
thread_local skim::emulation::Dim3 blockDim;
thread_local skim::emulation::Dim3 gridDim;

namespace skim::cuda {
// What `extern __shared__ unsigned char dynamic_memory[]` in a kernel names.
alignas(128) thread_local unsigned char dynamic_memory[227 * 1024];
}  // namespace skim::cuda

namespace skim::emulation {
namespace {

namespace context = boost::context;

constexpr std::size_t kStackBytes = 128 * 1024;
constexpr std::uint32_t kWarp = 32;
constexpr std::chrono::seconds kLongestWait{60};

struct Fiber {
  context::fiber self;
  context::fiber scheduler;
  Dim3 index;
  std::uint32_t number = 0;
  std::uint64_t cluster_waits = 0;
  BlockVotes votes;
  WarpValues values{};
  bool done = false;
};

// One CTA's part in a cluster, seen by the others.
class Cta;

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

thread_local char anchor;  // somewhere among the thread_local variables of this thread
constexpr std::ptrdiff_t kAnchorPlace = 1 << 23;
constexpr int kRankShift = 24;

thread_local Cta* running_cta = nullptr;
thread_local Fiber* running_fiber = nullptr;

class Cta {
 public:
  Cta(const Launch& launch, Dim3 block, Cluster& cluster, std::uint64_t seed)
      : launch_(launch), block_(block), cluster_(cluster), random_(seed) {
    fibers_.resize(launch.block.x);
    live_ = launch.block.x;
    warps_.resize((launch.block.x + kWarp - 1) / kWarp);
  }

  void run(const std::function<void()>& kernel) {
    running_cta = this;
    blockIdx = block_;
    blockDim = launch_.block;
    gridDim = launch_.grid;
    fill_shared_memory();
    enter_cluster();
    start_fibers(kernel);
    try {
      schedule();
    } catch (...) {
      cluster_.failed = true;
      leave_cluster();
      throw;
    }
    leave_cluster();
  }

  const Launch& launch() const { return launch_; }
  const Dim3& block() const { return block_; }
  Cluster& cluster() { return cluster_; }
  unsigned rank() const { return block_.y % launch_.cluster_ctas; }

  BlockVotes sync(Operation operation, bool vote) {
    Fiber* const fiber = running_fiber;
    if (barrier_.waiting.empty()) barrier_ = {operation, {}, {}};
    if (barrier_.operation != operation) fail("threads of a CTA wait at different barriers");
    barrier_.votes.all &= vote ? 1u : 0u;
    barrier_.votes.any |= vote ? 1u : 0u;
    barrier_.votes.count += vote ? 1u : 0u;
    barrier_.waiting.push_back(fiber);
    if (!complete_barrier()) block();
    return fiber->votes;
  }

  const WarpValues& exchange(Operation operation, std::uint32_t mask, std::uint64_t value) {
    Fiber* const fiber = running_fiber;
    const std::uint32_t lane = fiber->number % kWarp;
    if ((mask >> lane & 1) == 0) fail("a lane exchanges with a mask that it is not in");
    auto& meetings = warps_[fiber->number / kWarp];
    Meeting& meeting = meetings[mask];
    if (meeting.waiting.empty()) meeting.operation = operation;
    if (meeting.operation != operation) fail("lanes of a warp are at different operations");
    meeting.values[lane] = value;
    meeting.waiting.push_back(fiber);
    if (meeting.waiting.size() == static_cast<std::size_t>(__builtin_popcount(mask))) {
      for (Fiber* one : meeting.waiting) {
        one->values = meeting.values;
        if (one != fiber) ready_.push_back(one);
      }
      meeting.waiting.clear();
    } else {
      block();
    }
    return fiber->values;
  }

  // For what another CTA brings about.
  void wait_until(std::function<bool()> holds) {
    if (holds()) return;
    outside_.push_back({running_fiber, std::move(holds)});
    block();
  }

  void later(std::function<void()> store) {
    stores_.push_back(std::move(store));
    if (random_() % 4 == 0) deliver_one();
  }

  std::uint64_t clusters_passed(bool next) {
    return next ? ++running_fiber->cluster_waits : running_fiber->cluster_waits;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw std::logic_error("emulated kernel: " + what + " (CTA " + std::to_string(block_.x) + ", " +
                           std::to_string(block_.y) + ")");
  }

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

  // Nobody may rely on what was there.
  void fill_shared_memory() {
    for (std::size_t i = 0; i < launch_.shared_bytes; ++i)
      cuda::dynamic_memory[i] = static_cast<unsigned char>(random_());
  }

  void enter_cluster() {
    cluster_.anchors[rank()] = &anchor;
    cluster_.running[rank()] = true;
    ++cluster_.started;
    while (cluster_.started < launch_.cluster_ctas) std::this_thread::yield();
  }

  void leave_cluster() {
    while (!stores_.empty()) deliver_one();
    cluster_.running[rank()] = false;
  }

  void start_fibers(const std::function<void()>& kernel) {
    static thread_local context::pooled_fixedsize_stack stacks(kStackBytes);
    for (std::uint32_t i = 0; i < fibers_.size(); ++i) {
      Fiber& fiber = fibers_[i];
      fiber.index = {i, 0, 0};
      fiber.number = i;
      fiber.self = context::fiber(std::allocator_arg, stacks, [&](context::fiber&& scheduler) {
        fiber.scheduler = std::move(scheduler);
        try {
          kernel();
        } catch (const context::detail::forced_unwind&) {
          throw;
        } catch (...) {
          error_ = std::current_exception();
        }
        fiber.done = true;
        return std::move(fiber.scheduler);
      });
      ready_.push_back(&fiber);
    }
  }

  void schedule() {
    auto last_progress = std::chrono::steady_clock::now();
    while (live_ > 0) {
      if (ready_.empty()) {
        if (!stores_.empty()) deliver_one();
        if (!wake_outside()) {
          if (outside_.empty())
            fail("threads wait for ever: " + std::to_string(live_) + " are left");
          if (cluster_.failed) fail("another CTA of the cluster failed");
          if (std::chrono::steady_clock::now() - last_progress > kLongestWait)
            fail("threads wait for another CTA in vain");
          std::this_thread::yield();
          continue;
        }
      }
      last_progress = std::chrono::steady_clock::now();
      resume(take_any());
      if (error_) std::rethrow_exception(error_);
    }
  }

  // Whichever comes: an order that a kernel relies on has to be its own.
  Fiber& take_any() {
    std::swap(ready_[random_() % ready_.size()], ready_.back());
    Fiber& fiber = *ready_.back();
    ready_.pop_back();
    return fiber;
  }

  void resume(Fiber& fiber) {
    running_fiber = &fiber;
    threadIdx = fiber.index;
    fiber.self = std::move(fiber.self).resume();
    if (!fiber.done) return;
    --live_;
    if (!barrier_.waiting.empty()) complete_barrier();
  }

  void block() {
    Fiber* const fiber = running_fiber;
    fiber->scheduler = std::move(fiber->scheduler).resume();
  }

  // Threads that have left count as arrived.
  bool complete_barrier() {
    if (barrier_.waiting.size() < live_) return false;
    for (Fiber* one : barrier_.waiting) {
      one->votes = barrier_.votes;
      if (one != running_fiber || one->done) ready_.push_back(one);
    }
    barrier_.waiting.clear();
    return true;
  }

  bool wake_outside() {
    bool woken = false;
    for (std::size_t i = 0; i < outside_.size();) {
      if (outside_[i].holds()) {
        ready_.push_back(outside_[i].fiber);
        std::swap(outside_[i], outside_.back());
        outside_.pop_back();
        woken = true;
      } else {
        ++i;
      }
    }
    return woken;
  }

  void deliver_one() {
    const std::size_t i = random_() % stores_.size();
    std::swap(stores_[i], stores_.back());
    const auto store = std::move(stores_.back());
    stores_.pop_back();
    store();
  }

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

// The layout of a barrier that counts arrivals and bytes.
struct BarrierState {
  std::uint16_t phase;
  std::uint16_t expected;
  std::uint16_t pending;
  std::int16_t words;  // of 4 bytes; signed: stores may come before they are expected
};
static_assert(sizeof(BarrierState) == 8);

BarrierState& state_of(Address barrier) { return *static_cast<BarrierState*>(pointer_to(barrier)); }

void finish_phase(BarrierState& state) {
  if (state.pending != 0 || state.words != 0) return;
  ++state.phase;
  state.pending = state.expected;
}

std::int16_t words_of(unsigned bytes) {
  if (bytes % 4 != 0) running_cta->fail("bytes of a barrier that are no multiple of 4");
  return static_cast<std::int16_t>(bytes / 4);
}

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
  if (launch.shared_bytes > sizeof(cuda::dynamic_memory))
    throw std::logic_error("emulated kernel: more shared memory than a CTA can have");
  static std::atomic<std::uint64_t> seed{1};
  for (unsigned y = 0; y < launch.grid.y; y += launch.cluster_ctas)
    for (unsigned x = 0; x < launch.grid.x; ++x)
      run_cluster(launch, {x, y, 0}, kernel, seed.fetch_add(launch.cluster_ctas));
}

BlockVotes sync_block(Operation operation, bool vote) { return running_cta->sync(operation, vote); }
const WarpValues& exchange(Operation operation, std::uint32_t mask, std::uint64_t value) {
  return running_cta->exchange(operation, mask, value);
}

unsigned cluster_rank() { return running_cta->rank(); }

void cluster_arrive() {
  running_cta->clusters_passed(true);
  ++running_cta->cluster().arrivals;
}
void cluster_wait() {
  Cluster& cluster = running_cta->cluster();
  const std::uint64_t wanted = running_cta->clusters_passed(false) * cluster.threads;
  running_cta->wait_until([&cluster, wanted] { return cluster.arrivals >= wanted; });
}

Address address_of(const void* shared) {
  const std::ptrdiff_t place = static_cast<const char*>(shared) - &anchor + kAnchorPlace;
  if (place < 0 || place >= 1 << kRankShift)
    running_cta->fail("an address is not of shared memory");
  return static_cast<Address>(place) | static_cast<Address>(running_cta->rank()) << kRankShift;
}
Address mapped(Address address, unsigned rank) {
  if (rank >= running_cta->launch().cluster_ctas) running_cta->fail("no such CTA in the cluster");
  return (address & ((1u << kRankShift) - 1)) | static_cast<Address>(rank) << kRankShift;
}
void* pointer_to(Address address) {
  Cluster& cluster = running_cta->cluster();
  const unsigned rank = address >> kRankShift;
  if (rank >= cluster.anchors.size()) running_cta->fail("an address beyond the cluster");
  if (!cluster.running[rank]) running_cta->fail("an access to a CTA that has left");
  const auto place = static_cast<std::ptrdiff_t>(address & ((1u << kRankShift) - 1));
  return cluster.anchors[rank] + (place - kAnchorPlace);
}

void init_barrier(Address barrier, unsigned arrivals) {
  const std::lock_guard lock(running_cta->cluster().memory);
  const auto count = static_cast<std::uint16_t>(arrivals);
  state_of(barrier) = {0, count, count, 0};
}
void arrive_expecting(Address barrier, unsigned bytes) {
  Cta* const cta = running_cta;
  cta->later([cta, barrier, bytes] {
    const std::lock_guard lock(cta->cluster().memory);
    BarrierState& state = state_of(barrier);
    state.words = static_cast<std::int16_t>(state.words + words_of(bytes));
    --state.pending;
    finish_phase(state);
  });
}
void store_later(Address there, std::uint64_t bits, unsigned bytes, Address barrier) {
  Cta* const cta = running_cta;
  cta->later([cta, there, bits, bytes, barrier] {
    const std::lock_guard lock(cta->cluster().memory);
    std::memcpy(pointer_to(there), &bits, bytes);
    BarrierState& state = state_of(barrier);
    state.words = static_cast<std::int16_t>(state.words - words_of(bytes));
    finish_phase(state);
  });
}
void wait_for_first_phase(Address barrier) {
  Cta* const cta = running_cta;
  cta->wait_until([cta, barrier] {
    const std::lock_guard lock(cta->cluster().memory);
    return state_of(barrier).phase > 0;
  });
}

}  // namespace skim::emulation
