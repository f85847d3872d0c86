// GPU 0, for tests that run a selection there. In a build without the CUDA backend everything here
// throws DeviceError, so tests ask why_no_cuda() first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "skim/device.h"
#include "skim/topk.h"

namespace skim::test {

inline constexpr DeviceId kGpu{DeviceKind::cuda, 0};

// Whether it is the machine of tests/emulation, where large teams and many rows take hours.
bool gpu_is_emulated();

// The stream of the tests; all that is declared here works in its order.
Stream gpu_stream();

// Until the stream is idle. Throws DeviceError when a kernel failed. Work that never ends is told
// apart from slow work by a limit; then `what` is printed and the process ends, because a GPU that
// is stuck serves nobody after it.
void wait_for_gpu(const std::function<std::string()>& what);

// Memory of the GPU from a pool, aligned to 256 bytes.
class GpuBytes {
 public:
  GpuBytes() = default;
  explicit GpuBytes(std::size_t size);  // of any contents
  explicit GpuBytes(std::span<const std::byte> contents);
  ~GpuBytes();
  GpuBytes(GpuBytes&& other) noexcept;
  GpuBytes& operator=(GpuBytes&& other) noexcept;

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  void upload(std::span<const std::byte> contents) const;
  void copy_from(const GpuBytes& other) const;                            // enqueues
  void fill(int value) const { fill_part(0, size_, value); }              // enqueues
  void fill_part(std::size_t first, std::size_t count, int value) const;  // enqueues
  std::vector<std::byte> download() const;                                // waits

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

struct GpuRegion {
  const std::byte* found;
  const std::byte* wanted;
  std::size_t size;
};

// Compares on the GPU, once the work before it is done, and waits as wait_for_gpu does.
bool all_as_wanted(std::span<const GpuRegion> regions, const std::function<std::string()>& what);

// Exactly so many bytes of workspace between guards, filled with noise; in an arena that lives as
// long as the process and holds one workspace at a time.
class GpuWorkspace {
 public:
  explicit GpuWorkspace(std::size_t size);  // enqueues

  void* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::vector<GpuRegion> guards() const;

 private:
  std::byte* data_;
  std::size_t size_;
};

}  // namespace skim::test
