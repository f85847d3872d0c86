// What NVIDIA's management library says of a GPU, where the driver brought it.
#pragma once

#include <optional>
#include <string>

namespace skim::bench {

std::optional<std::string> nvml_driver_version();
std::optional<int> nvml_sm_clock_mhz(const std::string& pci_bus_id);

}  // namespace skim::bench
