// Between the CTAs of a cluster on the emulated machine: addresses of each other's shared memory,
// barriers in it, and stores that come late.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "cta.h"

namespace skim::emulation {
namespace {

constexpr std::ptrdiff_t kAnchorPlace = 1 << 23;
constexpr int kRankShift = 24;

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
  if (bytes % 4 != 0) running_cta().fail("bytes of a barrier that are no multiple of 4");
  return static_cast<std::int16_t>(bytes / 4);
}

}  // namespace

unsigned cluster_rank() { return running_cta().rank(); }

void cluster_arrive() {
  running_cta().clusters_passed(true);
  ++running_cta().cluster().arrivals;
}
void cluster_wait() {
  Cluster& cluster = running_cta().cluster();
  const std::uint64_t wanted = running_cta().clusters_passed(false) * cluster.threads;
  running_cta().wait_until([&cluster, wanted] { return cluster.arrivals >= wanted; });
}

Address address_of(const void* shared) {
  const std::ptrdiff_t place =
      static_cast<const char*>(shared) - anchor_of_this_thread() + kAnchorPlace;
  if (place < 0 || place >= 1 << kRankShift)
    running_cta().fail("an address is not of shared memory");
  return static_cast<Address>(place) | static_cast<Address>(running_cta().rank()) << kRankShift;
}
Address mapped(Address address, unsigned rank) {
  if (rank >= running_cta().launch().cluster_ctas) running_cta().fail("no such CTA in the cluster");
  return (address & ((1u << kRankShift) - 1)) | static_cast<Address>(rank) << kRankShift;
}
void* pointer_to(Address address) {
  Cluster& cluster = running_cta().cluster();
  const unsigned rank = address >> kRankShift;
  if (rank >= cluster.anchors.size()) running_cta().fail("an address beyond the cluster");
  if (!cluster.running[rank]) running_cta().fail("an access to a CTA that has left");
  const auto place = static_cast<std::ptrdiff_t>(address & ((1u << kRankShift) - 1));
  return cluster.anchors[rank] + (place - kAnchorPlace);
}

void init_barrier(Address barrier, unsigned arrivals) {
  const std::lock_guard lock(running_cta().cluster().memory);
  const auto count = static_cast<std::uint16_t>(arrivals);
  state_of(barrier) = {0, count, count, 0};
}
void arrive_expecting(Address barrier, unsigned bytes) {
  Cta* const cta = &running_cta();
  cta->later([cta, barrier, bytes] {
    const std::lock_guard lock(cta->cluster().memory);
    BarrierState& state = state_of(barrier);
    state.words = static_cast<std::int16_t>(state.words + words_of(bytes));
    --state.pending;
    finish_phase(state);
  });
}
void store_later(Address there, std::uint64_t bits, unsigned bytes, Address barrier) {
  Cta* const cta = &running_cta();
  cta->later([cta, there, bits, bytes, barrier] {
    const std::lock_guard lock(cta->cluster().memory);
    std::memcpy(pointer_to(there), &bits, bytes);
    BarrierState& state = state_of(barrier);
    state.words = static_cast<std::int16_t>(state.words - words_of(bytes));
    finish_phase(state);
  });
}
void wait_for_phase(Address barrier, unsigned parity) {
  Cta* const cta = &running_cta();
  cta->wait_until([cta, barrier, parity] {
    const std::lock_guard lock(cta->cluster().memory);
    return (state_of(barrier).phase & 1u) != parity;
  });
}

}  // namespace skim::emulation
