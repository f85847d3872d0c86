#include "known_gpus.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <strings.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace skim::bench {
namespace {

struct KnownGpu {
  std::string_view word;
  std::string_view name;  // as the driver and the results call it
  int compute_capability;
  int multiprocessors;
};

// Multiprocessors: NVIDIA's architecture papers on A100, H100 and Blackwell, H200's data sheet;
// those of h100 are also what its results state.
constexpr std::array kKnown = {KnownGpu{"a100", "NVIDIA A100-SXM4-80GB", 80, 108},
                               KnownGpu{"h100", "NVIDIA H100 80GB HBM3", 90, 132},
                               KnownGpu{"h100-pcie", "NVIDIA H100 PCIe", 90, 114},
                               KnownGpu{"h200", "NVIDIA H200", 90, 132},
                               KnownGpu{"b200", "NVIDIA B200", 100, 148}};

// CUDA C++ Programming Guide, "Compute Capabilities": the most shared memory of a thread block, and
// clusters, which begin with 9.0; 16 is the largest cluster that may be allowed.
constexpr std::int64_t shared_kibibytes(int compute_capability) {
  return compute_capability == 80 ? 163 : 227;
}
constexpr int cluster_ctas(int compute_capability) { return compute_capability >= 90 ? 16 : 1; }

Device described(const KnownGpu& gpu) {
  Device device;
  device.id = {DeviceKind::cuda, 0};
  device.name = gpu.name;
  device.compute_capability = gpu.compute_capability;
  device.multiprocessors = gpu.multiprocessors;
  device.shared_bytes = shared_kibibytes(gpu.compute_capability) << 10;
  device.cluster_ctas = cluster_ctas(gpu.compute_capability);
  return device;
}

bool same(std::string_view one, std::string_view other) {
  return one.size() == other.size() && strncasecmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

Device known_gpu(std::string_view name) {
  std::vector<std::string_view> words;
  for (const KnownGpu& gpu : kKnown) {
    if (same(gpu.word, name) || same(gpu.name, name)) return described(gpu);
    words.push_back(gpu.word);
  }
  throw std::invalid_argument(
      fmt::format("--gpu is '{}' but must be one of {}", name, fmt::join(words, ", ")));
}

std::string short_gpu_name(std::string_view name) {
  for (const KnownGpu& gpu : kKnown) {
    if (same(gpu.name, name)) return std::string(gpu.word);
  }
  return "";
}

}  // namespace skim::bench
