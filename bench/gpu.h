// A GPU as the benchmark needs it: memory, a stream, graphs of calls, events around them, and plain
// reads for the floor. The only door to CUDA of this folder: builds without it find nobody home.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "skim/device.h"

namespace skim::bench {

// Calls that were captured once and are launched again and again.
class GpuGraph {
 public:
  virtual ~GpuGraph() = default;
  virtual void launch() = 0;  // enqueues
};

struct GpuRead {
  std::string name;
  std::function<void(const void* memory)> enqueue;
};

// Everything is done in the order of one stream. Failures are std::runtime_error.
class Gpu {
 public:
  virtual ~Gpu() = default;

  virtual const Device& device() const = 0;
  virtual void* stream() const = 0;  // a cudaStream_t
  virtual void synchronise() = 0;    // waits; throws what earlier work failed with

  virtual void* allocate(std::size_t bytes) = 0;  // aligned to kGpuAlignment
  virtual void release(void* memory) noexcept = 0;
  virtual void to_gpu(void* to, const void* from, std::size_t bytes) = 0;
  virtual void to_host(void* to, const void* from, std::size_t bytes) = 0;  // waits
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;     // enqueues
  virtual void fill(void* to, int byte, std::size_t bytes) = 0;             // enqueues
  virtual void widen(std::int64_t* to, const std::int32_t* from, std::int64_t count) = 0;
  // Of memory whose size is a multiple of 16 bytes; waits.
  virtual std::uint64_t fingerprint(const void* memory, std::size_t bytes) = 0;

  // Of what `enqueue` enqueues. Throws where something in it cannot be captured.
  virtual std::unique_ptr<GpuGraph> capture(const std::function<void()>& enqueue) = 0;
  // Of a cudaGraph_t that a framework captured; the framework keeps it.
  virtual std::unique_ptr<GpuGraph> adopt(void* cuda_graph) = 0;
  // Microseconds between events around what `enqueue` enqueues; waits.
  virtual double time_us(const std::function<void()>& enqueue) = 0;

  // Ways to read so many bytes once, as many as it pays to try. A read may go on to the next
  // multiple of 16 bytes.
  virtual std::vector<GpuRead> reads(std::size_t bytes) = 0;
  virtual void do_nothing() = 0;  // enqueues an empty kernel

  virtual void start_profiler() = 0;
  virtual void stop_profiler() = 0;
};

inline constexpr std::size_t kGpuAlignment = 256;

// GPU 0 of this process, opened by the first call. Throws DeviceError where there is none.
Gpu& open_gpu();

class GpuMemory {
 public:
  GpuMemory() = default;
  GpuMemory(Gpu& gpu, std::size_t bytes)
      : gpu_(&gpu), data_(static_cast<std::byte*>(gpu.allocate(bytes))), bytes_(bytes) {}
  ~GpuMemory() {
    if (data_ != nullptr) gpu_->release(data_);
  }
  GpuMemory(GpuMemory&& other) noexcept
      : gpu_(other.gpu_),
        data_(std::exchange(other.data_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)) {}
  GpuMemory& operator=(GpuMemory&& other) noexcept {
    std::swap(gpu_, other.gpu_);
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

 private:
  Gpu* gpu_ = nullptr;
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

struct GpuEnvironment {
  std::string name;
  std::string driver;   // "580.95.05"; "unknown" without NVML
  std::string cuda;     // the newest version of CUDA that the driver serves: "13.0"
  std::string runtime;  // of the CUDA runtime that skim was linked with
  int multiprocessors = 0;
  long long l2_bytes = 0;
};

// Nothing where there is no GPU.
std::optional<GpuEnvironment> gpu_environment();

// What the multiprocessors of GPU 0 run at, in MHz; nothing without NVML.
std::optional<int> sm_clock_mhz();

}  // namespace skim::bench
