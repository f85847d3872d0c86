#include "nvml.h"

#include <dlfcn.h>

#include <array>

namespace skim::bench {
namespace {

constexpr int kSuccess = 0;  // NVML_SUCCESS
constexpr int kSmClock = 1;  // NVML_CLOCK_SM
using DeviceHandle = void*;  // nvmlDevice_t

// Loaded at run time: the library belongs to the driver, and its header to no package of ours.
class Nvml {
 public:
  static const Nvml& get() {
    static const Nvml nvml;
    return nvml;
  }

  template <class Function>
  Function* find(const char* name) const {
    return library_ == nullptr ? nullptr : reinterpret_cast<Function*>(dlsym(library_, name));
  }

 private:
  Nvml() : library_(dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL)) {
    const auto initialise = find<int()>("nvmlInit_v2");
    if (initialise == nullptr || initialise() != kSuccess) library_ = nullptr;
  }

  void* library_;
};

}  // namespace

std::optional<std::string> nvml_driver_version() {
  const auto version = Nvml::get().find<int(char*, unsigned)>("nvmlSystemGetDriverVersion");
  std::array<char, 96> text{};
  if (version == nullptr || version(text.data(), text.size()) != kSuccess) return std::nullopt;
  return text.data();
}

std::optional<int> nvml_sm_clock_mhz(const std::string& pci_bus_id) {
  const Nvml& nvml = Nvml::get();
  const auto open = nvml.find<int(const char*, DeviceHandle*)>("nvmlDeviceGetHandleByPciBusId_v2");
  const auto clock = nvml.find<int(DeviceHandle, int, unsigned*)>("nvmlDeviceGetClockInfo");
  DeviceHandle device{};
  unsigned megahertz = 0;
  if (open == nullptr || open(pci_bus_id.c_str(), &device) != kSuccess) return std::nullopt;
  if (clock == nullptr || clock(device, kSmClock, &megahertz) != kSuccess) return std::nullopt;
  return static_cast<int>(megahertz);
}

}  // namespace skim::bench
