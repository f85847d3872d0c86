// Memory of the GPU, and the workspace of the tests in it.
#include <stdexcept>
#include <utility>

#include "support/gpu.h"
#include "support/gpu_calls.h"

namespace skim::test {
namespace {

// Lives as long as the process.
std::byte* arena(std::size_t size) {
  static std::byte* memory = nullptr;
  static std::size_t room = 0;
  if (room < size) {
    if (memory != nullptr) gpu::release(std::exchange(memory, nullptr));
    room = 0;
    memory = gpu::allocate(2 * size);
    room = 2 * size;
  }
  return memory;
}

const std::byte* guard() {
  static const std::byte* const pattern = [] {
    std::byte* const bytes = gpu::allocate(gpu::kGuard);
    gpu::fill(bytes, gpu::kGuardPattern, gpu::kGuard);
    return bytes;
  }();
  return pattern;
}

}  // namespace

GpuBytes::GpuBytes(std::size_t size) : size_(size) {
  if (size != 0) data_ = gpu::allocate(size);
}

GpuBytes::GpuBytes(std::span<const std::byte> contents) : GpuBytes(contents.size()) {
  upload(contents);
}

GpuBytes::~GpuBytes() {
  if (data_ != nullptr) gpu::release(data_);
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
  if (size_ != 0) gpu::upload(data_, contents.data(), size_);
}

void GpuBytes::copy_from(const GpuBytes& other) const {
  if (other.size_ != size_) throw std::logic_error("a copy must fill the memory");
  if (size_ != 0) gpu::copy(data_, other.data_, size_);
}

void GpuBytes::fill_part(std::size_t first, std::size_t count, int value) const {
  if (count != 0) gpu::fill(data_ + first, value, count);
}

std::vector<std::byte> GpuBytes::download() const {
  std::vector<std::byte> contents(size_);
  if (size_ != 0) gpu::download(contents.data(), data_, size_);
  wait_for_gpu([] { return "a download"; });
  return contents;
}

GpuWorkspace::GpuWorkspace(std::size_t size)
    : data_(arena(size + 2 * gpu::kGuard) + gpu::kGuard), size_(size) {
  gpu::fill_guarded(data_ - gpu::kGuard, size);
}

std::vector<GpuRegion> GpuWorkspace::guards() const {
  return {{data_ - gpu::kGuard, guard(), gpu::kGuard}, {data_ + size_, guard(), gpu::kGuard}};
}

}  // namespace skim::test
