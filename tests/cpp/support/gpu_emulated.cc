// The emulated machine of tests/emulation: its memory is the host's, and its work is done when a
// call returns.
#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>

#include "support/gpu.h"

namespace skim::test {
namespace {

constexpr std::size_t kGuard = 256;
constexpr int kGuardPattern = 0xA5;

std::byte* allocate(std::size_t size) {
  return static_cast<std::byte*>(::operator new (size, std::align_val_t{kGuard}));
}

const std::byte* guard() {
  static const std::byte* const pattern = [] {
    std::byte* const bytes = allocate(kGuard);
    std::memset(bytes, kGuardPattern, kGuard);
    return bytes;
  }();
  return pattern;
}

// One workspace at a time, as on a GPU.
std::byte* arena(std::size_t size) {
  static std::byte* memory = nullptr;
  static std::size_t room = 0;
  if (room < size) {
    ::operator delete (memory, std::align_val_t{kGuard});
    memory = allocate(size);
    room = size;
  }
  return memory;
}

}  // namespace

Stream gpu_stream() { return {}; }

void wait_for_gpu(const std::function<std::string()>&) {}

GpuBytes::GpuBytes(std::size_t size) : size_(size) {
  if (size != 0) data_ = allocate(size);
}
GpuBytes::GpuBytes(std::span<const std::byte> contents) : GpuBytes(contents.size()) {
  upload(contents);
}
GpuBytes::~GpuBytes() {
  if (data_ != nullptr) ::operator delete (data_, std::align_val_t{kGuard});
}
GpuBytes::GpuBytes(GpuBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
GpuBytes& GpuBytes::operator=(GpuBytes&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

void GpuBytes::upload(std::span<const std::byte> contents) const {
  if (contents.size() != size_) throw std::logic_error("an upload must fill the memory");
  if (size_ != 0) std::memcpy(data_, contents.data(), size_);
}
void GpuBytes::copy_from(const GpuBytes& other) const {
  if (other.size_ != size_) throw std::logic_error("a copy must fill the memory");
  if (size_ != 0) std::memcpy(data_, other.data_, size_);
}
void GpuBytes::fill_part(std::size_t first, std::size_t count, int value) const {
  if (count != 0) std::memset(data_ + first, value, count);
}
std::vector<std::byte> GpuBytes::download() const { return {data_, data_ + size_}; }

bool all_as_wanted(std::span<const GpuRegion> regions, const std::function<std::string()>&) {
  return std::ranges::all_of(regions, [](const GpuRegion& region) {
    return region.size == 0 || std::memcmp(region.found, region.wanted, region.size) == 0;
  });
}

GpuWorkspace::GpuWorkspace(std::size_t size)
    : data_(arena(size + 2 * kGuard) + kGuard), size_(size) {
  static unsigned noise = 0;
  std::memset(data_, static_cast<int>(++noise * 0x9d), size);
  std::memset(data_ - kGuard, kGuardPattern, kGuard);
  std::memset(data_ + size, kGuardPattern, kGuard);
}

std::vector<GpuRegion> GpuWorkspace::guards() const {
  return {{data_ - kGuard, guard(), kGuard}, {data_ + size_, guard(), kGuard}};
}

}  // namespace skim::test
