// A machine that runs the kernels of src/cuda on the CPU, for tests without a GPU: every thread of
// a CTA is a fiber, every CTA of a cluster a thread of the operating system, so that the kernels'
// shared variables are thread_local ones. It knows nothing of time, and of memory only that stores
// between CTAs arrive late and in any order. It does know when a kernel is wrong in a way that a
// GPU would hang or corrupt memory for: threads that wait for each other for ever or at different
// operations, stores into CTAs that have left.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace skim::emulation {

struct Dim3 {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;
};

struct Launch {
  Dim3 grid;
  Dim3 block;
  unsigned cluster_ctas = 1;  // side by side in the grid's y
  std::size_t shared_bytes = 0;
};

// Runs the kernel with all threads of the grid. Throws std::logic_error on what a GPU would hang
// on.
void run_grid(const Launch& launch, const std::function<void()>& kernel);

// ---- for the thread that calls ----

enum class Operation : std::uint8_t {
  sync_block,
  sync_block_and,
  sync_block_or,
  sync_warp,
  shuffle,
  ballot,
  reduce,
};

struct BlockVotes {
  unsigned all = 1;
  unsigned any = 0;
  unsigned count = 0;
};
BlockVotes sync_block(Operation operation, bool vote);

using WarpValues = std::array<std::uint64_t, 32>;
// What each lane of `mask` brought.
const WarpValues& exchange(Operation operation, std::uint32_t mask, std::uint64_t value);

// ---- between the CTAs of a cluster ----

unsigned cluster_rank();
void cluster_arrive();
void cluster_wait();

using Address = std::uint32_t;  // of shared memory: the rank of the CTA and the place in it
Address address_of(const void* shared);
Address mapped(Address address, unsigned rank);
void* pointer_to(Address address);

// A barrier in shared memory that counts arrivals and bytes, as mbarrier does.
void init_barrier(Address barrier, unsigned arrivals);
void arrive_expecting(Address barrier, unsigned bytes);
void store_later(Address there, std::uint64_t bits, unsigned bytes, Address barrier);
// Until the phase that is `parity` (0, 1, 0, ...) is over.
void wait_for_phase(Address barrier, unsigned parity);

}  // namespace skim::emulation
