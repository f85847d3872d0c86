// The emulated machine of tests/emulation: its memory is the host's, and its work is done when a
// call returns.
#include <algorithm>
#include <cstring>
#include <new>

#include "support/gpu.h"
#include "support/gpu_calls.h"

namespace skim::test {
namespace gpu {

std::byte* allocate(std::size_t size) {
  return static_cast<std::byte*>(::operator new (size, std::align_val_t{kGuard}));
}
void release(std::byte* memory) noexcept { ::operator delete (memory, std::align_val_t{kGuard}); }

void upload(std::byte* to, const std::byte* host, std::size_t size) { copy(to, host, size); }
void copy(std::byte* to, const std::byte* from, std::size_t size) { std::memcpy(to, from, size); }
void download(std::byte* host, const std::byte* from, std::size_t size) { copy(host, from, size); }
void fill(std::byte* memory, int value, std::size_t size) { std::memset(memory, value, size); }

void fill_guarded(std::byte* first_guard, std::size_t size) {
  static unsigned noise = 0;
  fill(first_guard, kGuardPattern, size + 2 * kGuard);
  fill(first_guard + kGuard, static_cast<int>(++noise * 0x9d), size);
}

}  // namespace gpu

bool gpu_is_emulated() { return true; }
Stream gpu_stream() { return {}; }

void wait_for_gpu(const std::function<std::string()>&) {}

bool all_as_wanted(std::span<const GpuRegion> regions, const std::function<std::string()>&) {
  return std::ranges::all_of(regions, [](const GpuRegion& region) {
    return region.size == 0 || std::memcmp(region.found, region.wanted, region.size) == 0;
  });
}

}  // namespace skim::test
