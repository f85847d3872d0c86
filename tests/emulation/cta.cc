#include "cta.h"

#include <boost/context/pooled_fixedsize_stack.hpp>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

thread_local skim::emulation::Dim3 threadIdx;
thread_local skim::emulation::Dim3 blockIdx;
thread_local skim::emulation::Dim3 blockDim;
thread_local skim::emulation::Dim3 gridDim;

namespace skim::cuda {
// What `extern __shared__ unsigned char dynamic_memory[]` in a kernel names.
alignas(128) thread_local unsigned char dynamic_memory[skim::emulation::kMostDynamicMemory];
}  // namespace skim::cuda

namespace skim::emulation {
namespace {

namespace context = boost::context;

constexpr std::size_t kStackBytes = std::size_t{128} << 10;
constexpr std::uint32_t kWarp = 32;
constexpr std::chrono::seconds kLongestWait{60};

thread_local char anchor;
thread_local Cta* cta_here = nullptr;
thread_local Fiber* running_fiber = nullptr;

}  // namespace

char* anchor_of_this_thread() { return &anchor; }
Cta& running_cta() { return *cta_here; }

Cta::Cta(const Launch& launch, Dim3 block, Cluster& cluster, std::uint64_t seed)
    : launch_(launch), block_(block), cluster_(cluster), random_(seed) {
  fibers_.resize(launch.block.x);
  live_ = launch.block.x;
  warps_.resize((launch.block.x + kWarp - 1) / kWarp);
}

void Cta::run(const std::function<void()>& kernel) {
  cta_here = this;
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

BlockVotes Cta::sync(Operation operation, bool vote) {
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

const WarpValues& Cta::exchange(Operation operation, std::uint32_t mask, std::uint64_t value) {
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

void Cta::wait_until(std::function<bool()> holds) {
  if (holds()) return;
  outside_.push_back({running_fiber, std::move(holds)});
  block();
}

void Cta::later(std::function<void()> store) {
  stores_.push_back(std::move(store));
  if (random_() % 4 == 0) deliver_one();
}

std::uint64_t Cta::clusters_passed(bool next) {
  return next ? ++running_fiber->cluster_waits : running_fiber->cluster_waits;
}

void Cta::fail(const std::string& what) const {
  throw std::logic_error("emulated kernel: " + what + " (CTA " + std::to_string(block_.x) + ", " +
                         std::to_string(block_.y) + ")");
}

// Nobody may rely on what was there.
void Cta::fill_shared_memory() {
  for (std::size_t i = 0; i < launch_.shared_bytes; ++i)
    cuda::dynamic_memory[i] = static_cast<unsigned char>(random_());
}

void Cta::enter_cluster() {
  cluster_.anchors[rank()] = anchor_of_this_thread();
  cluster_.running[rank()] = true;
  ++cluster_.started;
  while (cluster_.started < launch_.cluster_ctas) std::this_thread::yield();
}

void Cta::leave_cluster() {
  while (!stores_.empty()) deliver_one();
  cluster_.running[rank()] = false;
}

void Cta::start_fibers(const std::function<void()>& kernel) {
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

void Cta::schedule() {
  auto last_progress = std::chrono::steady_clock::now();
  while (live_ > 0) {
    if (ready_.empty()) {
      if (!stores_.empty()) deliver_one();
      if (!wake_outside()) {
        if (outside_.empty()) fail("threads wait for ever: " + std::to_string(live_) + " are left");
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
Fiber& Cta::take_any() {
  std::swap(ready_[random_() % ready_.size()], ready_.back());
  Fiber& fiber = *ready_.back();
  ready_.pop_back();
  return fiber;
}

void Cta::resume(Fiber& fiber) {
  running_fiber = &fiber;
  threadIdx = fiber.index;
  fiber.self = std::move(fiber.self).resume();
  if (!fiber.done) return;
  --live_;
  if (!barrier_.waiting.empty()) complete_barrier();
}

void Cta::block() {
  Fiber* const fiber = running_fiber;
  fiber->scheduler = std::move(fiber->scheduler).resume();
}

// Threads that have left count as arrived.
bool Cta::complete_barrier() {
  if (barrier_.waiting.size() < live_) return false;
  for (Fiber* one : barrier_.waiting) {
    one->votes = barrier_.votes;
    if (one != running_fiber || one->done) ready_.push_back(one);
  }
  barrier_.waiting.clear();
  return true;
}

bool Cta::wake_outside() {
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

void Cta::deliver_one() {
  const std::size_t i = random_() % stores_.size();
  std::swap(stores_[i], stores_.back());
  const auto store = std::move(stores_.back());
  stores_.pop_back();
  store();
}

}  // namespace skim::emulation
